"""The marks of one view of the map: a grid by zoom, clusters that never overlap, fan-out of one place (pure numpy)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.map_points import DUE_SOON, OVERDUE, STATES, Points
from dashboard.mercator import degrees, world

TILE_PX = 256
CELL_PX = 68
FAN_OUT_ZOOM = 17
FAN_OUT_MOST = 24
MOST_SINGLES = 1_000
TOUCH = 0.85
"""Marks join when their centres are nearer than this share of their radii: less, and whole towns would run together."""
SINGLE_RADIUS_PX = 13.0
MAX_RADIUS_PX = 42.0


@dataclass(frozen=True)
class Box:
    """A view in degrees WGS 84."""

    west: float
    south: float
    east: float
    north: float


@dataclass
class Mark:
    """One mark on the map: a single report (`row` is its row in Points) or a cluster (`row` is -1).

    key: stays the same from one answer to the next as long as it is the same thing; of a cluster it names its cells
    (dashboard.map_spot).
    """

    key: str
    lon: float
    lat: float
    counts: npt.NDArray[np.int64]
    row: int = -1

    @property
    def n(self) -> int:
        """How many reports."""
        return int(self.counts.sum())


def radius_px(n: int) -> float:
    """Radius of a mark of n reports: 12 + 2,1·√n (design guide §8), bounded so that a city does not hide a province."""
    return SINGLE_RADIUS_PX if n == 1 else min(12 + 2.1 * math.sqrt(n), MAX_RADIUS_PX)


def marks(points: Points, states: npt.NDArray[np.int8], zoom: float, box: Box) -> list[Mark]:
    """The marks of a view: cells of a fixed grid, merged where they would overlap, fanned out when zoomed right in.

    The view is widened to whole tiles, so that a pan inside them shows the very same marks.
    """
    scale = TILE_PX * 2.0**zoom
    rows = np.flatnonzero(_inside(points, zoom, box))
    if not len(rows):
        return []
    grid = _Grid.of(points.x[rows] * scale, points.y[rows] * scale, states[rows], points.n[rows])
    groups = _merge(grid)
    singles = sum(g.n for g in groups if g.n <= FAN_OUT_MOST)
    fans_out = zoom >= FAN_OUT_ZOOM and singles <= MOST_SINGLES and not points.has_counts
    members = _members(groups, grid) if fans_out else None
    out: list[Mark] = []
    for i, group in enumerate(groups):
        row = int(rows[grid.last[group.cells[0]]])
        if group.n == 1 and points.report_id[row] >= 0:
            out.append(_single(points, states, row, group.px, group.py, scale))
        elif members is not None and group.n <= FAN_OUT_MOST:
            out.extend(_fan(points, states, rows[members[i]], group, scale))
        else:
            lon, lat = _degrees(group.px, group.py, scale)
            cells = ",".join(grid.name(cell) for cell in group.cells)
            out.append(Mark(f"{zoom:g}:{cells}", lon, lat, group.counts))
    return out


@dataclass(frozen=True)
class _Grid:
    """A view's points in square cells of CELL_PX, aligned to the world so that a pan moves no border.

    cell_of: cell of each point; by cell: counts per state, centre of its points in pixels, a point that lies in it.
    """

    west: int
    north: int
    height: int
    cell_of: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    cx: npt.NDArray[np.float64]
    cy: npt.NDArray[np.float64]
    last: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        px: npt.NDArray[np.float64],
        py: npt.NDArray[np.float64],
        state: npt.NDArray[np.int8],
        weight: npt.NDArray[np.int64],
    ) -> _Grid:
        """weight: reports that each point stands for. Sorts nothing: a view has at most some thousand cells, so counting by cell number is enough."""
        column, line = (px // CELL_PX).astype(np.int64), (py // CELL_PX).astype(np.int64)
        west, north = int(column.min()), int(line.min())
        height = int(line.max()) - north + 1
        cell_of = (column - west) * height + (line - north)
        k = int(cell_of.max()) + 1
        counts = np.bincount(cell_of * len(STATES) + state, weight, k * len(STATES)).astype(np.int64)
        counts = counts.reshape(k, -1)
        n = np.maximum(counts.sum(axis=1), 1)
        last = np.zeros(k, dtype=np.int64)
        last[cell_of] = np.arange(len(cell_of))
        cx, cy = np.bincount(cell_of, px * weight, k) / n, np.bincount(cell_of, py * weight, k) / n
        return cls(west, north, height, cell_of, counts, cx, cy, last)

    def name(self, cell: int) -> str:
        """Column and line in the world's grid."""
        return f"{self.west + cell // self.height}:{self.north + cell % self.height}"


@dataclass
class _Group:
    """Cells that are shown as one mark, in pixels of the zoom."""

    px: float
    py: float
    counts: npt.NDArray[np.int64]
    cells: list[int]
    n: int


def _inside(points: Points, zoom: float, box: Box) -> npt.NDArray[np.bool_]:
    """Rows whose place lies in the tiles that the view touches, and one tile around them."""
    tiles = 2.0 ** math.floor(zoom)
    (x0, x1), (y0, y1) = world(np.array([box.west, box.east]), np.array([box.north, box.south]))
    west, east = math.floor(x0 * tiles) - 1, math.floor(x1 * tiles) + 2
    north, south = math.floor(y0 * tiles) - 1, math.floor(y1 * tiles) + 2
    inside: npt.NDArray[np.bool_] = (
        (points.x >= west / tiles)
        & (points.x < east / tiles)
        & (points.y >= north / tiles)
        & (points.y < south / tiles)
    )
    return inside


def _degrees(px: float, py: float, scale: float) -> tuple[float, float]:
    lon, lat = degrees(px / scale, py / scale)
    return float(lon), float(lat)


def _merge(grid: _Grid) -> list[_Group]:
    """Greedy, biggest first: a cell whose mark would touch a bigger one joins it."""
    n = grid.counts.sum(axis=1)
    reach = 2 * MAX_RADIUS_PX
    near: defaultdict[tuple[int, int], list[_Group]] = defaultdict(list)
    groups: list[_Group] = []
    for i in np.argsort(-n, kind="stable")[: np.count_nonzero(n)].tolist():
        x, y, size = float(grid.cx[i]), float(grid.cy[i]), int(n[i])
        bx, by = int(x // reach), int(y // reach)
        around = [g for dx in (-1, 0, 1) for dy in (-1, 0, 1) for g in near.get((bx + dx, by + dy), ())]
        taker = _nearest_overlap(x, y, size, around)
        if taker is None:
            group = _Group(x, y, grid.counts[i], [i], size)
            groups.append(group)
            near[bx, by].append(group)
        else:
            if taker.n == 1:  # two singles stand for each other: the mark lies between them
                taker.px, taker.py = (taker.px + x) / 2, (taker.py + y) / 2
            taker.counts = taker.counts + grid.counts[i]
            taker.cells.append(i)
            taker.n += size
    return groups


def _nearest_overlap(x: float, y: float, n: int, candidates: list[_Group]) -> _Group | None:
    best, best_px = None, math.inf
    for group in candidates:
        distance_px = math.hypot(group.px - x, group.py - y)
        if distance_px < min(best_px, TOUCH * (radius_px(group.n) + radius_px(n))):
            best, best_px = group, distance_px
    return best


def _members(groups: list[_Group], grid: _Grid) -> list[npt.NDArray[np.intp]]:
    """The points of each group, as positions in the view's rows."""
    group_of_cell = np.empty(len(grid.last), dtype=np.int64)
    for i, group in enumerate(groups):
        group_of_cell[group.cells] = i
    group_of = group_of_cell[grid.cell_of]
    order = np.argsort(group_of, kind="stable")
    starts = np.searchsorted(group_of[order], np.arange(1, len(groups)))
    return np.split(order, starts)


def _single(
    points: Points, states: npt.NDArray[np.int8], row: int, px: float, py: float, scale: float
) -> Mark:
    counts = np.zeros(len(STATES), dtype=np.int64)
    counts[states[row]] = 1
    lon, lat = _degrees(px, py, scale)
    return Mark(f"r{points.report_id[row]}", lon, lat, counts, row)


def _fan(
    points: Points, states: npt.NDArray[np.int8], rows: npt.NDArray[np.intp], group: _Group, scale: float
) -> list[Mark]:
    """The reports of one place side by side on rings around it: worst state first, at 12 o'clock."""
    out: list[Mark] = []
    urgency = np.where(states[rows] == OVERDUE, 0, np.where(states[rows] == DUE_SOON, 1, 2))
    ring, on_ring = 0, 0
    for row in rows[np.lexsort((points.report_id[rows], urgency))].tolist():
        if on_ring == 8 * (ring + 1):
            ring, on_ring = ring + 1, 0
        turn = 2 * math.pi * on_ring / (8 * (ring + 1)) - math.pi / 2
        away_px = 40.0 * (ring + 1)
        out.append(
            _single(
                points,
                states,
                row,
                group.px + away_px * math.cos(turn),
                group.py + away_px * math.sin(turn),
                scale,
            )
        )
        on_ring += 1
    return out

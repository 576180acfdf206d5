"""The layer of density: reports per square kilometre in square cells of the coarse grid, coarser where the view is wide. Pure.

Cells are made of the places that every role may see (0.005 degrees), so the picture is the same for all and shows no place
that is not shown otherwise.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.map_cells import TILE_PX, Box
from dashboard.map_points import Points
from dashboard.text import number, t
from kpi.cells import CELL_DEGREES

LEAST_CELL_PX = 14
CLASSES = 5
KM_PER_DEGREE = 111.195
"""On the sphere of 6371 km."""
SERIES = (1, 2, 5)
_STRIDE = 2**20
"""More rows than the world has."""


def steps_per_cell(zoom: float) -> int:
    """Side of a cell in steps of the coarse grid: the least power of two that is wide enough to see at this zoom."""
    step_px = CELL_DEGREES / 360 * TILE_PX * 2.0**zoom
    return 2 ** max(0, math.ceil(math.log2(LEAST_CELL_PX / step_px)))


def area_km2(row: npt.NDArray[np.int64], steps: int) -> npt.NDArray[np.float64]:
    """Area of cells by their row: they narrow towards the poles."""
    side_km = steps * CELL_DEGREES * KM_PER_DEGREE
    middle_deg = (row * steps + (steps - 1) / 2) * CELL_DEGREES
    return np.asarray(side_km**2 * np.cos(np.radians(middle_deg)))


def bounds_of(density: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Lower ends of classes 2 to 5: 1, 2, 5, 10, 20 … so that the top class holds about the densest twentieth."""
    top = max(float(np.quantile(density, 0.95)), 1e-6)
    power = math.floor(math.log10(top)) + 1
    series = [step * 10.0**p for p in range(power - 4, power + 1) for step in SERIES]
    below = [bound for bound in series if bound <= top]
    return tuple(below[-(CLASSES - 1) :])


def density(points: Points, zoom: float, box: Box) -> dict[str, Any]:
    """What the browser draws.

    {"step": side of a cell in degrees, "cells": per class [column, row, n, …] of the cells in the view, "words": of the
    classes, "unit", "n": reports with a place}. Column c and row r begin at ((c·steps) - ½)·0.005 degrees east and north.
    The classes are those of the whole choice at this zoom: a pan changes no colour.
    """
    steps = steps_per_cell(zoom)
    column, row, n = _cells(points, steps)
    step = steps * CELL_DEGREES
    found: dict[str, Any] = {
        "step": step,
        "offset": CELL_DEGREES / 2,
        "cells": [[] for _ in range(CLASSES)],
        "words": [],
        "unit": t("map.density.unit"),
        "n": t("map.density.n", n=number(int(n.sum()))),
    }
    if not len(n):
        return found
    per_km2 = n / area_km2(row, steps)
    bounds = bounds_of(per_km2)
    west, south = (math.floor(v / step) - 1 for v in (box.west, box.south))
    east, north = (math.ceil(v / step) + 1 for v in (box.east, box.north))
    is_seen = (column >= west) & (column <= east) & (row >= south) & (row <= north)
    place = np.searchsorted(bounds, per_km2, side="right")
    for each in range(CLASSES):
        of_class = is_seen & (place == each)
        found["cells"][each] = (
            np.stack([column[of_class], row[of_class], n[of_class]], axis=1).ravel().tolist()
        )
    found["words"] = _words(bounds)
    return found


def _cells(points: Points, steps: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Column, row and number of reports of each cell that holds one."""
    has_place = ~np.isnan(points.lon)
    column, row = (
        np.rint(degrees[has_place] / CELL_DEGREES).astype(np.int64) // steps
        for degrees in (points.lon, points.lat)
    )
    key, cell = np.unique(
        column * _STRIDE + row, return_inverse=True
    )  # places may lie anywhere, even at 0, 0
    counted = np.bincount(cell, points.n[has_place], len(key)).astype(np.int64)
    row = (key + _STRIDE // 2) % _STRIDE - _STRIDE // 2
    return (key - row) // _STRIDE, row, counted


def _words(bounds: tuple[float, ...]) -> list[str]:
    ends = [_shown(bound) for bound in bounds]
    middle = [f"{low}–{high}" for low, high in pairwise(ends)]
    return [t("map.class.under", end=ends[0]), *middle, t("map.class.from", end=ends[-1])]


def _shown(bound: float) -> str:
    return number(bound, max(0, -math.floor(math.log10(bound) + 1e-9)))

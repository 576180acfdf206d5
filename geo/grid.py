"""Point in polygon by a raster: a cell wholly inside one polygon answers at once, the others ask the exact geometry."""

import numpy as np
import shapely

OUTSIDE = -1
_BORDER = -2
_CELLS = 2048  # along the longer side; 50 m for a province of 100 km


class PolygonGrid:
    """Index over polygons that do not overlap. Answers are those of `shapely.intersects`, ties to the lowest index."""

    def __init__(self, polygons: np.ndarray, cells: int = _CELLS) -> None:
        """Build the raster (well under a second for a province). `polygons`: shapely geometries, lon/lat or plane."""
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons)
        shapely.prepare(polygons)
        west, south, east, north = shapely.total_bounds(polygons)
        cell = max(east - west, north - south) / cells
        self._per_degree = 1.0 / cell
        self._west, self._south = west - 2 * cell, south - 2 * cell  # two empty cells all round
        self._columns = int((east - west) / cell) + 5
        self._rows = int((north - south) / cell) + 5
        self._labels = self._fill(self._border_cells())

    def locate(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Index of the polygon that holds each point (OUTSIDE: none), and the positions of points on a polygon's line.

        `x`, `y`: float64; not finite counts as OUTSIDE.
        """
        with np.errstate(invalid="ignore"):
            column = (x - self._west) * self._per_degree
            row = (y - self._south) * self._per_degree
            within = (column >= 0) & (column < self._columns) & (row >= 0) & (row < self._rows)
            cell = row.astype(np.int32) * self._columns + column.astype(np.int32)
        cell[~within] = 0  # a padding cell, always outside
        labels = self._labels[cell]
        unsure = np.flatnonzero(labels == _BORDER)
        labels[unsure], on_line = self._exact(x[unsure], y[unsure])
        return labels, unsure[on_line]

    def _exact(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Index per point, and a mask of the points that touch a line."""
        point, polygon = self._tree.query(shapely.points(x, y))
        hit = shapely.intersects_xy(self._polygons[polygon], x[point], y[point])
        point, polygon = point[hit], polygon[hit]
        labels = np.full(len(x), np.iinfo(np.int16).max, dtype=np.int16)
        np.minimum.at(labels, point, polygon.astype(np.int16))
        labels[labels == np.iinfo(np.int16).max] = OUTSIDE
        hit = np.flatnonzero(labels != OUTSIDE)
        on_line = np.zeros(len(x), dtype=bool)
        on_line[hit] = ~shapely.contains_xy(self._polygons[labels[hit]], x[hit], y[hit])
        return labels, on_line

    def _border_cells(self) -> np.ndarray:
        """Flat mask of the cells that a line runs through, with one cell more on each side against rounding."""
        start, end = self._segments()
        pieces = (np.abs(np.floor(end) - np.floor(start)).sum(axis=1)).astype(int) * 2 + 2
        segment = np.repeat(np.arange(len(pieces)), pieces)
        step = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        along = (step / (pieces[segment] - 1))[:, None]
        cells = np.floor(start[segment] + (end - start)[segment] * along).astype(
            int
        )  # at most one cell apart
        mask = np.zeros((self._rows, self._columns), dtype=bool)
        mask[cells[:, 1], cells[:, 0]] = True
        for axis in (0, 1):
            mask |= np.roll(mask, 1, axis) | np.roll(mask, -1, axis)
        return mask.ravel()

    def _segments(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of every boundary segment, in cells."""
        lines = shapely.get_parts(shapely.boundary(self._polygons))
        xy, line = shapely.get_coordinates(lines, return_index=True)
        scaled = (xy - [self._west, self._south]) * self._per_degree
        same = line[1:] == line[:-1]
        return scaled[:-1][same], scaled[1:][same]

    def _fill(self, border: np.ndarray) -> np.ndarray:
        """Label every cell: along a row, cells between two border cells lie in one polygon, so one exact test does."""
        labels = np.full(border.size, _BORDER, dtype=np.int16)
        row_start = np.arange(border.size) % self._columns == 0
        is_start = ~border & (row_start | np.roll(border, 1))
        starts, run = np.flatnonzero(is_start), np.cumsum(is_start) - 1
        x = self._west + (starts % self._columns + 0.5) / self._per_degree
        y = self._south + (starts // self._columns + 0.5) / self._per_degree
        of_run, _ = self._exact(x, y)
        labels[~border] = of_run[run[~border]]
        return labels

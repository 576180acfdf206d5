"""A cluster of the map as an address: the cells of the world's grid that it stands for. Pure.

'9.25:842:519,843:519' = at zoom 9.25, the squares of CELL_PX pixels in column 842 and 843, line 519, whose reports were
shown as one mark. So the list beside the map can show exactly these, on another screen and another day.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.map_cells import CELL_PX, TILE_PX, Box
from dashboard.map_points import Points
from dashboard.mercator import degrees
from kpi.filters import FilterError

MOST_CELLS = 200
_FORM = re.compile(r"(\d{1,2}(?:\.\d{1,2})?):(\d{1,8}:\d{1,8}(?:,\d{1,8}:\d{1,8})*)")
_STRIDE = 2**27


@dataclass(frozen=True)
class Spot:
    """Cells (column, line) of the world's grid at a zoom."""

    zoom: float
    cells: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, given: str) -> "Spot":
        """Raises FilterError."""
        found = _FORM.fullmatch(given)
        cells = [tuple(map(int, cell.split(":"))) for cell in found[2].split(",")] if found else []
        if not found or not 0 < len(cells) <= MOST_CELLS or float(found[1]) > 19:
            raise FilterError("spot", given, "is no cluster of the map; choose one on the map anew")
        return cls(float(found[1]), tuple((column, line) for column, line in cells))

    def holds(self, points: Points) -> npt.NDArray[np.bool_]:
        """Which rows lie in one of the cells; none without a place."""
        scale = TILE_PX * 2.0**self.zoom / CELL_PX
        has_place = ~np.isnan(points.x)
        key = np.full(len(points), -1, dtype=np.int64)
        column, line = (np.floor(each[has_place] * scale).astype(np.int64) for each in (points.x, points.y))
        key[has_place] = column * _STRIDE + line
        return np.isin(key, [column * _STRIDE + line for column, line in self.cells])

    def boxes(self) -> list[Box]:
        """The same cells in degrees."""
        step = CELL_PX / (TILE_PX * 2.0**self.zoom)
        found = []
        for column, line in self.cells:
            west, north = degrees(column * step, line * step)
            east, south = degrees((column + 1) * step, (line + 1) * step)
            found.append(Box(float(west), float(south), float(east), float(north)))
        return found

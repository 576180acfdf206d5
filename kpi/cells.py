"""The fixed grid of hot spots: cells of CELL_DEGREES about the coarse places that every role may see."""

import re
from dataclasses import dataclass

CELL_DEGREES = 0.005
"""Step of `mart.report.lon_coarse` and `lat_coarse` (etl.facts): about 550 m north-south, 545 m east-west at 10° N."""
_FORM = re.compile(r"(-?\d{1,2}\.\d{3})_(-?\d{1,3}\.\d{3})")


class BadCellError(ValueError):
    """The words name no cell of the grid."""


@dataclass(frozen=True, order=True)
class Cell:
    """One cell, numbered from 0° N, 0° E: everything whose coarse place is its middle."""

    row: int
    column: int

    @property
    def lat(self) -> float:
        """Degrees north of its middle, WGS 84."""
        return round(self.row * CELL_DEGREES, 3)

    @property
    def lon(self) -> float:
        """Degrees east of its middle, WGS 84."""
        return round(self.column * CELL_DEGREES, 3)

    @property
    def code(self) -> str:
        """Its middle as an address writes it: '9.605_105.975'; `parse` reads it back."""
        return f"{self.lat:.3f}_{self.lon:.3f}"

    @classmethod
    def of(cls, lat: float, lon: float) -> "Cell":
        """The cell of a place in degrees."""
        return cls(round(lat / CELL_DEGREES), round(lon / CELL_DEGREES))

    @classmethod
    def parse(cls, code: str) -> "Cell":
        """'9.605_105.975' -> Cell. Raises BadCellError."""
        found = _FORM.fullmatch(code)
        if found:
            lat, lon = (float(part) for part in found.groups())
            cell = cls.of(lat, lon)
            if cell.code == code and abs(lat) <= 90 and abs(lon) <= 180:
                return cell
        raise BadCellError(
            f"{code!r} is no cell: write its middle as lat_lon in steps of {CELL_DEGREES}, as 9.605_105.975"
        )

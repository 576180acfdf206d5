"""The reports of one choice as columns, and which state of the deadline each has at an instant (pure numpy)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

STATES = ("in_time", "due_soon", "overdue", "done_on_time", "done_late", "other")
"""Deadline states in the order of every array of counts."""
IN_TIME, DUE_SOON, OVERDUE, DONE_ON_TIME, DONE_LATE, OTHER = range(len(STATES))
OPEN = -1
"""`Points.fixed_state` of an open report: its state is asked of the clock."""
NO_DUE_S = np.iinfo(np.int64).max
"""`Points.due_s` without a limit: never due."""

MAX_MERCATOR_LAT = 85.05


@dataclass(frozen=True)
class Points:
    """The reports of one scope and one filter, column by column (n rows, in no order).

    report_code: str or Arrow string of each row, see `code`.
    lon, lat: degrees WGS 84, NaN = no place (also every secret report). due_s: Unix seconds or NO_DUE_S.
    fixed_state: OPEN, or the index in STATES of a closed report.
    district, commune, holder (unit that has it now): index into their codes.
    """

    report_id: npt.NDArray[np.int64]
    report_code: Sequence[Any]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    due_s: npt.NDArray[np.int64]
    fixed_state: npt.NDArray[np.int8]
    is_urgent: npt.NDArray[np.bool_]
    is_secret: npt.NDArray[np.bool_]
    district: npt.NDArray[np.int32]
    commune: npt.NDArray[np.int32]
    holder: npt.NDArray[np.int32]
    district_codes: tuple[str, ...]
    commune_codes: tuple[str, ...]
    holder_codes: tuple[str, ...]
    x: npt.NDArray[np.float64] = field(init=False)
    y: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Web Mercator in units of the world's width, north up = small y (as Leaflet's tiles)."""
        lat = np.radians(np.clip(self.lat, -MAX_MERCATOR_LAT, MAX_MERCATOR_LAT))
        object.__setattr__(self, "x", (self.lon + 180) / 360)
        object.__setattr__(self, "y", (1 - np.arcsinh(np.tan(lat)) / math.pi) / 2)

    def __len__(self) -> int:
        """How many reports, with or without a place."""
        return len(self.report_id)

    def code(self, row: int) -> str:
        """What people quote the report by."""
        return str(self.report_code[row])

    def states(self, at_s: int, soon_s: int) -> npt.NDArray[np.int8]:
        """Index in STATES of each report at `at_s`; due soon up to and with `soon_s` (both Unix seconds)."""
        asked = np.where(self.due_s < at_s, OVERDUE, np.where(self.due_s <= soon_s, DUE_SOON, IN_TIME))
        return np.where(self.fixed_state == OPEN, asked, self.fixed_state).astype(np.int8)


def from_arrow(table: pa.Table) -> Points:
    """Rows of kpi.queries.map_points as Points."""
    names = ("district_code", "commune_code", "holder_code")
    (district, commune, holder) = (_coded(table[name]) for name in names)
    due = table["due_s"].to_numpy().astype(np.float64)
    return Points(
        report_id=table["report_id"].to_numpy(),
        report_code=table["report_code"],
        lon=table["lon"].to_numpy().astype(np.float64),
        lat=table["lat"].to_numpy().astype(np.float64),
        due_s=np.where(np.isnan(due), NO_DUE_S, np.nan_to_num(due).astype(np.int64)),
        fixed_state=table["closed_as"].to_numpy().astype(np.int8),
        is_urgent=table["is_urgent"].to_numpy(),
        is_secret=table["is_secret"].to_numpy(),
        district=district[0],
        commune=commune[0],
        holder=holder[0],
        district_codes=district[1],
        commune_codes=commune[1],
        holder_codes=holder[1],
    )


def _coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """A text column as indices and the codes that they mean; null is ''."""
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return coded.indices.to_numpy().astype(np.int32), tuple(coded.dictionary.to_pylist())

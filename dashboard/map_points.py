"""The reports of one choice as columns, and which state of the deadline each has at an instant (pure numpy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.mercator import world
from kpi.queries.ground import Origin

STATES = ("in_time", "due_soon", "overdue", "done_on_time", "done_late", "other")
"""Deadline states in the order of every array of counts."""
IN_TIME, DUE_SOON, OVERDUE, DONE_ON_TIME, DONE_LATE, OTHER = range(len(STATES))
OPEN = -1
"""`Points.fixed_state` of an open report: its state is asked of the clock."""
NO_DUE_S = np.iinfo(np.int64).max
"""`Points.due_s` without a limit: never due."""


@dataclass(frozen=True)
class Points:
    """The reports of one scope and one filter, column by column (in no order).

    n: reports that a row stands for; None = one each. Rows of several (counts by coarse place) have report_id -1 and no
    code; they follow after the single ones.
    report_code: str or Arrow string of each row of one report, see `code`.
    lon, lat: degrees WGS 84, NaN = no place (also every secret report). due_s: Unix seconds or NO_DUE_S.
    fixed_state: OPEN, or the index in STATES of a closed report.
    origin (ground that it came from), holder (unit that has it now): index into origins, holder_codes.
    """

    report_id: npt.NDArray[np.int64]
    report_code: Sequence[Any]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    due_s: npt.NDArray[np.int64]
    fixed_state: npt.NDArray[np.int8]
    is_urgent: npt.NDArray[np.bool_]
    is_secret: npt.NDArray[np.bool_]
    origin: npt.NDArray[np.int32]
    holder: npt.NDArray[np.int32]
    origins: tuple[Origin, ...]
    holder_codes: tuple[str, ...]
    n: npt.NDArray[np.int64] = None  # type: ignore[assignment]
    x: npt.NDArray[np.float64] = field(init=False)
    y: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Web Mercator in units of the world's width, north up = small y (as Leaflet's tiles)."""
        if self.n is None:
            object.__setattr__(self, "n", np.ones(len(self.report_id), dtype=np.int64))
        x, y = world(self.lon, self.lat)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    def __len__(self) -> int:
        """How many rows, with or without a place."""
        return len(self.report_id)

    @property
    def has_counts(self) -> bool:
        """Whether there are too many reports to hold each: closed ones are counts by coarse place."""
        return bool((self.report_id < 0).any())

    def where(self, mask: npt.NDArray[np.bool_]) -> Points:
        """The rows that the mask chooses; they have no code any more."""
        rows = (
            "report_id",
            "lon",
            "lat",
            "due_s",
            "fixed_state",
            "is_urgent",
            "is_secret",
            "origin",
            "holder",
            "n",
        )
        return replace(self, report_code=(), **{name: getattr(self, name)[mask] for name in rows})

    def code(self, row: int) -> str:
        """What people quote the report by."""
        return str(self.report_code[row])

    def states(self, at_s: int, soon_s: int) -> npt.NDArray[np.int8]:
        """Index in STATES of each report at `at_s`; due soon up to and with `soon_s` (both Unix seconds)."""
        asked = np.where(self.due_s < at_s, OVERDUE, np.where(self.due_s <= soon_s, DUE_SOON, IN_TIME))
        return np.where(self.fixed_state == OPEN, asked, self.fixed_state).astype(np.int8)


def from_arrow(table: pa.Table) -> Points:
    """Rows of kpi.queries.map_points as Points."""
    holder = _coded(table["holder_code"])
    origin, origins = origins_of(table)
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
        origin=origin,
        holder=holder[0],
        origins=origins,
        holder_codes=holder[1],
    )


def origins_of(table: pa.Table) -> tuple[npt.NDArray[np.int32], tuple[Origin, ...]]:
    """Ground of each row as an index, and what the indices mean."""
    names = ("district_code", "commune_code", "since_on", "piece")
    columns = [_coded(table[name].cast(pa.string())) for name in names]
    key = np.zeros(len(table), dtype=np.int64)
    for index, codes in columns:
        key = key * max(len(codes), 1) + index
    _, first, origin = np.unique(key, return_index=True, return_inverse=True)
    values = [[codes[index[row]] for index, codes in columns] for row in first]
    made = tuple(
        Origin(district, commune, date.fromisoformat(since_on) if since_on else None, piece)
        for district, commune, since_on, piece in values
    )
    return origin.astype(np.int32), made


def _coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """A text column as indices and the codes that they mean; null is ''."""
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return coded.indices.to_numpy().astype(np.int32), tuple(coded.dictionary.to_pylist())

"""A store of the contract read in pages: the rows of the oldest transactions first, of each view at most so many.

A transaction that does not fit into a page is read by the numbers of its reports, calls and directives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.record import FIRST_ID

ROWS_PER_PAGE = 100_000
"""Of each view: what a look takes at most is twice as many reports, eight bytes each and as many again for its order."""
_KEYS = {
    "report": "report_id",
    "report_event": "report_id",
    "hotline_call": "call_id",
    "directive": "directive_id",
    "unit": None,
    "field": None,
    "channel": None,
}
"""Views and the number by which their changes are told; None: that they changed at all is told."""
VIEWS = list(_KEYS)
"""A row of a page says by its place here of which view it is."""
_WINDOW = (
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS low,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS high"
)


class Position(NamedTuple):
    """Everything of the transactions below xid has been handed over, and of xid all numbers below from_id.

    from_id None: nothing of xid, and it is read with those after it.
    """

    xid: int
    from_id: int | None = None

    @staticmethod
    def of(watermark: str) -> "Position":
        """From the text that `str` makes."""
        xid, _, from_id = watermark.partition(":")
        return Position(int(xid), int(from_id) if from_id else None)

    def __str__(self) -> str:
        return str(self.xid) if self.from_id is None else f"{self.xid}:{self.from_id}"

    @property
    def order(self) -> tuple[int, int]:
        """What comes first has the smaller one."""
        return self.xid, FIRST_ID if self.from_id is None else self.from_id


@dataclass(frozen=True)
class Page:
    """rows: place of the view in VIEWS, id, xid. following: where the next page begins, None after the last.

    beyond: rows that were seen and belong to later pages. low, high: oldest transaction running, first one to come.
    """

    rows: pa.Table
    following: Position | None
    beyond: pa.Table
    low: int
    high: int


class Pages:
    """Reads pages of a store. many: runs queries in one snapshot; view: FROM and WHERE of a view of the contract."""

    def __init__(
        self, many: Callable[..., list[pa.Table]], view: Callable[[str], str], rows: int = ROWS_PER_PAGE
    ) -> None:
        self._many, self._view, self._rows = many, view, rows

    def read(self, at: Position) -> Page:
        """Whole transactions from `at` on; of one that does not fit into a page some numbers, by pages of their own."""
        select = self._from_transaction if at.from_id is None else self._of_transaction
        queries = (f"({select(place, at)} LIMIT {self._rows + 1})" for place in range(len(VIEWS)))
        window, found = self._many(_WINDOW, " UNION ALL ".join(queries))
        split = self._whole_transactions if at.from_id is None else self._some_numbers
        rows, following, beyond = split(found, at)
        return Page(rows, following, beyond, window["low"][0].as_py(), window["high"][0].as_py())

    def _from_transaction(self, place: int, at: Position) -> str:
        """In the order of the index on row_xid: no more rows are looked at than are taken."""
        name = VIEWS[place]
        return (
            f"SELECT {place} AS view, {_KEYS[name] or 'NULL'}::bigint AS id, row_xid::text::bigint AS xid"
            f" FROM {self._view(name)} AND row_xid >= '{at.xid}'::xid8 ORDER BY row_xid"
        )

    def _of_transaction(self, place: int, at: Position) -> str:
        name = VIEWS[place]
        key, rest = _KEYS[name], ""
        if key is not None:
            rest = f" AND {key} >= {at.from_id} ORDER BY {key}"
        return (
            f"SELECT {place} AS view, {key or 'NULL'}::bigint AS id, row_xid::text::bigint AS xid"
            f" FROM {self._view(name)} AND row_xid = '{at.xid}'::xid8{rest}"
        )

    def _cut(self, found: pa.Table) -> pa.Table:
        """Views that hold more than a page, with the last row's id and xid of each."""
        of = found.group_by("view").aggregate(
            [("id", "min"), ("id", "max"), ("xid", "max"), ([], "count_all")]
        )
        return of.filter(pc.greater(of["count_all"], self._rows))

    def _whole_transactions(
        self, found: pa.Table, at: Position
    ) -> tuple[pa.Table, Position | None, pa.Table]:
        cut = self._cut(found)
        if not cut.num_rows:
            return found, None, found.slice(0, 0)
        first_cut = pc.min(cut["xid_max"]).as_py()
        is_whole = pc.less(found["xid"], first_cut)
        rows, beyond = found.filter(is_whole), found.filter(pc.invert(is_whole))
        return rows, Position(first_cut, None if rows.num_rows else FIRST_ID), beyond

    def _some_numbers(self, found: pa.Table, at: Position) -> tuple[pa.Table, Position | None, pa.Table]:
        """Reports, calls and directives by their numbers, side by side; what has none comes with the last page."""
        cut = self._cut(found.filter(pc.is_valid(found["id"])))
        if not cut.num_rows:
            return found, Position(at.xid + 1), found.slice(0, 0)
        # The last number may go on beyond the page; when it is the only one, it is known to be touched all the same.
        one_only = pc.equal(cut["id_min"], cut["id_max"])
        end = pc.min(pc.if_else(one_only, pc.add(cut["id_max"], 1), cut["id_max"])).as_py()
        is_taken = pc.fill_null(pc.less(found["id"], end), False)
        return found.filter(is_taken), Position(at.xid, end), found.filter(pc.invert(is_taken))

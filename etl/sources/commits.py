"""What became visible in a store of the contract: the oldest transactions first, page by page, in bounded memory.

Increments follow commits, not ids: row_xid is the writing transaction, and a watermark never passes the oldest
transaction still running, so that whatever commits late is read later, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.sources.record import FIRST_ID, Changes, SourceError

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
_VIEWS = list(_KEYS)
_OF_REPORTS = [_VIEWS.index(name) for name in ("report", "report_event")]
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
    """rows: place of the view in _VIEWS, id, xid. following: where the next page begins, None after the last.

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
        queries = (f"({select(place, at)} LIMIT {self._rows + 1})" for place in range(len(_VIEWS)))
        window, found = self._many(_WINDOW, " UNION ALL ".join(queries))
        split = self._whole_transactions if at.from_id is None else self._some_numbers
        rows, following, beyond = split(found, at)
        return Page(rows, following, beyond, window["low"][0].as_py(), window["high"][0].as_py())

    def _from_transaction(self, place: int, at: Position) -> str:
        """In the order of the index on row_xid: no more rows are looked at than are taken."""
        name = _VIEWS[place]
        return (
            f"SELECT {place} AS view, {_KEYS[name] or 'NULL'}::bigint AS id, row_xid::text::bigint AS xid"
            f" FROM {self._view(name)} AND row_xid >= '{at.xid}'::xid8 ORDER BY row_xid"
        )

    def _of_transaction(self, place: int, at: Position) -> str:
        name = _VIEWS[place]
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


@dataclass(frozen=True)
class _Sweep:
    """The way from a watermark to all that was visible when it began, look by look.

    at: where the next look begins. low: oldest transaction that was running, which no watermark of this sweep passes.
    high: the first that was still to come; who gets there begins anew, for what committed late meanwhile. watermark:
    what the look before gave.
    """

    at: Position
    low: int
    high: int
    watermark: str


class _Token(NamedTuple):
    xids: NDArray[np.int64]
    sweep: _Sweep | None


class Commits:
    """Remembers what of a store has been handed over."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.forget()

    def forget(self) -> None:
        """Show every transaction again."""
        # Transactions at or above the watermark whose rows have been handed over: a transaction shows all its rows at
        # once, so none of these needs to be looked at again.
        self._seen: NDArray[np.int64] = np.empty(0, np.int64)
        self._sweep: _Sweep | None = None

    def look(self, since: str, pages: Pages) -> Changes:
        """The next page that shows anything new at or above `since`."""
        sweep = self._sweep if self._sweep and self._sweep.watermark == since else None
        at = sweep.at if sweep else Position.of(since)
        while True:
            page = pages.read(at)
            if at.xid > page.high:
                raise SourceError(
                    self._name,
                    f"its transaction counter stands at {page.high}, before the watermark {since}: the store was"
                    " replaced or restored. Run `ioc etl backfill` to build the mart anew.",
                )
            sweep = sweep or _Sweep(at, page.low, page.high, since)
            rows, following = self._new(page.rows), page.following
            if following and following.from_id == FIRST_ID and following.xid in self._seen:
                following = Position(following.xid + 1)
            if rows.num_rows or following is None:
                return self._changes(Position.of(since), sweep, rows, following, self._new(page.beyond))
            at = following

    def _new(self, rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(pc.is_in(rows["xid"], pa.array(self._seen))))

    def _changes(
        self, since: Position, sweep: _Sweep, rows: pa.Table, following: Position | None, beyond: pa.Table
    ) -> Changes:
        low = Position(sweep.low)
        watermark = str(low if following is None else min(following, low, key=lambda p: p.order))
        xids = pc.unique(rows["xid"]).to_numpy()
        if following and following.from_id is not None:
            xids = xids[xids != following.xid]
        rest = None
        if following and (following.from_id is not None or following.xid < sweep.high):
            rest = _Sweep(following, sweep.low, sweep.high, watermark)
        reports = _oldest_first(_of_reports(rows))
        # What is not told by report is applied at the end: no floor may pass it.
        others = pc.min(rows.filter(pc.invert(_is_of_reports(rows)))["xid"]).as_py()
        return Changes(
            report_ids=reports["id"].to_numpy(),
            floor=_Floors(reports, since, sweep.low if others is None else min(others, sweep.low)),
            side_changed=bool(rows["id"].null_count),
            watermark=watermark,
            token=_Token(xids, rest),
            call_ids=_touched(rows, "hotline_call"),
            directive_ids=_touched(rows, "directive"),
            more=pc.count_distinct(_of_reports(beyond)["id"]).as_py(),
        )

    def written(self, changes: Changes) -> None:
        """Forget transactions below the new watermark, remember those above it; the next look goes on."""
        if isinstance(changes.token, _Token):
            seen = np.union1d(self._seen, changes.token.xids)
            self._seen = seen[seen >= Position.of(changes.watermark).xid]
            self._sweep = changes.token.sweep


class _Floors:
    """Where to read on when the reports from a place on have not been applied: between `since` and transaction `most`."""

    def __init__(self, reports: pa.Table, since: Position, most: int) -> None:
        self._ids, self._xids = (reports[name].to_numpy() for name in ("id", "xid_min"))
        self._since, self._most = since, Position(most)

    def __call__(self, place: int) -> str:
        here = Position(int(self._xids[place]), int(self._ids[place]))
        capped = min(here, self._most, key=lambda p: p.order)
        return str(max(capped, self._since, key=lambda p: p.order))


def _is_of_reports(rows: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(rows["view"], pa.array(_OF_REPORTS, rows["view"].type))


def _of_reports(rows: pa.Table) -> pa.Table:
    """Rows of reports and events; one without its number breaks the contract, and `ioc store check` says so."""
    return rows.filter(pc.and_(_is_of_reports(rows), pc.is_valid(rows["id"])))


def _touched(rows: pa.Table, name: str) -> NDArray[np.int64]:
    """Numbers of a view's rows, once, ascending."""
    of_view = pc.equal(rows["view"], _VIEWS.index(name))
    return np.unique(rows.filter(of_view)["id"].drop_null().to_numpy())


def _oldest_first(rows: pa.Table) -> pa.Table:
    """Touched reports (id) with the oldest transaction that touched each (xid_min), in its order."""
    return (
        rows.group_by("id")
        .aggregate([("xid", "min")])
        .sort_by([("xid_min", "ascending"), ("id", "ascending")])
    )

"""What became visible in a store of the contract: the oldest transactions first, page by page, in bounded memory.

Increments follow commits, not ids: row_xid is the writing transaction, and a watermark never passes the oldest
transaction still running, so that whatever commits late is read later, once.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.sources.pages import VIEWS, Pages, Position
from etl.sources.record import FIRST_ID, Changes, SourceError

_OF_REPORTS = [VIEWS.index(name) for name in ("report", "report_event")]


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
    of_view = pc.equal(rows["view"], VIEWS.index(name))
    return np.unique(rows.filter(of_view)["id"].drop_null().to_numpy())


def _oldest_first(rows: pa.Table) -> pa.Table:
    """Touched reports (id) with the oldest transaction that touched each (xid_min), in its order."""
    return (
        rows.group_by("id")
        .aggregate([("xid", "min")])
        .sort_by([("xid_min", "ascending"), ("id", "ascending")])
    )

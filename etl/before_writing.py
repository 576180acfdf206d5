"""What must hold of the facts of some reports before they are written, each report by itself; etl.checks asks it of a mart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.checks import CHILDREN, CheckError

Tables = Mapping[str, pa.Table]
"""Facts by name of the mart's table (etl.facts.Facts.tables)."""


def refuse_broken(tables: Tables) -> None:
    """Raises CheckError that names the first report in which something does not hold."""
    _refuse_orphans(tables)
    for rule, broken in _RULES.items():
        ids = broken(tables)
        if len(ids):
            raise CheckError(f"{rule}: report {ids[0]}")


def _refuse_orphans(tables: Tables) -> None:
    reports = tables["report"]["report_id"].to_numpy()
    for name in CHILDREN:
        of = tables[name]["report_id"].to_numpy()
        orphans = np.unique(of[~np.isin(of, reports)])
        if len(orphans):
            raise CheckError(f"every {name} has its report: report {orphans[0]}: {name} of no report")


def _not_tiled(tables: Tables) -> np.ndarray:
    """Reports whose holds do not begin when they were sent or where the hold before ended.

    Between publication and a later sent_back nobody holds a report (docs/ledger.md).
    """
    report, hold = tables["report"], _in_order(tables["hold"], "from_at", "to_at")
    ids, from_at, to_at = (_values(hold, name) for name in ("report_id", "from_at", "to_at"))
    if not len(ids):
        return ids
    order = np.argsort(_values(report, "report_id"))
    sent_at = _values(report, "sent_at")[order]
    place = np.searchsorted(_values(report, "report_id")[order], ids)
    before = np.where(_is_first(ids), sent_at[place], np.roll(to_at, 1))
    gaps = np.flatnonzero(from_at != before)
    if not len(gaps):
        return ids[gaps]
    of = tables["event"].filter(pc.is_in(tables["event"]["report_id"], pa.array(np.unique(ids[gaps]))))
    published, sent_back = (
        _moments(of.filter(pc.equal(of["kind"], kind))) for kind in ("published", "sent_back")
    )
    may_be = [
        from_at[gap] > before[gap]
        and (ids[gap], before[gap]) in published
        and (ids[gap], from_at[gap]) in sent_back
        for gap in gaps
    ]
    return ids[gaps][~np.array(may_be) | _is_first(ids)[gaps]]


def _shown_though_secret(tables: Tables) -> np.ndarray:
    """Secret reports with a word or a place."""
    report = tables["report"]
    ids = _values(report, "report_id")
    is_shown = np.isin(ids, _values(tables["report_detail"], "report_id"))
    is_shown |= _are(pc.not_equal(report["commune_code"], ""))
    for name in ("lon_coarse", "lat_coarse"):
        is_shown |= _are(pc.is_valid(report[name]))
    return ids[_are(report["is_secret"]) & is_shown]


def _ended_wrongly(tables: Tables) -> np.ndarray:
    """Reports whose state contradicts itself: open means not closed, done means approved."""
    report = tables["report"]
    closed_at = _values(report, "closed_at")
    is_wrong = closed_at < _values(report, "sent_at")
    is_wrong |= _are(pc.equal(report["status"], "open")) != np.isnat(closed_at)
    is_wrong |= _are(pc.equal(report["status"], "done")) != _are(pc.not_equal(report["outcome"], ""))
    is_wrong |= _are(pc.equal(report["outcome"], "late")) != _are(pc.is_valid(report["late_s"]))
    return _values(report, "report_id")[is_wrong]


def _led_by_two(tables: Tables) -> np.ndarray:
    """Reports whose lead assignment begins before the one before ends."""
    of = tables["assignment"]
    led = _in_order(of.filter(pc.equal(of["part"], "lead")), "from_at", "ended_at")
    ids, from_at, ended_at = (_values(led, name) for name in ("report_id", "from_at", "ended_at"))
    return ids[~_is_first(ids) & ~(from_at >= np.roll(ended_at, 1))]


_RULES = {
    "holds tile the life of a report": _not_tiled,
    "secret reports show no word and no place": _shown_though_secret,
    "open means not closed, done means approved": _ended_wrongly,
    "one lead unit at a time": _led_by_two,
}
"""By name of the rule in etl.checks: reports that break it."""


def _values(table: pa.Table, name: str) -> np.ndarray:
    """Nulls of an instant are not-a-time, which equals and precedes nothing."""
    values: np.ndarray = table[name].to_numpy(zero_copy_only=False)
    return values


def _are(condition: Any) -> np.ndarray:
    """A condition of each row; of a null it does not hold."""
    held: np.ndarray = pc.fill_null(condition, False).to_numpy(zero_copy_only=False)
    return held


def _in_order(table: pa.Table, *names: str) -> pa.Table:
    """Of rows by report and number: the reports and some columns."""
    order = np.lexsort((_values(table, "seq"), _values(table, "report_id")))
    return table.select(["report_id", *names]).take(order)


def _is_first(ids: np.ndarray) -> np.ndarray:
    """Of rows in order: whether a report's rows begin here."""
    return np.append(True, ids[1:] != ids[:-1])[: len(ids)]


def _moments(events: pa.Table) -> set[tuple[int, Any]]:
    return set(zip(_values(events, "report_id"), _values(events, "at"), strict=True))

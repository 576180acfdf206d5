"""Counts of measures: in one period, over a row of periods, and now; whole or by a slicer."""

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from kpi import mart
from kpi.filters import Filters
from kpi.queries.grain import ASSIGNMENT, REPORT, Grain, grain_of
from kpi.queries.measures import BALANCE, FLOW, MEASURES, NOW, RATE, RATING, span
from kpi.queries.window import Window

NOT_DISPATCHED = ""
"""Unit code of the row that holds reports in hand without a lead unit."""


def counts(
    grain: Grain, filters: Filters, window: Window, names: Iterable[str], by: Sequence[str] = ()
) -> Select:
    """One row (per value of the slicers `by`): slicers under their own names, then a count per measure."""
    names = tuple(names)
    spans = {name: None for measure in names for name in MEASURES[measure].spans}
    labels = [grain.slicers[name].label(name) for name in by]
    columns = [count_of(name, grain, window).label(name) for name in names]
    return (
        select(*labels, *columns)
        .where(*grain.where(filters), or_(*[span(grain, name, window) for name in spans]))
        .group_by(*labels)
    )


def count_of(name: str, grain: Grain, window: Window) -> ColumnElement:
    """How many rows a measure counts."""
    return func.count().filter(MEASURES[name].condition(grain, window))


def oldest_due_at(grain: Grain, window: Window) -> ColumnElement:
    """When the oldest of those overdue at the window's instant fell due."""
    return func.min(grain.due_at).filter(MEASURES["overdue"].condition(grain, window))


def _grain(filters: Filters, by: Sequence[str]) -> Grain:
    """Lead assignments when a unit is asked for."""
    return ASSIGNMENT if "unit" in by else grain_of(filters)


def period(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """Balance and on-time rate of the period: BALANCE and RATE, by lead assignment when a unit is asked for."""
    return counts(_grain(filters, by), filters, window, dict.fromkeys((*BALANCE, *RATE)), by)


def flow(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """FLOW of the period, as `period` counts it: without the stocks at its ends, which are read of all closed since."""
    return counts(_grain(filters, by), filters, window, FLOW, by)


def ratings(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """RATING counts: ratings given in the period, and how many of the reports done in it are rated. By report."""
    return counts(REPORT, filters, window, RATING, by)


def published(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """Reports published and reports that repeat an earlier published one, in the period."""
    return counts(REPORT, filters, window, ("published", "repeated"), by)


def dispatches(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """Lead assignments that began, came back as wrong authority, or were given to another unit, in the period."""
    return counts(ASSIGNMENT, filters, window, ("dispatched", "returned", "reassigned"), by)


def trend(filters: Filters, windows: Sequence[Window], names: Iterable[str] = FLOW) -> CompoundSelect:
    """One row per window, `place` 0, 1, …: counts of FLOW, or of some of it. An index range per window, no stock."""
    grain = grain_of(filters)
    flows = [counts(grain, filters, window, names).subquery() for window in windows]
    return union_all(*[select(literal(place).label("place"), *flow.c) for place, flow in enumerate(flows)])


def now(filters: Filters, window: Window, by: Sequence[str] = ()) -> Select:
    """Stocks at the window's instant (NOW) and when the oldest overdue one fell due (oldest_due_at)."""
    return _now(_grain(filters, by), filters, window, by)


def now_by_unit(filters: Filters, window: Window) -> Select | CompoundSelect:
    """`now` by unit; reports in hand without a lead unit stand under NOT_DISPATCHED, so that the rows add up.

    With a unit in the filters (always so for role unit) only that unit's row.
    """
    by_unit = now(filters, window, ("unit",))
    if filters.unit:
        return by_unit
    waiting = _now(REPORT, filters, window, ()).where(without_lead(window)).subquery()
    return union_all(by_unit, select(literal(NOT_DISPATCHED).label("unit"), *waiting.c))


def without_lead(window: Window) -> ColumnElement[bool]:
    """The report has no lead unit at the window's instant: with IOC, or waiting for UBND tỉnh to name one."""
    lead = mart.assignment.alias("lead")
    return ~exists().where(
        lead.c.province_code == mart.report.c.province_code,
        lead.c.report_id == mart.report.c.report_id,
        lead.c.part == "lead",
        lead.c.from_at < window.at,
        or_(lead.c.ended_at.is_(None), lead.c.ended_at >= window.at),
    )


def _now(grain: Grain, filters: Filters, window: Window, by: Sequence[str]) -> Select:
    oldest = oldest_due_at(grain, window).label("oldest_due_at")
    return counts(grain, filters, window, NOW, by).add_columns(oldest)

"""Each stage of the life cycle against its own limit, so that a late IOC dispatch is never charged to the unit."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from kpi import mart
from kpi.filters import Filters
from kpi.queries.grain import carried
from kpi.queries.window import Window

_s = mart.stage.c
SLICERS = {
    "stage": _s.stage,
    "unit": _s.unit_code,
    "district": _s.district_code,
    "commune": _s.commune_code,
    "field": _s.field_code,
    "channel": _s.channel_code,
    "urgency": _s.urgency,
    "article": _s.article,
    "borrowed_from": _s.borrowed_from,
}


def _done(window: Window) -> ColumnElement[bool]:
    return and_(_s.done_at >= window.start_at, _s.done_at < window.until_at)


def _report_left_before_due() -> ColumnElement[bool]:
    """The report was closed before the stage fell due: nothing was left to do."""
    report = mart.report.alias("left_report")
    return exists().where(
        report.c.province_code == _s.province_code,
        report.c.report_id == _s.report_id,
        report.c.closed_at <= _s.due_at,
    )


def _missed(window: Window) -> ColumnElement[bool]:
    """Fell due in the period, not done by then nor before the period's end."""
    fell_due = and_(_s.due_at >= window.start_at, _s.due_at < window.until_at)
    still_open = or_(_s.done_at.is_(None), _s.done_at >= window.until_at)
    return and_(fell_due, still_open, or_(_s.done_at.is_not(None), ~_report_left_before_due()))


STATES = {
    "stage_done": _done,
    "stage_on_time": lambda w: and_(_done(w), _s.done_at <= _s.due_at),
    "stage_late": lambda w: or_(and_(_done(w), _s.done_at > _s.due_at), _missed(w)),
    "stage_judged": lambda w: or_(and_(_done(w), _s.due_at.is_not(None)), _missed(w)),
    "stage_without_limit": lambda w: and_(_done(w), _s.due_at.is_(None)),
}
"""Counts of one stage in a period; rate = stage_on_time / stage_judged. Also values of the filter `state`."""


def where(filters: Filters, window: Window, stage: str | None = None) -> list[ColumnElement[bool]]:
    """Rows that may count: begun before the period's end, and not done before its start."""
    conditions = [SLICERS[name] == value for name, value in filters.slices().items()]
    conditions += carried(mart.stage, filters)
    if stage:
        conditions.append(_s.stage == stage)
    lived_in_period = or_(_s.done_at.is_(None), _s.done_at >= window.start_at)
    return [*conditions, _s.start_at < window.until_at, lived_in_period]


def rates(
    filters: Filters, window: Window, by: Sequence[str] = ("stage",), stage: str | None = None
) -> Select:
    """One row per value of `by` (names of SLICERS): counts of STATES and the median worked_s of those done."""
    labels = [SLICERS[name].label(name) for name in by]
    columns = [func.count().filter(state(window)).label(name) for name, state in STATES.items()]
    median = func.percentile_cont(0.5).within_group(_s.worked_s).filter(_done(window))
    return (
        select(*labels, *columns, median.label("median_worked_s"))
        .where(*where(filters, window, stage))
        .group_by(*labels)
    )


RATE = ("stage_on_time", "stage_judged")


def rates_over(filters: Filters, windows: Sequence[Window], stage: str) -> Select:
    """RATE of one stage in several windows, read once: one row, `stage_on_time_0`, `stage_judged_0`, `stage_on_time_1`, …"""
    columns = [
        func.count().filter(STATES[name](window)).label(f"{name}_{place}")
        for place, window in enumerate(windows)
        for name in RATE
    ]
    lived = or_(*[and_(*where(filters, window, stage)) for window in windows])
    return select(*columns).where(lived)

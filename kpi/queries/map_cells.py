"""Reports that have left, counted by coarse place: what the map reads where a choice holds too many to take one by one.

Both selects give the same columns: district_code, commune_code, since_on, piece (the ground they came from, as
kpi.queries.ground), lon, lat (null = no place, or secret), is_secret and the counts done_on_time, done_late, other.
Open reports are never among them: their state is asked of the clock.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, DateTime, Select, and_, cast, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.periods import CUT_OFF_DAY, Period
from kpi.queries.grain import REPORT
from kpi.queries.ground import origin
from kpi.queries.map_points import measure_of
from kpi.queries.measures import span
from kpi.queries.pieces import Divided
from kpi.queries.window import Window
from kpi.scope import Scope

_DONE = ("on_time", "without_limit")
_OTHER = ("refused", "withdrawn", "passed_on", "merged")
_PARTS = {
    "received": ("sent_on", (*_DONE, "late", *_OTHER)),
    "done": ("on_date", (*_DONE, "late")),
    "done_on_time": ("on_date", _DONE),
    "done_late": ("on_date", ("late",)),
    **{how: ("on_date", (how,)) for how in ("on_time", "without_limit", *_OTHER)},
}
"""Measures that mart.half_monthly_place adds up: the half-month that must lie in the period, and how the reports left."""
_r = mart.report.c


def counted_by_half_months(filters: Filters, scope: Scope, changed_on: Sequence[date] = ()) -> bool:
    """Whether mart.half_monthly_place answers: no cut but by place, whole half-months, a measure that it adds up.

    changed_on: the days on which units changed; one within a half-month cannot be told apart there.
    """
    is_by_place = filters.slices().keys() <= {"district", "commune"}
    is_plain = not filters.carried and filters.cell is None and not scope.unit_code
    return (
        is_by_place
        and is_plain
        and (filters.state or "in_hand") in _PARTS
        and has_whole_half_months(filters.period)
        and all(day.day in (1, CUT_OFF_DAY) for day in changed_on)
    )


def has_whole_half_months(period: Period) -> bool:
    """Months, quarters and years, calendar or legal, are made of half-months; most days and weeks are not."""
    return {period.start_on.day, period.end_on.day} <= {1, CUT_OFF_DAY}


def half_months(filters: Filters, changed_on: Sequence[date] = (), divided: Sequence[Divided] = ()) -> Select:
    """Sums of mart.half_monthly_place; `counted_by_half_months` must hold."""
    p = mart.half_monthly_place.c
    half, hows = _PARTS[filters.state or "in_hand"]
    cut = [p[f"{name}_code"] == value for name, value in filters.slices().items()]
    in_period = (p[half] >= filters.period.start_on, p[half] < filters.period.end_on)
    counted = sum((p[f"{how}_count"] for how in hows[1:]), p[f"{hows[0]}_count"])
    sent_at = func.timezone(LOCAL.key, cast(p.sent_on, DateTime), type_=DateTime(timezone=True))
    of_period = select(mart.half_monthly_place, sent_at.label("sent_at")).where(*in_period, *cut, counted > 0)
    c = (rows := of_period.subquery()).c

    def total(*names: str) -> ColumnElement[int]:
        parts = [func.sum(c[f"{how}_count"]) for how in names if how in hows]
        return cast(sum(parts[1:], parts[0]) if parts else literal(0), BigInteger)

    ground = origin(changed_on, divided, rows)
    keys = (c.district_code, c.commune_code, c.lon_coarse, c.lat_coarse, c.is_secret)
    return select(
        c.district_code,
        c.commune_code,
        *ground,
        func.nullif(c.lon_coarse, 0).label("lon"),
        func.nullif(c.lat_coarse, 0).label("lat"),
        c.is_secret,
        total(*_DONE).label("done_on_time"),
        total("late").label("done_late"),
        total(*_OTHER).label("other"),
    ).group_by(*keys, "since_on", "piece")


def map_cells(
    filters: Filters, window: Window, changed_on: Sequence[date] = (), divided: Sequence[Divided] = ()
) -> Select:
    """The same columns from the reports themselves: any measure, any cut, row by row in the database."""
    measure = measure_of(filters)
    spans = or_(*[span(REPORT, name, window) for name in measure.spans])
    late = and_(_r.status == "done", _r.outcome == "late")
    return (
        select(
            _r.district_code,
            _r.commune_code,
            *origin(changed_on, divided),
            _r.lon_coarse.label("lon"),
            _r.lat_coarse.label("lat"),
            _r.is_secret,
            func.count().filter(_r.status == "done", _r.outcome != "late").label("done_on_time"),
            func.count().filter(late).label("done_late"),
            func.count().filter(_r.status != "done").label("other"),
        )
        .where(_r.closed_at.is_not(None), *REPORT.where(filters), spans, measure.condition(REPORT, window))
        .group_by(
            _r.district_code,
            _r.commune_code,
            "since_on",
            "piece",
            _r.lon_coarse,
            _r.lat_coarse,
            _r.is_secret,
        )
    )

"""What is in hand by place, field, urgency and lead unit, read once: for a screen that is drawn anew at every data version."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select, tuple_

from kpi import mart
from kpi.filters import Filters
from kpi.queries import figures
from kpi.queries.grain import ASSIGNMENT, REPORT, Grain
from kpi.queries.ground import Origin, origin
from kpi.queries.measures import MEASURES, in_hand_at
from kpi.queries.pieces import Divided
from kpi.queries.window import Window

COUNTED = ("in_hand", "due_soon", "overdue", "oldest_due_at")
LED = "led_"
"""Before the name of what is counted by lead assignment."""
PLACES, FIELDS, PLACE_UNITS, UNITS = 3, 1, 2, 6
"""Kinds of rows: which of (commune, field, unit) they are not cut by, as bits."""


def cuts(
    filters: Filters,
    window: Window,
    before: Window,
    changed_on: Sequence[date],
    divided: Sequence[Divided] = (),
) -> Select:
    """Rows of four kinds (`kind`), each with COUNTED by report, and by lead assignment under LED:

    PLACES by kpi.queries.ground.Origin and urgency; FIELDS by Origin and field, PLACE_UNITS by Origin and lead unit,
    both only where something is overdue or due soon; UNITS by lead unit and urgency. A null unit: reports without a
    lead. oldest_due_at: of what is overdue. Beside them overdue_before, the reports overdue at an earlier instant, and
    latest_sent_at of those in hand. A row of PLACES or UNITS may count nothing.
    """
    lived = _lived(filters, window, before, changed_on, divided).c
    r = replace(REPORT, entered_at=lived.sent_at, left_at=lived.closed_at, due_at=lived.due_at)
    a = replace(ASSIGNMENT, entered_at=lived.from_at, left_at=lived.ended_at, due_at=lived.unit_due_at)
    counted = {**_counted(r, window, ""), **_counted(a, window, LED)}
    kind = func.grouping(lived.commune, lived.field, lived.unit)
    place = [lived[name] for name in Origin._fields]
    sets = [(*place, lived.urgency), (*place, lived.field), (*place, lived.unit), (lived.unit, lived.urgency)]
    is_pressing = [counted[f"{by}{name}"] > 0 for by in ("", LED) for name in ("due_soon", "overdue")]
    overdue_before = figures.count_of("overdue", r, before)
    latest = func.max(lived.sent_at).filter(MEASURES["in_hand"].condition(r, window))
    return (
        select(*place, lived.field, lived.unit, lived.urgency, kind.label("kind"))
        .add_columns(*[column.label(name) for name, column in counted.items()])
        .add_columns(overdue_before.label("overdue_before"), latest.label("latest_sent_at"))
        .group_by(func.grouping_sets(*[tuple_(*each) for each in sets]))
        .having(or_(kind.in_((PLACES, UNITS)), *is_pressing))
    )


def _lived(
    filters: Filters, window: Window, before: Window, changed_on: Sequence[date], divided: Sequence[Divided]
) -> FromClause:
    """Reports in hand at the window's instant or since the earlier one, each with the lead assignment of that instant."""
    r, a = mart.report.c, mart.assignment.c
    leads = and_(
        a.province_code == r.province_code,
        a.report_id == r.report_id,
        *ASSIGNMENT.base,
        in_hand_at(ASSIGNMENT, window.at),
    )
    slicers = [REPORT.slicers[name].label(name) for name in ("district", "commune", "field", "urgency")]
    return (
        select(
            *slicers,
            *origin(changed_on, divided),
            *(r.sent_at, r.closed_at, r.due_at),
            *(a.unit_code.label("unit"), a.from_at, a.ended_at, a.due_at.label("unit_due_at")),
        )
        .select_from(mart.report.outerjoin(mart.assignment, leads))
        .where(*REPORT.where(filters), in_hand_at(REPORT, window.at, since_at=before.at))
        .subquery("lived")
    )


def _counted(grain: Grain, window: Window, prefix: str) -> dict[str, ColumnElement]:
    *counts, oldest = COUNTED
    columns = {name: figures.count_of(name, grain, window) for name in counts}
    columns[oldest] = figures.oldest_due_at(grain, window)
    return {f"{prefix}{name}": column for name, column in columns.items()}

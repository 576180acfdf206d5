"""Counts by the units of each report's own time: the rows that are carried to the units of another day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Date, Select, case, cast, literal

from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.queries import figures
from kpi.queries.grain import REPORT, Grain
from kpi.queries.window import Window


def counts(
    grain: Grain, filters: Filters, window: Window, names: Iterable[str], changed_on: Sequence[date]
) -> Select:
    """One row per district, commune and `since_on`, with a count per measure.

    changed_on: the days on which units changed, ascending; `since_on` is the last one up to the day a report was sent
    (null: before the first), so that (code, since_on) is one version of a unit.
    """
    stmt = figures.counts(grain, filters, window, names, ("district", "commune"))
    if grain is not REPORT:
        same = (
            mart.report.c.province_code == grain.table.c.province_code,
            mart.report.c.report_id == grain.table.c.report_id,
        )
        stmt = stmt.where(*same)
    return stmt.add_columns(since(changed_on).label("since_on")).group_by("since_on")


def since(changed_on: Sequence[date]) -> ColumnElement:
    """The last of these days that had begun (local time) when the report was sent; null before the first."""
    began = [
        (mart.report.c.sent_at >= midnight(day), cast(literal(day), Date)) for day in reversed(changed_on)
    ]
    return case(*began, else_=None) if began else cast(literal(None), Date)


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Asia/Ho_Chi_Minh."""
    return datetime.combine(day, time(), LOCAL)

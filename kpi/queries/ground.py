"""Counts by the units of each report's own time: the rows that are carried to the units of another day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, FromClause, Select, case, cast, literal, select

from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.queries import figures
from kpi.queries.grain import REPORT, Grain
from kpi.queries.measures import NOW, in_hand_at
from kpi.queries.pieces import Divided, piece
from kpi.queries.window import Window

PLACE = ("district", "commune")
"""Slicers of the reports' own place."""


class Origin(NamedTuple):
    """Where reports came from: codes of their own time ('' not known), the version of these, the piece of a divided one."""

    district: str
    commune: str
    since_on: date | None
    piece: str


def counts(
    grain: Grain,
    filters: Filters,
    window: Window,
    names: Iterable[str],
    changed_on: Sequence[date],
    divided: Sequence[Divided] = (),
) -> Select:
    """One row per district, commune, `since_on` and `piece`, with a count per measure.

    changed_on: the days on which units changed, ascending; `since_on` is the last one up to the day a report was sent
    (null: before the first), so that (code, since_on) is one version of a unit.
    divided: communes that lie in several units of the day the rows are for; `piece` is the one that the report lies in.
    """
    stmt = figures.counts(grain, filters, window, names, PLACE)
    return with_origin(stmt, grain, changed_on, divided)


def stocks(
    grain: Grain,
    filters: Filters,
    window: Window,
    before: Window,
    changed_on: Sequence[date],
    divided: Sequence[Divided] = (),
) -> Select:
    """Rows as those of `counts`: NOW at the window's instant, `oldest_due_at` of what is overdue then, and
    `overdue_before` at an earlier instant; what is in hand is read once for all. A row may count nothing."""
    labels = [grain.slicers[name].label(name) for name in PLACE]
    columns = [figures.count_of(name, grain, window).label(name) for name in NOW]
    columns.append(figures.oldest_due_at(grain, window).label("oldest_due_at"))
    columns.append(figures.count_of("overdue", grain, before).label("overdue_before"))
    lived = in_hand_at(grain, window.at, since_at=before.at)
    stmt = select(*labels, *columns).where(*grain.where(filters), lived).group_by(*labels)
    return with_origin(stmt, grain, changed_on, divided)


def with_origin(
    stmt: Select, grain: Grain, changed_on: Sequence[date], divided: Sequence[Divided] = ()
) -> Select:
    """Counts of a grain by PLACE (and more), told apart by `since_on` and `piece` too."""
    if grain is not REPORT:
        same = (
            mart.report.c.province_code == grain.table.c.province_code,
            mart.report.c.report_id == grain.table.c.report_id,
        )
        stmt = stmt.where(*same)
    return stmt.add_columns(*origin(changed_on, divided)).group_by("since_on", "piece")


def origin(
    changed_on: Sequence[date], divided: Sequence[Divided], of: FromClause = mart.report
) -> tuple[ColumnElement, ColumnElement]:
    """The columns since_on and piece of a report: with its codes, the ground that it came from.

    of: what has the columns sent_at, commune_code, lon_coarse and lat_coarse.
    """
    return since(changed_on, of).label("since_on"), piece(of, divided).label("piece")


def since(changed_on: Sequence[date], of: FromClause = mart.report) -> ColumnElement:
    """The last of these days that had begun (local time) when the report was sent; null before the first."""
    began = [(of.c.sent_at >= midnight(day), cast(literal(day), Date)) for day in reversed(changed_on)]
    return case(*began, else_=None) if began else cast(literal(None), Date)


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Asia/Ho_Chi_Minh."""
    return datetime.combine(day, time(), LOCAL)

"""The extract of a period as .xlsx: summary, annexes by unit, field, channel, the overdue list, and by district."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Executable, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from dashboard.exports import annexes, stamp, summary
from dashboard.exports.sheet import workbook
from dashboard.ground import Ground, changed_on, ground_of
from dashboard.ground_filters import resolved
from dashboard.names import Names
from geo.units import Level
from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import TODAY, Filters
from kpi.queries import dimensions, figures, operations, reports, stages
from kpi.queries.grain import REPORT, grain_of
from kpi.queries.ground import counts as ground_counts
from kpi.queries.measures import BALANCE, MEASURES, RATE, RATING
from kpi.queries.run import Rows, gather, gather_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for

MAX_LIST_ROWS = 20_000


async def period_workbook(engine: AsyncEngine, scope: Scope, filters: Filters, at: datetime) -> bytes:
    """The extract for a page: figures from one snapshot, the file written in a thread."""
    bound, window = _asked(scope, filters, at)
    found = await gather(engine, scope, statements(bound, window, scope))
    return await asyncio.to_thread(build, bound, window, scope, found)


def period_workbook_sync(engine: Engine, scope: Scope, filters: Filters, at: datetime) -> bytes:
    """`period_workbook` for commands."""
    bound, window = _asked(scope, filters, at)
    return build(bound, window, scope, gather_sync(engine, scope, statements(bound, window, scope)))


def _asked(scope: Scope, filters: Filters, at: datetime) -> tuple[Filters, Window]:
    """Bound to the scope; the state does not belong to an extract. Raises FilterError, OutOfCalendarError."""
    bound = filters.with_(state=None, stage=None).within(scope)
    bound = resolved(bound, scope, at.astimezone(LOCAL).date())
    return bound, Window.of(bound.period, at, calendar_for(scope.province_code))


def statements(filters: Filters, window: Window, scope: Scope) -> dict[str, Executable]:
    """Every query of the file, by name."""
    overdue = filters.with_(state="left_overdue")
    last_on = (window.until_at - timedelta(seconds=1)).astimezone(LOCAL).date()
    ground, other = _grounds(filters, window, scope)
    day = ground.day or last_on
    days, divided = changed_on(scope.province_code), (ground if ground.day or not other else other).divided()
    asked: dict[str, Executable] = {
        "units": dimensions.every_unit(),
        "places": dimensions.places(day),
        "ended": dimensions.other_places(day),
        "categories": dimensions.categories(),
        "runs": operations.runs(1),
        "sources": operations.source_states(),
        "secret": _secret(filters, window),
        "overdue": reports.page(overdue, window, rows=MAX_LIST_ROWS),
        "overdue_count": reports.count(overdue, window),
    }
    for name, seen in summary.compared(filters, window).items():
        asked |= {
            f"{name} period": figures.period(filters, seen),
            f"{name} ratings": figures.ratings(filters, seen),
            f"{name} published": figures.published(filters, seen),
            f"{name} dispatches": figures.dispatches(filters, seen),
            f"{name} dispatch stage": stages.rates(filters.with_(unit=None), seen, stage="dispatch"),
        }
    for slicer in ("unit", "field", "channel"):
        asked[f"{slicer} period"] = figures.period(filters, window, (slicer,))
        asked[f"{slicer} ratings"] = figures.ratings(filters, window, (slicer,))
    balance = dict.fromkeys((*BALANCE, *RATE))
    asked["place period"] = ground_counts(grain_of(filters), filters, window, balance, days, divided)
    asked["place ratings"] = ground_counts(REPORT, filters, window, RATING, days, divided)
    return asked


def build(filters: Filters, window: Window, scope: Scope, found: Mapping[str, Rows]) -> bytes:
    """The file out of the rows that `statements` gave."""
    names = Names.of({key: found[key] for key in ("units", "places", "ended", "categories")})
    ground, other = _grounds(filters, window, scope)
    filters.check(stamp.known(names))
    sees_all = not (scope.district_code or scope.unit_code)
    tables = [
        summary.summary(filters, window, found),
        annexes.by_unit(filters, found, names, is_ranked=sees_all),
        annexes.by_slicer("field", "II", "lĩnh vực", names.field, filters, found),
        annexes.by_slicer("channel", "III", "kênh tiếp nhận", names.channel, filters, found),
        annexes.overdue(window, calendar_for(scope.province_code), found, names),
        annexes.by_place(ground, filters, found, names),
        *([annexes.by_place(other, filters, found, names, "Va")] if other else []),
    ]
    label = filters.period.label()
    whole = found["current period"][0]
    lines = [
        *stamp.period_lines(filters, window),
        stamp.scope_line(scope, names, window.at),
        *stamp.filter_lines(filters, names),
        stamp.ground_line(ground),
        *stamp.data_lines(found["runs"], found["sources"], scope, window),
        *stamp.count_lines(filters, found["secret"][0]["count"], whole["without_limit"]),
    ]
    version = found["runs"][0]["rules_version"] if found["runs"] else "–"
    footer = f"{label}. Quy tắc {version}. Lập {window.at.astimezone(LOCAL):%H:%M %d/%m/%Y}"
    title = f"Kết quả tiếp nhận, xử lý phản ánh hiện trường, {stamp.period_said(filters.period)}"
    return workbook(tables, lines, title, footer, window.at)


def _grounds(filters: Filters, window: Window, scope: Scope) -> tuple[Ground, Ground | None]:
    """The units of the annex by place, and the other ground where units have changed since the reports were sent.

    Of the reports' own time an annex of one district has that district's line.
    """
    province, today = scope.province_code, window.at.astimezone(LOCAL).date()
    chosen = ground_of(filters, province, today)
    own = replace(chosen, day=None, level=Level.DISTRICT)
    has_changed = any(window.start_at.astimezone(LOCAL).date() < day <= today for day in changed_on(province))
    if chosen.day is not None:
        return chosen, own if has_changed else None
    now = ground_of(filters.with_(ground=TODAY), province, today) if has_changed else None
    return own, now


def _secret(filters: Filters, window: Window) -> Executable:
    received = MEASURES["received"].condition(REPORT, window)
    is_secret: Any = mart.report.c.is_secret
    return (
        select(func.count().label("count"))
        .select_from(mart.report)
        .where(*REPORT.where(filters), received, is_secret)
    )

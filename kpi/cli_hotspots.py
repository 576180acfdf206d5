"""`ioc hotspots`: places and fields that keep coming back, for a machine or for a look at the terminal."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from kpi.cli_mart import OK, QuestionError, complain, engine_of, table
from kpi.clock import LOCAL
from kpi.filters import FilterError, Filters
from kpi.hotspots import Family, HotSpot, SpanError, find, load_rule
from kpi.periods import period_of
from kpi.provinces import UnknownProvinceError, province_code
from kpi.queries import hotspots, run
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.settings import Settings

COMMAND = "hotspots"


def show(
    province: str | None, from_on: str, to_on: str, district: str | None, field: str | None, *, as_json: bool
) -> int:
    """Print the hot spots of [from_on, to_on] (days in Asia/Ho_Chi_Minh, both included); returns the exit code."""
    settings = Settings()
    try:
        code = settings.province if province is None else province_code(province)
        window = _window(from_on, to_on, settings.clock.now())
        filters = Filters(period_of("day", window.start_at.date()), district=district, field=field)
        spots, family = _found(settings, code, filters, window)
    except (QuestionError, UnknownProvinceError, FilterError, SpanError, ArgumentError) as error:
        return complain(COMMAND, str(error))
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        return complain(COMMAND, f"the mart cannot be read ({reason}); check IOC_MART_URL")
    shown = [spot for spot in spots if field in (None, spot.group.field)]
    print(_as_json(code, window, shown, family) if as_json else "\n".join(_as_text(window, shown, family)))
    return OK


def _found(
    settings: Settings, code: str, filters: Filters, window: Window
) -> tuple[tuple[HotSpot, ...], Family]:
    rule = load_rule()
    stmt = hotspots.groups(filters, window, rule)
    rows = run.rows_sync(engine_of(settings), Scope(code, "admin"), stmt)
    groups, family = hotspots.read(rows)
    return find(groups, family, rule, hotspots.weeks_of(window).count), family


def _window(from_on: str, to_on: str, at: datetime) -> Window:
    try:
        first, last = date.fromisoformat(from_on), date.fromisoformat(to_on)
    except ValueError as error:
        raise QuestionError(f"--from and --to are days such as 2024-09-15: {error}") from error
    if last < first:
        raise QuestionError(f"--to {to_on} lies before --from {from_on}")
    start_at, end_at = (
        datetime.combine(day, datetime.min.time(), LOCAL) for day in (first, last + timedelta(days=1))
    )
    return Window(start_at, end_at, at, at)


def _as_json(code: str, window: Window, spots: list[HotSpot], family: Family) -> str:
    weeks, rule = hotspots.weeks_of(window), load_rule()
    answer = {
        "province": code,
        "from_at": window.start_at.isoformat(),
        "until_at": window.until_at.isoformat(),
        "weeks": weeks.count,
        "weeks_needed": rule.weeks_needed(weeks.count),
        "statistic": "exact one-sided binomial test, Benjamini-Hochberg",
        "rule": rule.model_dump(),
        "family": {
            "reports": family.reports,
            "cells": family.cells,
            "fields": family.fields,
            "tests": family.tests,
        },
        "spots": [_one(spot) for spot in spots],
    }
    return json.dumps(answer, ensure_ascii=False)


def _one(spot: HotSpot) -> dict[str, Any]:
    group = spot.group
    return {
        "key": spot.key, "lat": group.cell.lat, "lon": group.cell.lon, "field_code": group.field,
        "district_code": group.district_code, "commune_code": group.commune_code, "n": group.n, "expected": spot.expected,
        "ratio": spot.ratio, "p": spot.p, "q": spot.q, "weeks": spot.week_count, "cell_n": group.cell_n,
        "field_n": group.field_n, "last_at": group.last_at.astimezone(LOCAL).isoformat(),
    }  # fmt: skip


def _as_text(window: Window, spots: list[HotSpot], family: Family) -> Iterator[str]:
    weeks = hotspots.weeks_of(window).count
    last_on = (window.until_at - timedelta(seconds=1)).astimezone(LOCAL).date()
    yield (
        f"{len(spots)} hot spots, {window.start_at:%d/%m/%Y}-{last_on:%d/%m/%Y}, {weeks} weeks, "
        f"{family.reports} reports with a place, {family.tests} tests"
    )
    if not spots:
        return
    head = ["cell and field", "commune", "n", "expected", "times", "q", "weeks", "last"]
    lines = [
        [
            spot.key,
            spot.group.commune_code or spot.group.district_code,
            str(spot.group.n),
            f"{spot.expected:.1f}",
            f"{spot.ratio:.1f}",
            f"{spot.q:.1e}",
            f"{spot.week_count}/{weeks}",
            f"{spot.group.last_at.astimezone(LOCAL):%d/%m/%Y}",
        ]
        for spot in spots
    ]
    yield from table([head, *lines])

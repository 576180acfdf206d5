"""The same figures counted in plain Python, row by row, without SQL arithmetic: what every query is held against.

Used by `ioc check` and by the tests. It reads the facts as they lie in the mart and answers with the differences.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select

from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.periods import Period, period_of
from kpi.plain_count import (
    SLICERS,
    Case,
    at_instant,
    in_period,
    lead_case,
    rated_in,
    report_case,
    slices_of,
    stage_in,
)
from kpi.queries import figures, stages
from kpi.queries.measures import BALANCE, NOW, RATE, RATING
from kpi.queries.run import Ask, snapshot
from kpi.queries.window import Window, soon_until
from kpi.scope import Scope
from kpi.worktime import calendar_for

ENDS = ("done_on_time", "done_late", "refused", "withdrawn", "passed_on", "merged", "returned", "reassigned")
Key = tuple[str, str, str]
"""Slicer, its value, measure; ('', '', measure) for the whole."""


@dataclass(frozen=True)
class Difference:
    """One figure that SQL and the plain count do not agree on, or a sum that does not add up."""

    what: str
    period: str
    slicer: str
    value: str
    measure: str
    in_sql: int
    plain: int

    def __str__(self) -> str:
        where = f"{self.slicer} {self.value or '(none)'}" if self.slicer else "whole scope"
        return f"{self.what}, {self.period}, {where}: {self.measure} is {self.in_sql}, but plainly counted {self.plain}"


@dataclass(frozen=True)
class Facts:
    """The facts of a scope, read once."""

    reports: list[Case]
    leads: list[Case]
    ratings: list[Any]
    stages: list[Any]
    closed_at: dict[int, datetime | None]
    leaderless: list[Case]


def compare(
    engine: Engine,
    province_code: str,
    at: datetime | None = None,
    periods: Sequence[Period] | None = None,
    *,
    scope: Scope | None = None,
) -> list[Difference]:
    """Every figure of every period, SQL against the plain count; [] when all is well.

    at: the instant that "now" means, by default just after the youngest event of the mart. periods: by default every
    month (Nghị định 09/2019) that has reports. scope: whose eyes, by default the admin of the province.
    """
    eyes = scope or Scope(province_code, "admin")
    with snapshot(engine, eyes) as ask:
        moment = at or _youngest(ask)
        if moment is None:
            return []
        facts = read(ask, moment)
        soon = soon_until(calendar_for(province_code), moment)
        found: list[Difference] = []
        for period in periods if periods is not None else months(facts, moment):
            window = Window(period.start_at, period.end_at, moment, soon)
            found += _period_differences(ask, Filters(period), window, facts)
        today = period_of("day", moment.astimezone(LOCAL).date())
        window = Window(today.start_at, today.end_at, moment, soon)
        return found + _now_differences(ask, Filters(today), eyes, window, facts)


def read(ask: Ask, at: datetime) -> Facts:
    """The facts that a scope sees, as plain values; `at` decides which reports have no lead unit."""
    reports = ask(select(mart.report))
    leads = ask(select(mart.assignment).where(mart.assignment.c.part == "lead"))
    led = {
        row["report_id"]
        for row in leads
        if row["from_at"] < at and not (row["ended_at"] and row["ended_at"] < at)
    }
    cases = [(row["report_id"], report_case(row)) for row in reports]
    return Facts(
        reports=[case for _, case in cases],
        leads=[lead_case(row) for row in leads],
        ratings=reports,
        stages=ask(select(mart.stage)),
        closed_at={row["report_id"]: row["closed_at"] for row in reports},
        leaderless=[case for report_id, case in cases if report_id not in led],
    )


def months(facts: Facts, at: datetime) -> list[Period]:
    """Every month of Nghị định 09/2019 from the first report to `at`."""
    first = min((case.entered_at for case in facts.reports), default=at).astimezone(LOCAL).date()
    period, found = period_of("month", at.astimezone(LOCAL).date()), []
    while period.end_on > first:
        found.append(period)
        period = period.previous()
    return found[::-1]


# Counting and comparing ---------------------------------------------------------------------------------------------


def _tally(cases: Iterable[tuple[Iterable[tuple[str, str]], Iterable[str]]]) -> Counter[Key]:
    counted: Counter[Key] = Counter()
    for slices, names in cases:
        for name in names:
            for slicer, value in slices:
                counted[slicer, value, name] += 1
    return counted


def _period_differences(ask: Ask, filters: Filters, window: Window, facts: Facts) -> list[Difference]:
    bounds = window.start_at, window.until_at
    label = f"{filters.period.label()} ({filters.period.basis})"
    reports = _tally((case.slices, in_period(case, *bounds)) for case in facts.reports)
    leads = _tally((case.slices, in_period(case, *bounds)) for case in facts.leads)
    rated = _tally((slices_of(row, row["lead_unit_code"]), rated_in(row, *bounds)) for row in facts.ratings)
    by_stage = _tally(
        (
            (("stage", row["stage"]), ("unit", row["unit_code"])),
            stage_in(row, facts.closed_at.get(row["report_id"]), *bounds),
        )
        for row in facts.stages
    )
    measures = tuple(dict.fromkeys((*BALANCE, *RATE)))
    found = []
    for by in ((), *[(name,) for name in SLICERS]):
        in_sql = ask(figures.period(filters, window, by))
        found += _against("reports", label, by, in_sql, reports, measures)
        in_sql = ask(figures.ratings(filters, window, by))
        found += _against("ratings", label, by, in_sql, rated, RATING)
    in_sql = ask(figures.period(filters, window, ("unit",)))
    found += _against("assignments", label, ("unit",), in_sql, leads, measures)
    found += _balance("assignments", label, "unit", in_sql)
    in_sql = ask(figures.period(filters, window, ("district",)))
    found += _balance("reports", label, "district", in_sql)
    for name in ("stage", "unit"):
        in_sql = ask(stages.rates(filters, window, (name,)))
        found += _against("stages", label, (name,), in_sql, by_stage, tuple(stages.STATES))
    return found


def _now_differences(
    ask: Ask, filters: Filters, scope: Scope, window: Window, facts: Facts
) -> list[Difference]:
    label = f"{window.at.astimezone(LOCAL):%d/%m/%Y %H:%M:%S}"
    moment = window.at, window.soon_until
    reports = _tally((case.slices, at_instant(case, *moment)) for case in facts.reports)
    leads = _tally((case.slices, at_instant(case, *moment)) for case in facts.leads)
    waiting = _tally(((("unit", ""),), at_instant(case, *moment)) for case in facts.leaderless)
    found = []
    for by in ((), *[(name,) for name in SLICERS]):
        in_sql = ask(figures.now(filters, window, by))
        found += _against("reports now", label, by, in_sql, reports, NOW)
    own = filters.within(scope)
    in_sql = ask(figures.now_by_unit(own, window))
    found += _against("units now", label, ("unit",), in_sql, leads if own.unit else leads + waiting, NOW)
    if not own.unit:
        for name in NOW:
            total = sum(row[name] for row in in_sql)
            if total != reports["", "", name]:
                found.append(
                    Difference("units now, added up", label, "", "", name, total, reports["", "", name])
                )
    return found


def _against(
    what: str,
    label: str,
    by: Sequence[str],
    in_sql: Iterable[Any],
    plain: Counter[Key],
    measures: Sequence[str],
) -> list[Difference]:
    """Compare in both directions: a value that only one side has counts as 0 on the other."""
    slicer = by[0] if by else ""
    from_sql: Counter[Key] = Counter()
    for row in in_sql:
        for name in measures:
            from_sql[slicer, row[slicer] if slicer else "", name] += row[name]
    keys = {key for key in (*from_sql, *plain) if key[0] == slicer and key[2] in measures}
    return [
        Difference(what, label, *key, from_sql[key], plain[key])
        for key in sorted(keys)
        if from_sql[key] != plain[key]
    ]


def _balance(what: str, label: str, slicer: str, in_sql: Iterable[Any]) -> list[Difference]:
    """carried over + received = what ended + in hand, for every row."""
    found = []
    for row in in_sql:
        came = row["carried_over"] + row["received"]
        went = sum(row[name] for name in ENDS) + row["left_in_time"] + row["left_overdue"]
        if came != went:
            found.append(
                Difference(
                    f"{what}, balance", label, slicer, row[slicer], "carried over + received", came, went
                )
            )
    return found


def _youngest(ask: Ask) -> datetime | None:
    latest = select(func.max(mart.report.c.last_event_at).label("at"))
    at = ask(latest)[0]["at"]
    return at + timedelta(seconds=1) if at else None

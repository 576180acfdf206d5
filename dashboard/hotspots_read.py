"""Reads the hot spots of a question, and the reports of one; seldom asked anew, for they are counts of weeks."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from dashboard.ask import Question
from kpi.before_after import BeforeAfter, Sent, before_after
from kpi.cells import BadCellError, Cell
from kpi.filters import UNKNOWN, FilterError, Filters
from kpi.hotspots import Family, HotSpot, Rule, SpanError, Weeks, find, load_rule
from kpi.queries import hotspots

MINUTE = timedelta(minutes=1)
OPEN_STEP, OVER_STEP = 5 * MINUTE, 60 * MINUTE
Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The hot spots of a ground: all of them in order of strength, those of the chosen field and commune, what they rest on."""

    every: tuple[HotSpot, ...]
    shown: tuple[HotSpot, ...]
    family: Family
    weeks: Weeks
    rule: Rule
    weeks_needed: int


@dataclass(frozen=True)
class Life:
    """What happened at one spot: counts by week of the period, who leads most, before and after the last closing."""

    by_week: tuple[int, ...]
    lead_unit_code: str
    lead_count: int
    change: BeforeAfter | None
    elsewhere: tuple[int, int] | None
    """Same field on the rest of the ground: before and after in the same windows."""


def is_offered(question: Question) -> bool:
    """A unit sees only its own reports: nothing to hold a place against."""
    return not question.scope.unit_code


def rule_of(question: Question) -> tuple[Rule, int]:
    """The rule, and in how many weeks of the period a spot must come back. Raises FilterError: the period is too long."""
    rule = load_rule()
    try:
        return rule, rule.weeks_needed(hotspots.weeks_of(question.window).count)
    except SpanError as error:
        raise FilterError("period", question.filters.period.code, str(error)) from error


async def found(question: Question) -> Found:
    """The hot spots within the scope. Raises FilterError."""
    base = held(question)
    rule, weeks_needed = rule_of(base)
    weeks = hotspots.weeks_of(base.window)
    stmt = hotspots.groups(base.filters, base.window, rule)
    groups, family = hotspots.read((await base.gather("hotspots", {"groups": stmt}))["groups"])
    every = find(groups, family, rule, weeks.count)
    shown = tuple(spot for spot in every if _is_chosen(spot, question.filters))
    return Found(every, shown, family, weeks, rule, weeks_needed)


def _is_chosen(spot: HotSpot, filters: Filters) -> bool:
    """Of the chosen field, and most of its reports from the chosen commune (or those of former times that it stands for)."""
    if filters.field not in (None, spot.group.field):
        return False
    if filters.commune is None:
        return True
    former = {part.code for name, parts in filters.carried if name == "commune" for part in parts}
    communes = former or {"" if filters.commune == UNKNOWN else filters.commune}
    return spot.group.commune_code in communes


async def life(question: Question, spot: HotSpot) -> Life:
    """The reports of one spot, counted."""
    base, rule = held(question), load_rule().before_after
    back, window = timedelta(days=rule.most_days), base.window
    cell, field = spot.group.cell, spot.group.field
    stmt = hotspots.reports_of(base.filters, window, cell, field, back)
    rows = (await base.gather(f"hotspot/{spot.key}", {"rows": stmt}))["rows"]
    sent = [Sent(row["sent_at"], row["status"], row["closed_at"]) for row in rows]
    change = before_after(sent, window.start_at, window.until_at, window.at, rule)
    rest = None
    if change is not None:
        stmt = hotspots.elsewhere(
            base.filters, cell, field, change.from_at, change.closed_at, change.until_at
        )
        row = (await base.gather(f"hotspot-rest/{spot.key}", {"rest": stmt}))["rest"][0]
        rest = (row["before"], row["after"])
    return _life(rows, hotspots.weeks_of(window), window.until_at, change, rest)


def _life(
    rows: list[Row], weeks: Weeks, until_at: Any, change: BeforeAfter | None, rest: tuple[int, int] | None
) -> Life:
    of_period = [row for row in rows if weeks.start_at <= row["sent_at"] < until_at]
    counted = Counter(weeks.index(row["sent_at"]) for row in of_period)
    leads = Counter(row["lead_unit_code"] for row in of_period if row["lead_unit_code"])
    unit, count = min(leads.items(), key=lambda lead: (-lead[1], lead[0]), default=("", 0))
    by_week = tuple(counted[week] for week in range(weeks.count))
    return Life(by_week, unit, count, change, rest)


def behind(filters: Filters, spot: HotSpot) -> Filters:
    """The list that holds exactly the reports that the spot counts."""
    return hotspots.ground_of(filters).with_(
        cell=spot.group.cell.code, field=spot.group.field, state=hotspots.STATE
    )


def place_of(key: str) -> tuple[Cell, str]:
    """Cell and field of an address's 'hot'. Raises FilterError."""
    code, _, field = key.partition("~")
    try:
        return Cell.parse(code), field
    except BadCellError as error:
        raise FilterError("hot", key, str(error)) from error


def held(question: Question) -> Question:
    """The same ground at the last step of the clock, without a data version: all reports of a period are read for it.

    A period that runs is counted up to that step, one that is over to its end.
    """
    window = question.window
    step = OPEN_STEP if window.is_open else OVER_STEP
    at = window.at - timedelta(minutes=window.at.minute % (step // MINUTE))
    if not window.is_open:
        at = max(at, window.end_at)
    window = replace(window, at=at)
    return replace(question, filters=hotspots.ground_of(question.filters), window=window, run_id=0)

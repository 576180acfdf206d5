"""What the pages of units read: one record per unit, and its rows for the page of one unit. No words, no components."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable

from dashboard.ask import Question, Rows
from dashboard.names import Names
from kpi.filters import Filters
from kpi.queries import figures, reports, stages, units
from kpi.rates import Rate

LEVELS = ("department", "district", "commune", "central", "utility")
"""Levels of units that are beside each other on a screen; the IOC itself is judged by its stages."""
PARTS = ("period", "ratings", "now", "handling", "content", "returns")
MOST_MARKS = 300
"""Reports in hand that are drawn one by one; more than that are counted only."""


@dataclass(frozen=True)
class UnitFigures:
    """One unit: the period's flows by assignment, ratings and results, and what it holds right now."""

    code: str
    level: str
    received: int
    on_time: Rate
    satisfaction: Rate
    median_held_s: float | None
    done: int
    late_returns: Rate
    without_content: Rate
    in_hand: int
    due_soon: int
    overdue: int
    oldest_due_at: datetime | None

    @property
    def has_any(self) -> bool:
        """Whether there is anything to show: a unit without reports stands apart."""
        return bool(self.received or self.on_time.denominator or self.in_hand)


def statements(question: Question, filters: Filters) -> dict[str, Executable]:
    """Every figure by unit, of all units that the scope sees."""
    window = question.window
    return {
        "period": figures.period(filters, window, ("unit",)),
        "ratings": figures.ratings(filters, window, ("unit",)),
        "now": figures.now(filters, window, ("unit",)),
        "handling": units.handling_time(filters, window),
        "content": units.result_content(filters, window),
        "returns": stages.rates(filters, window, ("unit",), stage="return_wrong"),
    }


def one_unit(question: Question) -> dict[str, Executable]:
    """The figures by unit without the chosen one, to compare with; and what only the chosen unit's page shows."""
    filters, window = question.filters, question.window
    group = filters.with_(unit=question.scope.unit_code or None)
    held = filters.with_(state="in_hand", stage=None)
    return statements(question, group) | {
        "stages": stages.rates(filters, window, ("stage",)),
        "late_by_holder": units.late_time_by_holder(filters, window),
        "late_lanes": units.late_lanes(filters, window),
        "late_count": reports.count(filters.with_(state="done_late", stage=None), window),
        "held": reports.page(held, window, rows=MOST_MARKS),
    }


def read(rows: Mapping[str, Rows], names: Names) -> list[UnitFigures]:
    """Rows of `statements` -> one record per unit that has a name, in the order of names."""
    by = {part: {row["unit"]: row for row in rows[part]} for part in PARTS}
    return [
        _figures(code, str(unit["level"]), {part: found.get(code, {}) for part, found in by.items()})
        for code, unit in names.units.items()
        if unit["level"] in LEVELS
    ]


def _figures(code: str, level: str, row: Mapping[str, Mapping]) -> UnitFigures:
    period, now, ratings = row["period"], row["now"], row["ratings"]
    returns, content = row["returns"], row["content"]
    return UnitFigures(
        code,
        level,
        period.get("received", 0),
        Rate(period.get("on_time", 0), period.get("judged", 0)),
        Rate(ratings.get("satisfied", 0), ratings.get("rated", 0)),
        row["handling"].get("median_held_s"),
        row["handling"].get("done_count", 0),
        Rate(returns.get("stage_late", 0), returns.get("stage_judged", 0)),
        Rate(content.get("without_content", 0), content.get("results", 0)),
        now.get("in_hand", 0),
        now.get("due_soon", 0),
        now.get("overdue", 0),
        now.get("oldest_due_at"),
    )

"""Hot spots: a cell and field that keep coming back. Pure: counts of reports in, figures with their test out.

Null hypothesis, cell by cell: a report here is about a field as often as a report anywhere on the chosen ground. Then
the reports of the field among the `cell_n` of the cell follow a binomial law with the field's share of the ground;
p = P(X >= n), one-sided and exact. A busy market has more reports of every kind and is not hot for that alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from scipy import special

from kpi.cells import Cell
from kpi.clock import LOCAL
from kpi.strict_yaml import Strict, load

FILE = Path(__file__).parent / "hotspots.yaml"
MOST_WEEKS = 60
"""A period may touch so many: the weeks of a spot travel as the bits of one bigint."""


class SpanError(ValueError):
    """The period is longer than the rule provides for; the text says what to do."""


class Recurrence(Strict):
    """In periods that touch up to `period_weeks` calendar weeks: so many different `weeks` at least."""

    period_weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)]
    weeks: Annotated[int, Field(ge=1)]


class BeforeAfterRule(Strict):
    """Windows before and after the last closing, in days: at most, and from when on something can be said."""

    most_days: Annotated[int, Field(ge=1)]
    least_days: Annotated[int, Field(ge=1)]


class Rule(Strict):
    """kpi/hotspots.yaml, where every value has its reason."""

    least_reports: Annotated[int, Field(ge=2)]
    least_ratio: Annotated[float, Field(ge=1, strict=False)]
    false_discovery_pct: Annotated[float, Field(gt=0, lt=100, strict=False)]
    recurrence: Annotated[tuple[Recurrence, ...], Field(min_length=1)]
    ratio_classes: Annotated[tuple[Annotated[float, Field(strict=False)], ...], Field(min_length=1)]
    before_after: BeforeAfterRule

    @model_validator(mode="after")
    def _ascending(self) -> "Rule":
        spans = [step.period_weeks for step in self.recurrence]
        if spans != sorted(set(spans)) or list(self.ratio_classes) != sorted(set(self.ratio_classes)):
            raise ValueError("recurrence goes by period_weeks upwards and ratio_classes upwards, each once")
        return self

    def weeks_needed(self, period_weeks: int) -> int:
        """In how many different weeks of a period a spot must come back. Raises SpanError."""
        for step in self.recurrence:
            if period_weeks <= step.period_weeks:
                return step.weeks
        most = self.recurrence[-1].period_weeks
        raise SpanError(f"the period touches {period_weeks} weeks; choose one of at most {most}")


@cache
def load_rule() -> Rule:
    """The shipped hotspots.yaml."""
    return load(FILE, Rule)[0]


@dataclass(frozen=True)
class Weeks:
    """The calendar weeks (Monday 00:00 to Monday, Asia/Ho_Chi_Minh) that [start_at, until_at) touches."""

    start_at: datetime
    until_at: datetime

    @property
    def first_at(self) -> datetime:
        """Monday 00:00 of the first one."""
        local = self.start_at.astimezone(LOCAL)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=local.weekday())

    @property
    def count(self) -> int:
        """How many."""
        return max(-((self.first_at - self.until_at) // timedelta(weeks=1)), 0)

    def index(self, at: datetime) -> int:
        """0 for the first week, 1 for the next …"""
        return (at - self.first_at) // timedelta(weeks=1)


@dataclass(frozen=True)
class Group:
    """Reports of one field in one cell. weeks: bit i is set if one was sent in week i; cell_n: all fields of the cell."""

    cell: Cell
    field: str
    n: int
    cell_n: int
    field_n: int
    weeks: int
    last_at: datetime
    district_code: str
    commune_code: str


@dataclass(frozen=True)
class Family:
    """What a cell is held against: all reports with a place on the ground, and how many tests are made.

    cells: those with at least `least_reports` reports of any field; each is tested for each of `fields`. Which cells
    these are does not depend on their mix of fields, so that leaving the others out keeps the false discovery rate.
    """

    reports: int
    cells: int
    fields: int

    @property
    def tests(self) -> int:
        """Number of tests for Benjamini-Hochberg."""
        return self.cells * self.fields


@dataclass(frozen=True)
class HotSpot:
    """A group that keeps coming back. expected: cell_n x the field's share; p one-sided; q adjusted over all tests."""

    group: Group
    expected: float
    p: float
    q: float

    @property
    def key(self) -> str:
        """As an address names it: '9.605_105.975~MT'."""
        return f"{self.group.cell.code}~{self.group.field}"

    @property
    def ratio(self) -> float:
        """Counted / expected."""
        return self.group.n / self.expected

    @property
    def week_count(self) -> int:
        """In how many different weeks it came."""
        return self.group.weeks.bit_count()


def find(groups: Iterable[Group], family: Family, rule: Rule, period_weeks: int) -> tuple[HotSpot, ...]:
    """The hot spots of a ground and period, the least likely by chance first.

    groups: at least all that can be one (n, ratio and weeks as the rule asks). What the rule leaves out enters the
    adjustment with p = 1, which can only make q larger. Raises SpanError.
    """
    weeks_needed = rule.weeks_needed(period_weeks)
    able = [
        group
        for group in groups
        if group.n >= rule.least_reports
        and group.weeks.bit_count() >= weeks_needed
        and group.n >= rule.least_ratio * expected(group, family)
    ]
    p = tail([g.n for g in able], [g.cell_n for g in able], [g.field_n / family.reports for g in able])
    q = adjusted(p, family.tests)
    spots = [
        HotSpot(group, expected(group, family), float(each_p), float(each_q))
        for group, each_p, each_q in zip(able, p, q, strict=True)
        if each_q <= rule.false_discovery_pct / 100
    ]
    return tuple(sorted(spots, key=lambda spot: (spot.p, -spot.ratio, spot.group.cell, spot.group.field)))


def expected(group: Group, family: Family) -> float:
    """Reports of the field to be expected in the cell, if it had the ground's mix of fields."""
    return group.cell_n * group.field_n / family.reports


def tail(counted: Iterable[int], trials: Iterable[int], share: Iterable[float]) -> npt.NDArray[np.float64]:
    """P(X >= counted), X binomial(trials, share): exact, as the regularised incomplete beta function. counted >= 1."""
    n, size, chance = (np.array(list(each), dtype=np.float64) for each in (counted, trials, share))
    return special.betainc(n, size - n + 1, chance)


def adjusted(p: npt.NDArray[np.float64], tests: int) -> npt.NDArray[np.float64]:
    """Benjamini-Hochberg q of each p; those of the `tests` that are not given count as 1."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * tests / np.arange(1, len(p) + 1)
    q = np.empty_like(scaled)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q

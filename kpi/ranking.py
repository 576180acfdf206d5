"""Yearly ranking of units: on-time rates with their 95 % intervals, ranks as ranges, scores, the conditions of Đ15.3.

Pure: takes counts by unit (kpi.queries.conditions, figures), gives a Ranking. A rank is a range ("6-12") when the
intervals do not separate; a unit with fewer judged cases than the least sample stands apart, unranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kpi.ranking_schema import Criterion, Group, Scheme, load_schemes
from kpi.rates import Rate
from kpi.rules import Regulation, load_regulations, regulation_for
from kpi.rules_schema import ConditionRecord

NO_CASE = Rate(0, 0)


@dataclass(frozen=True)
class Conditions:
    """The conditions that a unit is held to. borrowed_from: id of the text they were taken from, '' = the one in force."""

    records: tuple[ConditionRecord, ...]
    regulation_id: str
    borrowed_from: str = ""


@dataclass(frozen=True)
class Breach:
    """One condition for one unit: its figure (numerator of denominator) against the threshold."""

    condition: ConditionRecord
    figure: Rate

    @property
    def value(self) -> float | None:
        """The figure in the condition's unit: a count, or per cent (None: there was no case)."""
        return float(self.figure.numerator) if self.condition.unit == "count" else self.figure.pct

    @property
    def holds(self) -> bool:
        """Whether the condition is breached: above (or below) the threshold, not when equal, never without a case."""
        if self.value is None:
            return False
        threshold = self.condition.threshold
        return self.value > threshold if self.condition.breached_when == "above" else self.value < threshold


@dataclass(frozen=True)
class UnitCounts:
    """What a unit is ranked by, for one year."""

    unit_code: str
    name: str
    level: str
    on_time: Rate = NO_CASE
    satisfaction: Rate = NO_CASE
    last_year: Rate = NO_CASE
    conditions: Mapping[str, Rate] | None = None


@dataclass(frozen=True)
class RankedUnit:
    """One row of the ranking. best, worst: its range of ranks, None when it is not ranked.

    points: by criterion id, None where the criterion does not apply; max_points: of those that do.
    steps_up: places won since last year by the rate alone, None when it was or is not ranked.
    """

    counts: UnitCounts
    best: int | None
    worst: int | None
    points: Mapping[str, float | None]
    max_points: float
    breaches: tuple[Breach, ...]
    steps_up: int | None

    @property
    def total_points(self) -> float:
        """Points of the criteria that apply."""
        return sum(points for points in self.points.values() if points is not None)

    @property
    def breached(self) -> tuple[int, ...]:
        """Numbers (from 1) of the conditions that are breached: the unit is then not considered."""
        return tuple(number for number, breach in enumerate(self.breaches, 1) if breach.holds)


@dataclass(frozen=True)
class Ranking:
    """Ranked units, best rate first, and those with too few cases, apart."""

    scheme: Scheme
    group: Group
    conditions: Conditions
    whole: Rate
    ranked: tuple[RankedUnit, ...]
    unranked: tuple[RankedUnit, ...]


def rank_ranges(rates: Sequence[Rate]) -> list[tuple[int, int]]:
    """Range of ranks of each rate: behind all whose interval lies wholly above, before all wholly below.

    >>> rank_ranges([Rate(990, 1000), Rate(900, 1000), Rate(28, 31)])
    [(1, 1), (2, 3), (2, 3)]
    """
    intervals = [rate.wilson_pct() or (0.0, 100.0) for rate in rates]
    return [
        (
            1 + sum(low > own_high for low, _ in intervals),
            len(rates) - sum(high < own_low for _, high in intervals),
        )
        for own_low, own_high in intervals
    ]


def conditions_for(province_code: str, on: date) -> Conditions:
    """Conditions of the text in force on `on`, else of its base, else of the province's newest text that has some.

    None of them has any: no condition at all. Raises what kpi.rules.regulation_for raises.
    """
    in_force = regulation_for(province_code, on)
    province_texts = [r for r in load_regulations().values() if r.province_code == in_force.province_code]
    lenders: list[Regulation | None] = [
        in_force.base,
        *sorted(province_texts, key=lambda r: r.id, reverse=True),
    ]
    for text in (in_force, *lenders):
        if text is not None and text.classification:
            borrowed = "" if text.id == in_force.id else text.id
            return Conditions(text.classification, in_force.id, borrowed)
    return Conditions((), in_force.id)


def scheme_for(on: date) -> Scheme:
    """The scoring table of a year that ends on `on`. Raises effective.NotInForce."""
    return load_schemes().value_on(on)


def rank(units: Sequence[UnitCounts], scheme: Scheme, group: Group, conditions: Conditions) -> Ranking:
    """Rank the units of a group; others are left out. Equal rates stand in the order given."""
    members = [unit for unit in units if unit.level in group.levels]
    enough = [unit for unit in members if unit.on_time.denominator >= scheme.minimum_sample]
    enough.sort(key=lambda unit: unit.on_time.pct or 0.0, reverse=True)
    few = [unit for unit in members if unit.on_time.denominator < scheme.minimum_sample]
    was = _places_last_year(enough, scheme)
    ranges = rank_ranges([unit.on_time for unit in enough])
    ranked = [
        _row(unit, scheme.criteria, conditions, best, worst, _steps(was, unit, place, enough))
        for place, (unit, (best, worst)) in enumerate(zip(enough, ranges, strict=True), 1)
    ]
    unranked = [_row(unit, scheme.criteria, conditions, None, None, None) for unit in few]
    whole = Rate(sum(u.on_time.numerator for u in members), sum(u.on_time.denominator for u in members))
    return Ranking(scheme, group, conditions, whole, tuple(ranked), tuple(unranked))


def _places_last_year(units: Sequence[UnitCounts], scheme: Scheme) -> dict[str, int]:
    had = [unit for unit in units if unit.last_year.denominator >= scheme.minimum_sample]
    had.sort(key=lambda unit: unit.last_year.pct or 0.0, reverse=True)
    return {unit.unit_code: place for place, unit in enumerate(had, 1)}


def _steps(was: Mapping[str, int], unit: UnitCounts, place: int, ranked: Sequence[UnitCounts]) -> int | None:
    """Places won among the units that are ranked in both years."""
    if unit.unit_code not in was:
        return None
    ahead = sum(other.unit_code in was for other in ranked[: place - 1])
    return was[unit.unit_code] - (ahead + 1)


def _row(
    unit: UnitCounts,
    criteria: Sequence[Criterion],
    conditions: Conditions,
    best: int | None,
    worst: int | None,
    steps_up: int | None,
) -> RankedUnit:
    rates = {"on_time_rate": unit.on_time, "satisfaction": unit.satisfaction}
    points = {criterion.id: criterion.points(rates[criterion.figure]) for criterion in criteria}
    max_points = sum(criterion.max for criterion in criteria if points[criterion.id] is not None)
    figures = unit.conditions or {}
    breaches = tuple(Breach(record, figures.get(record.id, NO_CASE)) for record in conditions.records)
    return RankedUnit(unit, best, worst, points, max_points, breaches, steps_up)

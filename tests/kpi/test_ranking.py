"""Ranking: intervals, rank ranges, scoring methods, least sample, the seven conditions; the figures behind them in SQL."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from etl.migrate import engine_of, upgrade
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import ranking as ranking_queries
from kpi.queries.run import gather_sync
from kpi.queries.window import Window
from kpi.ranking import (
    NO_CASE,
    Breach,
    UnitCounts,
    conditions_for,
    rank,
    rank_ranges,
    scheme_for,
)
from kpi.ranking_schema import Criterion, read_schemes
from kpi.rates import Rate
from kpi.scope import Scope
from kpi.strict_yaml import DataError
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

WORDS = {"vi": "x", "en": "x"}
SCHEME = scheme_for(date(2024, 12, 14))
GROUP = SCHEME.group("province_district")
NONE = conditions_for("52", date(2024, 12, 14))


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        # Agresti & Coull 1998 / Newcombe 1998: 81 of 263 is 0.2553 to 0.3662, 15 of 148 is 0.0624 to 0.1605,
        # 0 of 20 is 0 to 0.1611, 1 of 29 is 0.0061 to 0.1718 (score method without continuity correction).
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilson_interval_as_published(numerator: int, denominator: int, low: float, high: float) -> None:
    interval = Rate(numerator, denominator).wilson_pct()
    assert interval is not None
    assert (round(interval[0], 2), round(interval[1], 2)) == (low, high)


def test_nothing_to_judge_by_is_no_rate() -> None:
    assert Rate(0, 0).pct is None
    assert Rate(0, 0).wilson_pct() is None
    assert (Rate(9, 9).shown_pct, Rate(9, 10).shown_pct) == (None, 90.0)  # fewer than 10: "9 of 9"


RATES = st.integers(1, 2000).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


@given(st.lists(RATES, min_size=1, max_size=12))
def test_rank_ranges_hold_the_plain_rank(rates: list[Rate]) -> None:
    ranges = rank_ranges(rates)
    for rate, (best, worst) in zip(rates, ranges, strict=True):
        above = sum(other.pct > rate.pct for other in rates)  # type: ignore[operator]
        assert 1 <= best <= above + 1 <= worst <= len(rates)


def test_units_far_apart_are_told_apart() -> None:
    # 99 % of 1000: 98.2 to 99.5; 90 % of 1000: 88.0 to 91.7; 28 of 31 is 90.3 %: 75.1 to 96.7.
    assert rank_ranges([Rate(990, 1000), Rate(900, 1000), Rate(28, 31)]) == [(1, 1), (2, 3), (2, 3)]


def _criterion(**keys: object) -> Criterion:
    base = {"id": "x", "label": WORDS, "figure": "on_time_rate", "max": 6.0, "article": "Đ1"}
    return Criterion.model_validate({**base, **keys})


@pytest.mark.parametrize(
    ("keys", "rate", "points"),
    [
        ({"method": "linear", "zero": "zero"}, Rate(9, 10), 5.4),  # 0.9 x 6
        ({"method": "linear", "zero": "zero"}, NO_CASE, 0.0),
        ({"method": "linear", "zero": "full"}, NO_CASE, 6.0),
        ({"method": "linear", "zero": "not_applicable"}, NO_CASE, None),
        ({"method": "capped_linear", "full_at_pct": 90.0, "zero": "zero"}, Rate(9, 10), 6.0),
        ({"method": "capped_linear", "full_at_pct": 90.0, "zero": "zero"}, Rate(45, 100), 3.0),  # 45 / 90 x 6
        ({"method": "capped_linear", "full_at_pct": 90.0, "zero": "zero"}, Rate(1, 1), 6.0),
        ({"method": "tiered", "tiers": ({"from_pct": 100.0, "points": 6.0}, {"from_pct": 80.0, "points": 3.0}), "zero": "zero"}, Rate(99, 100), 3.0),
        ({"method": "tiered", "tiers": ({"from_pct": 100.0, "points": 6.0}, {"from_pct": 80.0, "points": 3.0}), "zero": "zero"}, Rate(4, 5), 3.0),
        ({"method": "tiered", "tiers": ({"from_pct": 100.0, "points": 6.0}, {"from_pct": 80.0, "points": 3.0}), "zero": "zero"}, Rate(79, 100), 0.0),
    ],
)  # fmt: skip
def test_points(keys: dict, rate: Rate, points: float | None) -> None:
    assert _criterion(**keys).points(rate) == (None if points is None else pytest.approx(points))


@pytest.mark.parametrize(
    "keys",
    [
        {"method": "linear", "zero": "zero", "full_at_pct": 90.0},
        {"method": "capped_linear", "zero": "zero"},
        {"method": "tiered", "zero": "zero"},
        {"method": "tiered", "zero": "zero", "tiers": ({"from_pct": 80.0, "points": 3.0}, {"from_pct": 90.0, "points": 6.0})},
        {"method": "tiered", "zero": "zero", "tiers": ({"from_pct": 80.0, "points": 7.0},)},
        {"method": "linear", "zero": "never"},
    ],
)  # fmt: skip
def test_scoring_that_cannot_be_is_refused(keys: dict) -> None:
    with pytest.raises(ValueError):
        _criterion(**keys)


def test_an_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ranking.yaml"
    file.write_text("schemes:\n  - id: x\n    colour: red\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"ranking.yaml:\d+: schemes"):
        read_schemes(file)


def _unit(code: str, on_time: Rate, **keys: object) -> UnitCounts:
    return UnitCounts(code, code, "department", on_time, **keys)  # type: ignore[arg-type]


def test_too_few_cases_stand_apart_and_other_levels_are_left_out() -> None:
    units = [
        _unit("few", Rate(29, 29)),
        _unit("enough", Rate(27, 30)),
        UnitCounts("xa", "xa", "commune", Rate(99, 100)),
    ]
    ranking = rank(units, SCHEME, GROUP, NONE)
    assert [row.counts.unit_code for row in ranking.ranked] == ["enough"]
    assert [(row.counts.unit_code, row.best) for row in ranking.unranked] == [("few", None)]
    assert ranking.whole == Rate(56, 59)  # 29 + 27 of 29 + 30


def test_steps_count_units_ranked_in_both_years() -> None:
    # Last year b 95, a 90, c 80; this year a 99, new 98, b 97, c 96: a from 2 to 1, b from 1 to 2, c stays third.
    units = [
        _unit("a", Rate(990, 1000), last_year=Rate(900, 1000)),
        _unit("new", Rate(980, 1000)),
        _unit("b", Rate(970, 1000), last_year=Rate(950, 1000)),
        _unit("c", Rate(960, 1000), last_year=Rate(800, 1000)),
    ]
    ranking = rank(units, SCHEME, GROUP, NONE)
    assert {row.counts.unit_code: row.steps_up for row in ranking.ranked} == {
        "a": 1,
        "new": None,
        "b": -1,
        "c": 0,
    }


def test_conditions_are_borrowed_aloud_or_absent() -> None:
    own = conditions_for("94", date(2022, 6, 14))
    lent = conditions_for("94", date(2024, 12, 14))
    assert (own.regulation_id, own.borrowed_from, len(own.records)) == ("soctrang-2022", "", 7)
    assert (lent.regulation_id, lent.borrowed_from, len(lent.records)) == (
        "soctrang-2024",
        "soctrang-2022",
        7,
    )
    assert NONE.records == ()


@pytest.mark.parametrize(
    ("condition", "figure", "holds"),
    [
        # More than 3 directives, below 70 %, more than 30 %, more than 5 calls, more than 20 %: not when equal.
        ("directives", Rate(3, 0), False),
        ("directives", Rate(4, 0), True),
        ("satisfaction", Rate(70, 100), False),
        ("satisfaction", Rate(699, 1000), True),
        ("satisfaction", NO_CASE, False),
        ("unanswered_feedback", Rate(3, 10), False),
        ("unanswered_feedback", Rate(31, 100), True),
        ("missed_calls", Rate(5, 50), False),
        ("missed_calls", Rate(6, 50), True),
        ("late_returns", Rate(1, 5), False),
        ("late_returns", Rate(2, 5), True),
        ("results_without_content", Rate(21, 100), True),
        ("repeated_breaches", Rate(20, 100), False),
        ("repeated_breaches", NO_CASE, False),
    ],
)
def test_thresholds_of_article_15_3(condition: str, figure: Rate, holds: bool) -> None:
    record = next(r for r in conditions_for("94", date(2022, 12, 14)).records if r.id == condition)
    assert Breach(record, figure).holds is holds


@pytest.fixture(scope="module")
def facts() -> synthetic.Facts:
    return synthetic.Facts(seed=11, reports=1200)


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str], facts: synthetic.Facts) -> Iterator[Engine]:
    url = new_database("ranking")
    upgrade(url)
    engine = engine_of(url)
    facts.write(engine)
    yield engine
    engine.dispose()


@pytest.mark.server
def test_condition_figures_equal_a_plain_count(engine: Engine, facts: synthetic.Facts) -> None:
    year = Period("year", 2024)
    window = Window.of(year, synthetic.NOW, calendar_for("94"))
    found = gather_sync(
        engine, Scope("94", "home_affairs"), ranking_queries.statements(Filters(year), window)
    )
    counts = {unit.unit_code: unit for unit in ranking_queries.unit_counts(found)}
    rows = facts.rows

    def inside(at: object) -> bool:
        return at is not None and year.start_at <= at < window.until_at  # type: ignore[operator]

    def plain(figure: str) -> tuple[Counter, Counter]:
        top: Counter[str] = Counter()
        bottom: Counter[str] = Counter()
        if figure == "directives":
            top.update(
                r["unit_code"] for r in rows["directive"] if year.start_on <= r["issued_on"] < year.end_on
            )
        if figure == "missed_calls":
            calls = [r for r in rows["hotline_call"] if inside(r["called_at"])]
            bottom.update(r["unit_code"] for r in calls)
            top.update(r["unit_code"] for r in calls if not r["is_answered"])
        if figure == "late_returns":
            back = [r for r in rows["stage"] if r["stage"] == "return_wrong" and inside(r["done_at"])]
            bottom.update(r["unit_code"] for r in back)
            top.update(r["unit_code"] for r in back if r["done_at"] > r["due_at"])
        if figure == "unanswered_feedback":
            asked = [r for r in rows["stage"] if r["stage"] == "clarify" and inside(r["start_at"])]
            bottom.update(r["unit_code"] for r in asked)
            top.update(
                r["unit_code"] for r in asked if not inside(r["done_at"]) and r["due_at"] < window.until_at
            )
        if figure == "results_without_content":
            results = [r for r in rows["event"] if r["kind"] == "result" and inside(r["at"])]
            bottom.update(r["acting_unit_code"] for r in results)
            top.update(r["acting_unit_code"] for r in results if not r["has_content"])
        if figure == "repeated_breaches":
            lead = {r["report_id"]: r["lead_unit_code"] for r in rows["report"]}
            bottom.update(
                r["lead_unit_code"]
                for r in rows["report"]
                if r["status"] == "done" and inside(r["closed_at"])
            )
            top.update(
                lead[r["repeats_report_id"]]
                for r in rows["report"]
                if r["repeats_report_id"] and inside(r["sent_at"])
            )
        if figure == "satisfaction":
            rated = [r for r in rows["report"] if inside(r["rated_at"])]
            bottom.update(r["lead_unit_code"] for r in rated)
            top.update(r["lead_unit_code"] for r in rated if r["rating"] >= 2)
        return top, bottom

    for record in conditions_for("94", date(2022, 12, 14)).records:
        top, bottom = plain(record.id)
        assert sum(top.values()) > 0
        for unit in synthetic.LEADS:
            figure = counts[unit].conditions[record.id]  # type: ignore[index]
            assert (record.id, unit, figure) == (record.id, unit, Rate(top[unit], bottom[unit]))


@pytest.mark.server
def test_the_year_is_ranked_by_the_on_time_rate(engine: Engine) -> None:
    year = Period("year", 2024)
    window = Window.of(year, synthetic.NOW, calendar_for("94"))
    found = gather_sync(
        engine, Scope("94", "home_affairs"), ranking_queries.statements(Filters(year), window)
    )
    ranking = rank(ranking_queries.unit_counts(found), SCHEME, GROUP, conditions_for("94", year.last_on))
    rates = [row.counts.on_time.pct for row in ranking.ranked]
    assert len(rates) >= 3
    assert rates == sorted(rates, reverse=True)  # type: ignore[type-var]
    assert {row.counts.level for row in ranking.ranked + ranking.unranked} <= set(GROUP.levels)

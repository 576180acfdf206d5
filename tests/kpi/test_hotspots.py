"""Hot spots: the exact test by hand and beside scipy, the false discovery rate, recurrence, properties of the order."""

from dataclasses import replace
from datetime import UTC, datetime
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from etl.facts import COARSE_DEGREES
from kpi.cells import CELL_DEGREES, BadCellError, Cell
from kpi.clock import LOCAL
from kpi.hotspots import (
    MOST_WEEKS,
    Family,
    Group,
    SpanError,
    Weeks,
    adjusted,
    expected,
    find,
    load_rule,
    tail,
)

RULE = load_rule()
AT = datetime(2024, 11, 14, tzinfo=UTC)
QUARTER = 14
FOUR_WEEKS = 0b10010000100001  # weeks 0, 5, 10, 13


def group(
    n: int, cell_n: int, field_n: int, *, row: int = 1, field: str = "MT", weeks: int = FOUR_WEEKS
) -> Group:
    return Group(Cell(row, 1), field, n, cell_n, field_n, weeks, AT, "941", "31498")


# ---------------------------------------------------------------------- cells


def test_the_grid_is_that_of_the_coarse_places() -> None:
    assert CELL_DEGREES == COARSE_DEGREES


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (9.6025, 105.9739, "9.600_105.975"),  # 9.6025 / 0.005 = 1920.5, half to even: 1920
        (9.6049, 105.9725, "9.605_105.970"),  # 1920.98 -> 1921; 21194.5 -> 21194
        (40.7128, -74.006, "40.715_-74.005"),
        (-33.4, -70.6, "-33.400_-70.600"),
    ],
)
def test_a_cell_and_its_code(lat: float, lon: float, code: str) -> None:
    assert Cell.of(lat, lon).code == code
    assert Cell.parse(code) == Cell.of(lat, lon)


@pytest.mark.parametrize(
    "code", ["", "9.605", "9.6_105.9", "9.604_105.975", "95.000_10.000", "9.605_200.000", "-0.000_1.000"]
)
def test_what_is_no_cell_is_refused(code: str) -> None:
    with pytest.raises(BadCellError, match="is no cell"):
        Cell.parse(code)


# ----------------------------------------------------------------------- test


@pytest.mark.parametrize(
    ("counted", "trials", "share", "p"),
    [
        (1, 1, 0.15, 0.15),
        (2, 2, 0.5, 0.25),
        (1, 2, 0.5, 0.75),  # 1 - 0.5²
        (8, 10, 0.15, sum(comb(10, k) * 0.15**k * 0.85 ** (10 - k) for k in (8, 9, 10))),  # 8.67e-06
        (5, 5, 0.2, 0.2**5),  # 3.2e-04
        (3, 3, 1.0, 1.0),  # a single field on the whole ground: nothing stands out
    ],
)
def test_one_sided_exact_binomial(counted: int, trials: int, share: float, p: float) -> None:
    assert tail([counted], [trials], [share])[0] == pytest.approx(p, rel=1e-12)


@given(st.integers(1, 400), st.integers(0, 400), st.floats(0.001, 0.999))
def test_the_tail_is_that_of_scipys_binomial_test(counted: int, others: int, share: float) -> None:
    theirs = stats.binom.sf(counted - 1, counted + others, share)
    assert tail([counted], [counted + others], [share])[0] == pytest.approx(theirs, rel=1e-8, abs=1e-300)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(0, 200))
def test_q_is_that_of_benjamini_hochberg_over_all_tests(given_p: list[float], not_given: int) -> None:
    theirs = stats.false_discovery_control([*given_p, *[1.0] * not_given], method="bh")[: len(given_p)]
    assert adjusted(np.array(given_p), len(given_p) + not_given) == pytest.approx(theirs)


def test_q_by_hand() -> None:
    # 4 tests; p sorted 0.01, 0.02, 0.04: x 4/1, 4/2, 4/3 = 0.04, 0.04, 0.0533
    assert adjusted(np.array([0.04, 0.01, 0.02]), 4) == pytest.approx([0.16 / 3, 0.04, 0.04])


# ----------------------------------------------------------------------- find


FAMILY = Family(reports=1000, cells=30, fields=10)  # 300 tests


@pytest.mark.parametrize(
    ("changed", "is_hot"),
    [
        ({}, True),  # 12 of 20 where 15 % are usual: expected 3, p = 1.4e-05, x 300 tests = 0.004
        ({"n": 7}, False),  # p = 0.022, q = 1
        ({"n": 4, "cell_n": 4, "field_n": 20}, False),  # p = 1.6e-07, but under the least number of reports
        ({"weeks": 0b111}, False),  # three weeks in a row, four are asked for in a quarter
        ({"weeks": 0b1111}, True),
        ({"cell_n": 500, "field_n": 150, "n": 130}, False),  # expected 75, p = 1e-10, but not twice as many
    ],
)
def test_what_is_hot(changed: dict[str, int], is_hot: bool) -> None:
    given_group = replace(group(12, 20, 150), **changed)
    assert bool(find([given_group], FAMILY, RULE, QUARTER)) == is_hot


def test_figures_of_a_spot() -> None:
    spot = find([group(12, 20, 150)], FAMILY, RULE, QUARTER)[0]
    assert spot.key == "0.005_0.005~MT"
    assert spot.expected == pytest.approx(3)  # 20 x 150 / 1000
    assert spot.ratio == pytest.approx(4)
    assert spot.week_count == 4
    assert spot.p == pytest.approx(stats.binomtest(12, 20, 0.15, alternative="greater").pvalue)
    assert spot.q == pytest.approx(300 * spot.p)


@pytest.mark.parametrize(
    ("period_weeks", "needed"), [(1, 3), (5, 3), (6, 3), (7, 4), (14, 4), (15, 4), (16, 6), (54, 6)]
)
def test_longer_periods_ask_for_more_weeks(period_weeks: int, needed: int) -> None:
    assert RULE.weeks_needed(period_weeks) == needed


def test_too_long_a_period_is_refused() -> None:
    assert RULE.recurrence[-1].period_weeks <= MOST_WEEKS
    with pytest.raises(SpanError, match="touches 55 weeks; choose one of at most 54"):
        find([], FAMILY, RULE, 55)


@pytest.mark.parametrize(
    ("start", "until", "count"),
    [
        ("2024-11-11", "2024-11-18", 1),  # Monday to Monday
        ("2024-11-10", "2024-11-12", 2),  # Sunday and Monday
        ("2024-10-15", "2024-11-15", 5),  # Tuesday 15/10 to Thursday 14/11: Mondays 14/10 … 11/11
        ("2024-09-15", "2024-12-15", 14),  # Sunday 15/09 (week of 9/9) to Saturday 14/12 (week of 9/12)
        ("2023-12-15", "2024-12-15", 53),  # Friday 15/12 (week of 11/12/23) to the week of 9/12/24
        ("2024-11-15", "2024-11-15", 1),  # nothing has run of it yet: its week
    ],
)
def test_calendar_weeks_of_a_period(start: str, until: str, count: int) -> None:
    start_at, until_at = (datetime.fromisoformat(day).replace(tzinfo=LOCAL) for day in (start, until))
    weeks = Weeks(start_at, until_at)
    assert weeks.count == count
    assert weeks.index(start_at) == 0
    assert weeks.first_at.weekday() == 0


# ----------------------------------------------------------------- properties

CELLS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.sampled_from(["MT", "NUOC", "GT", "TO"])), st.integers(1, 60), min_size=1
)


def world(counts: dict[tuple[int, str], int]) -> tuple[list[Group], Family]:
    """Groups and family of plain counts by (row, field); every group came in four weeks."""

    def margin(place: int, value: object) -> int:
        return sum(n for key, n in counts.items() if key[place] == value)

    groups = [
        group(n, margin(0, row), margin(1, field), row=row, field=field) for (row, field), n in counts.items()
    ]
    tested = {row for row, _ in counts if margin(0, row) >= RULE.least_reports}
    return groups, Family(sum(counts.values()), len(tested), len({field for _, field in counts}))


@given(CELLS, st.randoms())
def test_the_order_of_the_counts_does_not_matter(counts: dict, random: object) -> None:
    groups, family = world(counts)
    shuffled = list(groups)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert find(shuffled, family, RULE, QUARTER) == find(groups, family, RULE, QUARTER)


@given(CELLS)
def test_spots_stand_in_order_of_strength_and_all_pass_the_rule(counts: dict) -> None:
    spots = find(*world(counts), RULE, QUARTER)
    assert [spot.p for spot in spots] == sorted(spot.p for spot in spots)
    for spot in spots:
        assert spot.q <= RULE.false_discovery_pct / 100
        assert spot.q >= spot.p
        assert spot.ratio >= RULE.least_ratio
        assert spot.group.n >= RULE.least_reports


@given(CELLS, st.integers(1, 200))
def test_more_of_the_field_elsewhere_never_makes_a_cell_hotter(counts: dict, more: int) -> None:
    far = counts | {(9, "MT"): counts.get((9, "MT"), 0) + more}
    before, after = ({s.key: s for s in find(*world(each), RULE, QUARTER)} for each in (counts, far))
    for key, spot in after.items():
        if key.endswith("~MT") and not key.startswith("0.045"):  # row 9
            assert key in before
            assert spot.p >= before[key].p
            assert spot.expected >= before[key].expected


@given(CELLS, st.integers(1, 30))
def test_more_of_another_field_in_the_cell_never_makes_it_hotter(counts: dict, more: int) -> None:
    """Held against the same share of the ground: expected grows with the cell, what is counted does not."""
    groups, family = world(counts)
    for one in groups:
        grown = replace(one, cell_n=one.cell_n + more)
        assert expected(grown, family) > expected(one, family)
        p = [tail([g.n], [g.cell_n], [g.field_n / family.reports])[0] for g in (one, grown)]
        assert p[1] >= p[0]


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_fields_scattered_by_chance_seldom_give_a_spot(seed: int) -> None:
    """40 cells of 5 to 60 reports, fields at random: under a true null any spot is false; 5 % FDR allows few."""
    random = np.random.default_rng(seed)
    found = 0
    for _ in range(10):
        fields = np.array(["MT", "NUOC", "GT", "TO"])
        rows = np.repeat(np.arange(40), random.integers(5, 60, 40))
        names = fields[random.choice(4, len(rows), p=[0.4, 0.3, 0.2, 0.1])]
        counts: dict[tuple[int, str], int] = {}
        for key in zip(rows.tolist(), names.tolist(), strict=True):
            counts[key] = counts.get(key, 0) + 1
        found += bool(find(*world(counts), RULE, QUARTER))
    assert found <= 4  # binomial(10, 0.05): more than 4 has a chance of 6e-05


def test_a_rule_that_is_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="upwards"):
        type(RULE).model_validate(RULE.model_dump() | {"ratio_classes": (5, 3)})

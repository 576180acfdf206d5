"""Filters and the address: every choice survives the way there and back; what cannot be understood is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.cells import Cell
from kpi.filters import UNKNOWN, URGENCIES, FilterError, Filters
from kpi.periods import BASES, KINDS, PER_YEAR, Period
from kpi.scope import Scope

CURRENT = Period("month", 2024, 11)
ROWS, COLUMNS = st.integers(1, 18_000), st.integers(-36_000, 36_000)
CODES = st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", fullmatch=True)
PERIODS = st.sampled_from(KINDS).flatmap(
    lambda kind: st.builds(
        Period,
        st.just(kind),
        st.integers(2020, 2027),
        st.integers(1, PER_YEAR.get(kind, 52)),
        st.sampled_from(BASES),
    )
)


@given(
    st.builds(
        Filters,
        PERIODS,
        CODES,
        CODES,
        CODES,
        CODES,
        CODES,
        st.none() | st.sampled_from(URGENCIES),
        CODES,
        CODES,
        cell=st.none() | st.builds(lambda row, column: Cell(row, column).code, ROWS, COLUMNS),
    )
)
def test_the_address_gives_back_the_filters(filters: Filters) -> None:
    assert Filters.from_query(filters.query(), CURRENT) == filters
    assert Filters.from_query("?" + filters.query(), CURRENT).query() == filters.query()


@pytest.mark.parametrize(
    ("period", "query"),
    [
        (Period("month", 2024, 10), "period=2024-10"),
        (Period("month", 2024, 10, "calendar"), "period=2024-10&basis=calendar"),
        (Period("quarter", 2024, 4), "period=2024-Q4"),
        (Period("half", 2024, 2), "period=2024-H2"),
        (Period("nine_months", 2024), "period=2024-9M"),
        (Period("year", 2024), "period=2024"),
        (Period("week", 2024, 7), "period=2024-W07"),
        (Period("day", 2024, 60), "period=2024-02-29"),  # 31 + 29 = day 60
    ],
)
def test_words_of_a_period(period: Period, query: str) -> None:
    assert Filters(period).query() == query
    assert Filters.from_query(query, CURRENT).period == period


def test_keys_stand_in_one_order() -> None:
    filters = Filters.from_query("state=overdue&unit=SGTVT&district=941&period=2024-10", CURRENT)
    assert filters.query() == "period=2024-10&district=941&unit=SGTVT&state=overdue"


def test_without_a_period_the_current_one_is_meant() -> None:
    assert Filters.from_query("", CURRENT) == Filters(CURRENT)
    assert Filters.from_query("page=2&district=941", CURRENT, also=("page",)).district == "941"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("period=2024-13", "period=2024-13: there is no month 13 in 2024"),
        ("period=2024-02-30", "period=2024-02-30"),
        ("period=last", "period=last: is no period; write it as one of"),
        ("period=", "period=: is no period"),
        ("period=2024&basis=lunar", "period=2024: unknown basis 'lunar'"),
        ("basis=calendar", "basis=calendar: stands without a period"),
        ("distrct=941", "distrct=941: unknown filter; known are basis, cell, channel"),
        ("district=941&district=942", "district=942: stands twice"),
        ("district=", "district=: is not a code"),
        ("unit=x'; DROP TABLE", "unit=x'; DROP TABLE: is not a code"),
        ("cell=9.604_105.975", "cell=9.604_105.975: '9.604_105.975' is no cell"),
        ("cell=1;2", "cell=1;2: '1;2' is no cell"),
        ("urgency=very", "urgency=very: use one of normal, urgent, instant"),
    ],
)
def test_bad_filters_are_refused_by_name(query: str, says: str) -> None:
    with pytest.raises(FilterError) as refused:
        Filters.from_query(query, CURRENT)
    assert str(refused.value).startswith(says)


def test_unknown_places_are_the_empty_code_of_the_mart() -> None:
    assert Filters(CURRENT, district=UNKNOWN, field="dien").slices() == {"district": "", "field": "dien"}


def test_a_code_that_does_not_exist_is_refused() -> None:
    known = {"district": {"941", "942"}}
    Filters(CURRENT, district="941", unit="any").check(known)
    Filters(CURRENT, district=UNKNOWN).check(known)
    with pytest.raises(FilterError, match="district=999: there is no such district"):
        Filters(CURRENT, district="999").check(known)


def test_a_district_ioc_and_a_unit_stay_within_their_own() -> None:
    district = Scope("94", "district", district_code="941")
    assert Filters(CURRENT).within(district).district == "941"
    assert Filters(CURRENT, district="941", unit="SGTVT").within(district).unit == "SGTVT"
    with pytest.raises(FilterError, match="district=942: this account sees 941 only"):
        Filters(CURRENT, district="942").within(district)
    assert Filters(CURRENT).within(Scope("94", "unit", unit_code="SGTVT")).unit == "SGTVT"
    assert Filters(CURRENT, unit="DL").within(Scope("94", "leader")).unit == "DL"

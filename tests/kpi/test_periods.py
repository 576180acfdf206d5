"""Periods: the 15th-to-14th of Nghị định 09/2019 Điều 12, calendar periods, neighbours, parsing."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.periods import BASES, KINDS, PER_YEAR, BadPeriodError, Period, parse, period_of

D = date


@pytest.mark.parametrize(
    ("kind", "of", "start", "last"),
    [
        ("month", "2024-01", D(2023, 12, 15), D(2024, 1, 14)),  # January begins in the year before
        ("month", "2024-03", D(2024, 2, 15), D(2024, 3, 14)),  # holds 29/02/2024
        ("month", "2024-12", D(2024, 11, 15), D(2024, 12, 14)),
        ("quarter", "2024-Q1", D(2023, 12, 15), D(2024, 3, 14)),
        ("quarter", "2024-Q2", D(2024, 3, 15), D(2024, 6, 14)),
        ("quarter", "2024-Q3", D(2024, 6, 15), D(2024, 9, 14)),
        ("quarter", "2024-Q4", D(2024, 9, 15), D(2024, 12, 14)),
        ("half", "2024-H1", D(2023, 12, 15), D(2024, 6, 14)),
        ("half", "2024-H2", D(2024, 6, 15), D(2024, 12, 14)),  # six months, not the year to date
        ("nine_months", "2024", D(2023, 12, 15), D(2024, 9, 14)),
        ("year", "2024", D(2023, 12, 15), D(2024, 12, 14)),
        ("day", "2024-02-29", D(2024, 2, 29), D(2024, 2, 29)),
        ("week", "2024-W01", D(2024, 1, 1), D(2024, 1, 7)),  # Mon to Sun
        ("week", "2020-W53", D(2020, 12, 28), D(2021, 1, 3)),
    ],
)
def test_bounds_of_decree09(kind, of, start, last):
    period = parse(kind, of)
    assert (period.start_on, period.last_on) == (start, last)
    assert period.start_at.isoformat() == f"{start}T00:00:00+07:00"
    assert period.end_at.isoformat() == f"{last + timedelta(days=1)}T00:00:00+07:00"


@pytest.mark.parametrize(
    ("kind", "of", "start", "last"),
    [
        ("month", "2024-02", D(2024, 2, 1), D(2024, 2, 29)),
        ("quarter", "2024-Q4", D(2024, 10, 1), D(2024, 12, 31)),
        ("half", "2024-H2", D(2024, 7, 1), D(2024, 12, 31)),
        ("nine_months", "2024", D(2024, 1, 1), D(2024, 9, 30)),
        ("year", "2024", D(2024, 1, 1), D(2024, 12, 31)),
    ],
)
def test_bounds_of_the_calendar(kind, of, start, last):
    period = parse(kind, of, "calendar")
    assert (period.start_on, period.last_on) == (start, last)


@pytest.mark.parametrize(
    ("kind", "of", "previous", "last_year", "label"),
    [
        ("month", "2024-01", "2023-12", "2023-01", "Tháng 1/2024"),
        ("quarter", "2024-Q1", "2023-Q4", "2023-Q1", "Quý I/2024"),
        ("quarter", "2024-Q4", "2024-Q3", "2023-Q4", "Quý IV/2024"),
        ("half", "2024-H1", "2023-H2", "2023-H1", "6 tháng đầu năm 2024"),
        ("half", "2024-H2", "2024-H1", "2023-H2", "6 tháng cuối năm 2024"),
        ("nine_months", "2024", "2023", "2023", "9 tháng năm 2024"),
        ("year", "2024", "2023", "2023", "Năm 2024"),
        ("day", "2024-02-29", "2024-02-28", "2023-02-28", "Ngày 29/02/2024"),
        ("day", "2024-03-01", "2024-02-29", "2023-03-01", "Ngày 01/03/2024"),
        ("week", "2021-W01", "2020-W53", "2020-W01", "Tuần 1 năm 2021"),
        ("week", "2020-W53", "2020-W52", "2019-W52", "Tuần 53 năm 2020"),  # 2019 has 52 weeks
    ],
)
def test_neighbours_and_label(kind, of, previous, last_year, label):
    period = parse(kind, of)
    assert period.previous().code == previous
    assert period.same_last_year().code == last_year
    assert period.label() == label
    assert period.label("en")


@pytest.mark.parametrize("basis", BASES)
def test_periods_tile_the_year(basis):
    year = Period("year", 2024, 1, basis)
    for kind in ("month", "quarter", "half"):
        parts = [Period(kind, 2024, number, basis) for number in range(1, PER_YEAR[kind] + 1)]
        assert parts[0].start_on == year.start_on
        assert parts[-1].end_on == year.end_on
        assert all(one.end_on == two.start_on for one, two in pairwise(parts))
    assert Period("nine_months", 2024, 1, basis).end_on == Period("quarter", 2024, 3, basis).end_on


days = st.dates(D(2000, 1, 1), D(2100, 1, 1))


@given(st.sampled_from([kind for kind in KINDS if kind != "nine_months"]), days, st.sampled_from(BASES))
def test_every_day_lies_in_one_period_that_its_code_names(kind, day, basis):
    period = period_of(kind, day, basis)
    assert period.start_on <= day < period.end_on
    assert parse(kind, period.code, basis) == period
    assert period.previous().end_on == period.start_on


def test_the_gap_after_nine_months_is_an_error():
    assert period_of("nine_months", D(2024, 9, 14)).year == 2024
    with pytest.raises(BadPeriodError, match="15/09/2024 lies in no nine_months"):
        period_of("nine_months", D(2024, 9, 15))


@pytest.mark.parametrize(
    ("kind", "of", "basis", "words"),
    [
        ("month", "2024-13", "decree09", "no month 13"),
        ("month", "2024-00", "decree09", "no month 0"),
        ("month", "03/2024", "decree09", "write it as 2024-03"),
        ("quarter", "2024-Q5", "decree09", "write it as 2024-Q1"),
        ("half", "2024-H3", "decree09", "write it as"),
        ("day", "2023-02-29", "decree09", "not a day"),
        ("week", "2024-W53", "decree09", "no week 53"),
        ("week", "2024-W00", "decree09", "no week 0"),
        ("year", "0000", "decree09", "no year"),
        ("year", "9999", "calendar", "no year"),  # ends in a year that no date can hold
        ("fortnight", "2024", "decree09", "unknown kind"),
        ("month", "2024-03", "fiscal", "unknown basis"),
    ],
)
def test_refused(kind, of, basis, words):
    with pytest.raises(BadPeriodError, match=words):
        parse(kind, of, basis)

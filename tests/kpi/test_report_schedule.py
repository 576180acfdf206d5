"""When each periodic report is due, with the weekday where it matters."""

from datetime import date

import pytest

from kpi.periods import parse
from kpi.report_schedule import reports_due
from kpi.rules import regulation
from kpi.worktime import calendar_for

D = date


def due_of(text: str, report: str, kind: str, of: str, basis: str = "decree09"):
    found = reports_due(
        parse(kind, of, basis), regulation(text), calendar_for(regulation(text).province_code)
    )
    return next(one for one in found if one.report_id == report)


@pytest.mark.parametrize(
    ("text", "report", "kind", "of", "before"),
    [
        ("soctrang-2022", "monthly", "month", "2024-03", D(2024, 3, 20)),
        ("soctrang-2022", "quarterly", "quarter", "2024-Q1", D(2024, 3, 20)),
        ("soctrang-2022", "yearly", "year", "2024", D(2024, 12, 20)),
        ("soctrang-2022", "yearly_home_affairs", "year", "2024", D(2024, 11, 30)),  # before its period ends
        ("binhdinh-2021", "quarterly", "quarter", "2024-Q4", D(2024, 12, 20)),
        ("binhphuoc-2022", "monthly", "month", "2024-03", D(2024, 3, 30)),
        (
            "binhphuoc-2022",
            "monthly",
            "month",
            "2024-02",
            D(2024, 3, 1),
        ),  # no 30 February: before the month ends
        ("binhphuoc-2022", "monthly", "month", "2023-02", D(2023, 3, 1)),
        ("binhphuoc-2022", "district_quarterly", "quarter", "2024-Q2", D(2024, 6, 25)),
        ("soctrang-2024", "monthly", "month", "2024-03", None),  # the text names no date
        ("binhdinh-2021", "half_yearly_home_affairs", "half", "2024-H1", None),
    ],
)
def test_before_which_day(text, report, kind, of, before):
    assert due_of(text, report, kind, of).before_on == before


def test_calendar_basis_does_not_move_the_due_date():
    assert due_of("soctrang-2022", "quarterly", "quarter", "2024-Q1", "calendar").before_on == D(2024, 3, 20)


@pytest.mark.parametrize(
    ("day", "by"),
    [
        ("2024-03-06", "2024-03-06T17:00:00+07:00"),  # Wed
        ("2024-05-04", "2024-05-04T17:00:00+07:00"),  # Sat, worked
        ("2024-03-09", None),  # Sat
        ("2024-04-30", None),  # day off
        ("2019-03-06", None),  # before the calendar
    ],
)
def test_daily_brief_is_due_as_the_office_closes(day, by):
    found = due_of("soctrang-2022", "daily_brief", "day", day).by_at
    assert (found.isoformat() if found else None) == by


@pytest.mark.parametrize(
    ("kind", "of", "earliest"),
    [
        ("month", "2024-02", D(2024, 2, 15)),  # cut off on Wed 14/02 (Tết); Thu is the first working day
        ("month", "2024-06", D(2024, 6, 17)),  # cut off on Fri 14/06; Mon
        ("year", "2024", D(2024, 12, 16)),  # cut off on Sat 14/12; Mon
        ("month", "2019-06", None),  # before the calendar
    ],
)
def test_sending_limit_leaves_a_working_day_after_the_cut_off(kind, of, earliest):
    report = {"month": "monthly", "year": "yearly"}[kind]
    assert due_of("soctrang-2024", report, kind, of).earliest_sending_limit_on == earliest

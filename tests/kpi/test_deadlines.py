"""Deadlines at every edge, each with its sum; the array form gives the same second for all of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from kpi.clock import LOCAL
from kpi.deadlines import due_at, due_many
from kpi.rules import Reading, StageLimit, regulation
from kpi.worktime import NaiveTimeError, OutOfCalendarError, calendar_for, from_unix, to_unix

HOURS = StageLimit("made-up", "receive", 4, "hour", "office_time", "sent", "received", "ioc", "Đ1")
DAYS = replace(HOURS, amount=6, unit="day", clock="working_days")


def at(text: str) -> datetime:
    """'03/05/2024 16:00' or with seconds, in Asia/Ho_Chi_Minh."""
    form = "%d/%m/%Y %H:%M:%S" if text.count(":") == 2 else "%d/%m/%Y %H:%M"
    return datetime.strptime(text, form).replace(tzinfo=LOCAL)


def check(limit: StageLimit, province: str, start: str, due: str) -> None:
    calendar = calendar_for(province)
    assert due_at(at(start), limit, calendar).due_at == at(due)
    assert from_unix(int(due_many(np.array([to_unix(at(start))]), limit, calendar)[0])) == at(due)


# Sóc Trăng: 07:30-11:30 and 13:00-17:00. 4 working hours.
FOUR_HOURS = [
    # Wed 06/03/2024
    ("06/03/2024 07:30", "06/03/2024 11:30"),  # the whole morning, due as it ends and not at 13:00
    ("06/03/2024 08:00", "06/03/2024 13:30"),  # 3:30 before lunch, 0:30 after
    ("06/03/2024 05:00", "06/03/2024 11:30"),  # before opening: counts from 07:30
    ("06/03/2024 00:00", "06/03/2024 11:30"),
    ("06/03/2024 11:29:59", "06/03/2024 16:59:59"),  # 1 s before lunch, 3:59:59 after
    ("06/03/2024 11:30", "06/03/2024 17:00"),  # lunch begins: the whole afternoon
    ("06/03/2024 12:15", "06/03/2024 17:00"),  # at lunch
    ("06/03/2024 13:00", "06/03/2024 17:00"),
    ("06/03/2024 13:00:01", "07/03/2024 07:30:01"),  # 3:59:59 today, 1 s on Thu
    ("06/03/2024 16:59:59", "07/03/2024 11:29:59"),
    ("06/03/2024 17:00", "07/03/2024 11:30"),  # Wed evening -> Thu morning
    ("06/03/2024 23:59:59", "07/03/2024 11:30"),
    # Fri 08/03/2024 -> Mon 11/03/2024
    ("08/03/2024 16:59", "11/03/2024 11:29"),  # 1 min on Fri, 3:59 on Mon
    ("08/03/2024 17:00", "11/03/2024 11:30"),
    ("08/03/2024 23:59", "11/03/2024 11:30"),
    ("09/03/2024 10:00", "11/03/2024 11:30"),  # Sat
    ("10/03/2024 23:59:59", "11/03/2024 11:30"),  # Sun
    # Tết 2024: Thu 08/02 to Wed 14/02 off
    ("07/02/2024 16:00", "15/02/2024 10:30"),  # Wed 1 h, Thu 15/02 3 h
    ("10/02/2024 09:00", "15/02/2024 11:30"),  # mùng 1, Sat
    # 29-30/4 and 1/5/2024 off, Sat 04/05 worked for Mon 29/04
    ("26/04/2024 16:59", "02/05/2024 11:29"),  # Fri 1 min, Thu 02/05 3:59
    ("29/04/2024 09:00", "02/05/2024 11:30"),  # Mon, off
    ("03/05/2024 16:00", "04/05/2024 10:30"),  # Fri 1 h, Sat 3 h
    ("04/05/2024 16:00", "06/05/2024 10:30"),  # Sat 1 h, Mon 3 h
    # 2/9: Mon 02/09 and Tue 03/09/2024 off
    ("30/08/2024 17:00", "04/09/2024 11:30"),  # Fri -> Wed
    # 2/9 on Sat 2023: Fri 01/09 and Mon 04/09 off
    ("31/08/2023 17:00", "05/09/2023 11:30"),  # Thu -> Tue
    # Tue 24/11/2026 off
    ("23/11/2026 16:00", "25/11/2026 10:30"),  # Mon 1 h, Wed 3 h
    ("24/11/2026 09:00", "25/11/2026 11:30"),
    # end of year: Fri 31/12/2021, Mon 03/01/2022 off for Sat 1/1
    ("31/12/2021 16:00", "04/01/2022 10:30"),  # Fri 1 h, Tue 3 h
    # Thu 01/01/2026 and Fri 02/01 off, Sat 10/01 worked
    ("31/12/2025 17:00", "05/01/2026 11:30"),  # Wed -> Mon
    ("09/01/2026 17:00", "10/01/2026 11:30"),  # Fri -> Sat worked
    # 29 February
    ("29/02/2024 16:00", "01/03/2024 10:30"),  # Thu 1 h, Fri 3 h
    ("28/02/2023 16:00", "01/03/2023 10:30"),  # Tue 1 h, Wed 3 h: no 29th
]


@pytest.mark.parametrize(("start", "due"), FOUR_HOURS)
def test_four_working_hours(start, due):
    check(HOURS, "94", start, due)


# 6 working days by the Civil Code: the start date does not count, due when the office closes.
SIX_DAYS = [
    ("04/03/2024 08:00", "12/03/2024 17:00"),  # Mon; Tue Wed Thu Fri Mon Tue
    ("04/03/2024 00:00", "12/03/2024 17:00"),  # any minute of the same date
    ("04/03/2024 23:59:59", "12/03/2024 17:00"),
    ("08/03/2024 16:59", "18/03/2024 17:00"),  # Fri; Mon-Fri, Mon
    ("09/03/2024 10:00", "18/03/2024 17:00"),  # Sat: the same as Fri
    ("10/03/2024 10:00", "18/03/2024 17:00"),  # Sun: the same as Fri
    ("26/04/2024 16:59", "08/05/2024 17:00"),  # Fri; Thu 2, Fri 3, Sat 4 (make-up), Mon 6, Tue 7, Wed 8
    ("30/04/2024 09:00", "08/05/2024 17:00"),  # Tue, off: the same as Fri 26/04
    ("02/05/2024 09:00", "09/05/2024 17:00"),  # Thu; Fri 3, Sat 4 (make-up), Mon 6, Tue 7, Wed 8, Thu 9
    ("07/02/2024 09:00", "22/02/2024 17:00"),  # Wed; Thu 15, Fri 16, Mon 19, Tue 20, Wed 21, Thu 22
    ("30/08/2024 09:00", "11/09/2024 17:00"),  # Fri; Wed 4, Thu 5, Fri 6, Mon 9, Tue 10, Wed 11
    ("20/11/2026 09:00", "01/12/2026 17:00"),  # Fri; Mon 23, Wed 25, Thu 26, Fri 27, Mon 30, Tue 1/12
    ("31/12/2021 09:00", "11/01/2022 17:00"),  # Fri; Tue 4, Wed 5, Thu 6, Fri 7, Mon 10, Tue 11
    ("27/02/2024 09:00", "06/03/2024 17:00"),  # Tue; Wed 28, Thu 29, Fri 1, Mon 4, Tue 5, Wed 6
]


@pytest.mark.parametrize(("start", "due"), SIX_DAYS)
def test_six_working_days(start, due):
    check(DAYS, "94", start, due)


ONE_DAY = replace(DAYS, amount=1)


@pytest.mark.parametrize(
    ("reading", "start", "due"),
    [
        # the written rule: a limit that starts on a day off counts from the next working day after the start date
        (Reading(), "09/03/2024 10:00", "11/03/2024 17:00"),  # Sat + 1 = Mon
        (
            Reading(day_off_start="from_next_working_day"),
            "09/03/2024 10:00",
            "12/03/2024 17:00",
        ),  # Sat -> Mon, + 1 = Tue
        (
            Reading(day_off_start="from_next_working_day"),
            "08/03/2024 10:00",
            "11/03/2024 17:00",
        ),  # Fri is worked
        (Reading(day_ends="midnight"), "08/03/2024 10:00", "12/03/2024 00:00"),  # 24:00 of Mon
        # 1 day = 8 working hours from the minute of the start
        (
            Reading(day_counting="working_hours"),
            "08/03/2024 10:00",
            "11/03/2024 10:00",
        ),  # Fri 1:30+4, Mon 2:30
        (Reading(day_counting="working_hours"), "08/03/2024 07:30", "08/03/2024 17:00"),  # the whole Fri
        (Reading(day_counting="working_hours"), "09/03/2024 10:00", "11/03/2024 17:00"),  # the whole Mon
        (Reading(day_counting="working_hours"), "03/05/2024 16:00", "04/05/2024 16:00"),  # Fri 1 h, Sat 7 h
    ],
)
def test_readings_of_one_working_day(reading, start, due):
    check(replace(ONE_DAY, reading=reading), "94", start, due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("06/03/2024 07:30", "06/03/2024 13:00"),  # the morning is full: next opening
        ("06/03/2024 13:00", "07/03/2024 07:30"),
        ("08/03/2024 13:00", "11/03/2024 07:30"),  # Fri -> Mon
        ("06/03/2024 08:00", "06/03/2024 13:30"),  # inside a session nothing changes
        ("06/03/2024 12:00", "07/03/2024 07:30"),  # the whole afternoon
    ],
)
def test_session_end_read_as_next_opening(start, due):
    check(replace(HOURS, reading=Reading(session_end="next_opening")), "94", start, due)


# Bình Định: 07:00-11:30 and 13:30-17:00
@pytest.mark.parametrize(
    ("amount", "unit", "start", "due"),
    [
        (1, "hour", "06/03/2024 11:00", "06/03/2024 14:00"),  # 0:30 + 0:30
        (1, "hour", "06/03/2024 10:30", "06/03/2024 11:30"),
        (1, "hour", "08/03/2024 16:59", "11/03/2024 07:59"),  # Fri 1 min, Mon 0:59
        (30, "minute", "06/03/2024 11:15", "06/03/2024 13:45"),  # 15 + 15
        (30, "minute", "06/03/2024 17:00", "07/03/2024 07:30"),
        (8, "hour", "06/03/2024 07:00", "06/03/2024 17:00"),  # 4:30 + 3:30
    ],
)
def test_office_time_of_binh_dinh(amount, unit, start, due):
    check(replace(HOURS, amount=amount, unit=unit), "52", start, due)


@pytest.mark.parametrize(
    ("amount", "unit", "start", "due"),
    [
        (48, "hour", "09/02/2024 10:00", "11/02/2024 10:00"),  # Tết and the weekend count
        (15, "minute", "31/12/2024 23:50", "01/01/2025 00:05"),
        (20, "second", "06/03/2024 12:00:50", "06/03/2024 12:01:10"),
        (1, "hour", "28/02/2024 23:30", "29/02/2024 00:30"),
    ],
)
def test_limits_by_the_clock(amount, unit, start, due):
    check(replace(HOURS, amount=amount, unit=unit, clock="wall_time"), "94", start, due)


def test_seconds_of_office_time():
    # 20 s: 10 s before lunch, 10 s after; too fine for a table of cells
    check(replace(HOURS, amount=20, unit="second"), "94", "06/03/2024 11:29:50", "06/03/2024 13:00:10")


def test_counting_asked_for_replaces_the_reading():
    limit = regulation("soctrang-2024").stage("handle")
    calendar = calendar_for("94")
    # Fri 08/03 10:00 + 6 x 8 h: Fri 5:30, Mon-Fri 40:00, Mon 18/03 2:30
    assert due_at(at("08/03/2024 10:00"), limit, calendar, "working_hours").due_at == at("18/03/2024 10:00")
    assert due_at(at("08/03/2024 10:00"), limit, calendar, "civil_code").due_at == at("18/03/2024 17:00")


def test_steps_name_each_day_counted_and_each_skipped():
    found = due_at(at("26/04/2024 16:59"), DAYS, calendar_for("94"))
    told = [(step.from_at.strftime("%a %d/%m"), step.reason, step.working_day) for step in found.steps]
    assert told == [
        ("Fri 26/04", "start_day", None),
        ("Sat 27/04", "weekend", None),
        ("Sun 28/04", "weekend", None),
        ("Mon 29/04", "holiday", None),
        ("Tue 30/04", "holiday", None),
        ("Wed 01/05", "holiday", None),
        ("Thu 02/05", "working", 1),
        ("Fri 03/05", "working", 2),
        ("Sat 04/05", "make_up", 3),
        ("Sun 05/05", "weekend", None),
        ("Mon 06/05", "working", 4),
        ("Tue 07/05", "working", 5),
        ("Wed 08/05", "working", 6),
    ]
    assert found.steps[3].document == "Công văn 2450/VPCP-KGVX"


def test_steps_of_hours_leave_no_gap_and_add_up():
    found = due_at(at("26/04/2024 11:00"), HOURS, calendar_for("94"))
    told = [(step.reason, step.counted_s) for step in found.steps]
    assert told == [("working", 1800), ("between_sessions", 0), ("working", 12600)]  # 0:30 + 3:30 = 4:00
    assert all(one.until_at == two.from_at for one, two in zip(found.steps, found.steps[1:], strict=False))
    assert found.steps[-1].until_at == found.due_at == at("26/04/2024 16:30")


def test_fractions_of_a_second_are_cut():
    start = at("06/03/2024 08:00") + timedelta(microseconds=999_999)
    assert due_at(start, HOURS, calendar_for("94")).due_at == at("06/03/2024 13:30")


def test_naive_time_is_refused():
    with pytest.raises(NaiveTimeError, match="has no zone"):
        due_at(datetime(2024, 3, 6, 8), HOURS, calendar_for("94"))  # noqa: DTZ001


@pytest.mark.parametrize("limit", [HOURS, DAYS, replace(HOURS, clock="wall_time")])
@pytest.mark.parametrize(
    "start", ["31/12/2019 23:59:59", "01/01/2030 00:00", "01/01/0001 12:00", "31/12/9999 12:00"]
)
def test_years_outside_the_calendar_are_refused(limit, start):
    start_at = datetime.strptime(
        start, "%d/%m/%Y %H:%M:%S" if start.count(":") == 2 else "%d/%m/%Y %H:%M"
    ).replace(tzinfo=LOCAL)
    with pytest.raises(OutOfCalendarError, match="outside the calendar"):
        due_at(start_at, limit, calendar_for("94"))
    with pytest.raises(OutOfCalendarError, match="outside the calendar"):
        due_many(np.array([to_unix(start_at)]), limit, calendar_for("94"))


@pytest.mark.parametrize("limit", [HOURS, DAYS, replace(HOURS, amount=20, unit="second")])
def test_a_deadline_past_the_calendar_is_refused(limit):
    start = at("31/12/2029 16:59:50")  # Mon, the last day known
    with pytest.raises(OutOfCalendarError):
        due_at(start, limit, calendar_for("94"))
    with pytest.raises(OutOfCalendarError):
        due_many(np.array([to_unix(start)]), limit, calendar_for("94"))


@pytest.mark.parametrize(
    ("start", "years"),
    [("18/12/2026 09:00", []), ("24/12/2026 09:00", ["2027"]), ("27/12/2027 09:00", ["2027", "2028"])],
)
def test_undecided_years_are_said(start, years):
    caveats = due_at(at(start), DAYS, calendar_for("94")).caveats
    assert [
        year for year in ("2027", "2028") if any(f"năm {year}" in c or f"{year} theo" in c for c in caveats)
    ] == years
    assert len(caveats) == len(years)

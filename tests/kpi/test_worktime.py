"""The axis of working time: properties, and agreement with numpy, pandas and workclock where they can say the same."""

from dataclasses import replace
from datetime import date, time, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.calendar_data import OfficeHours, Session, load_days_off, load_office_hours
from kpi.deadlines import due_at, due_many
from kpi.effective import Dated, Span
from kpi.rules import Reading, StageLimit
from kpi.rules_schema import READING_CHOICES
from kpi.worktime import OutOfCalendarError, WorkCalendar, calendar_for, from_unix, local_midnight_s, to_unix

CALENDAR = calendar_for("94")
BINH_DINH = calendar_for("52")
FIRST_S, LAST_S = local_midnight_s(date(2020, 1, 1)), local_midnight_s(date(2028, 1, 1)) - 1
LIMIT = StageLimit("made-up", "receive", 4, "hour", "office_time", "sent", "received", "ioc", "Đ1")

starts = st.integers(FIRST_S, LAST_S) | st.integers(FIRST_S // 1800 + 1, LAST_S // 1800).flatmap(
    lambda n: st.sampled_from(
        [n * 1800 - 1, n * 1800, n * 1800 + 1]
    )  # around every possible session boundary
)
units = st.sampled_from(
    [("hour", "office_time"), ("minute", "office_time"), ("second", "office_time"), ("day", "working_days")]
)
readings = st.builds(
    Reading,
    *(
        st.sampled_from(READING_CHOICES[name])
        for name in ("day_counting", "day_ends", "session_end", "day_off_start")
    ),
)
limits = st.builds(
    lambda amount, unit, reading: replace(LIMIT, amount=amount, unit=unit[0], clock=unit[1], reading=reading),
    st.integers(1, 60),
    units,
    readings,
)


def _one(at_s: int) -> np.ndarray:
    return np.array([at_s], dtype=np.int64)


@settings(max_examples=400, deadline=None)
@given(starts, limits, st.sampled_from([CALENDAR, BINH_DINH]))
def test_array_form_equals_the_scalar_explanation(start_s, limit, calendar):
    scalar = due_at(from_unix(start_s), limit, calendar)
    assert int(due_many(_one(start_s), limit, calendar)[0]) == to_unix(scalar.due_at)


@settings(max_examples=300, deadline=None)
@given(starts, st.integers(1, 10**6))
def test_adding_then_counting_gives_back(start_s, amount_s):
    before = CALENDAR.elapsed_s(_one(start_s))
    for due in (CALENDAR.earliest_at(before + amount_s), CALENDAR.latest_at(before + amount_s)):
        assert int((CALENDAR.elapsed_s(due) - before)[0]) == amount_s
    earliest = CALENDAR.earliest_at(before + amount_s)
    assert (
        int((CALENDAR.elapsed_s(earliest - 1) - before)[0]) == amount_s - 1
    )  # one second earlier is not enough


@settings(max_examples=300, deadline=None)
@given(starts, starts, limits)
def test_later_start_is_never_due_earlier(one_s, other_s, limit):
    early, late = sorted((one_s, other_s))
    due = due_many(np.array([early, late]), limit, CALENDAR)
    assert due[0] <= due[1]


@settings(max_examples=300, deadline=None)
@given(starts, limits, st.integers(1, 30))
def test_longer_limit_is_never_due_earlier(start_s, limit, more):
    longer = replace(limit, amount=limit.amount + more)
    assert due_many(_one(start_s), limit, CALENDAR)[0] < due_many(_one(start_s), longer, CALENDAR)[0]


@settings(max_examples=200, deadline=None)
@given(starts, limits)
def test_counted_seconds_of_the_steps_add_up(start_s, limit):
    found = due_at(from_unix(start_s), limit, CALENDAR)
    if limit.unit == "day" and limit.reading.day_counting == "civil_code":
        assert [s.working_day for s in found.steps if s.working_day] == list(range(1, limit.amount + 1))
    else:
        assert sum(step.counted_s for step in found.steps) == limit.amount_s
    assert all(one.until_at <= two.from_at for one, two in zip(found.steps, found.steps[1:], strict=False))


def _split(hours: OfficeHours, after_s: int) -> OfficeHours:
    morning, afternoon = hours.sessions
    cut = morning.opens_s + after_s
    return replace(hours, sessions=(Session(morning.opens_s, cut), Session(cut, morning.closes_s), afternoon))


@settings(max_examples=20, deadline=None)
@given(st.lists(starts, min_size=1, max_size=50), st.integers(1, 239), st.integers(1, 40))
def test_a_session_split_in_two_changes_nothing(many, after_minutes, amount):
    whole = load_office_hours()["94"].spans[0]
    two_years = replace(load_days_off(), first_on=date(2023, 1, 1), last_on=date(2024, 12, 31))
    calendars = [
        WorkCalendar("94", two_years, Dated("hours", [Span(whole.from_on, None, hours)]))
        for hours in (whole.value, _split(whole.value, after_minutes * 60))
    ]
    span = calendars[0].ends_at_s - calendars[0].starts_at_s - 40 * 86_400
    at = calendars[0].starts_at_s + np.array(many) % span
    limit = replace(LIMIT, amount=amount)
    assert (due_many(at, limit, calendars[0]) == due_many(at, limit, calendars[1])).all()


def test_hours_that_change_are_counted_by_day():
    winter = OfficeHours((Session(8 * 3600, 12 * 3600), Session(13 * 3600, 17 * 3600)), "decided", "QĐ 2")
    whole = load_office_hours()["94"].spans[0].value
    changing = Dated(
        "hours", [Span(date(2020, 1, 1), date(2024, 3, 7), whole), Span(date(2024, 3, 7), None, winter)]
    )
    calendar = WorkCalendar("94", load_days_off(), changing)
    # Wed 06/03/2024 16:00: 1 h to 17:00, then 3 h from 08:00 on Thu
    start = to_unix(from_unix(local_midnight_s(date(2024, 3, 6)) + 16 * 3600))
    due = from_unix(int(due_many(_one(start), LIMIT, calendar)[0]))
    assert due.isoformat() == "2024-03-07T11:00:00+07:00"
    assert due == due_at(from_unix(start), LIMIT, calendar).due_at


def _dates() -> np.ndarray:
    return np.arange("2020-01-01", "2028-01-01", dtype="datetime64[D]")


def test_day_limits_agree_with_numpy_busdays():
    days_off = [day for day in CALENDAR.days if not CALENDAR.is_working_day(day)]
    busdays = np.busdaycalendar(weekmask="1111111", holidays=np.array(days_off, dtype="datetime64[D]"))
    for amount in (1, 2, 4, 6):
        theirs = np.busday_offset(_dates(), amount, roll="backward", busdaycal=busdays)
        noon = _dates().astype("datetime64[s]").astype(np.int64) + 12 * 3600 - 7 * 3600
        ours = due_many(noon, replace(LIMIT, amount=amount, unit="day", clock="working_days"), CALENDAR)
        assert ((ours + 7 * 3600).astype("datetime64[s]").astype("datetime64[D]") == theirs).all()


def _workclock_schedule(calendar: WorkCalendar):
    """workclock knows weekdays only: Saturdays are worked by rule, and all but the make-up ones are its holidays."""
    workclock = pytest.importorskip("workclock")
    hours = calendar.office_hours.spans[0].value.sessions
    rules = [workclock.WorkDay(_time(s.opens_s), _time(s.closes_s), days=range(6)) for s in hours]
    off = [d for d in calendar.days if not calendar.is_working_day(d) and d.weekday() < 6]
    return workclock.Schedule([*rules, workclock.Holidays(off)], time_zone="Asia/Ho_Chi_Minh")


def _time(second: int) -> time:
    return time(second // 3600, second % 3600 // 60)


@pytest.mark.parametrize("calendar", [CALENDAR, BINH_DINH], ids=["soctrang", "binhdinh"])
@pytest.mark.parametrize("seconds", [1800, 3600, 4 * 3600, 8 * 3600, 20])
def test_hour_limits_agree_with_workclock(calendar, seconds):
    schedule = _workclock_schedule(calendar)
    at = np.random.default_rng(7).integers(FIRST_S, LAST_S, 20_000)
    edges = at // 1800 * 1800
    at = np.concatenate([at, edges, edges + 1])
    theirs = (
        schedule.add_many(at.astype("datetime64[s]"), np.timedelta64(seconds, "s"))
        .astype("datetime64[s]")
        .astype(np.int64)
    )
    ours = due_many(at, replace(LIMIT, amount=seconds, unit="second"), calendar)
    assert (ours == theirs).all()


@pytest.mark.parametrize("calendar", [CALENDAR, BINH_DINH], ids=["soctrang", "binhdinh"])
def test_hour_limits_read_as_next_opening_agree_with_pandas(calendar):
    """pandas has split sessions too, but takes the end of a session for the next opening: the other reading."""
    off = [day for day in calendar.days if not calendar.is_working_day(day) and day.weekday() < 6]
    sessions = calendar.office_hours.spans[0].value.sessions
    offset = pd.offsets.CustomBusinessHour(
        4, weekmask="Mon Tue Wed Thu Fri Sat", holidays=off,
        start=[_time(s.opens_s) for s in sessions], end=[_time(s.closes_s) for s in sessions],
    )  # fmt: skip
    at = np.random.default_rng(7).integers(FIRST_S, LAST_S, 150)
    at = np.concatenate([at, at // 1800 * 1800])
    theirs = [(when + offset).value // 10**9 - 7 * 3600 for when in pd.to_datetime(at + 7 * 3600, unit="s")]
    limit = replace(LIMIT, reading=Reading(session_end="next_opening"))
    assert due_many(at, limit, calendar).tolist() == theirs


def test_is_working_and_sessions():
    noon = local_midnight_s(date(2024, 5, 4)) + 12 * 3600  # Sat, worked for Mon 29/04
    assert CALENDAR.is_working(np.array([noon - 1801, noon - 1800, noon, noon + 3600])).tolist() == [
        True,
        False,
        False,
        True,
    ]
    assert CALENDAR.status(date(2024, 5, 4)).kind == "make_up"
    assert CALENDAR.sessions(date(2024, 4, 29)) == ()
    assert (
        CALENDAR.working_days_between(date(2024, 4, 26), date(2024, 5, 6)) == 4
    )  # Fri 26, Thu 2, Fri 3, Sat 4


def test_outside_the_calendar_is_an_error_that_says_what_to_do():
    with pytest.raises(OutOfCalendarError, match=r"31/12/2019 .* add the year to kpi/days_off.yaml"):
        CALENDAR.status(date(2020, 1, 1) - timedelta(days=1))
    with pytest.raises(OutOfCalendarError, match="Unix second"):
        CALENDAR.elapsed_s(_one(np.iinfo(np.int64).min))
    with pytest.raises(OutOfCalendarError):
        CALENDAR.earliest_at(_one(0))

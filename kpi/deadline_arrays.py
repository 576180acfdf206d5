"""Deadlines of many starts at once: a look-up per start on the calendar's axis, no loop per report."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from kpi.calendar_data import DAY_S
from kpi.rules import StageLimit
from kpi.worktime import Instants, WorkCalendar

CHUNK = 1 << 14
"""Starts worked on at a time: their temporaries stay in the processor's cache."""


def due_many(
    starts: Instants, limit: StageLimit, calendar: WorkCalendar, counting: str | None = None
) -> Instants:
    """The due second of each start (Unix seconds), the same as deadlines.due_at for each of them.

    Raises worktime.OutOfCalendarError when a start lies, or its deadline falls, outside the calendar, and
    rules.UnknownChoiceError for an unknown counting.
    """
    starts = np.asarray(starts, dtype=np.int64)
    rule = _rule(limit.counted_as(counting), calendar)
    due = np.empty_like(starts)
    for begin in range(0, len(starts), CHUNK):
        due[begin : begin + CHUNK] = rule(starts[begin : begin + CHUNK])
    return due


def _rule(limit: StageLimit, calendar: WorkCalendar) -> Callable[[Instants], Instants]:
    if limit.clock == "wall_time":
        return lambda starts: calendar.checked(starts) + limit.amount_s
    if limit.clock == "working_days" and limit.reading.day_counting == "civil_code":
        due_by_day = _due_by_day(limit, calendar)
        last_s = calendar.starts_at_s + len(due_by_day) * DAY_S
        return lambda starts: due_by_day[(calendar.checked(starts, last_s) - calendar.starts_at_s) // DAY_S]
    instant_of = calendar.latest_at if limit.reading.session_end == "next_opening" else calendar.earliest_at
    return lambda starts: instant_of(calendar.elapsed_s(starts) + limit.amount_s)


@lru_cache(maxsize=256)
def _due_by_day(limit: StageLimit, calendar: WorkCalendar) -> Instants:
    """The due second for a start on each day of the calendar, as far as the calendar reaches."""
    numbers, days = calendar.working_day_numbers, np.arange(len(calendar.days))
    if limit.reading.day_off_start == "from_next_working_day":
        first = np.searchsorted(numbers, days, side="left") + 1
    else:
        first = np.searchsorted(numbers, days, side="right")
    last = first + limit.amount - 1
    ends_s = np.full(len(numbers), DAY_S)
    if limit.reading.day_ends == "office_close":
        ends_s = np.array([calendar.sessions(calendar.days[number])[-1].closes_s for number in numbers])
    due: Instants = (
        calendar.starts_at_s + (numbers.astype(np.int64) * DAY_S + ends_s)[last[last < len(numbers)]]
    )
    return due

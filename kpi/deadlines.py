"""When a limit ends: `due_at` counts day by day and says every step; `due_many` is the same over arrays.

The readable, scalar `due_at` is the oracle: `due_many` must give the same second for every start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from kpi.calendar_data import DAY_S, Session
from kpi.clock import LOCAL
from kpi.deadline_arrays import due_many
from kpi.rules import StageLimit
from kpi.worktime import WorkCalendar, from_unix, local_midnight_s, to_unix

__all__ = ["Deadline", "Step", "due_at", "due_many"]


@dataclass(frozen=True)
class Step:
    """One stretch on the way to a deadline.

    from_at, until_at: aware, Asia/Ho_Chi_Minh. counted_s: seconds of the limit's clock used up here (0: skipped);
    working_day: which working day of the limit this is (day limits only). reason: start_day, working, make_up,
    weekend, holiday, before_opening, between_sessions, after_closing, wall_time. name, document: of the day off.
    """

    from_at: datetime
    until_at: datetime
    reason: str
    counted_s: int = 0
    working_day: int | None = None
    name: str = ""
    document: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether this stretch used up some of the limit."""
        return self.counted_s > 0 or self.working_day is not None


@dataclass(frozen=True)
class Deadline:
    """When a limit that started at `start_at` ends, and every step that led there.

    caveats: sentences about years of the calendar that are not decided yet; empty when all of it is.
    """

    start_at: datetime
    due_at: datetime
    limit: StageLimit
    steps: tuple[Step, ...]
    caveats: tuple[str, ...]


def due_at(
    start: datetime, limit: StageLimit, calendar: WorkCalendar, counting: str | None = None
) -> Deadline:
    """The deadline of `limit` from `start`, to the second, with its steps.

    counting: civil_code or working_hours, None for the reading of the limit. Fractions of a second are cut.
    Raises worktime.NaiveTimeError, worktime.OutOfCalendarError, rules.UnknownChoiceError.
    """
    limit = limit.counted_as(counting)
    calendar.checked(np.array([to_unix(start)]))
    start_at = from_unix(to_unix(start))
    if limit.clock == "wall_time":
        steps = _wall_steps(start_at, limit)
    elif limit.clock == "working_days" and limit.reading.day_counting == "civil_code":
        steps = _day_steps(start_at, limit, calendar)
    else:
        steps = _office_steps(start_at, limit, calendar)
    due = _due_of(steps, limit, calendar)
    caveats = calendar.undecided(start_at.date(), due.date()) if limit.clock != "wall_time" else ()
    return Deadline(start_at, due, limit, tuple(steps), caveats)


def _wall_steps(start_at: datetime, limit: StageLimit) -> list[Step]:
    """By the clock: one stretch, day and night alike."""
    return [Step(start_at, start_at + timedelta(seconds=limit.amount_s), "wall_time", limit.amount_s)]


def _day_steps(start_at: datetime, limit: StageLimit, calendar: WorkCalendar) -> list[Step]:
    """Bộ luật Dân sự Đ147.2: the start day does not count; each working day after it does, each day off is skipped."""
    day = _start_day(start_at.date(), limit, calendar)
    steps = [_skipped_day(calendar, skipped) for skipped in _days(start_at.date(), day)]
    first = calendar.status(day)
    steps.append(
        Step(max(start_at, _at(day, 0)), _at(day, DAY_S), "start_day", 0, None, first.name, first.document)
    )
    number = 0
    while number < limit.amount:
        day += timedelta(days=1)
        status = calendar.status(day)
        if status.is_working:
            number += 1
            steps.append(_working_day(calendar, day, number))
        else:
            steps.append(_skipped_day(calendar, day))
    return steps


def _start_day(day: date, limit: StageLimit, calendar: WorkCalendar) -> date:
    """The day that does not count: the start date itself, or (as a choice) the next working day if that one is off."""
    while limit.reading.day_off_start == "from_next_working_day" and not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def _office_steps(start_at: datetime, limit: StageLimit, calendar: WorkCalendar) -> list[Step]:
    """Office time: from the instant of the start each session gives what it can, all between is skipped."""
    day, left_s = start_at.date(), limit.amount_s
    from_s = to_unix(start_at) - local_midnight_s(day)
    steps: list[Step] = []
    while left_s:
        status = calendar.status(day)
        for stretch in _stretches(calendar.sessions(day)):
            begin_s = max(from_s, stretch.from_s)
            if not left_s or begin_s >= stretch.until_s:
                continue
            used_s = min(left_s, stretch.until_s - begin_s) if stretch.is_open else 0
            until_s = begin_s + used_s if stretch.is_open else stretch.until_s
            reason = stretch.reason or status.kind
            named = (status.name, status.document) if not stretch.reason else ("", "")
            steps.append(Step(_at(day, begin_s), _at(day, until_s), reason, used_s, None, *named))
            left_s -= used_s
        day, from_s = day + timedelta(days=1), 0
    return steps


class _Stretch(NamedTuple):
    """A part of a day in seconds after midnight; an empty reason stands for the status of the day itself."""

    from_s: int
    until_s: int
    is_open: bool
    reason: str = ""


def _stretches(sessions: tuple[Session, ...]) -> Iterator[_Stretch]:
    """The whole day, cut at the bounds of its sessions; a day off is one closed stretch."""
    if not sessions:
        yield _Stretch(0, DAY_S, False)
        return
    closed_from_s, reason = 0, "before_opening"
    for session in sessions:
        yield _Stretch(closed_from_s, session.opens_s, False, reason)
        yield _Stretch(session.opens_s, session.closes_s, True)
        closed_from_s, reason = session.closes_s, "between_sessions"
    yield _Stretch(closed_from_s, DAY_S, False, "after_closing")


def _due_of(steps: list[Step], limit: StageLimit, calendar: WorkCalendar) -> datetime:
    """The end of the last step, moved as the text's readings of the last instant say."""
    end_at = steps[-1].until_at
    if limit.clock == "wall_time":
        return end_at
    if steps[-1].working_day is not None:
        return _at(steps[-1].from_at.date(), DAY_S) if limit.reading.day_ends == "midnight" else end_at
    if limit.reading.session_end == "next_opening":
        return _opening_from(end_at, calendar)
    return end_at


def _opening_from(at: datetime, calendar: WorkCalendar) -> datetime:
    """`at` itself while the office works, else when it next opens."""
    day, second = at.date(), to_unix(at) - local_midnight_s(at.date())
    while True:
        for session in calendar.sessions(day):
            if second < session.closes_s:
                return _at(day, max(second, session.opens_s))
        day, second = day + timedelta(days=1), 0


def _working_day(calendar: WorkCalendar, day: date, number: int) -> Step:
    sessions, status = calendar.sessions(day), calendar.status(day)
    opens, closes = _at(day, sessions[0].opens_s), _at(day, sessions[-1].closes_s)
    return Step(opens, closes, status.kind, 0, number, status.name, status.document)


def _skipped_day(calendar: WorkCalendar, day: date) -> Step:
    status = calendar.status(day)
    return Step(_at(day, 0), _at(day, DAY_S), status.kind, 0, None, status.name, status.document)


def _days(first: date, before: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((before - first).days)]


def _at(day: date, second: int) -> datetime:
    """The instant `second` seconds after local midnight of `day`."""
    return datetime.fromtimestamp(local_midnight_s(day) + second, LOCAL)

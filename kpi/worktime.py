"""Working time of one province: which days and sessions are worked, on one cumulative axis of working seconds.

Instants are int64 Unix seconds in arrays and aware datetimes otherwise; days are those of Asia/Ho_Chi_Minh (+07:00,
no summer time). The axis is a table over equal cells of time (their width divides every session boundary), so that
elapsed working time and its inverse are one look-up each, exact to the second.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, reduce
from math import gcd

import numpy as np
from numpy.typing import NDArray

from kpi.calendar_data import (
    DAY_S,
    SATURDAY,
    DaysOff,
    OfficeHours,
    Session,
    days_between,
    load_days_off,
    load_office_hours,
    load_round_the_clock,
)
from kpi.clock import LOCAL
from kpi.effective import Dated
from kpi.provinces import province_code as code_of_province

Instants = NDArray[np.int64]
UTC_OFFSET_S = 7 * 3600
EPOCH = date(1970, 1, 1)
DATETIMES_S = range(-62_000_000_000, 253_000_000_000)


class OutOfCalendarError(ValueError):
    """An instant or a day lies outside the years that the calendar knows."""


class NaiveTimeError(ValueError):
    """A time without a zone: the same words mean different instants."""


@dataclass(frozen=True)
class DayStatus:
    """Why a day is worked or not: kind is working, make_up, weekend or holiday; name and document say more."""

    on: date
    kind: str
    name: str = ""
    document: str = ""

    @property
    def is_working(self) -> bool:
        """Whether the offices work on this day."""
        return self.kind in ("working", "make_up")


class WorkCalendar:
    """Days and sessions of one province, from `first_on` to `last_on` (both included)."""

    def __init__(self, province_code: str, days_off: DaysOff, office_hours: Dated[OfficeHours]) -> None:
        self.province_code = province_code
        self.days_off = days_off
        self.office_hours = office_hours
        self.first_on = max(days_off.first_on, office_hours.spans[0].from_on)
        last_hours_until = office_hours.spans[-1].until_on
        self.last_on = min(
            days_off.last_on, last_hours_until - timedelta(days=1) if last_hours_until else date.max
        )
        self.days = days_between(self.first_on, self.last_on)
        self.starts_at_s = local_midnight_s(self.first_on)
        self.ends_at_s = local_midnight_s(self.last_on) + DAY_S
        working = np.array([self.status(day).is_working for day in self.days])
        self._working_days_before = np.concatenate(([0], np.cumsum(working))).astype(np.int32)
        self.working_day_numbers = np.flatnonzero(working).astype(np.int32)
        self._build_axis()

    # Days -----------------------------------------------------------------------------------------------------------

    def status(self, day: date) -> DayStatus:
        """Whether `day` is worked and why. Raises OutOfCalendarError."""
        self._check_day(day)
        if day in self.days_off.make_up:
            made_up = self.days_off.make_up[day]
            return DayStatus(day, "make_up", f"làm bù cho ngày {made_up.for_day:%d/%m/%Y}", made_up.document)
        if day in self.days_off.days_off:
            off = self.days_off.days_off[day]
            return DayStatus(day, "holiday", off.name, off.document)
        is_weekend = self.days_off.has_weekends and day.weekday() >= SATURDAY
        return DayStatus(day, "weekend" if is_weekend else "working")

    def is_working_day(self, day: date) -> bool:
        """Whether the offices work on `day`. Raises OutOfCalendarError."""
        return self.status(day).is_working

    def sessions(self, day: date) -> tuple[Session, ...]:
        """Sessions worked on `day`, none on a day off. Raises OutOfCalendarError."""
        return self.office_hours.value_on(day).sessions if self.status(day).is_working else ()

    @property
    def day_s(self) -> int:
        """Working seconds of a full working day, under the last office hours."""
        return sum(s.closes_s - s.opens_s for s in self.office_hours.spans[-1].value.sessions)

    def working_day_index(self, day: date) -> int:
        """How many working days lie in the calendar before `day`. Raises OutOfCalendarError."""
        self._check_day(day)
        return int(self._working_days_before[(day - self.first_on).days])

    def working_days_between(self, from_on: date, until_on: date) -> int:
        """How many working days lie in from_on <= day < until_on. Raises OutOfCalendarError."""
        return self.working_day_index(until_on) - self.working_day_index(from_on)

    def undecided(self, from_on: date, to_on: date) -> tuple[str, ...]:
        """What is not decided about the years from `from_on` to `to_on`, for whoever relies on their days."""
        notes = self.days_off.undecided
        return tuple(notes[year] for year in range(from_on.year, to_on.year + 1) if year in notes)

    # Instants -------------------------------------------------------------------------------------------------------

    def elapsed_s(self, at: Instants) -> Instants:
        """Working seconds from the start of the calendar to each instant. Raises OutOfCalendarError."""
        rest_s = self.checked(np.asarray(at, dtype=np.int64)) - self.starts_at_s
        cell = rest_s // self.cell_s
        axis = self._axis[cell]
        rest_s -= cell * self.cell_s
        rest_s *= axis & 1
        rest_s += axis >> 1
        return rest_s

    def earliest_at(self, elapsed_s: Instants) -> Instants:
        """The earliest instant at which that much working time has passed (>= 1): at most a session's end."""
        return self._instant_at(np.asarray(elapsed_s, dtype=np.int64), last_second=1)

    def latest_at(self, elapsed_s: Instants) -> Instants:
        """The instant from which the next working second runs (>= 0): never a session's end, but the next opening."""
        return self._instant_at(np.asarray(elapsed_s, dtype=np.int64), last_second=0)

    def _instant_at(self, elapsed_s: Instants, last_second: int) -> Instants:
        """last_second 1: a cell holds its last second and not its first; 0: its first and not its last."""
        rest_s = elapsed_s - last_second
        if rest_s.size and not (rest_s.min() >= 0 and rest_s.max() < self.total_s):
            self._refuse("the deadline")
        cell = rest_s // self.cell_s
        rest_s -= cell * self.cell_s
        rest_s += self._cell_starts_s[cell]
        rest_s += self.starts_at_s + last_second
        return rest_s

    def is_working(self, at: Instants) -> NDArray[np.bool_]:
        """Whether the second that begins at each instant is worked. Raises OutOfCalendarError."""
        at = self.checked(np.asarray(at, dtype=np.int64))
        return (self._axis[(at - self.starts_at_s) // self.cell_s] & 1).astype(bool)

    def checked(self, at: Instants, before_s: int | None = None) -> Instants:
        """The same instants. Raises OutOfCalendarError naming the first that is not in the calendar (or not before)."""
        end_s = self.ends_at_s if before_s is None else before_s
        if at.size and not (self.starts_at_s <= at.min() and at.max() < end_s):
            first = int(at[(at < self.starts_at_s) | (at >= end_s)].flat[0])
            self._refuse(f"{from_unix(first):%d/%m/%Y}" if first in DATETIMES_S else f"Unix second {first}")
        return at

    def _check_day(self, day: date) -> None:
        if not self.first_on <= day <= self.last_on:
            self._refuse(f"{day:%d/%m/%Y}")

    def _refuse(self, what: str) -> None:
        raise OutOfCalendarError(
            f"{what} is outside the calendar of province {self.province_code}, "
            f"{self.first_on:%d/%m/%Y} to {self.last_on:%d/%m/%Y}; add the year to kpi/days_off.yaml"
        )

    def _build_axis(self) -> None:
        bounds = {
            end
            for span in self.office_hours.spans
            for s in span.value.sessions
            for end in (s.opens_s, s.closes_s)
        }
        self.cell_s = reduce(gcd, bounds, DAY_S)
        worked = np.zeros((len(self.days), DAY_S // self.cell_s), dtype=np.int32)
        for number, day in enumerate(self.days):
            for session in self.sessions(day):
                worked[number, session.opens_s // self.cell_s : session.closes_s // self.cell_s] = 1
        is_worked = worked.ravel()
        before_s = (np.cumsum(is_worked, dtype=np.int32) - is_worked) * self.cell_s
        # Per cell: working seconds before it << 1 | whether it is worked. Narrow, to stay in the cache.
        self._axis: NDArray[np.int32] = (before_s << 1 | is_worked).astype(np.int32)
        self._cell_starts_s = (np.flatnonzero(is_worked) * self.cell_s).astype(np.int32)
        self.total_s = len(self._cell_starts_s) * self.cell_s


def local_midnight_s(day: date) -> int:
    """Unix second at which `day` begins in Asia/Ho_Chi_Minh."""
    return (day - EPOCH).days * DAY_S - UTC_OFFSET_S


def to_unix(at: datetime) -> int:
    """Unix second of an aware datetime; fractions of a second are cut. Raises NaiveTimeError."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise NaiveTimeError(f"{at.isoformat()} has no zone; write the offset, as in {at.isoformat()}+07:00")
    return int(at.timestamp() // 1)


def from_unix(at_s: int) -> datetime:
    """The instant in Asia/Ho_Chi_Minh."""
    return datetime.fromtimestamp(at_s, LOCAL)


@cache
def calendar_for(province: str) -> WorkCalendar:
    """The calendar of a province, by code or short name. Raises provinces.UnknownProvinceError."""
    code = code_of_province(province)
    days_off = load_round_the_clock().get(code) or load_days_off()
    return WorkCalendar(code, days_off, load_office_hours()[code])

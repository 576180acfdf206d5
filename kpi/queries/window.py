"""The instants that a figure is counted between: a period, and the moment that "now" means."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from kpi.periods import Period
from kpi.worktime import WorkCalendar, from_unix, to_unix

DUE_SOON_WORKING_HOURS = 8
HOUR_S = 3600


@dataclass(frozen=True)
class Window:
    """A period [start_at, end_at) seen at `at`; reports due from `at` up to `soon_until` are due soon.

    All instants are aware. A period that still runs is counted up to `at`: see `until_at`.
    """

    start_at: datetime
    end_at: datetime
    at: datetime
    soon_until: datetime

    @property
    def until_at(self) -> datetime:
        """Where counting stops: the period's end, or `at` while the period still runs."""
        return min(self.end_at, self.at)

    @property
    def is_open(self) -> bool:
        """Whether the period still runs at `at`."""
        return self.at < self.end_at

    @classmethod
    def of(cls, period: Period, at: datetime, calendar: WorkCalendar) -> "Window":
        """A period seen at `at`, with the province's calendar saying what is due soon."""
        return cls(period.start_at, period.end_at, at, soon_until(calendar, at))

    def over(self, period: Period) -> "Window":
        """The same moment, another period."""
        return replace(self, start_at=period.start_at, end_at=period.end_at)

    def a_day_before(self) -> "Window":
        """The same period seen 24 hours earlier: what "since yesterday" compares with."""
        day = timedelta(days=1)
        return replace(self, at=self.at - day, soon_until=self.soon_until - day)


def soon_until(calendar: WorkCalendar, at: datetime, working_hours: int = DUE_SOON_WORKING_HOURS) -> datetime:
    """The instant by which `working_hours` office hours have passed since `at`. Raises worktime.OutOfCalendar."""
    elapsed_s = calendar.elapsed_s(np.array([to_unix(at)]))
    return from_unix(int(calendar.earliest_at(elapsed_s + working_hours * HOUR_S)[0]))

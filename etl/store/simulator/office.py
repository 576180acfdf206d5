"""When staff sit at their desks: a simple model of people, not the law's calendar (that is kpi.worktime)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from etl.store.simulator.dice import Floats, Ints

DAY_S = 86_400
UTC_OFFSET_S = 7 * 3600  # Asia/Ho_Chi_Minh, no summer time
EPOCH = date(1970, 1, 1)


def day_number(instants: Ints) -> Ints:
    """Days since 1970-01-01 of the local date."""
    return (instants + UTC_OFFSET_S) // DAY_S


def start_of(day: date) -> int:
    """Unix seconds of local midnight."""
    return (day - EPOCH).days * DAY_S - UTC_OFFSET_S


@dataclass(frozen=True)
class Office:
    """Desks are staffed in `sessions` (seconds of the local day) on `working_days` (days since 1970-01-01)."""

    working_days: Ints
    sessions: tuple[tuple[int, int], ...]

    @cached_property
    def _opens(self) -> Ints:
        starts = np.array([s for s, _ in self.sessions], dtype=np.int64)
        return (self.working_days[:, None] * DAY_S - UTC_OFFSET_S + starts).ravel()

    @cached_property
    def _worked_before(self) -> Ints:
        lengths = np.array([e - s for s, e in self.sessions], dtype=np.int64)
        return np.concatenate([[0], np.cumsum(np.tile(lengths, len(self.working_days)))])

    def add(self, instants: Ints, hours: Floats) -> Ints:
        """The instant at which `hours` of desk time have passed since `instants` (Unix seconds)."""
        slot = np.searchsorted(self._opens, instants, side="right") - 1
        length = self._worked_before[slot + 1] - self._worked_before[slot]
        worked = self._worked_before[slot] + np.minimum(instants - self._opens[slot], length)
        goal = worked + np.maximum(hours * 3600, 1).astype(np.int64)
        end_slot = np.searchsorted(self._worked_before, goal, side="left") - 1
        end_slot = np.minimum(end_slot, len(self._opens) - 1)
        return self._opens[end_slot] + (goal - self._worked_before[end_slot])

    def is_open(self, instants: Ints) -> np.ndarray:
        """Whether a desk is staffed at `instants`."""
        slot = np.maximum(np.searchsorted(self._opens, instants, side="right") - 1, 0)
        length = self._worked_before[slot + 1] - self._worked_before[slot]
        return (instants >= self._opens[slot]) & (instants - self._opens[slot] < length)


def working_days(first: date, last: date, closed: frozenset[date]) -> Ints:
    """Monday to Friday from `first` to `last`, without `closed`."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return np.array([(d - EPOCH).days for d in days if d.weekday() < 5 and d not in closed], dtype=np.int64)

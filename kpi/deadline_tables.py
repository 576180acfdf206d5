"""Deadlines of many starts at once: one small table per limit and calendar, then one look-up per start.

Why a table is exact: every session boundary and the limit itself are whole multiples of a cell of time. Within one
cell the office is open throughout or closed throughout. From a closed cell every start has the same deadline; from an
open cell the deadline moves on second by second with the start, since the cell it falls into is open too.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from kpi.calendar_data import DAY_S
from kpi.rules import StageLimit
from kpi.worktime import Instants, WorkCalendar

CHUNK = 1 << 15
"""Starts worked on at a time: their temporaries stay in the processor's cache."""
FINEST_CELL_S = 60
"""Limits that are not whole minutes are looked up on the axis itself; a table by the second would be too big."""


@dataclass(frozen=True)
class _CellTable:
    """Deadlines by cell of start: due = origin + base[cell] + moves[cell] * (seconds since the cell began).

    Cell number n begins at origin_s + n * cell_s. `packed` is base << 1 | moves. Valid for starts in
    start < end_s (Unix seconds); any other start, or its deadline, is outside the calendar.
    """

    origin_s: int
    cell_s: int
    packed: NDArray[np.int32]
    end_s: int

    def look_up(self, starts: Instants) -> Instants:
        """The due second of each start."""
        due = np.empty_like(starts)
        for begin in range(0, len(starts), CHUNK):
            self._look_up_chunk(starts[begin : begin + CHUNK], due[begin : begin + CHUNK])
        return due

    def _look_up_chunk(self, starts: Instants, due: Instants) -> None:
        since = (starts - self.origin_s).astype(np.int32)
        cell = since // np.int32(self.cell_s)
        found = self.packed[cell]
        cell *= np.int32(self.cell_s)
        since -= cell
        since *= found & 1
        found >>= 1
        since += found
        np.add(since, self.origin_s, out=due)


def due_many(
    starts: Instants, limit: StageLimit, calendar: WorkCalendar, counting: str | None = None
) -> Instants:
    """The due second of each start (Unix seconds), the same as deadlines.due_at for each of them.

    Raises worktime.OutOfCalendarError when a start lies, or its deadline falls, outside the calendar.
    """
    starts = np.ascontiguousarray(starts, dtype=np.int64)
    limit = limit.counted_as(counting)
    if limit.clock == "wall_time":
        calendar.check(starts)
        return starts + limit.amount_s
    if _counts_days(limit) or limit.amount_s % FINEST_CELL_S == 0:
        table = _table(limit, calendar)
        calendar.check(starts, table.end_s)
        return table.look_up(starts)
    return _add_on_axis(starts, limit, calendar)


def _counts_days(limit: StageLimit) -> bool:
    return limit.clock == "working_days" and limit.reading.day_counting == "civil_code"


def _add_on_axis(starts: Instants, limit: StageLimit, calendar: WorkCalendar) -> Instants:
    """Office time straight on the axis of working seconds."""
    target_s = calendar.elapsed_s(starts) + limit.amount_s
    return (
        calendar.latest_at(target_s)
        if limit.reading.session_end == "next_opening"
        else calendar.earliest_at(target_s)
    )


@lru_cache(maxsize=256)
def _table(limit: StageLimit, calendar: WorkCalendar) -> _CellTable:
    return _day_table(limit, calendar) if _counts_days(limit) else _office_table(limit, calendar)


def _day_table(limit: StageLimit, calendar: WorkCalendar) -> _CellTable:
    """One cell per day: the whole day has one deadline."""
    numbers = calendar.working_day_numbers
    # Index of the first working day that counts: the first one after the start day.
    before = np.searchsorted(numbers, np.arange(len(calendar.days)), side="right")
    if limit.reading.day_off_start == "from_next_working_day":
        before = np.searchsorted(numbers, np.arange(len(calendar.days)), side="left") + 1
    last = before + limit.amount - 1
    last = last[last < len(numbers)]
    closes_s = np.full(len(numbers), DAY_S)
    if limit.reading.day_ends == "office_close":
        closes_s = np.array([calendar.sessions(calendar.days[n])[-1].closes_s for n in numbers])
    base = (numbers.astype(np.int64) * DAY_S + closes_s)[last]
    return _packed(calendar.starts_at_s, DAY_S, base, np.zeros(len(base), np.int64), calendar)


def _office_table(limit: StageLimit, calendar: WorkCalendar) -> _CellTable:
    """Cells that divide every session boundary and the limit.

    A limit that ends with a session is due then, so its cells hold their last second and not their first:
    they begin one second late. Read the other way (next opening) they hold their first.
    """
    due_then = limit.reading.session_end == "due_then"
    cell_s = gcd(calendar.cell_s, limit.amount_s)
    lag_s = 1 if due_then else 0
    # One cell more in front: the very first second of the calendar ends the cell before it.
    begins_at = np.arange(calendar.starts_at_s - cell_s * lag_s, calendar.ends_at_s, cell_s)
    known_at = np.maximum(begins_at, calendar.starts_at_s)
    moves = calendar.is_working(known_at) & (begins_at == known_at)
    target_s = calendar.elapsed_s(known_at) + limit.amount_s
    fits = target_s < calendar.total_s
    begins_at, moves, target_s = begins_at[fits], moves[fits], target_s[fits]
    resting = calendar.earliest_at(target_s) if due_then else calendar.latest_at(target_s)
    base_at = np.where(moves, calendar.latest_at(target_s) + lag_s, resting)
    return _packed(int(begins_at[0]) + lag_s, cell_s, base_at - begins_at[0] - lag_s, moves, calendar)


def _packed(origin_s: int, cell_s: int, base: Instants, moves: NDArray, calendar: WorkCalendar) -> _CellTable:
    packed = (base << 1 | moves).astype(np.int32)
    end_s = min(origin_s + len(packed) * cell_s, calendar.ends_at_s)
    return _CellTable(origin_s, cell_s, packed, end_s)

"""Deadlines per second, side by side in one run with what others offer; identical answers are asserted first.

Prints a table and, as its last line, one JSON object. One core. The ledger of 10 million reports runs in a process of
its own, so that its peak memory is its own (`--ledger REPORTS` measures another number, 0 none).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from datetime import time as clock_time
from pathlib import Path

import numpy as np
import pandas as pd
import workclock

from kpi.calendar_data import DAY_S
from kpi.deadlines import due_many
from kpi.rules import StageLimit, regulation
from kpi.worktime import UTC_OFFSET_S, WorkCalendar, calendar_for, local_midnight_s

STARTS = 4_000_000
WORKCLOCK_STARTS = 200_000
PANDAS_STARTS = 2_000
BEFORE_MAKE_UP_DAYS = date(2024, 1, 1)
LEDGER_REPORTS = 10_000_000
BENCH_LEDGER = Path(__file__).with_name("bench_ledger.py")


def seconds_of(work: Callable[[], object], runs: int = 5) -> float:
    """The best of several runs: the others were disturbed."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def starts_of(calendar: WorkCalendar) -> np.ndarray:
    """Shuffled starts over 2020-2027, every sixteenth of them exactly on a half hour."""
    starts = np.random.default_rng(20240426).integers(
        calendar.starts_at_s, local_midnight_s(date(2027, 12, 1)), STARTS
    )
    starts[::16] = starts[::16] // 1800 * 1800
    return starts


def days_off_of(calendar: WorkCalendar) -> list[date]:
    return [day for day in calendar.days if not calendar.is_working_day(day)]


def against_workclock(calendar: WorkCalendar, limit: StageLimit, starts: np.ndarray) -> float:
    """Starts per second of workclock.Schedule.add_many (Rust), after the same answers were seen."""
    sessions = calendar.office_hours.spans[0].value.sessions
    rules = [workclock.WorkDay(_time(s.opens_s), _time(s.closes_s), days=range(6)) for s in sessions]
    off = [day for day in days_off_of(calendar) if day.weekday() < 6]
    schedule = workclock.Schedule([*rules, workclock.Holidays(off)], time_zone="Asia/Ho_Chi_Minh")
    some = starts[:WORKCLOCK_STARTS].astype("datetime64[s]")
    step = np.timedelta64(limit.amount_s, "s")
    theirs = schedule.add_many(some, step).astype("datetime64[s]").astype(np.int64)
    assert (theirs == due_many(starts[:WORKCLOCK_STARTS], limit, calendar)).all()
    return WORKCLOCK_STARTS / seconds_of(lambda: schedule.add_many(some, step), 3)


def against_custom_business_hour(calendar: WorkCalendar, limit: StageLimit, starts: np.ndarray) -> float:
    """Starts per second of pandas CustomBusinessHour, which knows a session's end only as the next opening."""
    limit = replace(limit, reading=replace(limit.reading, session_end="next_opening"))
    sessions = calendar.office_hours.spans[0].value.sessions
    off = [day for day in days_off_of(calendar) if day.weekday() < 6]
    offset = pd.offsets.CustomBusinessHour(
        limit.amount,
        weekmask="Mon Tue Wed Thu Fri Sat",
        holidays=off,
        start=[_time(s.opens_s) for s in sessions],
        end=[_time(s.closes_s) for s in sessions],
    )
    some = pd.to_datetime(starts[:PANDAS_STARTS] + UTC_OFFSET_S, unit="s")
    theirs = np.array([(at + offset).value // 10**9 for at in some]) - UTC_OFFSET_S
    ours = due_many(starts[:PANDAS_STARTS], limit, calendar)
    assert (theirs == ours).all(), f"{(theirs != ours).sum()} differ"
    return PANDAS_STARTS / seconds_of(lambda: [at + offset for at in some], 1)


def against_busday_offset(calendar: WorkCalendar, limit: StageLimit, starts: np.ndarray) -> float:
    """Starts per second of numpy.busday_offset at its best: years without make-up Saturdays, days made beforehand."""
    starts = starts[starts < local_midnight_s(BEFORE_MAKE_UP_DAYS)]
    off = [day for day in days_off_of(calendar) if day.weekday() < 5 and day < BEFORE_MAKE_UP_DAYS]
    busdays = np.busdaycalendar(holidays=np.array(off, dtype="datetime64[D]"))
    closes_s = calendar.office_hours.spans[0].value.sessions[-1].closes_s
    days = (starts + UTC_OFFSET_S).astype("datetime64[s]").astype("datetime64[D]")

    def theirs() -> np.ndarray:
        return np.busday_offset(days, limit.amount, roll="backward", busdaycal=busdays)

    due = theirs().astype("datetime64[s]").astype(np.int64) + (closes_s - UTC_OFFSET_S)
    late = starts >= local_midnight_s(BEFORE_MAKE_UP_DAYS) - 30 * DAY_S
    assert (due == due_many(starts, limit, calendar))[~late].all()
    return len(starts) / seconds_of(theirs, 3)


def ledger(reports: int) -> tuple[float | None, float | None]:
    """Seconds that judging takes, and peak memory in GB, of bench_ledger.py in its own process; None for 0 reports."""
    if not reports:
        return None, None
    done = subprocess.run(
        [sys.executable, str(BENCH_LEDGER), str(reports)], check=True, capture_output=True, text=True
    )
    print(done.stdout.splitlines()[0])
    result = json.loads(done.stdout.splitlines()[-1])
    return result["ledger_s"], result["ledger_peak_gb"]


def _time(second: int) -> clock_time:
    return clock_time(second // 3600, second % 3600 // 60)


def main() -> None:
    """Measure, print the table, then the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--ledger", type=int, default=LEDGER_REPORTS, help="reports to judge; 0: leave the ledger out"
    )
    reports = parser.parse_args().ledger
    calendar, text = calendar_for("94"), regulation("soctrang-2024")
    hours, days = text.stage("receive"), text.stage("handle")
    assert hours is not None
    assert days is not None
    shuffled = starts_of(calendar)
    in_order = np.sort(shuffled)
    due_many(shuffled, hours, calendar)
    sorted_per_s = STARTS / seconds_of(lambda: due_many(in_order, hours, calendar))
    shuffled_per_s = STARTS / seconds_of(lambda: due_many(shuffled, hours, calendar))
    days_per_s = STARTS / seconds_of(lambda: due_many(shuffled, days, calendar))
    rates = {
        "ours, 4 working hours, sorted": sorted_per_s,
        "ours, 4 working hours, shuffled": shuffled_per_s,
        "workclock add_many, 4 working hours, shuffled": against_workclock(calendar, hours, shuffled),
        "pandas CustomBusinessHour, 4 working hours, shuffled": against_custom_business_hour(
            calendar, hours, shuffled
        ),
        "ours, 6 working days, shuffled": days_per_s,
        "numpy busday_offset, 6 working days, shuffled": against_busday_offset(calendar, days, shuffled),
    }
    for name, rate in rates.items():
        print(f"{name:55} {rate:15,.0f}/s")
    _, _, by_workclock, by_pandas, _, by_busday = rates.values()
    ledger_s, ledger_gb = ledger(reports)
    print(
        json.dumps(
            {
                "sorted_per_s": round(sorted_per_s),
                "shuffled_per_s": round(shuffled_per_s),
                "vs_custom_business_hour": round(shuffled_per_s / by_pandas),
                "vs_workclock": round(shuffled_per_s / by_workclock, 1),
                "vs_busday_offset": round(days_per_s / by_busday, 2),
                "ledger_10m_s": ledger_s,
                "ledger_peak_gb": ledger_gb,
            }
        )
    )


if __name__ == "__main__":
    main()

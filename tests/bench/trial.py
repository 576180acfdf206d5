"""One backfill in a process of its own, with the processor seconds of everybody who worked for it, read from /proc."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from etl import logs, migrate
from etl.backfill import Backfill
from etl.facts import Judging, warm_up
from etl.fingerprint import fingerprint
from etl.plan import Plan
from etl.sources.postgres import PostgresSource
from etl.sources.record import Batch, Range
from etl.version import facts_version
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.bench.apart import in_a_process
from tests.bench.bench_etl import NOW, PROVINCE

WHO = ("workers", "leader", "scheduler", "server")


def alone_s(pid: int) -> float:
    """Processor seconds of a process without what it started; user and system."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def whole_s(pid: int) -> float:
    """Processor seconds of a server and of the processes that it ever started: what has ended stands in its account.

    So backends count that come and go; it is looked at again where one went while it was looked at.
    """
    server = psutil.Process(pid)
    while True:
        before = server.cpu_times()
        with suppress(psutil.NoSuchProcess):
            living = sum(alone_s(child.pid) for child in server.children())
            after = server.cpu_times()
            if _ended_s(before) == _ended_s(after):
                return float(after.user + after.system) + _ended_s(after) + living


def _ended_s(times: Any) -> float:
    return float(times.children_user + times.children_system)


class LateSource(PostgresSource):
    """A store far away: its server sleeps before it answers for a range."""

    def __init__(self, url: str, delay_s: float) -> None:
        super().__init__(url, PROVINCE)
        self._delay_s = delay_s

    def read_range(self, within: Range) -> Batch:
        """As it says."""
        if self._delay_s:
            self._one(f"SELECT pg_sleep({self._delay_s})::text AS slept")
        return super().read_range(within)


@dataclass(frozen=True)
class Trial:
    """What is run. Process ids: the server's; the workers' and the scheduler's, none where this process does it all."""

    source: PostgresSource
    mart_url: str
    reports_per_range: int
    fill: Callable[[Backfill, Plan, Judging], None]
    server: int
    workers: tuple[int, ...] = ()
    scheduler: int = 0

    def processor_s(self) -> dict[str, float]:
        """By WHO, so far."""
        own, server = alone_s(os.getpid()), whole_s(self.server)
        if not self.workers:
            return dict(zip(WHO, (own, 0.0, 0.0, server), strict=True))
        return dict(
            zip(WHO, (sum(map(alone_s, self.workers)), own, alone_s(self.scheduler), server), strict=True)
        )


def get_ready() -> float:
    """Load code, law, maps and calendar as a first range would; processor seconds of this process until now."""
    judging = Judging(PROVINCE, Rulebook.load(PROVINCE), "")
    facts_version(judging)
    warm_up(judging, NOW)
    return time.process_time()


def measure(trial: Trial) -> dict[str, Any]:
    """In a new process: seconds by step, <part> and <part>_processor of plan, ranges and end, the fingerprint."""
    return in_a_process(_run, trial)


def _run(queue: Any, trial: Trial) -> None:
    logs.configure("warning")
    moments: list[tuple[float, dict[str, float]]] = []

    def fill(job: Backfill, plan: Plan, judging: Judging) -> None:
        moments.append((time.perf_counter(), trial.processor_s()))
        trial.fill(job, plan, judging)
        moments.append((time.perf_counter(), trial.processor_s()))

    get_ready()
    law = Rulebook.load(PROVINCE)
    job = Backfill(trial.source, trial.mart_url, law, Clock(), trial.reports_per_range, fill=fill)
    moments.append((time.perf_counter(), trial.processor_s()))
    job.run()
    moments.append((time.perf_counter(), trial.processor_s()))
    trial.source.close()
    found: dict[str, Any] = dict(job.timings_s)
    for part, before, after in zip(("plan", "ranges", "end"), moments, moments[1:], strict=False):
        found[part] = after[0] - before[0]
        found[f"{part}_processor"] = {who: after[1][who] - before[1][who] for who in WHO}
    with migrate.engine_of(trial.mart_url).begin() as connection:
        found["fingerprint"] = fingerprint(connection, PROVINCE)["all"]
    queue.put(found)

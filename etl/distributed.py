"""The ranges of a backfill on the workers of a dask cluster: `ioc etl backfill --scheduler tcp://host:8786`.

The plan, its resuming, the checks and the swap stay with the one leader; a worker does for one range what a local
backfill does for it: read, build, write in one transaction. Only a range's bounds go to a worker and only the time
it took comes back, never a row. A worker that dies leaves no trace of its range, which another one then does.
"""

import copy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import psycopg
import structlog
from distributed import Client, Future, as_completed
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker

from etl import load
from etl.backfill import Backfill, write_range
from etl.facts import Judging
from etl.guard import build
from etl.plan import Plan, is_open
from etl.sources.record import Range, Source, SourceError
from etl.version import facts_version
from kpi.rulebook import Rulebook

CONNECT_S = 15
WORKERS_WITHIN_S = 60
TRIES = 3
"""Of a range whose store or mart did not answer, on any worker."""
_log = structlog.get_logger("etl.distributed")
_one_builds = threading.Lock()
_one_loads = threading.Lock()


@dataclass(frozen=True)
class RangeJob:
    """What a worker needs besides the bounds. The source travels without its connection; URLs stay out of logs."""

    source: Source = field(repr=False)
    mart_url: str = field(repr=False)
    build_id: str
    facts_version: str
    ioc_unit_code: str


@dataclass(frozen=True)
class Cluster:
    """Backfill.fill on the workers of the scheduler at `address` (tcp:// or, with dask's TLS settings, tls://)."""

    address: str

    def __call__(self, job: Backfill, plan: Plan, judging: Judging) -> None:
        """Every open range of the plan, by whichever worker is free. Raises load.LoadError."""
        version = facts_version(judging)
        task = RangeJob(job.source, job.mart_url, plan.build_id, version, judging.ioc_unit_code)
        with _connected(self.address) as client:
            futures = client.map(
                do_range, plan.todo(), job=task, key=f"range-{plan.build_id}", pure=False, retries=TRIES - 1
            )
            try:
                for future, within in _completed(client, futures, plan.todo()):
                    for step, seconds in future.result().items():
                        job.timings_s[step] = job.timings_s.get(step, 0.0) + seconds
                    future.release()
                    job.on_progress(plan.progress(within))
            except KilledWorker as error:
                raise load.LoadError(
                    f"range {error.task} took down {TRIES} workers, one after the other: give them more memory, or"
                    " make the ranges smaller with --reports-per-range"
                ) from error
            finally:
                client.cancel(futures)


def _completed(client: Client, futures: list[Future], ranges: list[Range]) -> Iterator[tuple[Future, Range]]:
    """Each future with its range, as they complete."""
    of = {future.key: within for future, within in zip(futures, ranges, strict=True)}
    for future in as_completed(futures, loop=client.loop):
        yield future, of[future.key]


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client with at least one worker."""
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, CommClosedError) as error:
        raise load.LoadError(
            f"no dask scheduler answers at {address}: start one with `dask scheduler`"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WITHIN_S)
        except TimeoutError as error:
            raise load.LoadError(
                f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
            ) from error
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        _log.info("distributing", scheduler=address, workers=workers)
        yield client


# ---------------------------------------------------------------- on a worker


def do_range(within: Range, job: RangeJob) -> dict[str, float]:
    """Read, build and write one range; seconds by step, empty when it was written before. Raises load.LoadError.

    Threads of a worker overlap reading and writing; one of them builds at a time, as in a local backfill.
    """
    # The first thread loads law and code's version, the others wait for them: parsing in two at once upsets CPython 3.11.
    with _one_loads:
        judging = Judging(job.source.province_code, _law(job.source.province_code), job.ioc_unit_code)
        version = facts_version(judging)
    if version != job.facts_version:
        raise load.LoadError(
            f"a worker makes facts by version {version}, the backfill by {job.facts_version}: install the same release"
        )
    # Each range is read over a connection of its own. dask may hand one and the same job to all threads (workers within
    # a process do), and of two that read over one connection each waits for what the other took away, for ever.
    job = replace(job, source=copy.copy(job.source))
    try:
        return _do_range(within, job, judging)
    except (SourceError, psycopg.Error) as error:
        # These carry more than a message and would not survive the way back to the leader.
        raise load.LoadError(str(error).splitlines()[0]) from None
    finally:
        job.source.close()


def _do_range(within: Range, job: RangeJob, judging: Judging) -> dict[str, float]:
    writer = load.BuildWriter(job.mart_url, judging.province_code)
    try:
        if not is_open(writer, job.build_id, within):
            return {}
        moments = [time.perf_counter()]
        batch = job.source.read_range(within)
        moments.append(time.perf_counter())
        with _one_builds:
            facts = build(batch, judging)
        moments.append(time.perf_counter())
        write_range(writer, job.build_id, within, facts)
        moments.append(time.perf_counter())
    finally:
        writer.close()
    spent = [after - before for before, after in pairwise(moments)]
    return dict(zip(("read", "build", "write"), spent, strict=True))


@lru_cache(maxsize=1)
def _law(province_code: str) -> Rulebook:
    return Rulebook.load(province_code)

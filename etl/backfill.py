"""Builds a province's mart anew from a whole store: by ranges of report ids, in bounded memory, resuming where it stopped."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest

import sqlalchemy as sa
import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from etl import before_writing, checks, finish, load, operations
from etl.facts import REPORT_TABLES, Facts, Judging, warm_up
from etl.guard import DefectError, build
from etl.migrate import engine_of
from etl.plan import Plan, Progress, mark_done
from etl.sources.record import Batch, Range, Source, SourceError
from kpi.clock import Clock
from kpi.rulebook import Rulebook

REPORTS_PER_RANGE = 20_000
WRITERS = 2
_SWAP_PATIENCE_S = 300
EXPECTED = (SourceError, load.LoadError, checks.CheckError, DefectError)
"""What a build may fail of; the run log keeps it. Their messages hold no citizen's data."""
_log = structlog.get_logger("etl.backfill")


@dataclass
class Backfill:
    """What a backfill needs: the source, the mart, the law, the product's clock.

    fill: where the ranges are worked off, by default in this process; etl.distributed puts them on many workers.
    """

    source: Source
    mart_url: str
    rulebook: Rulebook
    clock: Clock
    reports_per_range: int = REPORTS_PER_RANGE
    on_progress: Callable[[Progress], None] = lambda _: None
    fill: "Fill | None" = None
    timings_s: dict[str, float] = field(default_factory=dict)

    @property
    def province_code(self) -> str:
        """The province that is built."""
        return self.source.province_code

    def run(self) -> int:
        """Build, check and swap in; returns the run_id. Raises SourceError, LoadError, CheckError, DefectError."""
        engine = engine_of(self.mart_url)
        try:
            with engine.connect() as lead:
                if not load.take_lead(lead, self.province_code):
                    raise load.BusyError(
                        f"another ETL process of province {self.province_code} is at work (follow or backfill): stop it first"
                    )
                lead.commit()
                run_id = self._run(lead)
            with self.timed("statistics"):
                finish.analyze_whole(self.mart_url)
            return run_id
        finally:
            engine.dispose()

    def _run(self, lead: sa.Connection) -> int:
        run = operations.Run(
            self.province_code, "backfill", self.source.name, self.rulebook.version, operations.WORLD.now()
        )
        try:
            plan = Plan(lead, self)
            fill = self.fill or fill_here
            fill(self, plan, plan.judging)
            with self.timed("finish"):
                plan.load_side()
                steps_s = finish.run(self.mart_url, self.province_code)
            self.timings_s |= {f"finish {name}": seconds for name, seconds in steps_s.items()}
            with self.timed("swap"):
                return self._swap(lead, plan, run)
        except EXPECTED as error:
            run.timings_ms = self._timings_ms()
            with lead.begin():
                run.write(lead, operations.WORLD.now(), error=str(error))
            raise

    def _timings_ms(self) -> dict[str, int]:
        return {step: round(1000 * seconds) for step, seconds in self.timings_s.items()}

    # ---------------------------------------------------------------- the end

    def _swap(self, lead: sa.Connection, plan: Plan, run: operations.Run) -> int:
        run.counts = plan.counts()
        run.timings_ms = self._timings_ms()

        @retry(
            retry=retry_if_exception(_is_lock_timeout),
            wait=wait_random(0.05, 0.5),
            stop=stop_after_delay(_SWAP_PATIENCE_S),
            reraise=True,
        )
        def swap() -> int:
            with lead.begin():
                return plan.swap_in(run, self.clock.now())

        return swap()

    def timed(self, step: str) -> "_Timer":
        """Adds the time of the block to a step of timings_s."""
        return _Timer(self.timings_s, step)


# ----------------------------------------------------------------- the ranges

Fill = Callable[[Backfill, Plan, Judging], None]
"""Works off every open range of the plan; reports progress on the way."""


def write_range(writer: load.BuildWriter, build_id: str, within: Range, facts: Facts) -> bool:
    """The facts of a range in one transaction of their own.

    False: nothing was written, because somebody else did it: a worker of a stopped leader that ended its range.
    Raises checks.CheckError.
    """
    before_writing.refuse_broken(facts.tables)
    for name in REPORT_TABLES:
        writer.append(name, facts.tables[name])
    writer.append("report_group", facts.groups)
    writer.append("complaint", facts.quarantine)
    return mark_done(writer, build_id, within)


def fill_here(job: Backfill, plan: Plan, judging: Judging) -> None:
    """Reading, building and writing overlap: one range is read, one built, one written by each writer."""

    def write(writer: load.BuildWriter, within: Range, facts: Facts) -> load.BuildWriter:
        with job.timed("write"):
            write_range(writer, plan.build_id, within, facts)
        job.on_progress(plan.progress(within))
        return writer

    writers = [load.BuildWriter(job.mart_url, job.province_code) for _ in range(WRITERS)]
    try:
        with ThreadPoolExecutor(1) as reading, ThreadPoolExecutor(WRITERS) as writing:
            under_way: deque[Future[load.BuildWriter]] = deque()
            free = list(writers)
            batches = _read_ahead(job, plan.todo(), reading)
            with suppress(
                Exception
            ):  # what fails here fails again in the first range, where guard finds words for it
                warm_up(judging, job.clock.now())
            for within, batch in batches:
                with job.timed("build"):
                    facts = build(batch, judging)
                writer = free.pop() if free else under_way.popleft().result()
                under_way.append(writing.submit(write, writer, within, facts))
            for written in under_way:
                written.result()
    finally:
        for writer in writers:
            writer.close()


def _read_ahead(
    job: Backfill, ranges: list[Range], reading: ThreadPoolExecutor
) -> Iterator[tuple[Range, Batch]]:
    """The batches in order; the first is being read when this returns, each further one while its forerunner is used."""

    def read(within: Range) -> Batch:
        with job.timed("read"):
            return job.source.read_range(within)

    def batches(reading_now: Future[Batch]) -> Iterator[tuple[Range, Batch]]:
        for within, following in zip_longest(ranges, ranges[1:]):
            batch = reading_now.result()
            if following:
                reading_now = reading.submit(read, following)
            yield within, batch

    return batches(reading.submit(read, ranges[0])) if ranges else iter(())


# ---------------------------------------------------------------------- tools


def _is_lock_timeout(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.orig, LockNotAvailable)


class _Timer:
    def __init__(self, totals: dict[str, float], step: str) -> None:
        self._totals, self._step = totals, step

    def __enter__(self) -> None:
        self._from = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self._from
        self._totals[self._step] = self._totals.get(self._step, 0.0) + spent

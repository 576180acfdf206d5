"""Keeps the mart up with a living store: what became visible there is in the mart within about a second.

One process per province leads (an advisory lock on the mart); the others stand by. A lost store or mart is waited for.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow.compute as pc
import sqlalchemy as sa
import structlog
from adbc_driver_manager import Error as AdbcError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from etl import increment, load, operations, scheduled, side
from etl.backfill import Backfill
from etl.facts import Judging, build, warm_up
from etl.metrics import Metrics
from etl.migrate import engine_of
from etl.publish import Publisher
from etl.quarantine import SCHEMA as COMPLAINT
from etl.quarantine import Complaints
from etl.sources.record import EVENT, REPORT, Batch, Changes, Source, SourceError
from kpi.clock import Clock
from kpi.rulebook import Rulebook

POLL_S = 0.25
HEARTBEAT_S = 2.0
STANDBY_S = 1.0
REPORTS_PER_STEP = 2_000
NOTHING = Batch(REPORT.empty_table(), EVENT.empty_table())
_log = structlog.get_logger("etl.follow")


class NotBuiltError(Exception):
    """The mart has never been built from this source, or by another law: a backfill has to come first."""


@dataclass
class Follower:
    """Follows one source. `stop` ends the loop after the step at hand."""

    source: Source
    mart_url: str
    rulebook: Rulebook
    clock: Clock
    publisher: Publisher
    metrics: Metrics = field(default_factory=Metrics)
    reports_per_step: int = REPORTS_PER_STEP
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Build where that was never done, lead, follow; recover from a lost store or mart, until `stop` is set."""
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            wait=wait_random_exponential(multiplier=0.5, max=15),
            stop=stop_when_event_set(self.stop),
            sleep=sleep_using_event(self.stop),
            before_sleep=self._say_lost,
            reraise=True,
        )
        while not self.stop.is_set():
            try:
                retrying(self._build_lead_and_follow)
            except Exception as error:
                if self.stop.is_set() and _is_passing(error):
                    return
                raise

    def _build_lead_and_follow(self) -> None:
        build_first(self)
        with leading(self.mart_url, self.source.province_code, self.stop) as connection:
            if connection is None:
                return
            steps = Steps(self, connection)
            with scheduled.beside(self):
                while not self.stop.is_set():
                    if not steps.step():
                        self.stop.wait(POLL_S)

    def _say_lost(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.metrics.failures.inc()
        _log.warning("waiting", attempt=state.attempt_number, error=_first_line(error))


@contextmanager
def leading(mart_url: str, province_code: str, stop: threading.Event) -> Iterator[sa.Connection | None]:
    """The mart's connection that holds the province's lock; waits for it. None when stopped meanwhile."""
    engine = engine_of(mart_url)
    try:
        with engine.connect() as connection:
            said = False
            while not load.take_lead(connection, province_code):
                connection.rollback()
                if not said:
                    _log.info("standing_by", province=province_code)
                said = True
                if stop.wait(STANDBY_S):
                    yield None
                    return
            connection.commit()
            _log.info("leading", province=province_code)
            yield connection
    finally:
        engine.dispose()


class Steps:
    """The steps of a leader over one connection to the mart."""

    def __init__(self, follower: Follower, connection: sa.Connection) -> None:
        self._f, self._connection = follower, connection
        self._source = follower.source
        self._province = self._source.province_code
        with connection.begin():
            increment.prepare(connection)
            self._stored = self._since = self._watermark_of_the_mart()
        self._source.forget()
        self._ioc_unit_code = side.ioc_unit(self._source.read_side())
        self._heard_at = 0.0
        warm_up(Judging(self._province, follower.rulebook, self._ioc_unit_code), follower.clock.now())

    def _watermark_of_the_mart(self) -> str:
        watermark = operations.watermark_of(self._connection, self._province, self._source.name)
        built_by = operations.rules_of_the_mart(self._connection, self._province)
        if watermark is None or built_by != self._f.rulebook.version:
            raise NotBuiltError(
                "the mart has not been built from this source under the law in force: run `ioc etl backfill`"
            )
        return watermark

    def step(self) -> bool:
        """Apply what is new; returns whether there was anything."""
        changes = self._source.changes(self._since)
        self._f.metrics.behind(len(changes.report_ids))
        if changes:
            for ids, is_last in _pieces(changes.report_ids, self._f.reports_per_step):
                self._apply(changes, ids, is_last)
            self._stored = changes.watermark
        self._source.written(changes)
        self._since = changes.watermark
        if not changes:
            self._hear()
        return bool(changes)

    def _apply(self, changes: Changes, ids: Sequence[int], is_last: bool) -> None:
        started = time.perf_counter()
        run = operations.Run(
            self._province, "follow", self._source.name, self._f.rulebook.version, operations.WORLD.now()
        )
        step = self._read(changes, ids, is_last, run)
        with self._connection.begin():
            run_id = increment.apply(self._connection, step, run)
        now = self._f.clock.now()
        if run_id is not None:
            self._f.publisher.tick(run_id, now)
        self._f.metrics.applied(run, time.perf_counter() - started, step.last_event_at, now)
        _log.info("applied", run_id=run_id, reports=len(ids), counts=run.counts, timings_ms=run.timings_ms)

    def _read(
        self, changes: Changes, ids: Sequence[int], is_last: bool, run: operations.Run
    ) -> increment.Increment:
        """Read and build what one transaction applies. The watermark moves with the last piece only."""
        started = time.perf_counter()
        complaints = Complaints()
        tables = None
        if changes.side_changed and is_last:
            read = self._source.read_side()
            self._ioc_unit_code = side.ioc_unit(read)
            tables = side.tables(read, self._province, complaints)
        batch = self._source.read_ids(ids) if len(ids) else NOTHING
        run.timings_ms["read"] = round(1000 * (time.perf_counter() - started))
        started = time.perf_counter()
        facts = build(batch, Judging(self._province, self._f.rulebook, self._ioc_unit_code))
        run.timings_ms["build"] = round(1000 * (time.perf_counter() - started))
        return increment.Increment(
            report_ids=ids,
            facts=facts,
            side=tables,
            side_complaints=complaints.table() if tables is not None else COMPLAINT.empty_table(),
            old_watermark=self._stored,
            watermark=changes.watermark if is_last else self._stored,
            now=self._f.clock.now(),
            last_event_at=_youngest(batch),
        )

    def _hear(self) -> None:
        """Every few seconds: the source answers, though it has nothing new."""
        if time.monotonic() - self._heard_at < HEARTBEAT_S:
            return
        self._heard_at = time.monotonic()
        with self._connection.begin():
            operations.set_source_state(
                self._connection,
                self._province,
                self._source.name,
                last_contact_at=self._f.clock.now(),
                watermark=self._since,
            )
        self._stored = self._since


def _pieces(ids: Sequence[int], size: int) -> Iterator[tuple[Sequence[int], bool]]:
    """The ids in pieces, each with whether it is the last; one empty piece when there are none."""
    for at in range(0, max(len(ids), 1), size):
        yield ids[at : at + size], at + size >= len(ids)


def _youngest(batch: Batch) -> datetime | None:
    return pc.max(batch.events["recorded_at"]).as_py()


def _is_passing(error: BaseException) -> bool:
    """Whether waiting may help: a lost connection of the store or the mart, a lost lead, another's build."""
    if isinstance(error, SourceError):
        return error.is_passing
    if isinstance(error, AdbcError):  # classes 08 and 57: connection lost, server going down
        return (error.sqlstate or "08")[:2] in ("08", "57")
    return isinstance(
        error, sa.exc.OperationalError | sa.exc.InterfaceError | increment.StaleError | load.BusyError
    )


def _first_line(error: BaseException | None) -> str:
    return str(error).splitlines()[0] if error and str(error) else type(error).__name__


def build_first(follower: Follower) -> bool:
    """Backfill where the mart was never built from this source under this law; whether it was needed."""
    engine = engine_of(follower.mart_url)
    try:
        with engine.connect() as connection:
            code = follower.source.province_code
            watermark = operations.watermark_of(connection, code, follower.source.name)
            is_built = watermark is not None and (
                operations.rules_of_the_mart(connection, code) == follower.rulebook.version
            )
    finally:
        engine.dispose()
    if is_built:
        return False
    run_id = Backfill(follower.source, follower.mart_url, follower.rulebook, follower.clock).run()
    follower.publisher.tick(run_id, follower.clock.now())
    return True

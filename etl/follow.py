"""Keeps the mart up with a living store: what became visible there is in the mart within about a second.

One process per province leads (an advisory lock on the mart); the others stand by. A lost store or mart is waited for.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import sqlalchemy as sa
import structlog
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_when_event_set,
    wait_random_exponential,
)
from tenacity.nap import sleep_using_event

from etl import finish, increment, load, operations, scheduled, side
from etl.backfill import Backfill
from etl.facts import Judging
from etl.metrics import Metrics
from etl.migrate import engine_of
from etl.publish import Publisher
from etl.sources.record import Source, SourceError
from etl.steps import NotBuiltError, Steps
from etl.version import facts_version
from kpi.clock import Clock
from kpi.rulebook import Rulebook

POLL_S = 0.25
STANDBY_S = 1.0
REPORTS_PER_STEP = 2_000
_log = structlog.get_logger("etl.follow")


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


def _is_passing(error: BaseException) -> bool:
    """Whether waiting may help: a lost connection of the store or the mart, a lost lead, another's build, a mart that is to be built anew."""
    if isinstance(error, SourceError):
        return error.is_passing
    return isinstance(
        error,
        psycopg.OperationalError
        | psycopg.InterfaceError
        | sa.exc.OperationalError
        | sa.exc.InterfaceError
        | increment.StaleError
        | load.BusyError
        | NotBuiltError,
    )


def _first_line(error: BaseException | None) -> str:
    return str(error).splitlines()[0] if error and str(error) else type(error).__name__


def build_first(follower: Follower) -> bool:
    """Backfill where the mart was never built from this source by this law, maps and code; whether it was needed.

    A build that was killed after its swap is ended: its statistics are made.
    """
    source = follower.source
    ioc_unit_code = side.ioc_unit(source.read_side((), ()))
    version = facts_version(Judging(source.province_code, follower.rulebook, ioc_unit_code))
    engine = engine_of(follower.mart_url)
    try:
        with engine.connect() as connection:
            is_built = (
                operations.watermark_of(connection, source.province_code, source.name, version) is not None
            )
    finally:
        engine.dispose()
    if is_built:
        finish.analyze_whole(follower.mart_url, only_missing=True)
        return False
    _log.info("building", province=source.province_code, facts_version=version)
    run_id = Backfill(follower.source, follower.mart_url, follower.rulebook, follower.clock).run()
    follower.publisher.tick(run_id, follower.clock.now())
    return True

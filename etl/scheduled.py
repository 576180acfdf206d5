"""Does the recurring jobs of schedules.yaml beside a leading follower, on connections of their own.

One thread, one job at a time. What was done stands in etl.schedule_state, so that a restart neither repeats nor
forgets a job.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from etl import checks, load, months, operations
from etl.migrate import engine_of
from etl.reconcile import reconcile
from etl.repeats import SCHEMA
from etl.schedule import ForgetMonths, ForgetQuarantine, Job, Last, MakeMonths, is_due, load_schedules
from etl.sources.record import SourceError
from etl.sql import on_one_core
from kpi import mart

if TYPE_CHECKING:
    from etl.follow import Follower

LOOK_S = 20.0
_ENDS_WITHIN_S = 5.0
_log = structlog.get_logger("etl.scheduled")

metadata = sa.MetaData(schema=SCHEMA)
schedule_state = sa.Table(
    "schedule_state",
    metadata,
    sa.Column("province_code", sa.Text, primary_key=True),
    sa.Column("job_id", sa.Text, primary_key=True, comment="id in etl/schedules.yaml"),
    sa.Column(
        "slot_at", sa.DateTime(timezone=True), nullable=False, comment="when it was due, product's clock"
    ),
    sa.Column(
        "tried_at", sa.DateTime(timezone=True), nullable=False, comment="when it began, product's clock"
    ),
    sa.Column("status", sa.Text, nullable=False, comment="running | ok | differs | failed"),
    sa.Column("message", sa.Text, nullable=False, comment="what came of it, without citizens' data"),
    comment="One row per recurring job of the ETL: the last time that it was done or tried.",
)


@dataclass(frozen=True)
class Outcome:
    """status: ok | differs (store and mart, the mart in itself, or a log and its months)."""

    status: str
    message: str


@contextmanager
def beside(follower: "Follower") -> Iterator[None]:
    """Does what is due while the block runs. A job that is under way at its end is tried again by the next leader."""
    ended = threading.Event()
    thread = threading.Thread(target=_look, args=(follower, ended), name="scheduled", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_ENDS_WITHIN_S)


def _look(follower: "Follower", ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            do_due(follower, ended=ended)
        except sa.exc.SQLAlchemyError as error:  # the mart is lost: the leader sees it too, and waits for it
            _log.warning("schedules_wait", error=str(error).splitlines()[0])
        ended.wait(LOOK_S)


def do_due(
    follower: "Follower", jobs: Mapping[str, Job] | None = None, *, ended: threading.Event | None = None
) -> list[str]:
    """Do what is due now, one after the other; returns the ids of the jobs that were tried."""
    tried = []
    engine = engine_of(follower.mart_url)
    try:
        for job in (jobs or load_schedules()).values():
            if ended is not None and ended.is_set():
                break
            now = follower.clock.now()
            with engine.connect() as connection:
                last = last_of(connection, follower.source.province_code).get(job.id)
                built_at = _built_at(connection, follower, now)
            if is_due(job, last, now, built_at):
                _do(engine, follower, job, now)
                tried.append(job.id)
    finally:
        engine.dispose()
    return tried


def _built_at(connection: sa.Connection, follower: "Follower", now: datetime) -> datetime | None:
    """When the mart was built from this source, on the clock that `now` was read from; it is written by the world's."""
    state = mart.source_state.c
    own = (state.province_code == follower.source.province_code, state.source == follower.source.name)
    built_at = connection.scalar(sa.select(state.built_at).where(*own))
    return built_at and now - (operations.WORLD.now() - built_at)


def last_of(connection: sa.Connection, province_code: str) -> dict[str, Last]:
    """By job: the last time it was done or tried."""
    state = schedule_state.c
    rows = connection.execute(sa.select(schedule_state).where(state.province_code == province_code))
    return {row.job_id: Last(row.slot_at, row.tried_at, row.status, row.message) for row in rows}


def write_last(engine: sa.Engine, province_code: str, job_id: str, last: Last) -> None:
    """In place of what stood there of the job."""
    values = asdict(last)
    statement = insert(schedule_state).values(province_code=province_code, job_id=job_id, **values)
    keys = [schedule_state.c.province_code, schedule_state.c.job_id]
    with engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def _do(engine: sa.Engine, follower: "Follower", job: Job, now: datetime) -> None:
    """Try one job and write down what came of it."""
    last = Last(job.latest_slot_at(now), now, "running")
    write_last(engine, follower.source.province_code, job.id, last)
    try:
        outcome = _TASKS[job.task](engine, follower, job)
    except (SourceError, load.LoadError, sa.exc.SQLAlchemyError) as error:
        outcome = Outcome("failed", str(error).splitlines()[0])
    except Exception as error:  # a defect of one job must not end the others; its text may hold anything
        outcome = Outcome("failed", f"unexpected {type(error).__name__}")
    last = Last(last.slot_at, last.tried_at, outcome.status, outcome.message)
    write_last(engine, follower.source.province_code, job.id, last)
    follower.metrics.scheduled(job.id, outcome.status == "ok")
    say = _log.info if outcome.status == "ok" else _log.error
    say("scheduled", job=job.id, status=outcome.status, message=outcome.message)


# ------------------------------------------------------------------ the tasks


def _reconcile(_engine: sa.Engine, follower: "Follower", _job: Job) -> Outcome:
    source = copy.copy(follower.source)  # a connection of its own: the follower's is at work
    try:
        found = reconcile(source, follower.mart_url, follower.rulebook, follower.clock)
    finally:
        source.close()
    follower.metrics.reconciled(found.counts())
    if not found.is_equal:
        differing = ", ".join(f"{n} {kind}" for kind, n in found.counts().items() if n)
        return Outcome("differs", f"{differing}: run `ioc etl reconcile`")
    return Outcome("ok", f"{found.reports} reports agree")


def _check(engine: sa.Engine, follower: "Follower", _job: Job) -> Outcome:
    failed = []
    for name in checks.ALL_RULES:  # each in a transaction of its own: none keeps the others' rows alive
        with engine.connect() as connection, on_one_core(connection):
            result = checks.ask(connection, name, follower.source.province_code, counted=False)
        if result.failures:
            failed.append(result.name)
    if failed:
        return Outcome("differs", f"{'; '.join(failed)}: run `ioc check`")
    return Outcome("ok", f"{len(checks.ALL_RULES)} rules hold")


_FORGET_QUARANTINE = "DELETE FROM mart.quarantine WHERE province_code = :code AND resolved_at < :before"


def _forget_quarantine(engine: sa.Engine, follower: "Follower", job: ForgetQuarantine) -> Outcome:
    before = follower.clock.now() - timedelta(days=job.keep_days)
    with engine.begin() as connection:
        values = {"code": follower.source.province_code, "before": before}
        return Outcome("ok", f"{connection.execute(text(_FORGET_QUARANTINE), values).rowcount} rows deleted")


def _make_months(engine: sa.Engine, _follower: "Follower", job: MakeMonths) -> Outcome:
    moved = {}
    for name, log in months.LOGS.items():
        with engine.begin() as connection:
            moved[name] = months.make_ahead(connection, log, operations.WORLD.now(), job.months_ahead)
    strayed = ", ".join(f"{rows} rows of {name}" for name, rows in moved.items() if rows)
    if strayed:
        return Outcome(
            "differs", f"{strayed} lay in no month and were moved: did no follower run for months?"
        )
    return Outcome("ok", f"this month and {job.months_ahead} more are there")


def _forget_months(engine: sa.Engine, _follower: "Follower", job: ForgetMonths) -> Outcome:
    before = operations.WORLD.now() - timedelta(days=job.keep_days)
    with engine.begin() as connection:
        dropped = months.drop_before(connection, months.LOGS[job.log], before)
    return Outcome("ok", f"dropped: {', '.join(f'{m:%m/%Y}' for m in dropped) or 'no month'}")


_TASKS: dict[str, Callable[[sa.Engine, "Follower", Any], Outcome]] = {
    "reconcile": _reconcile,
    "check": _check,
    "make_months": _make_months,
    "forget_months": _forget_months,
    "forget_quarantine": _forget_quarantine,
}

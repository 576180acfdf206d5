"""Builds a province's mart anew from a whole store: by ranges of report ids, in bounded memory, resuming where it stopped."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from etl import checks, load, operations, side
from etl.facts import REPORT_TABLES, Facts, Judging, build
from etl.migrate import engine_of
from etl.quarantine import Complaints
from etl.sources.record import Batch, Range, Source
from kpi.clock import Clock
from kpi.rulebook import Rulebook

REPORTS_PER_RANGE = 20_000
_SWAP_PATIENCE_S = 300
_log = structlog.get_logger("etl.backfill")


@dataclass(frozen=True)
class Progress:
    """How far a backfill is. eta_s: seconds left at the pace of the latest ranges; None before there is a pace."""

    reports_done: int
    reports_total: int
    reports_per_s: float
    eta_s: float | None


@dataclass
class Backfill:
    """What a backfill needs: the source, the mart, the law, the product's clock."""

    source: Source
    mart_url: str
    rulebook: Rulebook
    clock: Clock
    reports_per_range: int = REPORTS_PER_RANGE
    on_progress: Callable[[Progress], None] = lambda _: None
    timings_s: dict[str, float] = field(default_factory=dict)

    @property
    def province_code(self) -> str:
        """The province that is built."""
        return self.source.province_code

    def run(self) -> int:
        """Build, check and swap in; returns the run_id. Raises SourceError, LoadError, checks.CheckError."""
        engine = engine_of(self.mart_url)
        try:
            with engine.connect() as lead:
                if not load.take_lead(lead, self.province_code):
                    raise load.LoadError(
                        f"another ETL process of province {self.province_code} is at work (follow or backfill): stop it first"
                    )
                lead.commit()
                return self._run(lead)
        finally:
            engine.dispose()

    def _run(self, lead: sa.Connection) -> int:
        run = operations.Run(
            self.province_code, "backfill", self.source.name, self.rulebook.version, operations.WORLD.now()
        )
        plan = _Plan(lead, self)
        judging = Judging(self.province_code, self.rulebook, plan.ioc_unit_code)
        self._fill(plan, judging)
        with self._timed("finish"):
            plan.finish()
        with self._timed("swap"):
            return self._swap(lead, plan, run)

    # ------------------------------------------------------------- the ranges

    def _fill(self, plan: "_Plan", judging: Judging) -> None:
        """Read, build and write overlap: each has its own thread, each holds one range at a time."""
        writer = load.BuildWriter(self.mart_url, self.province_code)
        try:
            with ThreadPoolExecutor(1) as reading, ThreadPoolExecutor(1) as writing:
                written: Future[None] | None = None
                for within, batch in self._read_ahead(plan.todo(), reading):
                    with self._timed("build"):
                        facts = build(batch, judging)
                    if written is not None:
                        written.result()
                    written = writing.submit(self._write, writer, plan, within, facts)
                if written is not None:
                    written.result()
        finally:
            writer.close()

    def _read_ahead(self, ranges: list[Range], reading: ThreadPoolExecutor) -> Iterator[tuple[Range, Batch]]:
        following: Future[Batch] | None = None
        for i, within in enumerate(ranges):
            current = following or reading.submit(self._read, within)
            batch = current.result()
            following = reading.submit(self._read, ranges[i + 1]) if i + 1 < len(ranges) else None
            yield within, batch

    def _read(self, within: Range) -> Batch:
        with self._timed("read"):
            return self.source.read_range(within)

    def _write(self, writer: load.BuildWriter, plan: "_Plan", within: Range, facts: Facts) -> None:
        with self._timed("write"):
            for name in REPORT_TABLES:
                writer.append(name, facts.tables[name])
            writer.append("report_group", facts.groups)
            writer.append("complaint", facts.quarantine)
            plan.done(writer, within)
        self.on_progress(plan.progress(within))

    # ---------------------------------------------------------------- the end

    def _swap(self, lead: sa.Connection, plan: "_Plan", run: operations.Run) -> int:
        run.counts = plan.counts()
        run.timings_ms = {step: round(1000 * seconds) for step, seconds in self.timings_s.items()}

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

    def _timed(self, step: str) -> "_Timer":
        return _Timer(self.timings_s, step)


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


class _Plan:
    """The build's own memory in its schema: where it started, which ranges are written. Survives a kill."""

    def __init__(self, lead: sa.Connection, job: Backfill) -> None:
        self._lead, self._job = lead, job
        self._schema = load.build_schema(job.province_code)
        self._paces: list[tuple[int, float]] = []
        with lead.begin():
            if not self._may_resume():
                self._begin()
            start = lead.execute(
                text(f"SELECT watermark, ioc_unit_code FROM {self._schema}.build_start")
            ).one()
            self._todo = self._open_ranges()
            self._total = (
                lead.scalar(text(f"SELECT sum(report_count)::bigint FROM {self._schema}.build_range")) or 0
            )
        self.watermark: str = start.watermark
        self.ioc_unit_code: str = start.ioc_unit_code
        self._done = self._total - sum(r.report_count for r in self._todo)
        self._last_at = time.perf_counter()

    def _signature(self) -> str:
        """A build goes on only if nothing that it depends on has changed."""
        version = self._lead.scalar(text("SELECT version_num FROM alembic_version"))
        job = self._job
        return f"{job.source.name}|{job.rulebook.version}|{version}|{job.reports_per_range}"

    def _may_resume(self) -> bool:
        there = self._lead.scalar(text("SELECT to_regclass(:name)"), {"name": f"{self._schema}.build_start"})
        if there is None:
            return False
        signature = self._lead.scalar(text(f"SELECT signature FROM {self._schema}.build_start"))
        return signature == self._signature()

    def _begin(self) -> None:
        job, schema = self._job, self._schema
        watermark = job.source.mark()
        ioc_unit_code = side.ioc_unit(job.source.read_side())
        load.create_build(self._lead, job.province_code)
        self._lead.execute(
            text(
                f"CREATE TABLE {schema}.build_start (signature text, watermark text, ioc_unit_code text,"
                " started_at timestamptz, is_finished boolean)"
            )
        )
        self._lead.execute(
            text(f"INSERT INTO {schema}.build_start VALUES (:s, :w, :u, now(), false)"),
            {"s": self._signature(), "w": watermark, "u": ioc_unit_code},
        )
        self._lead.execute(
            text(
                f"CREATE TABLE {schema}.build_range (from_id bigint PRIMARY KEY, to_id bigint,"
                " report_count bigint, is_done boolean NOT NULL DEFAULT false)"
            )
        )
        ranges = job.source.ranges(job.reports_per_range)
        self._lead.execute(
            text(f"INSERT INTO {schema}.build_range (from_id, to_id, report_count) VALUES (:a, :b, :n)"),
            [{"a": r.from_id, "b": r.to_id, "n": r.report_count} for r in ranges],
        )

    def _open_ranges(self) -> list[Range]:
        rows = self._lead.execute(
            text(
                f"SELECT from_id, to_id, report_count FROM {self._schema}.build_range WHERE NOT is_done"
                " ORDER BY from_id"
            )
        )
        return [Range(*row) for row in rows]

    def todo(self) -> list[Range]:
        """Ranges that are not written yet."""
        return self._todo

    def done(self, writer: load.BuildWriter, within: Range) -> None:
        """Mark the range in the transaction that wrote it; a range is written once, whoever tries."""
        is_first = writer.returns_a_row(
            f"UPDATE {self._schema}.build_range SET is_done = true WHERE from_id = {within.from_id}"
            " AND NOT is_done RETURNING from_id"
        )
        if not is_first:
            writer.rollback()
            raise load.LoadError("another process is writing the same build: this one gives way")
        writer.commit()

    def progress(self, within: Range) -> Progress:
        """How far the ranges are, at the pace of the last twenty."""
        now = time.perf_counter()
        self._done += within.report_count
        self._paces = [*self._paces[-19:], (within.report_count, now - self._last_at)]
        self._last_at = now
        reports, seconds = (sum(x) for x in zip(*self._paces, strict=True))
        pace = reports / seconds if seconds else 0.0
        eta_s = (self._total - self._done) / pace if pace else None
        return Progress(self._done, self._total, pace, eta_s)

    def finish(self) -> None:
        """Indexes, daily counts, calls and directives: in one transaction, done once."""
        lead, schema = self._lead, self._schema
        with lead.begin():
            if lead.scalar(text(f"SELECT is_finished FROM {schema}.build_start")):
                return
            complaints = Complaints()
            tables = side.tables(self._job.source.read_side(), self._job.province_code, complaints)
            for table in side.CALLS:
                load.copy_rows(lead, f"{schema}.{table.name}", tables[table.name])
            load.copy_rows(lead, f"{schema}.complaint", complaints.table())
            for table in side.DIMENSIONS:
                lead.execute(text(f"CREATE TABLE {schema}.new_{table.name} (LIKE {table.fullname})"))
                load.copy_rows(lead, f"{schema}.new_{table.name}", tables[table.name])
            load.finish_build(lead, self._job.province_code)
            checks.must_hold(lead, self._job.province_code, schema)
            lead.execute(text(f"UPDATE {schema}.build_start SET is_finished = true"))

    def counts(self) -> dict[str, int]:
        """Rows of each table of the build."""
        names = [*[t.name for t in load.PARTITIONED], "complaint"]
        with self._lead.begin():
            return {
                name: self._lead.scalar(text(f"SELECT count(*) FROM {self._schema}.{name}")) or 0
                for name in names
            }

    def swap_in(self, run: operations.Run, now: datetime) -> int:
        """The last transaction: quarantine, dimensions, run log, state of the source, and the partitions."""
        lead, job, schema = self._lead, self._job, self._schema
        operations.merge_quarantine(
            lead,
            f"{schema}.complaint",
            province_code=job.province_code,
            source=job.source.name,
            now=now,
        )
        for table in side.DIMENSIONS:
            lead.execute(table.delete().where(table.c.province_code == job.province_code))
            lead.execute(text(f"INSERT INTO {table.fullname} SELECT * FROM {schema}.new_{table.name}"))
        last_event_at = lead.scalar(text(f"SELECT max(recorded_at) FROM {schema}.event"))
        helpers = ["complaint", "build_start", "build_range", *[f"new_{t.name}" for t in side.DIMENSIONS]]
        for name in helpers:
            lead.execute(text(f"DROP TABLE {schema}.{name}"))
        run_id = run.write(lead, operations.WORLD.now())
        operations.set_source_state(
            lead,
            job.province_code,
            job.source.name,
            watermark=self.watermark,
            last_event_at=last_event_at,
            last_contact_at=now,
            run_id=run_id,
        )
        load.swap_in(lead, job.province_code)
        return run_id


def rows_of(batch: Batch) -> int:
    """Rows of a batch."""
    tables: tuple[pa.Table, ...] = (batch.reports, batch.events)
    return sum(table.num_rows for table in tables)

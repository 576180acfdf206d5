"""A build's own memory, kept in its schema: where it started, which ranges are written. Survives a kill."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import text

from etl import load, operations, side
from etl.facts import Judging
from etl.quarantine import Complaints
from etl.sources.record import Range
from etl.version import facts_version

if TYPE_CHECKING:
    from etl.backfill import Backfill


@dataclass(frozen=True)
class Progress:
    """How far a backfill is. eta_s: seconds left at the pace of the latest ranges; None before there is a pace."""

    reports_done: int
    reports_total: int
    reports_per_s: float
    eta_s: float | None


def is_open(writer: load.BuildWriter, build_id: str, within: Range) -> bool:
    """Whether the range still has to be written in this build."""
    found = writer.returns_a_row(
        f"SELECT 1 FROM {writer.schema}.build_range WHERE from_id = {within.from_id} AND NOT is_done"
        f" AND EXISTS (SELECT FROM {writer.schema}.build_start WHERE build_id = '{build_id}')"
    )
    writer.rollback()
    return found


def mark_done(writer: load.BuildWriter, build_id: str, within: Range) -> bool:
    """Mark the range in the transaction that wrote it, and commit.

    A range is written once, whoever tries, and only into the build for which it was made: False, and everything is
    rolled back, when another was first or another build has taken the place of this one.
    """
    is_first = writer.returns_a_row(
        f"UPDATE {writer.schema}.build_range SET is_done = true WHERE from_id = {within.from_id} AND NOT is_done"
        f" AND EXISTS (SELECT FROM {writer.schema}.build_start WHERE build_id = '{build_id}') RETURNING from_id"
    )
    if is_first:
        writer.commit()
    else:
        writer.rollback()
    return is_first


class Plan:
    """The build's own memory in its schema: where it started, which ranges are written. Survives a kill."""

    def __init__(self, lead: sa.Connection, job: "Backfill") -> None:
        self._lead, self._job = lead, job
        self._schema = load.build_schema(job.province_code)
        self._paces: list[tuple[int, float]] = []
        ioc_unit_code = side.ioc_unit(job.source.read_side((), ()))
        self.judging = Judging(job.province_code, job.rulebook, ioc_unit_code)
        with lead.begin():
            if not self._may_resume():
                self._begin()
            start = lead.execute(
                text(f"SELECT build_id::text, watermark FROM {self._schema}.build_start")
            ).one()
            self._todo = self._open_ranges()
            self._total = (
                lead.scalar(text(f"SELECT sum(report_count)::bigint FROM {self._schema}.build_range")) or 0
            )
        self.build_id: str = start.build_id
        self.watermark: str = start.watermark
        self._done = self._total - sum(r.report_count for r in self._todo)
        self._last_at = time.perf_counter()

    def _signature(self) -> str:
        """A build goes on only if nothing that it depends on has changed."""
        schema_version = self._lead.scalar(text("SELECT version_num FROM alembic_version"))
        job = self._job
        source = f"{job.source.name}|{job.source.content()}"
        return f"{source}|{facts_version(self.judging)}|{schema_version}|{job.reports_per_range}"

    def _may_resume(self) -> bool:
        there = self._lead.scalar(text("SELECT to_regclass(:name)"), {"name": f"{self._schema}.build_start"})
        if there is None:
            return False
        signature = self._lead.scalar(text(f"SELECT signature FROM {self._schema}.build_start"))
        return signature == self._signature()

    def _begin(self) -> None:
        job, schema = self._job, self._schema
        watermark = job.source.mark()
        load.create_build(self._lead, job.province_code)
        self._lead.execute(
            text(
                f"CREATE TABLE {schema}.build_start (build_id uuid, signature text, watermark text,"
                " started_at timestamptz)"
            )
        )
        self._lead.execute(
            text(f"INSERT INTO {schema}.build_start VALUES (gen_random_uuid(), :s, :w, now())"),
            {"s": self._signature(), "w": watermark},
        )
        self._lead.execute(
            text(
                f"CREATE TABLE {schema}.build_range (from_id bigint PRIMARY KEY, to_id bigint,"
                " report_count bigint, is_done boolean NOT NULL DEFAULT false)"
            )
        )
        self._lead.execute(text(f"CREATE TABLE {schema}.build_step (name text PRIMARY KEY)"))
        for table in side.DIMENSIONS:
            self._lead.execute(text(f"CREATE TABLE {schema}.new_{table.name} (LIKE {table.fullname})"))
        self._lead.execute(text(f"CREATE TABLE {schema}.build_count (table_name text, row_count bigint)"))
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

    def load_side(self) -> None:
        """Calls, directives and dimensions: in one transaction, done once."""
        writer = load.BuildWriter(self._job.mart_url, self._job.province_code)
        try:
            if not writer.returns_a_row(
                f"INSERT INTO {self._schema}.build_step VALUES ('side') ON CONFLICT DO NOTHING RETURNING name"
            ):
                return
            complaints = Complaints()
            tables = side.tables(self._job.source.read_side(), self._job.province_code, complaints)
            for table in side.CALLS:
                writer.append(table.name, tables[table.name])
            for table in side.DIMENSIONS:
                writer.append(f"new_{table.name}", tables[table.name])
            writer.append("complaint", complaints.table())
            writer.commit()
        finally:
            writer.close()

    def counts(self) -> dict[str, int]:
        """Rows of each table of the build, and complaints."""
        query = (
            f"SELECT table_name, sum(row_count)::bigint AS row_count FROM {self._schema}.build_count"
            f" WHERE table_name = ANY (:names) GROUP BY table_name UNION ALL SELECT 'complaint', count(*) FROM {self._schema}.complaint"
        )
        with self._lead.begin():
            names = [table.name for table in load.PARTITIONED]
            return {
                row.table_name: row.row_count for row in self._lead.execute(text(query), {"names": names})
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
        last_event_at = lead.scalar(text(f"SELECT max(last_recorded_at) FROM {schema}.report"))
        helpers = [
            "complaint",
            "build_start",
            "build_range",
            "build_step",
            "build_count",
            *[f"new_{t.name}" for t in side.DIMENSIONS],
        ]
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
            rules_version=job.rulebook.version,
            facts_version=facts_version(self.judging),
            built_at=operations.WORLD.now(),
            waiting_count=0,
            behind_since_at=None,
        )
        load.swap_in(lead, job.province_code)
        return run_id

"""The mart's operation tables: run log, state of each source, quarantine, dimensions. In the caller's transaction."""

import json
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import text

from etl.quarantine import WHOLE
from kpi import mart
from kpi.clock import Clock

_RUN_LOCK = 0x10D
WORLD = Clock()
"""The world's clock: for the run log, whatever the product's clock says."""


@dataclass
class Run:
    """One line of the run log in the making. Instants are UTC; started_at and finished_at on the world's clock."""

    province_code: str
    kind: str
    source: str
    rules_version: str
    started_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    timings_ms: dict[str, int] = field(default_factory=dict)

    def write(self, connection: sa.Connection, finished_at: datetime, *, error: str = "") -> int:
        """Append the run; returns its run_id, one above the last of the province.

        Whoever writes a run too, such as a reconciliation beside the follower, waits for the end of the transaction.
        """
        connection.execute(
            sa.select(sa.func.pg_advisory_xact_lock(_RUN_LOCK, sa.func.hashtext(self.province_code)))
        )
        # The log forgets old months; what the mart leans on stands in source_state.
        numbers = (
            sa.select(sa.func.max(table.c.run_id)).where(table.c.province_code == self.province_code)
            for table in (mart.run, mart.source_state)
        )
        run_id = max(connection.scalar(number) or 0 for number in numbers) + 1
        connection.execute(
            mart.run.insert().values(
                province_code=self.province_code,
                run_id=run_id,
                kind=self.kind,
                source=self.source,
                started_at=self.started_at,
                finished_at=finished_at,
                status="failed" if error else "ok",
                rules_version=self.rules_version,
                counts=self.counts,
                timings_ms=self.timings_ms,
                message=error,
            )
        )
        return run_id


def watermark_of(
    connection: sa.Connection, province_code: str, source: str, facts_version: str | None = None
) -> str | None:
    """Where to read on; None when the source was never read, or by another version than `facts_version` (if given)."""
    state = mart.source_state.c
    statement = sa.select(state.watermark).where(
        state.province_code == province_code, state.source == source, state.watermark != ""
    )
    if facts_version is not None:
        statement = statement.where(state.facts_version == facts_version)
    return connection.scalar(statement)


def set_source_state(connection: sa.Connection, province_code: str, source: str, **values: object) -> None:
    """Insert or update the source's row. values: watermark, last_event_at, last_contact_at, run_id."""
    table = mart.source_state
    updated = connection.execute(
        table.update()
        .where(table.c.province_code == province_code, table.c.source == source)
        .values(**values)
    ).rowcount
    if not updated:
        connection.execute(
            table.insert().values(
                **{"province_code": province_code, "source": source, "watermark": "", **values}
            )
        )


_NEW_COMPLAINTS = """
    INSERT INTO mart.quarantine AS q
        (province_code, source, row_ref, field, reason, report_id, first_seen_at, last_seen_at)
    SELECT DISTINCT ON (row_ref, field) :province, :source, row_ref, field, reason, report_id, :now, :now
    FROM {complaints} ORDER BY row_ref, field, reason
    ON CONFLICT (province_code, source, row_ref, field) DO UPDATE
    SET reason = excluded.reason, report_id = excluded.report_id, last_seen_at = excluded.last_seen_at,
        first_seen_at = CASE WHEN q.resolved_at IS NULL THEN q.first_seen_at ELSE excluded.first_seen_at END,
        resolved_at = NULL
    WHERE q.resolved_at IS NOT NULL OR (q.reason, q.report_id) IS DISTINCT FROM (excluded.reason, excluded.report_id)
"""
_SEEN_AGAIN = """
    UPDATE mart.quarantine AS q SET last_seen_at = :now FROM {complaints} AS n
    WHERE q.province_code = :province AND q.source = :source AND q.row_ref = n.row_ref AND q.field = n.field
"""
_RESOLVED = """
    UPDATE mart.quarantine AS q SET resolved_at = :now
    WHERE q.province_code = :province AND q.source = :source AND q.resolved_at IS NULL AND {scope}
      AND NOT EXISTS (SELECT FROM {complaints} AS n WHERE n.row_ref = q.row_ref AND n.field = q.field)
"""


def merge_quarantine(
    connection: sa.Connection,
    complaints: str,
    *,
    province_code: str,
    source: str,
    now: datetime,
    scope: str = "true",
) -> dict[str, int]:
    """Take over the complaints of a table, and resolve those within `scope` (SQL over alias q) that are gone."""
    values = {"province": province_code, "source": source, "now": now}
    seen = connection.execute(text(_NEW_COMPLAINTS.format(complaints=complaints)), values).rowcount
    connection.execute(text(_SEEN_AGAIN.format(complaints=complaints)), values)
    resolved = connection.execute(text(_RESOLVED.format(complaints=complaints, scope=scope)), values).rowcount
    return {"quarantined": seen, "resolved": resolved}


def waiting_defects(connection: sa.Connection, province_code: str, source: str) -> list[int]:
    """Reports that wait in quarantine because their facts could not be built (etl.guard)."""
    q = mart.quarantine.c
    return list(
        connection.scalars(
            sa.select(q.report_id).where(
                q.province_code == province_code,
                q.source == source,
                q.resolved_at.is_(None),
                q.field == WHOLE,
                q.row_ref.startswith("report:"),
            )
        )
    )


def reports_of_the_mart(connection: sa.Connection, province_code: str) -> int:
    """How many reports the mart holds."""
    counted = sa.select(sa.func.count()).where(mart.report.c.province_code == province_code)
    return connection.scalar(counted) or 0


def version_message(run_id: int, at: datetime) -> str:
    """The version tick that pages and caches listen to."""
    return json.dumps({"run_id": run_id, "at": at.isoformat()})

"""Applies the facts of some touched reports to the mart in one short transaction that changes only what differs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import text

from etl import daily, load, operations, repeats, side
from etl.facts import REPORT_TABLES, Facts
from etl.quarantine import SCHEMA as COMPLAINT
from kpi import mart

_TOUCHED = "t.province_code = '{code}' AND t.report_id IN (SELECT report_id FROM touched)"
_MERGED = (*[mart.metadata.tables[f"mart.{name}"] for name in REPORT_TABLES], repeats.report_group)


class StaleError(Exception):
    """Another process has moved the watermark meanwhile: what was read is not to be written."""


@dataclass(frozen=True)
class Increment:
    """What one transaction applies.

    report_ids: touched reports; those without facts (deleted, quarantined) leave the mart. side: rows of the small
    tables by name, None when they have not changed; side_complaints go with them. old_watermark must still be the
    mart's when the transaction ends; the new one is set there.
    """

    report_ids: Sequence[int]
    facts: Facts
    side: dict[str, pa.Table] | None
    side_complaints: pa.Table
    old_watermark: str
    watermark: str
    now: datetime
    last_event_at: datetime | None


def prepare(connection: sa.Connection) -> None:
    """Temporary tables of the session: the new rows, emptied by every commit."""
    for table in (*_MERGED, *side.CALLS):
        connection.execute(
            text(
                f"CREATE TEMP TABLE IF NOT EXISTS new_{table.name} (LIKE {table.fullname} INCLUDING DEFAULTS)"
                " ON COMMIT DELETE ROWS"
            )
        )
    for name in daily.TABLES:
        connection.execute(
            text(
                f"CREATE TEMP TABLE IF NOT EXISTS change_{name} (LIKE mart.{name} INCLUDING DEFAULTS)"
                " ON COMMIT DELETE ROWS"
            )
        )
    for statement in (
        "CREATE TEMP TABLE IF NOT EXISTS touched (report_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS",
        "CREATE TEMP TABLE IF NOT EXISTS touched_group (group_hash bigint) ON COMMIT DELETE ROWS",
        "CREATE TEMP TABLE IF NOT EXISTS complaint (row_ref text, field text, reason text, report_id bigint)"
        " ON COMMIT DELETE ROWS",
    ):
        connection.execute(text(statement))


def apply(connection: sa.Connection, increment: Increment, run: operations.Run) -> int | None:
    """Write everything in the caller's transaction; returns the run_id, None when nothing differed.

    Raises StaleError.
    """
    started = time.perf_counter()
    code = run.province_code
    counts: dict[str, int] = {}
    _stage_rows(connection, increment)
    counts |= _merge_reports(connection, increment, code)
    if increment.side is not None:
        counts |= _merge_side(connection, increment.side, code)
    counts |= operations.merge_quarantine(
        connection,
        "complaint",
        province_code=code,
        source=run.source,
        now=increment.now,
        scope="q.report_id IN (SELECT report_id FROM touched)"
        + (" OR q.report_id IS NULL" if increment.side is not None else ""),
    )
    run.counts = {name: n for name, n in counts.items() if n} | increment.facts.rows_read
    run.timings_ms["write"] = round(1000 * (time.perf_counter() - started))
    run_id = run.write(connection, operations.WORLD.now()) if any(counts.values()) else None
    _advance(connection, increment, run, run_id)
    return run_id


def _stage_rows(connection: sa.Connection, increment: Increment) -> None:
    ids = pa.table({"report_id": pa.array(increment.report_ids, pa.int64())})
    load.copy_rows(connection, "touched", ids)
    for name in REPORT_TABLES:
        load.copy_rows(connection, f"new_{name}", increment.facts.tables[name])
    load.copy_rows(connection, "new_report_group", increment.facts.groups)
    complaints = pa.concat_tables(
        [COMPLAINT.empty_table(), increment.facts.quarantine, increment.side_complaints]
    )
    load.copy_rows(connection, "complaint", complaints)


def _merge_reports(connection: sa.Connection, increment: Increment, code: str) -> dict[str, int]:
    """Facts of the touched reports, the daily counts' difference, and who repeats whom now."""
    if not len(increment.report_ids):
        return {}
    scope = _TOUCHED.format(code=code)
    scope_of_facts = scope.replace("t.", "f.")
    counts: dict[str, int] = {}
    connection.execute(text(_GROUPS_OF.format(code=code)))
    for name in daily.TABLES:
        facts = f"mart.{daily.facts_of(name)}"
        statement = daily.insert(name, f"change_{name}", facts, sign=-1, condition=scope_of_facts)
        connection.execute(text(statement))
    for table in _MERGED:
        keep = ("repeats_report_id",) if table.name == "report" else ()
        counts[table.name] = load.merge(connection, table, scope, keep=keep)
    connection.execute(text(_GROUPS_OF.format(code=code)))
    counts["repeats"] = _update_repeats(connection, code)
    for name in daily.TABLES:
        facts = f"mart.{daily.facts_of(name)}"
        connection.execute(text(daily.insert(name, f"change_{name}", facts, condition=scope_of_facts)))
        for statement in daily.apply(name, f"change_{name}"):
            connection.execute(text(statement))
    return counts


_GROUPS_OF = """
    INSERT INTO touched_group SELECT DISTINCT group_hash FROM etl.report_group
    WHERE province_code = '{code}' AND report_id IN (SELECT report_id FROM touched)
"""
_NO_GROUP = """
    UPDATE mart.report AS r SET repeats_report_id = NULL
    WHERE r.province_code = '{code}' AND r.report_id IN (SELECT report_id FROM touched)
      AND r.repeats_report_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM etl.report_group AS g
                      WHERE g.province_code = r.province_code AND g.report_id = r.report_id)
"""


def _update_repeats(connection: sa.Connection, code: str) -> int:
    condition = f"g.province_code = '{code}' AND g.group_hash IN (SELECT group_hash FROM touched_group)"
    statements = (_NO_GROUP.format(code=code), repeats.update("mart.report", "etl.report_group", condition))
    return sum(connection.execute(text(statement)).rowcount for statement in statements)


def _merge_side(connection: sa.Connection, tables: dict[str, pa.Table], code: str) -> dict[str, int]:
    for table in side.DIMENSIONS:
        operations.replace_dimension(connection, table, tables[table.name], code)
    counts = {"dimensions": sum(tables[table.name].num_rows for table in side.DIMENSIONS)}
    for table in side.CALLS:
        load.copy_rows(connection, f"new_{table.name}", tables[table.name])
        counts[table.name] = load.merge(connection, table, f"t.province_code = '{code}'")
    return counts


def _advance(
    connection: sa.Connection, increment: Increment, run: operations.Run, run_id: int | None
) -> None:
    state = mart.source_state
    values: dict[str, object] = {"watermark": increment.watermark, "last_contact_at": increment.now}
    if increment.last_event_at is not None:
        values["last_event_at"] = sa.func.greatest(state.c.last_event_at, increment.last_event_at)
    if run_id is not None:
        values["run_id"] = run_id
    moved = connection.execute(
        state.update()
        .where(
            state.c.province_code == run.province_code,
            state.c.source == run.source,
            state.c.watermark == increment.old_watermark,
        )
        .values(**values)
    ).rowcount
    if moved != 1:
        raise StaleError(f"the watermark of {run.source} is no longer {increment.old_watermark}")

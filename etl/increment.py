"""Applies the facts of some touched reports to the mart in one short transaction that changes only what differs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import text

from etl import daily, doubled, load, operations, repeats, side
from etl.facts import REPORT_TABLES, Facts
from etl.quarantine import SCHEMA as COMPLAINT
from etl.sources.record import Ids
from etl.sql import id_array
from kpi import mart

_MERGED = (*[mart.metadata.tables[f"mart.{name}"] for name in REPORT_TABLES], repeats.report_group)


class StaleError(Exception):
    """Another process has moved the watermark meanwhile: what was read is not to be written."""


@dataclass(frozen=True)
class Increment:
    """What one transaction applies.

    report_ids: touched reports; those without facts (deleted, quarantined) leave the mart. side: rows of the small
    tables by name, None when they have not changed: dimensions whole, calls and directives those of side_ids (by table;
    all of them where None). side_complaints go with them. old_watermark must still be the mart's when the transaction
    ends; the new one is set there. waiting_count, behind_since_at: how far the follower is behind after it.
    """

    report_ids: Ids
    facts: Facts
    side: dict[str, pa.Table] | None
    side_ids: Mapping[str, Ids | None]
    side_complaints: pa.Table
    old_watermark: str
    watermark: str
    now: datetime
    last_event_at: datetime | None
    waiting_count: int = 0
    behind_since_at: datetime | None = None
    knows_unnumbered: bool = False
    """side_complaints hold every row of the source that has no report number (Side.unnumbered)."""


def prepare(connection: sa.Connection) -> None:
    """Temporary tables of the session: the new rows, emptied by every commit."""
    for table in (*_MERGED, *side.DIMENSIONS, *side.CALLS):
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
    doubled.prepare(connection)
    connection.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS complaint (row_ref text, field text, reason text, report_id bigint)"
            " ON COMMIT DELETE ROWS"
        )
    )


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
        counts |= _merge_side(connection, increment.side, increment.side_ids, code)
    counts |= operations.merge_quarantine(
        connection,
        "complaint",
        province_code=code,
        source=run.source,
        now=increment.now,
        scope=f"({' OR '.join(_looked_at(increment))})",
    )
    run.counts = {name: n for name, n in counts.items() if n} | increment.facts.rows_read
    run.timings_ms["write"] = round(1000 * (time.perf_counter() - started))
    run_id = run.write(connection, operations.WORLD.now()) if any(counts.values()) else None
    _advance(connection, increment, run, run_id)
    return run_id


def _stage_rows(connection: sa.Connection, increment: Increment) -> None:
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
    ids = id_array(increment.report_ids)
    scope, scope_of_facts = (
        f"{alias}.province_code = '{code}' AND {alias}.report_id = ANY ({ids})" for alias in ("t", "f")
    )
    counts: dict[str, int] = {}
    groups = _groups(connection, scope)
    doubled.remember(connection, scope)
    _count_daily(connection, scope_of_facts, sign=-1)
    for table in _MERGED:
        keep = ("repeats_report_id",) if table.name == "report" else ()
        counts[table.name] = load.merge(connection, table, scope, keep=keep)
    groups |= _groups(connection, scope)
    doubled.remember(connection, scope)
    doubled.complain_of_increment(connection, code)
    counts["repeats"] = _update_repeats(connection, code, scope, groups)
    _count_daily(connection, scope_of_facts, sign=1)
    for name in daily.TABLES:
        connection.execute(text(f"ANALYZE change_{name}"))
        for statement in daily.apply(name, f"change_{name}"):
            connection.execute(text(statement))
    return counts


def _count_daily(connection: sa.Connection, scope: str, *, sign: int) -> None:
    """Collect what the touched reports count for, with a sign."""
    for name in daily.TABLES:
        facts = f"mart.{daily.facts_of(name)}"
        statement = daily.insert(name, f"change_{name}", facts, sign=sign, condition=scope)
        connection.execute(text(statement))


def _groups(connection: sa.Connection, scope: str) -> set[int]:
    return set(
        connection.scalars(text(f"SELECT DISTINCT group_hash FROM etl.report_group AS t WHERE {scope}"))
    )


_NO_GROUP = """
    UPDATE mart.report AS t SET repeats_report_id = NULL
    WHERE {scope} AND t.repeats_report_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM etl.report_group AS g
                      WHERE g.province_code = t.province_code AND g.report_id = t.report_id)
"""


def _update_repeats(connection: sa.Connection, code: str, scope: str, groups: set[int]) -> int:
    """Of the touched reports and of all that share a group with them, before or after."""
    changed = connection.execute(text(_NO_GROUP.format(scope=scope))).rowcount
    if groups:
        condition = f"g.province_code = '{code}' AND g.group_hash = ANY ({id_array(sorted(groups))})"
        statement = repeats.update("mart.report", "etl.report_group", condition)
        changed += connection.execute(text(statement)).rowcount
    return changed


def _looked_at(increment: Increment) -> list[str]:
    """SQL over alias q: the complaints that this increment has looked at again."""
    found = [doubled.RESOLVABLE, f"q.report_id = ANY ({id_array(increment.report_ids)})"]
    if increment.side is not None:
        names = [t.name for t in side.DIMENSIONS]
        names += [name for name, ids in increment.side_ids.items() if ids is None]
        refs = [
            f"{name}:{i}" for name, ids in increment.side_ids.items() for i in (() if ids is None else ids)
        ]
        found.append(f"q.report_id IS NULL AND split_part(q.row_ref, ':', 1) = ANY ('{{{','.join(names)}}}')")
        found.append(f"q.report_id IS NULL AND q.row_ref = ANY ('{{{','.join(refs)}}}')")
    if increment.knows_unnumbered:
        names = [t.name for t in (*side.DIMENSIONS, *side.CALLS)]
        found.append(
            f"q.report_id IS NULL AND split_part(q.row_ref, ':', 1) <> ALL ('{{{','.join(names)}}}')"
        )
    return [f"({condition})" for condition in found]


def _merge_side(
    connection: sa.Connection, tables: dict[str, pa.Table], ids: Mapping[str, Ids | None], code: str
) -> dict[str, int]:
    counts = {}
    for table in (*side.DIMENSIONS, *side.CALLS):
        scope = f"t.province_code = '{code}'"
        if (named := ids.get(table.name)) is not None:
            scope += f" AND t.{side.KEYS[table.name]} = ANY ({id_array(named)})"
        load.copy_rows(connection, f"new_{table.name}", tables[table.name])
        counts[table.name] = load.merge(connection, table, scope)
    return counts


def _advance(
    connection: sa.Connection, increment: Increment, run: operations.Run, run_id: int | None
) -> None:
    state = mart.source_state
    values: dict[str, object] = {
        "watermark": increment.watermark,
        "last_contact_at": increment.now,
        "waiting_count": increment.waiting_count,
        "behind_since_at": increment.behind_since_at,
    }
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

"""How far a mart is, in a few values."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from etl.facts import Judging
from etl.schedule import load_schedules
from etl.scheduled import last_of
from etl.version import facts_version
from kpi import mart
from kpi.rulebook import Rulebook


def read(
    connection: sa.Connection, province_code: str, now: datetime, rulebook: Rulebook | None = None
) -> dict[str, Any]:
    """Last run, sources with the age of their news in seconds of the product's clock, quarantine, recurring jobs.

    With the law in force each source also says whether its facts were made by the version of today.
    """
    run = mart.run
    last = (
        connection.execute(
            sa.select(run).where(run.c.province_code == province_code).order_by(run.c.run_id.desc()).limit(1)
        )
        .mappings()
        .one_or_none()
    )
    by_table = _open_by_table(connection, province_code)
    return {
        "province_code": province_code,
        "run": dict(last) if last else None,
        "sources": _sources(connection, province_code, now, rulebook),
        "quarantined": sum(by_table.values()),
        "quarantined_by_table": by_table,
        "schedules": _schedules(connection, province_code, now),
    }


def _open_by_table(connection: sa.Connection, province_code: str) -> dict[str, int]:
    """Rows that wait in quarantine, by table of the store or by file, most first."""
    q = mart.quarantine.c
    table, rows = sa.func.split_part(q.row_ref, ":", 1).label("of"), sa.func.count().label("rows")
    waiting = sa.select(table, rows).where(q.province_code == province_code, q.resolved_at.is_(None))
    found = connection.execute(waiting.group_by("of").order_by(rows.desc(), "of"))
    return {row.of: row.rows for row in found}


def _sources(
    connection: sa.Connection, province_code: str, now: datetime, rulebook: Rulebook | None
) -> list[dict[str, Any]]:
    state = mart.source_state
    rows = connection.execute(sa.select(state).where(state.c.province_code == province_code)).mappings().all()
    today = rulebook and _version_of_today(connection, province_code, rulebook)
    return [
        {
            **row,
            "event_age_s": _age_s(row["last_event_at"], now),
            "contact_age_s": _age_s(row["last_contact_at"], now),
            "behind_s": _age_s(row["behind_since_at"], now) or 0,
            **({"is_built_by_today": row["facts_version"] == today} if today else {}),
        }
        for row in rows
    ]


def _version_of_today(connection: sa.Connection, province_code: str, rulebook: Rulebook) -> str:
    unit = mart.unit.c
    ioc = sa.select(sa.func.min(unit.unit_code)).where(
        unit.province_code == province_code, unit.level == "ioc"
    )
    return facts_version(Judging(province_code, rulebook, connection.scalar(ioc) or ""))


def _schedules(connection: sa.Connection, province_code: str, now: datetime) -> list[dict[str, Any]]:
    """Every recurring job: its last time (product's clock) and what came of it, null when never tried; its next."""
    done = last_of(connection, province_code)
    never = dict.fromkeys(("slot_at", "tried_at", "status", "message"))
    return [
        {
            "job": job.id,
            "task": job.task,
            **(asdict(done[job.id]) if job.id in done else never),
            "next_at": job.next_slot_at(now),
        }
        for job in load_schedules().values()
    ]


def _age_s(at: datetime | None, now: datetime) -> int | None:
    return round((now - at).total_seconds()) if at else None

"""How far a mart is, in a few values."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from etl.schedule import load_schedules
from etl.scheduled import last_of
from kpi import mart


def read(connection: sa.Connection, province_code: str, now: datetime) -> dict[str, Any]:
    """Last run, sources with the age of their news in seconds of the product's clock, quarantine, recurring jobs."""
    run, state, quarantine = mart.run, mart.source_state, mart.quarantine
    last = (
        connection.execute(
            sa.select(run).where(run.c.province_code == province_code).order_by(run.c.run_id.desc()).limit(1)
        )
        .mappings()
        .one_or_none()
    )
    sources = (
        connection.execute(sa.select(state).where(state.c.province_code == province_code)).mappings().all()
    )
    open_rows = connection.scalar(
        sa.select(sa.func.count())
        .select_from(quarantine)
        .where(quarantine.c.province_code == province_code, quarantine.c.resolved_at.is_(None))
    )
    return {
        "province_code": province_code,
        "run": dict(last) if last else None,
        "sources": [
            {
                **row,
                "event_age_s": _age_s(row["last_event_at"], now),
                "contact_age_s": _age_s(row["last_contact_at"], now),
            }
            for row in sources
        ],
        "quarantined": open_rows,
        "schedules": _schedules(connection, province_code, now),
    }


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

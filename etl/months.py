"""Months of the logs that are only added to: made ahead, and dropped whole when they are old enough.

The logs are the run log and the audit log. Their months lie in schema log_month; a row of a month that nobody made
lies in <log>_other until the next job moves it, and that is told. Months are those of Asia/Ho_Chi_Minh.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy import text

from kpi import accounts, mart
from kpi.clock import LOCAL

SCHEMA = "log_month"
_LOCK = 0x10E
_PATIENCE = "SET LOCAL lock_timeout = '2s'"


@dataclass(frozen=True)
class Log:
    """A log in months: its table and the column that says the month, written by the world's clock."""

    table: sa.Table
    column: str

    @property
    def other(self) -> str:
        """Where rows lie whose month is not there."""
        return f"{SCHEMA}.{self.table.name}_other"

    def month_table(self, first: date) -> str:
        """Qualified name of a month."""
        return f"{SCHEMA}.{self.table.name}_{first:%Y_%m}"


LOGS: Mapping[str, Log] = {
    "run": Log(mart.run, "started_at"),
    "audit_log": Log(accounts.audit_log, "at"),
}


def make_ahead(connection: sa.Connection, log: Log, now: datetime, months_ahead: int) -> int:
    """Make this month, `months_ahead` more, and those of rows that lie in no month; returns how many rows were moved.

    In the caller's transaction. Writers wait a moment at the most, or this gives up with a lock timeout.
    """
    _begin(connection)
    this = _first_of(now.astimezone(LOCAL).date())
    wanted = {_months_on(this, n) for n in range(months_ahead + 1)} | set(_strayed(connection, log))
    moved = 0
    for first in sorted(wanted - set(months(connection, log))):
        moved += _make(connection, log, first)
    return moved


def drop_before(connection: sa.Connection, log: Log, before: datetime) -> list[date]:
    """Drop the months that ended before that instant, and only whole ones; returns their first days."""
    _begin(connection)
    old = [first for first in months(connection, log) if _starts_at(_months_on(first, 1)) <= before]
    for first in old:
        connection.execute(text(f"DROP TABLE {log.month_table(first)}"))
    return old


def months(connection: sa.Connection, log: Log) -> list[date]:
    """First days of the months that are there, in order."""
    names = connection.scalars(
        text(
            "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = CAST(:log AS regclass)"
        ),
        {"log": log.table.fullname},
    )
    found = (re.fullmatch(rf"{log.table.name}_(\d{{4}})_(\d\d)", name) for name in names)
    return sorted(date(int(m[1]), int(m[2]), 1) for m in found if m)


def _begin(connection: sa.Connection) -> None:
    """One process at a time, whatever its province: the logs belong to the whole mart."""
    connection.execute(text(_PATIENCE))
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _strayed(connection: sa.Connection, log: Log) -> Iterator[date]:
    month = f"date_trunc('month', {log.column} AT TIME ZONE '{LOCAL.key}')::date"
    yield from connection.scalars(text(f"SELECT DISTINCT {month} FROM {log.other}"))


def _make(connection: sa.Connection, log: Log, first: date) -> int:
    """A month beside the log, filled with what strayed, then attached: nobody reads a row twice or not at all."""
    name, bounds = log.month_table(first), {"a": _starts_at(first), "b": _starts_at(_months_on(first, 1))}
    connection.execute(text(f"CREATE TABLE {name} (LIKE {log.table.fullname} INCLUDING DEFAULTS)"))
    connection.execute(text(f"LOCK TABLE {log.other} IN SHARE ROW EXCLUSIVE MODE"))
    own = f"{log.column} >= :a AND {log.column} < :b"
    moved = connection.execute(
        text(
            f"WITH strayed AS (DELETE FROM {log.other} WHERE {own} RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM strayed"
        ),
        bounds,
    ).rowcount
    limits = f"FROM ('{bounds['a'].isoformat()}') TO ('{bounds['b'].isoformat()}')"
    connection.execute(text(f"ALTER TABLE {log.table.fullname} ATTACH PARTITION {name} FOR VALUES {limits}"))
    return moved


def _starts_at(first: date) -> datetime:
    return datetime.combine(first, time(), LOCAL)


def _first_of(day: date) -> date:
    return day.replace(day=1)


def _months_on(first: date, months_on: int) -> date:
    for _ in range(months_on):
        first = _first_of(first + timedelta(days=31))
    return first

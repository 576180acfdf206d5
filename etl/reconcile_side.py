"""Compares the small tables of store and mart: units, categories, places, calls, directives; and mends them whole.

A row that vanishes from a store without a mark is seen here only: increments read the rows that were written.
"""

import time

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import text

from etl import increment, load, side
from etl.quarantine import Complaints
from etl.sources.record import Source
from etl.sql import on_one_core

_DIFFERING = """
    SELECT count(*) FROM (
        SELECT {keys} FROM (SELECT {columns} FROM {new} EXCEPT SELECT {columns} FROM {old} WHERE province_code = :code) a
        UNION
        SELECT {keys} FROM (SELECT {columns} FROM {old} WHERE province_code = :code EXCEPT SELECT {columns} FROM {new}) b
    ) AS differing
"""


def differing(source: Source, connection: sa.Connection, patience_s: float) -> dict[str, int]:
    """By table: rows that are missing, too many or not the same; tables that agree are left out.

    Looked at again for `patience_s` while they differ: a follower may just be writing them.
    """
    until = time.monotonic() + patience_s
    while True:
        tables = side.tables(source.read_side(), source.province_code, Complaints())
        with on_one_core(connection):
            increment.prepare(connection)
            found = {t.name: _differing(connection, t, tables, source.province_code) for t in _TABLES}
        found = {name: rows for name, rows in found.items() if rows}
        if not found or time.monotonic() > until:
            return found
        time.sleep(min(1.0, patience_s))


_TABLES = (*side.DIMENSIONS, *side.CALLS)


def _differing(connection: sa.Connection, table: sa.Table, rows: dict[str, pa.Table], code: str) -> int:
    load.copy_rows(connection, f"new_{table.name}", rows[table.name])
    query = _DIFFERING.format(
        keys=", ".join(c.name for c in table.primary_key.columns),
        columns=", ".join(c.name for c in table.columns),
        new=f"new_{table.name}",
        old=table.fullname,
    )
    return connection.scalar(text(query), {"code": code}) or 0

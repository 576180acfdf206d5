"""Writes facts into the mart: a whole build aside and swapped in at once, or the change of some reports.

A build fills the schema mart_<province>_build, range by range, each range in one transaction of its own. When it is
whole, one short transaction puts it in the place of the province's partitions. Readers see the old or the new.
"""

from typing import LiteralString, cast

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from pgpq import ArrowToPostgresBinaryEncoder
from sqlalchemy import text
from sqlalchemy.schema import CreateIndex

from etl import repeats
from kpi import mart

PARTITIONED: tuple[sa.Table, ...] = (*mart.FACTS, repeats.report_group)
_LOCK_CLASS = 0x10C
_ROWS_AT_ONCE = 50_000


class LoadError(Exception):
    """The mart cannot take a build; the message says why and what to do."""


class BusyError(LoadError):
    """Another ETL process of the province is at work."""


def partition_schema(province_code: str) -> str:
    """Schema of a province's partitions."""
    if not province_code.isalnum() or not province_code.isascii():
        raise LoadError(f"province code {province_code!r} is not made of letters and digits")
    return f"mart_{province_code.lower()}"


def build_schema(province_code: str) -> str:
    """Schema in which a build grows until it is whole."""
    return f"{partition_schema(province_code)}_build"


def take_lead(connection: sa.Connection, province_code: str) -> bool:
    """Become the one ETL process of a province, as long as this connection lives. False: another one is."""
    key = sa.func.hashtext(province_code)
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK_CLASS, key))))


# -------------------------------------------------------------------- a build


def create_build(connection: sa.Connection, province_code: str) -> None:
    """An empty build: the mart's tables without keys and indexes, and a place for what could not be taken.

    Tables are not vacuumed before swap_in: half-built ones would be read again and again, and a worker that is at one
    would keep the swap waiting, which gives up its wait for a lock before the server sends workers away. Afterwards
    without pauses: half a minute at ten million reports; with them it went on beside the pages for more than seven minutes.
    """
    schema = build_schema(province_code)
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for table in PARTITIONED:
        connection.execute(
            text(
                f"CREATE TABLE {schema}.{table.name} (LIKE {table.fullname} INCLUDING DEFAULTS,"
                f" CHECK (province_code = '{province_code}')) WITH (autovacuum_enabled = off, autovacuum_vacuum_cost_delay = 0)"
            )
        )
    connection.execute(
        text(f"CREATE TABLE {schema}.complaint (row_ref text, field text, reason text, report_id bigint)")
    )


class BuildWriter:
    """Appends facts to a build; commits when told."""

    def __init__(self, mart_url: str, province_code: str) -> None:
        self.schema = build_schema(province_code)
        self._connection = psycopg.connect(mart_url)

    def append(self, table: str, rows: pa.Table) -> None:
        """Binary COPY into the build's table of that name; notes how many rows it got."""
        _copy(self._connection, f"{self.schema}.{table}", rows)
        noted = cast(LiteralString, f"INSERT INTO {self.schema}.build_count VALUES (%s, %s)")
        self._connection.execute(noted, [table, rows.num_rows])

    def returns_a_row(self, statement: str) -> bool:
        """Run a statement in the same transaction; whether it returned a row."""
        return self._connection.execute(cast(LiteralString, statement)).fetchone() is not None

    def commit(self) -> None:
        """Make what was appended durable."""
        self._connection.commit()

    def rollback(self) -> None:
        """Forget what was appended since the last commit."""
        self._connection.rollback()

    def close(self) -> None:
        """Close the connection; what was not committed is forgotten."""
        self._connection.close()


def copy_rows(connection: sa.Connection, target: str, rows: pa.Table) -> None:
    """Append rows to `target` in the caller's transaction."""
    _copy(cast(psycopg.Connection, connection.connection.driver_connection), target, rows)


def _copy(connection: psycopg.Connection, target: str, rows: pa.Table) -> None:
    """Binary COPY: the columns' types have to be exactly those of the target."""
    if not rows.num_rows:
        return
    plain = pa.table({name: _plain(rows[name]) for name in rows.schema.names})
    encoder = ArrowToPostgresBinaryEncoder(plain.schema)
    statement = cast(
        LiteralString, f"COPY {target} ({', '.join(rows.schema.names)}) FROM STDIN (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(encoder.write_header())
        for some in plain.to_batches(max_chunksize=_ROWS_AT_ONCE):
            copy.write(encoder.write_batch(some))
        copy.write(encoder.finish())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without a dictionary, in one piece."""
    is_coded = pa.types.is_dictionary(column.type)
    return (column.cast(column.type.value_type) if is_coded else column).combine_chunks()


def add_indexes(connection: sa.Connection, schema: str, table: sa.Table) -> None:
    """The indexes of the mart's tables under the same names, so that attaching finds them in place."""
    copy = table.to_metadata(sa.MetaData(), schema=schema)
    keys = ", ".join(c.name for c in table.primary_key.columns)
    connection.execute(text(f"ALTER TABLE {schema}.{table.name} ADD PRIMARY KEY ({keys})"))
    for index in sorted(copy.indexes, key=lambda i: str(i.name)):
        connection.execute(CreateIndex(index))


def swap_in(connection: sa.Connection, province_code: str) -> None:
    """Put the finished build in the place of the province's partitions, within the caller's transaction.

    Waits at most half a second for readers at a time: the caller retries on psycopg.errors.LockNotAvailable.
    """
    building, schema = build_schema(province_code), partition_schema(province_code)
    connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
    names = ", ".join(table.fullname for table in PARTITIONED)
    connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
    for table in PARTITIONED:
        connection.execute(
            text(f"DELETE FROM mart_default.{table.name} WHERE province_code = :code"),
            {"code": province_code},
        )
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    connection.execute(text(f"ALTER SCHEMA {building} RENAME TO {schema}"))
    for table in PARTITIONED:
        connection.execute(
            text(
                f"ALTER TABLE {table.fullname} ATTACH PARTITION {schema}.{table.name}"
                f" FOR VALUES IN ('{province_code}')"
            )
        )
        connection.execute(text(f"ALTER TABLE {schema}.{table.name} RESET (autovacuum_enabled)"))


# --------------------------------------------------------------- an increment


def merge(connection: sa.Connection, table: sa.Table, scope: str, *, keep: tuple[str, ...] = ()) -> int:
    """Make the rows of `table` within `scope` (SQL over alias t) equal to the temporary table new_<name>.

    Touches only rows that differ; columns in `keep` are neither compared nor changed. Returns how many rows were
    written or deleted.
    """
    keys = [c.name for c in table.primary_key.columns]
    values = [c.name for c in table.columns if c.name not in (*keys, *keep)]
    new = f"new_{table.name}"
    on_key = " AND ".join(f"n.{k} = t.{k}" for k in keys)
    deleted = connection.execute(
        text(
            f"DELETE FROM {table.fullname} AS t WHERE {scope}"
            f" AND NOT EXISTS (SELECT FROM {new} AS n WHERE {on_key})"
        )
    ).rowcount
    names = [*keys, *values]
    written = connection.execute(
        text(
            f"INSERT INTO {table.fullname} AS t ({', '.join(names)}) SELECT {', '.join(names)} FROM {new}"
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(f'{v} = excluded.{v}' for v in values)}"
            f" WHERE ({', '.join(f't.{v}' for v in values)}) IS DISTINCT FROM"
            f" ({', '.join(f'excluded.{v}' for v in values)})"
        )
    ).rowcount
    return int(written) + int(deleted)

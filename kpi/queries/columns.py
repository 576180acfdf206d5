"""Runs a query in a scope and hands back whole columns (Arrow over binary COPY): for many rows that a page counts itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from kpi.scope import Scope, enter_role, enter_scope


class MartGoneError(OSError):
    """The mart cannot be reached, or was lost on the way."""


class Asking:
    """One transaction in a scope that is asked several things; a connection costs more than a small answer."""

    def __init__(self, conn: adbc.Connection) -> None:
        self._conn = conn

    def columns(self, stmt: Executable) -> pa.Table:
        """The rows of one statement as an Arrow table."""
        with self._conn.cursor() as cursor:
            cursor.execute(_sql(stmt))
            return cursor.fetch_arrow_table()

    def expected_rows(self, stmt: Executable) -> int:
        """How many rows PostgreSQL's planner expects of the statement; it runs nothing.

        Good enough to choose a way of reading, not to show.
        """
        with self._conn.cursor() as cursor:
            cursor.adbc_statement.set_options(
                **{StatementOptions.USE_COPY.value: "false"}
            )  # COPY takes no EXPLAIN
            cursor.execute(f"EXPLAIN (FORMAT JSON) {_sql(stmt)}")
            (row,) = cursor.fetchall()
        return int(json.loads(row[0])[0]["Plan"]["Plan Rows"])


def columns(url: URL, scope: Scope, stmt: Executable) -> pa.Table:
    """`Asking.columns` of one statement. Blocks: call it from a worker thread. Raises MartGoneError."""
    with asking(url, scope) as ask:
        return ask.columns(stmt)


@contextmanager
def asking(url: URL, scope: Scope) -> Iterator[Asking]:
    """A transaction in the web role and the scope: same row-level security as kpi.queries.run. Raises MartGoneError.

    url: the web process's mart URL. Blocks: for a worker thread.
    """
    uri = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with adbc.connect(uri) as conn:
            with conn.cursor() as cursor:
                for entry in (enter_role(), enter_scope(scope)):
                    cursor.execute(_sql(entry))
            yield Asking(conn)
    except adbc_driver_manager.OperationalError as error:
        raise MartGoneError("the mart does not answer") from error


def _sql(stmt: Executable) -> str:
    """The statement as text: SQLAlchemy quotes every value; codes in it have passed kpi.filters besides."""
    compiled = stmt.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    return str(compiled).replace("%%", "%")

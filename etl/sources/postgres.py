"""A PAHT store in PostgreSQL, read through the views of the store contract v1 (etl/store/contract_v1.sql).

Bulk comes as Arrow over binary COPY (ADBC). Increments follow commits, not ids (etl/sources/commits.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from adbc_driver_manager import Error as AdbcError

from etl import inventory
from etl.quarantine import Complaints
from etl.sources.commits import Commits
from etl.sources.encoding import mended, readable
from etl.sources.pages import ROWS_PER_PAGE, Pages
from etl.sources.record import (
    CALL,
    CATEGORY,
    DIRECTIVE,
    END_ID,
    EVENT,
    FIRST_ID,
    REPORT,
    UNIT,
    Batch,
    Changes,
    Ids,
    Range,
    Side,
    SourceError,
)
from etl.sql import ONE_CORE, id_array
from etl.store.contract import views

_ENCODING = "SELECT current_setting('server_encoding') AS name"
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresSource:
    """Implements etl.sources.record.Source. One connection, opened when first needed and again after a failure."""

    def __init__(
        self,
        url: str,
        province_code: str,
        *,
        name: str = "store",
        schema: str = "ioc_v1",
        omits: Sequence[str] = (),
        rows_per_page: int = ROWS_PER_PAGE,
    ) -> None:
        self.name = name
        self.province_code = province_code
        self._url, self._schema = url, schema
        # Views that the store has nothing for: hotline_call, directive.
        self._omits = frozenset(omits)
        self._connection: Any = None
        # Whether the database vouches for its text; known once it has answered.
        self._is_encoded = True
        # How many touched rows of each view a look for changes takes at most.
        self._rows_per_page = rows_per_page
        self._commits = Commits(name)

    def __getstate__(self) -> dict[str, Any]:
        """A copy, here or on another machine, opens a connection of its own."""
        return {**self.__dict__, "_connection": None, "_commits": Commits(self.name)}

    def content(self) -> str:
        """Nothing: increments tell what has changed since."""
        return ""

    def mark(self) -> str:
        """The oldest transaction still running."""
        return str(self._one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS x")["x"][0].as_py())

    def ranges(self, report_count: int) -> list[Range]:
        """Bounds are every `report_count`-th report id in order."""
        ids = self._one(
            f"SELECT report_id FROM (SELECT report_id, row_number() OVER (ORDER BY report_id) AS n"
            f" FROM {self._view('report')}) AS numbered WHERE n % {int(report_count)} = 0 ORDER BY report_id"
        )["report_id"].to_pylist()
        total = self._one(f"SELECT count(*) AS n FROM {self._view('report')}")["n"][0].as_py()
        if ids and total % report_count == 0:
            ids.pop()  # the last range would be empty
        bounds = [FIRST_ID, *[i + 1 for i in ids], END_ID]
        counts = [report_count] * len(ids) + [total - report_count * len(ids)]
        found = [Range(a, b, n) for a, b, n in zip(bounds, bounds[1:], counts, strict=False)]
        return found

    def read_range(self, within: Range) -> Batch:
        """By index range scan on report_id."""
        return self._read(f" AND report_id >= {within.from_id} AND report_id < {within.to_id}")

    def read_ids(self, report_ids: Ids) -> Batch:
        """By index look-up."""
        return self._read(_among("report_id", report_ids))

    def _read(self, condition: str) -> Batch:
        reports, events = self._many(
            f"SELECT {', '.join(REPORT.names)} FROM {self._view('report')}{condition}",
            f"SELECT {', '.join(EVENT.names)} FROM {self._view('report_event')}{condition}",
        )
        reports, events = self._as(REPORT, reports), self._as(EVENT, events)
        if self._is_encoded:
            return Batch(reports, events)
        complaints = Complaints()
        reports = mended(reports, "report", "report_id", complaints)
        return Batch(reports, mended(events, "report_event", "event_id", complaints), complaints.table())

    def inventory(self, within: Range, but: Sequence[int]) -> pa.Table:
        """Summed up by the store's own database."""
        reports, events = f"{self._schema}.report", f"{self._schema}.report_event"
        own = f"t.province_code = '{self._code()}'"
        ids = f"t.report_id >= {within.from_id} AND t.report_id < {within.to_id}"
        query = inventory.select(reports, events, f"{own} AND {ids}", alive="t.deleted_at IS NULL", but=but)
        return self._as(inventory.SCHEMA, self._one(query))

    def read_side(self, call_ids: Ids | None = None, directive_ids: Ids | None = None) -> Side:
        """Units, fields, channels, calls, directives in one snapshot."""
        side = self._many(
            f"SELECT {', '.join(UNIT.names)} FROM {self._view('unit')}",
            f"SELECT 'field' AS kind, field_code AS code, name_vi, name_en, sort_order FROM {self._view('field')}"
            f" UNION ALL SELECT 'channel', channel_code, name_vi, name_en, sort_order FROM {self._view('channel')}",
            f"SELECT {', '.join(CALL.names)} FROM {self._view('hotline_call')}{_among('call_id', call_ids)}",
            f"SELECT {', '.join(DIRECTIVE.names)} FROM {self._view('directive')}"
            + _among("directive_id", directive_ids),
        )
        if not self._is_encoded:
            side = [readable(table)[0] for table in side]
        units, categories, calls, directives = side
        return Side(
            self._as(UNIT, units),
            self._as(CATEGORY, categories),
            self._as(CALL, calls),
            self._as(DIRECTIVE, directives),
        )

    def changes(self, since: str) -> Changes:
        """Rows written by a transaction at or above `since` that this source has not handed over yet: at most a page."""
        return self._commits.look(since, Pages(self._many, self._view, self._rows_per_page))

    def written(self, changes: Changes) -> None:
        """Do not show these again; the next look goes on behind them."""
        self._commits.written(changes)

    def forget(self) -> None:
        """Show every transaction again."""
        self._commits.forget()

    def last_recorded_at(self) -> datetime | None:
        """A look at the newest events only: the last written are the last recorded, but for a few seconds."""
        table = self._one(
            f"SELECT max(recorded_at) AS at FROM (SELECT recorded_at FROM {self._view('report_event')}"
            " ORDER BY event_id DESC LIMIT 1000) AS newest"
        )
        return table["at"][0].as_py()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    # ------------------------------------------------------------------ wire

    def _view(self, name: str) -> str:
        if name in self._omits:
            columns = next(view for view in views() if view.name == name).columns
            nothing = ", ".join(f"NULL::{column.type} AS {column.name}" for column in columns)
            return f"(SELECT {nothing}) AS omitted WHERE false"
        return f"{self._schema}.{name} WHERE province_code = '{self._code()}'"

    def _code(self) -> str:
        return self.province_code.replace("'", "''")

    def _one(self, query: str) -> pa.Table:
        return self._many(query)[0]

    def _many(self, *queries: str) -> list[pa.Table]:
        """Run the queries in one snapshot."""
        try:
            if self._connection is None:
                self._connect()
            with self._connection.cursor() as cursor:
                cursor.execute(_SNAPSHOT)
                tables = []
                for query in queries:
                    cursor.execute(query)
                    tables.append(cursor.fetch_arrow_table())
                cursor.execute("COMMIT")
                return tables
        except AdbcError as error:
            self._drop()
            raise self._explained(error) from error

    def _connect(self) -> None:
        self._connection = adbc.connect(self._url, autocommit=True)
        with self._connection.cursor() as cursor:
            cursor.execute(f"SET {ONE_CORE}")
            cursor.execute(_ENCODING)
            self._is_encoded = cursor.fetch_arrow_table()["name"][0].as_py() != "SQL_ASCII"

    def _drop(self) -> None:
        """A connection that failed is not used again, whatever state it is in."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        except AdbcError:
            pass

    def _explained(self, error: AdbcError) -> SourceError:
        first = str(error).splitlines()[0]
        state = error.sqlstate or ""
        if state in ("42P01", "42703", "3F000"):
            return SourceError(
                self.name, f"does not show the store contract v1 ({first}). Run `ioc store check`."
            )
        if state == "42501":
            return SourceError(self.name, f"the reader lacks a grant of the contract ({first})")
        return SourceError(self.name, f"does not answer ({first})", is_passing=not state.startswith("42"))

    def _as(self, schema: pa.Schema, table: pa.Table) -> pa.Table:
        """Cast to the contract's types; names the column that does not fit."""
        columns = []
        for field in schema:
            try:
                columns.append(table[field.name].cast(field.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise SourceError(
                    self.name, f"column {field.name} is {table[field.name].type}, not {field.type}"
                ) from error
        return pa.table(columns, schema=schema)


def _among(key: str, ids: Ids | None) -> str:
    """SQL that restricts to the ids, nothing where None."""
    return "" if ids is None else f" AND {key} = ANY ({id_array(ids)})"

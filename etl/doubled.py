"""Numbers and codes that stand in more than one report: all are counted, the store is told.

The contract wants a number of its own for every event and a code of its own for every report. A store that breaks it
loses nothing: facts depend on a report's own rows only, and the mart knows an event by report and number. SQL only, of
a build and of an increment.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import text


@dataclass(frozen=True)
class Own:
    """A column that should have a value of its own in every row. ref, field, reason: of the complaint (reason: %1$s is
    the value, %2$s and %3$s the first and the last report)."""

    table: str
    column: str
    type_: str
    ref: str
    field: str
    reason: str

    @property
    def complaint(self) -> str:
        """SQL of the columns of a complaint, grouped by the value."""
        words = f"format('{self.reason}', {self.column}, min(report_id), max(report_id))"
        return f"SELECT '{self.ref}:' || {self.column}, '{self.field}', {words}, min(report_id)"

    @property
    def touched(self) -> str:
        """Temporary table of the values that an increment touches."""
        return f"touched_{self.table}"


OWN = (
    Own(
        "event",
        "event_id",
        "bigint",
        "report_event",
        "event_id, report_id",
        "Số sự kiện %1$s đứng ở phản ánh %2$s và %3$s; cả hai vẫn được tính. Mỗi sự kiện cần một số riêng: sửa tại hệ"
        " thống PAHT.",
    ),
    Own(
        "report",
        "report_code",
        "text",
        "report_code",
        "report_code, report_id",
        "Mã đứng ở phản ánh số %2$s và %3$s; cả hai vẫn được tính, trang của mã mở số nhỏ hơn. Mỗi phản ánh cần một mã"
        " riêng: sửa tại hệ thống PAHT.",
    ),
)
RESOLVABLE = " OR ".join(
    f"(q.field = '{own.field}' AND q.row_ref IN (SELECT '{own.ref}:' || {own.column} FROM {own.touched}))"
    for own in OWN
)
"""SQL over alias q: complaints that an increment looked at again."""


def complain_of_build(connection: sa.Connection, schema: str, table: str) -> None:
    """Add what a table of a whole build holds to its complaints; the table has its indexes.

    The values come in order out of the index on the column, so that nothing is sorted or hashed.
    """
    for own in (own for own in OWN if own.table == table):
        connection.execute(text("SET LOCAL enable_hashagg = off"))
        connection.execute(
            text(f"""
                INSERT INTO {schema}.complaint (row_ref, field, reason, report_id) {own.complaint}
                FROM {schema}.{table} JOIN (
                    SELECT {own.column} FROM {schema}.{table} GROUP BY {own.column} HAVING count(*) > 1) AS doubled USING ({own.column})
                GROUP BY {own.column}
            """)
        )


def prepare(connection: sa.Connection) -> None:
    """The temporary tables of the values that an increment touches."""
    for own in OWN:
        columns = f"({own.column} {own.type_} PRIMARY KEY)"
        connection.execute(
            text(f"CREATE TEMP TABLE IF NOT EXISTS {own.touched} {columns} ON COMMIT DELETE ROWS")
        )


def remember(connection: sa.Connection, scope: str) -> None:
    """Note the values within `scope` (SQL over alias t): once before and once after the facts change."""
    for own in OWN:
        values = f"SELECT t.{own.column} FROM mart.{own.table} AS t WHERE {scope}"
        connection.execute(text(f"INSERT INTO {own.touched} ({own.column}) {values} ON CONFLICT DO NOTHING"))


def complain_of_increment(connection: sa.Connection, province_code: str) -> None:
    """Add the noted values that stand in more than one report to the increment's complaints.

    Two rows of each value are enough, however many reports share it.
    """
    for own in OWN:
        connection.execute(
            text(f"""
                INSERT INTO complaint (row_ref, field, reason, report_id) {own.complaint}
                FROM (SELECT e.{own.column}, e.report_id FROM {own.touched} AS t CROSS JOIN LATERAL (
                          SELECT m.{own.column}, m.report_id FROM mart.{own.table} AS m
                          WHERE m.province_code = :code AND m.{own.column} = t.{own.column} LIMIT 2) AS e) AS found
                GROUP BY {own.column} HAVING count(*) > 1
            """),
            {"code": province_code},
        )

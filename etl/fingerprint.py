"""One value for all facts of a province, whatever the order in which they were written: equal marts, equal values."""

import hashlib

import sqlalchemy as sa
from sqlalchemy import text

from kpi import mart


def of_table(connection: sa.Connection, table: sa.Table, province_code: str) -> tuple[int, str]:
    """Number of rows, and the sum of the rows' 64-bit hashes as a decimal string."""
    columns = ", ".join(f"t.{c.name}" for c in table.columns)
    row = connection.execute(
        text(
            f"SELECT count(*), coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)::text"
            f" FROM {table.fullname} AS t WHERE province_code = :code"
        ),
        {"code": province_code},
    ).one()
    return int(row[0]), str(row[1])


def fingerprint(connection: sa.Connection, province_code: str) -> dict[str, str]:
    """By fact table "rows:hash", and `all` over them; in one snapshot of the caller's transaction."""
    # The text of a row must not depend on the session.
    connection.execute(text("SET LOCAL timezone = 'UTC'"))
    connection.execute(text("SET LOCAL datestyle = 'ISO'"))
    connection.execute(text("SET LOCAL extra_float_digits = 1"))
    found = {
        table.name: ":".join(map(str, of_table(connection, table, province_code))) for table in mart.FACTS
    }
    joined = "|".join(f"{name}={value}" for name, value in sorted(found.items()))
    return {**found, "all": hashlib.sha256(joined.encode()).hexdigest()[:32]}

"""Does a store keep the contract? Looked at with the reader's own login, as the ETL will see it."""

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from etl.store.check_rows import rows
from etl.store.contract import SCHEMA, View, views
from etl.store.defect import Defect

OLDEST_SERVER = 150_000
_IDENTITY = r"(sender_id|sender_name|citizen|full_?name|ho_?ten|phone|mobile|sdt|dien_?thoai|cccd|cmnd|id_?card|address|dia_?chi|e_?mail)"


def check(
    reader_url: str,
    *,
    values: bool = True,
    schema: str = SCHEMA,
    omits: Sequence[str] = (),
    province: str = "",
) -> list[Defect]:
    """Every defect of the store behind the reader's URL. Raises psycopg.OperationalError.

    values: also read all rows. schema, omits: where the views lie and which are not asked for, as a mapping says.
    province: whose rows are to be there, '' if that does not matter.
    """
    with psycopg.connect(reader_url, autocommit=True) as conn:
        conn.execute("SET default_transaction_read_only = on")
        found = list(_login(conn))
        whole: list[View] = []
        asked = [view for view in views() if view.name not in omits]
        for view in asked:
            defects = list(_view(conn, schema, view))
            found += defects
            if not defects:
                whole.append(view)
        is_whole = not any(d.kind in ("view_missing", "column_missing") for d in found)
        found += _too_much(conn, schema, is_whole)
        if values:
            found += rows(conn, schema, whole, province)
    return found


def _login(conn: psycopg.Connection) -> Iterator[Defect]:
    if conn.info.server_version < OLDEST_SERVER:
        yield Defect(
            "server", "server", f"PostgreSQL {conn.info.server_version // 10000}: 15 or newer is needed"
        )
    row = conn.execute(
        "SELECT rolsuper, rolbypassrls, rolname FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and (row[0] or row[1]):
        yield Defect(
            "login",
            f"role {row[2]}",
            "is a superuser or bypasses row security: use a role that only reads the contract",
        )


def _view(conn: psycopg.Connection, schema: str, view: View) -> Iterator[Defect]:
    where = f"{schema}.{view.name}"
    row = conn.execute(
        "SELECT c.oid, c.relkind = 'v', coalesce('security_invoker=true' = ANY(c.reloptions), false)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        [schema, view.name],
    ).fetchone()
    if row is None:
        yield Defect("view_missing", where, "is missing: create it as contract_v1.sql does")
        return
    oid, is_view, is_invoker = row
    if is_view and not is_invoker:
        yield Defect(
            "not_invoker", where, "runs with its owner's rights: create it WITH (security_invoker = true)"
        )
    has: dict[str, str] = dict(
        conn.execute(
            "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped",
            [oid],
        ).fetchall()
    )
    for column in view.columns:
        if column.name not in has:
            yield Defect(
                "column_missing", f"{where}.{column.name}", f"is missing: {column.type}, {column.meaning}"
            )
        elif has[column.name] != column.pg_type:
            yield Defect(
                "column_type",
                f"{where}.{column.name}",
                f"is {has[column.name]}, must be {column.type}: cast it in the view",
            )
    for name in sorted(has.keys() - {c.name for c in view.columns}):
        yield Defect("column_extra", f"{where}.{name}", "is not in the contract: take it out of the view")
    yield from _readable(conn, schema, view, has)


def _readable(conn: psycopg.Connection, schema: str, view: View, has: dict[str, str]) -> Iterator[Defect]:
    names = [c.name for c in view.columns if c.name in has]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    try:
        conn.execute(sql.SQL("SELECT {} FROM {} LIMIT 0").format(columns, sql.Identifier(schema, view.name)))
    except psycopg.errors.InsufficientPrivilege as error:
        yield Defect(
            "not_granted",
            f"{schema}.{view.name}",
            f"cannot be read: {error.diag.message_primary}; see the grants in contract_v1.sql",
        )
    except psycopg.Error as error:
        yield Defect("broken", f"{schema}.{view.name}", f"cannot be read: {error.diag.message_primary}")


def _too_much(conn: psycopg.Connection, schema: str, is_whole: bool) -> Iterator[Defect]:
    """What the reader can see beyond the columns that the contract's views use, and whatever it can write.

    As long as views are missing (not `is_whole`) only columns that by their name hold an identity are told.
    """
    beyond = conn.execute(
        f"""
        WITH used AS (
            SELECT d.refobjid, d.refobjsubid FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
            JOIN pg_namespace n ON n.oid = v.relnamespace
            WHERE n.nspname = %(schema)s AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass)
        SELECT format('%%s.%%s', c.oid::regclass, a.attname) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
          AND n.nspname !~ '^(pg_|information_schema$)' AND n.nspname <> %(schema)s
          AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')
          AND (a.attname ~* '{_IDENTITY}' OR %(is_whole)s AND NOT EXISTS (
                SELECT FROM used u WHERE u.refobjid = c.oid AND u.refobjsubid = a.attnum))
        ORDER BY 1""",
        {"schema": schema, "is_whole": is_whole},
    ).fetchall()
    for (where,) in beyond:
        yield Defect(
            "sees_too_much", where, "the reader may read it and the contract does not need it: revoke it"
        )
    writable = conn.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname !~ '^(pg_|information_schema$)'"
        " AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')"
        " OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')) ORDER BY 1"
    ).fetchall()
    for (where,) in writable:
        yield Defect("may_write", where, "the reader may change it: revoke that")

"""The demo store in a database of its own: made, thrown away, and the reader's login."""

from pathlib import Path
from typing import LiteralString, cast

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

HERE = Path(__file__).parent
READER = "ioc_reader"


class StoreExistsError(Exception):
    """The database already holds a store, and nobody asked to throw it away."""


def _run(conn: psycopg.Connection, file: str) -> None:
    conn.execute(cast(LiteralString, (HERE / file).read_text(encoding="utf-8")))


def is_there(conn: psycopg.Connection) -> bool:
    """Whether the database has a demo store, filled or not."""
    return conn.execute("SELECT to_regclass('paht.simulation')").fetchone() != (None,)


def init(owner_url: str, *, recreate: bool = False) -> None:
    """Make an empty demo store with the contract's views and grants in the database of `owner_url`.

    Raises StoreExistsError when there is one already; with `recreate` it is dropped with all it holds.
    """
    with psycopg.connect(owner_url) as conn:
        if recreate:
            conn.execute("DROP SCHEMA IF EXISTS ioc_v1, paht CASCADE")
        elif conn.execute("SELECT to_regnamespace('paht')").fetchone() != (None,):
            raise StoreExistsError(
                "the database already holds a schema paht: use --recreate to drop it and all it holds"
            )
        for file in ("schema.sql", "keys.sql", "contract_v1.sql"):
            _run(conn, file)


def reader_url(owner_url: str, password: str) -> str:
    """Let the contract's reader log in with `password`; returns its libpq URL to the same database."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(READER), sql.Literal(password))
        )
    return make_url(owner_url).set(username=READER, password=password).render_as_string(hide_password=False)


def drop_keys(conn: psycopg.Connection) -> None:
    """Take away keys, indexes and triggers of the base tables, for a bulk fill; the last constraint first."""
    constraints = conn.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE connamespace = 'paht'::regnamespace AND contype IN ('p', 'u', 'f')"
        " AND conrelid <> 'paht.simulation'::regclass ORDER BY contype = 'f' DESC"
    ).fetchall()
    for table, name in constraints:
        conn.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.Identifier(*table.split(".")), sql.Identifier(name)
            )
        )
    indexes = conn.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'paht' AND tablename <> 'simulation'"
    ).fetchall()
    for (name,) in indexes:
        conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier("paht", name)))
    triggers = conn.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relnamespace = 'paht'::regnamespace AND NOT t.tgisinternal"
    ).fetchall()
    for table, name in triggers:
        conn.execute(
            sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier("paht", table))
        )


def add_keys(conn: psycopg.Connection) -> None:
    """Put keys, indexes and triggers back."""
    _run(conn, "keys.sql")

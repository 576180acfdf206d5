"""The mart as of its first day: tables, accounts, access."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_HERE = Path(__file__).parent

# Roles belong to the whole server and two marts may be migrated at the same time.
_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ioc_web') THEN
        CREATE ROLE ioc_web NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$
"""
_MEMBER = """
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'ioc_web', 'MEMBER') THEN
        EXECUTE format('GRANT ioc_web TO %I', current_user);
    END IF;
END $$
"""


def upgrade() -> None:
    """Create everything; the role ioc_web only where it is missing."""
    for file in ("0001_mart.sql", "0001_groups.sql", "0001_auth.sql"):
        _run((_HERE / file).read_text("utf-8"))
    _run(_ROLE)
    _run(_MEMBER)
    _run((_HERE / "0001_access.sql").read_text("utf-8"))


def downgrade() -> None:
    """Drop the mart. The role stays: it may serve other databases of the same server."""
    for schema in ("mart_default", "mart", "etl", "auth"):
        op.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


def _run(script: str) -> None:
    # The driver itself: scripts hold several statements, and colons and percent signs that are no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(script)

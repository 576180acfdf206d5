"""Counts by half-month and coarse place: what the map shows of long periods."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, let the web role read it, count what the mart holds."""
    # The driver itself: the script holds several statements, and percent signs that are no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.execute(text("DROP TABLE mart.half_monthly_place"))

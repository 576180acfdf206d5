"""Run log and audit log in months: old ones leave whole, new ones are made ahead."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Carry every row over; rights as before."""
    # The driver itself: the script holds several statements, and percent signs that are no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))


def downgrade() -> None:
    """Not offered: a month that was dropped does not come back."""
    raise NotImplementedError("logs in months cannot be put back into one table: restore a backup")

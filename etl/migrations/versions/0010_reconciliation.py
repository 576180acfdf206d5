"""How store and mart differ on each day, and by unit."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns and a table; the next reconciliation fills them."""
    # The driver itself: the script holds several statements, and percent signs that are no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))


def downgrade() -> None:
    """Drop them."""
    for name in ("missing", "doubled", "orphaned", "changed"):
        op.drop_column("reconciliation", f"{name}_count", schema="mart")
    op.drop_table("reconciliation_unit", schema="mart")

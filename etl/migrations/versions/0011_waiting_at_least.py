"""What the number of waiting reports says since looks are bounded: as many at least. A comment, no row changes."""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BEFORE = "touched reports still to be applied, at the last look"
_NOW = "touched reports that wait at least, at the last look: no look counts more than it takes"


def upgrade() -> None:
    """Say it."""
    _say(_NOW)


def downgrade() -> None:
    """As before."""
    _say(_BEFORE)


def _say(words: str) -> None:
    op.execute(text(f"COMMENT ON COLUMN mart.source_state.waiting_count IS '{words}'"))

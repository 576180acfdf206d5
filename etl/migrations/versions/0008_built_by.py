"""By what the facts of a source were made, and how far its follower is behind: in the state of the source."""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = "TEXT DEFAULT '' NOT NULL"
_COLUMNS = {
    "rules_version": (_TEXT, "law that made the facts: fingerprint of the regulation data"),
    "facts_version": (_TEXT, "law, maps, code and IOC that made the facts: another one makes them anew"),
    "built_at": ("TIMESTAMP WITH TIME ZONE", "last backfill, world's clock"),
    "waiting_count": ("INTEGER DEFAULT 0 NOT NULL", "touched reports still to be applied, at the last look"),
    "behind_since_at": (
        "TIMESTAMP WITH TIME ZONE",
        "first look that found more than one step can take, product's clock; null = up with the source",
    ),
}
_LAST_BUILD = """
    UPDATE mart.source_state AS s SET rules_version = r.rules_version, built_at = r.finished_at
    FROM (SELECT DISTINCT ON (province_code, source) province_code, source, rules_version, finished_at
          FROM mart.run WHERE status = 'ok' AND kind = 'backfill'
          ORDER BY province_code, source, run_id DESC) AS r
    WHERE s.province_code = r.province_code AND s.source = r.source
"""


def upgrade() -> None:
    """What was built before this day says no facts_version: the next follower builds it anew."""
    for name, (type_, comment) in _COLUMNS.items():
        op.execute(text(f"ALTER TABLE mart.source_state ADD COLUMN {name} {type_}"))
        words = comment.replace("'", "''")
        op.execute(text(f"COMMENT ON COLUMN mart.source_state.{name} IS '{words}'"))
    op.execute(text(_LAST_BUILD))


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.execute(text(f"ALTER TABLE mart.source_state DROP COLUMN {name}"))

"""An event is known by its report and number: two reports of a careless store may use the same number."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP = (
    "ALTER TABLE mart.event DROP CONSTRAINT event_pkey",
    "ALTER TABLE mart.event ADD PRIMARY KEY (province_code, report_id, event_id)",
    "DROP INDEX mart.event_report",
    "CREATE INDEX event_number ON mart.event (province_code, event_id)",
    "COMMENT ON COLUMN mart.event.event_id IS 'the store''s; its own only within the report'",
)
_DOWN = (
    "DROP INDEX mart.event_number",
    "ALTER TABLE mart.event DROP CONSTRAINT event_pkey",
    "ALTER TABLE mart.event ADD PRIMARY KEY (province_code, event_id)",
    "CREATE INDEX event_report ON mart.event (province_code, report_id)",
)


def upgrade() -> None:
    """The same number of indexes as before: the key now also finds the events of a report."""
    for statement in _UP:
        op.execute(text(statement))


def downgrade() -> None:
    """Fails where two reports share a number."""
    for statement in _DOWN:
        op.execute(text(statement))

"""The state of the ETL's recurring jobs. Only the ETL reads it: no grant to the web role."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE etl.schedule_state (
        province_code TEXT NOT NULL,
        job_id TEXT NOT NULL,
        slot_at TIMESTAMP WITH TIME ZONE NOT NULL,
        tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
        status TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (province_code, job_id)
    )""",
    "COMMENT ON TABLE etl.schedule_state IS"
    " 'One row per recurring job of the ETL: the last time that it was done or tried.'",
    "COMMENT ON COLUMN etl.schedule_state.job_id IS 'id in etl/schedules.yaml'",
    "COMMENT ON COLUMN etl.schedule_state.slot_at IS 'when it was due, product''s clock'",
    "COMMENT ON COLUMN etl.schedule_state.tried_at IS 'when it began, product''s clock'",
    "COMMENT ON COLUMN etl.schedule_state.status IS 'running | ok | differs | failed'",
    "COMMENT ON COLUMN etl.schedule_state.message IS 'what came of it, without citizens'' data'",
)


def upgrade() -> None:
    """Create the table."""
    for statement in _STATEMENTS:
        op.execute(text(statement))


def downgrade() -> None:
    """Drop it."""
    op.execute(text("DROP TABLE etl.schedule_state"))

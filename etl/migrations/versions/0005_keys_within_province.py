"""Keys and indexes of facts begin with what is looked up within a province: quicker to build, narrower to keep.

Each partition holds one province, so a code that is the same in every row of it has no place before instants and
numbers. Stages are found by when they were done, of all units or of one. No column and no row changes.
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SLICERS = "district_code, commune_code, field_code, channel_code, urgency"
# table -> primary key without the province
_KEYS = {
    "mart.report": "report_id",
    "mart.report_detail": "report_id",
    "mart.assignment": "report_id, seq",
    "mart.hold": "report_id, seq",
    "mart.stage": "report_id, seq",
    "mart.event": "report_id, event_id",
    "mart.daily_report": f"on_date, {_SLICERS}",
    "mart.daily_unit": f"on_date, unit_code, {_SLICERS}",
    "mart.half_monthly_place": "sent_on, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret",
    "etl.report_group": "report_id",
}
# index -> table, columns before and now without the province, condition
_INDEXES = {
    "report_open_due": ("mart.report", "due_at", "due_at", "closed_at IS NULL"),
    "report_sent": ("mart.report", "sent_at", "sent_at", ""),
    "report_closed": ("mart.report", "closed_at", "closed_at", ""),
    "report_due": ("mart.report", "due_at", "due_at", ""),
    "report_rated": ("mart.report", "rated_at", "rated_at", "rated_at IS NOT NULL"),
    "report_published": ("mart.report", "published_at", "published_at", ""),
    "report_repeats": (
        "mart.report",
        "repeats_report_id",
        "repeats_report_id",
        "repeats_report_id IS NOT NULL",
    ),
    "report_code": ("mart.report", "report_code", "report_code", ""),
    "assignment_unit": ("mart.assignment", "unit_code, from_at", "unit_code, from_at", ""),
    "assignment_ended": ("mart.assignment", "ended_at", "ended_at", ""),
    "assignment_due": ("mart.assignment", "due_at", "due_at", ""),
    "assignment_open": ("mart.assignment", "unit_code", "unit_code", "ended_at IS NULL"),
    "half_monthly_place_left": ("mart.half_monthly_place", "on_date", "on_date", ""),
    "stage_unit": ("mart.stage", "stage, unit_code, start_at", "unit_code, done_at", ""),
    "stage_done": ("mart.stage", "stage, done_at", "done_at", ""),
    "event_number": ("mart.event", "event_id", "event_id", ""),
    "event_result": ("mart.event", "at", "at", "kind = 'result'"),
    "report_group_hash": ("etl.report_group", "group_hash", "group_hash, published_at, report_id", ""),
}
_PROVINCE = "official province code; {} every key, distribution column"
_COMMENT = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT table_name FROM information_schema.columns
                 WHERE table_schema = 'mart' AND column_name = 'province_code'
    LOOP
        EXECUTE format('COMMENT ON COLUMN mart.%I.province_code IS %L', found.table_name, '{comment}');
    END LOOP;
END $$
"""


def upgrade() -> None:
    """On a filled mart: some minutes for every million reports."""
    for table, columns in _KEYS.items():
        _key(table, f"{columns}, province_code")
    for name, (table, _before, columns, condition) in _INDEXES.items():
        _index(name, table, columns, condition)
    op.execute(text(_COMMENT.format(comment=_PROVINCE.format("in"))))


def downgrade() -> None:
    """The province first again."""
    for table, columns in _KEYS.items():
        _key(table, f"province_code, {columns}")
    for name, (table, before, _columns, condition) in _INDEXES.items():
        _index(name, table, f"province_code, {before}", condition)
    op.execute(text(_COMMENT.format(comment=_PROVINCE.format("first in"))))


def _key(table: str, columns: str) -> None:
    name = table.partition(".")[2]
    op.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}_pkey, ADD PRIMARY KEY ({columns})"))


def _index(name: str, table: str, columns: str, condition: str) -> None:
    schema = table.partition(".")[0]
    op.execute(text(f"DROP INDEX {schema}.{name}"))
    where = f" WHERE {condition}" if condition else ""
    op.execute(text(f"CREATE INDEX {name} ON {table} ({columns}){where}"))

"""An event carries no list of units: a unit sees the events of the reports that it sees, as it does for holds.

The list stood in every event of a report, 30 of 105 bytes of a row.
"""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SCOPE = """
CREATE POLICY scope ON mart.event FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR {unit}))
"""
_BY_REPORT = """
         ((SELECT mart.scope_unit()) IS NOT NULL
             AND EXISTS (SELECT FROM mart.report AS r
                         WHERE r.province_code = event.province_code AND r.report_id = event.report_id))
"""
_BY_LIST = "(SELECT mart.scope_unit()) = ANY (holder_unit_codes)"
_DROP = "DROP POLICY scope ON mart.event"


def upgrade() -> None:
    """Rows keep their width until the next build."""
    for statement in (
        _DROP,
        _SCOPE.format(unit=_BY_REPORT),
        "ALTER TABLE mart.event DROP COLUMN holder_unit_codes",
    ):
        op.execute(text(statement))


def downgrade() -> None:
    """The list comes back from the reports."""
    for statement in (
        "ALTER TABLE mart.event ADD COLUMN holder_unit_codes text[] NOT NULL DEFAULT '{}'",
        "UPDATE mart.event AS e SET holder_unit_codes = r.holder_unit_codes FROM mart.report AS r"
        " WHERE r.province_code = e.province_code AND r.report_id = e.report_id",
        "ALTER TABLE mart.event ALTER COLUMN holder_unit_codes DROP DEFAULT",
        "COMMENT ON COLUMN mart.event.holder_unit_codes IS 'row scope'",
        _DROP,
        _SCOPE.format(unit=_BY_LIST),
    ):
        op.execute(text(statement))

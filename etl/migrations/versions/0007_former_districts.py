"""A district IOC after districts ended (1/7/2025) sees the reports without a district from its former ground too.

Which communes that is, the web process says with the scope (kpi/scope.py), as it says the district.
"""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION mart.scope_communes() RETURNS text[] STABLE LANGUAGE sql
AS $$ SELECT string_to_array(nullif(current_setting('ioc.communes', true), ''), ',')
      WHERE mart.scope_district() IS NOT NULL $$
"""
_COMMENT = (
    "COMMENT ON FUNCTION mart.scope_communes() IS"
    " 'communes of a district IOC''s former ground; null for others, and while there are districts'"
)
_PROVINCE = "(SELECT mart.scope_sees_province())"
_HANDLES = "(SELECT mart.scope_handles_province())"
_DISTRICT = "district_code = (SELECT mart.scope_district())"
_UNIT = "unit_code = (SELECT mart.scope_unit())"
_HELD = "(SELECT mart.scope_unit()) = ANY (holder_unit_codes)"
_SEEN = "EXISTS (SELECT FROM mart.report AS r WHERE r.province_code = {0}.province_code AND r.report_id = {0}.report_id)"
_OF_UNIT = f"((SELECT mart.scope_unit()) IS NOT NULL AND {_SEEN})"
# Who sees a row of a table: as in the migrations before.
_BEFORE = {
    "report": (_PROVINCE, _DISTRICT, _HELD),
    "event": (_PROVINCE, _DISTRICT, _OF_UNIT.format("event")),
    "report_detail": (_HANDLES, _DISTRICT, _HELD),
    "hold": (_PROVINCE, _DISTRICT, _OF_UNIT.format("hold")),
    "assignment": (_PROVINCE, _DISTRICT, _UNIT),
    "stage": (_PROVINCE, _DISTRICT, _UNIT),
    "daily_unit": (_PROVINCE, _DISTRICT, _UNIT),
    "daily_report": (_PROVINCE, _DISTRICT),
    "half_monthly_place": (_PROVINCE, _DISTRICT),
}
_BY_REPORT = ("event", "report_detail", "hold")
"""Tables without a commune: the rows of the reports that it sees."""


def _former(table: str) -> str:
    """Rows without a district from the communes of the former one."""
    if table in _BY_REPORT:
        seen = _SEEN.format(table)
        return f"(district_code = '' AND (SELECT mart.scope_communes()) IS NOT NULL AND {seen})"
    return "(district_code = '' AND commune_code = ANY (coalesce((SELECT mart.scope_communes()), '{}')))"


def _set(table: str, who: tuple[str, ...]) -> None:
    own = "province_code = (SELECT mart.scope_province())"
    op.execute(text(f"ALTER POLICY scope ON mart.{table} USING ({own} AND ({' OR '.join(who)}))"))


def upgrade() -> None:
    """Widen what role district sees."""
    for statement in (_FUNCTION, _COMMENT):
        op.execute(text(statement))
    for table, who in _BEFORE.items():
        _set(table, (*who, _former(table)))


def downgrade() -> None:
    """Back to rows with the district's own code."""
    for table, who in _BEFORE.items():
        _set(table, who)
    op.execute(text("DROP FUNCTION mart.scope_communes()"))

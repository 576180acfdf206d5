"""Event numbers that stand in more than one report: both are counted, the store is told.

The contract wants a number of its own for every event. A store that breaks it loses nothing: facts depend on a
report's own rows only, so the mart knows an event by report and number. SQL only, of a build and of an increment.
"""

import sqlalchemy as sa
from sqlalchemy import text

FIELD = "event_id, report_id"
"""The field of such a complaint; its row_ref is report_event:<event_id>."""

_COMPLAINT = f"""
    SELECT 'report_event:' || event_id, '{FIELD}',
        format('Số sự kiện %s đứng ở phản ánh %s và %s; cả hai vẫn được tính. Mỗi sự kiện cần một số riêng: sửa tại'
               ' hệ thống PAHT.', event_id, min(report_id), max(report_id)), min(report_id)
"""
# Neighbours in the index on event_id: one ordered pass, no sorting.
_OF_A_BUILD = f"""
    INSERT INTO {{schema}}.complaint (row_ref, field, reason, report_id) {_COMPLAINT}
    FROM {{schema}}.event JOIN (
        SELECT DISTINCT event_id FROM (
            SELECT event_id, lead(event_id) OVER (ORDER BY event_id) AS following FROM {{schema}}.event) AS numbered
        WHERE event_id = following) AS doubled USING (event_id)
    GROUP BY event_id
"""
_TOUCHED = """
    INSERT INTO touched_event (event_id) SELECT t.event_id FROM mart.event AS t WHERE {scope}
    ON CONFLICT DO NOTHING
"""
# Two rows of each number are enough, however many reports share it.
_OF_AN_INCREMENT = f"""
    INSERT INTO complaint (row_ref, field, reason, report_id) {_COMPLAINT}
    FROM (SELECT e.event_id, e.report_id FROM touched_event AS t CROSS JOIN LATERAL (
              SELECT m.event_id, m.report_id FROM mart.event AS m
              WHERE m.province_code = :code AND m.event_id = t.event_id LIMIT 2) AS e) AS found
    GROUP BY event_id HAVING count(*) > 1
"""
RESOLVABLE = f"(q.field = '{FIELD}' AND q.row_ref IN (SELECT 'report_event:' || event_id FROM touched_event))"
"""SQL over alias q: complaints that an increment looked at again."""


def complain_of_build(connection: sa.Connection, schema: str) -> None:
    """Add what a whole build holds to its complaints; event has its indexes."""
    connection.execute(text(_OF_A_BUILD.format(schema=schema)))


def prepare(connection: sa.Connection) -> None:
    """The temporary table of the numbers that an increment touches."""
    connection.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS touched_event (event_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS"
        )
    )


def remember(connection: sa.Connection, scope: str) -> None:
    """Note the numbers within `scope` (SQL over alias t): once before and once after the facts change."""
    connection.execute(text(_TOUCHED.format(scope=scope)))


def complain_of_increment(connection: sa.Connection, province_code: str) -> None:
    """Add the noted numbers that stand in more than one report to the increment's complaints."""
    connection.execute(text(_OF_AN_INCREMENT), {"code": province_code})

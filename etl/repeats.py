"""Which reports repeat an earlier one: same sender, field and commune, sent after the earlier one was published.

The sender's pseudonym does not enter the mart: the ETL keeps a keyed hash of the group, which only it may read.
"""

from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, PrimaryKeyConstraint, Table, Text

SCHEMA = "etl"
metadata = MetaData(schema=SCHEMA)

report_group = Table(
    "report_group",
    metadata,
    Column("province_code", Text, primary_key=True),
    Column("report_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "group_hash",
        BigInteger,
        nullable=False,
        comment="keyed hash of sender pseudonym, field and commune; not reversible",
    ),
    Column("sent_at", DateTime(timezone=True), nullable=False, comment="as mart.report"),
    Column("published_at", DateTime(timezone=True), comment="as mart.report"),
    PrimaryKeyConstraint("report_id", "province_code"),
    comment="One row per report with a known sender and commune: which reports may repeat each other.",
)
Index("report_group_hash", report_group.c.group_hash, report_group.c.published_at, report_group.c.report_id)


def of_several(group: str) -> str:
    """Condition on g: its group holds more than one report. Of the others nobody repeats anybody."""
    return f"g.group_hash IN (SELECT group_hash FROM {group} GROUP BY group_hash HAVING count(*) > 1)"


def update(report: str, group: str, condition: str = "true") -> str:
    """SQL that sets repeats_report_id in `report` from `group` (qualified tables) where `condition` holds of g.

    A report repeats the one of its group that was published last before it was sent (of several, the highest id).
    """
    return f"""
        UPDATE {report} AS r SET repeats_report_id = found.earlier_id
        FROM (
            SELECT g.province_code, g.report_id, earlier.report_id AS earlier_id
            FROM {group} AS g LEFT JOIN LATERAL (
                SELECT e.report_id FROM {group} AS e
                WHERE e.province_code = g.province_code AND e.group_hash = g.group_hash
                  AND e.report_id <> g.report_id AND e.published_at < g.sent_at
                ORDER BY e.published_at DESC, e.report_id DESC LIMIT 1
            ) AS earlier ON true
            WHERE {condition}
        ) AS found
        WHERE r.province_code = found.province_code AND r.report_id = found.report_id
          AND r.repeats_report_id IS DISTINCT FROM found.earlier_id
    """

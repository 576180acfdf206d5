"""Which reports repeat an earlier one: same sender, field and commune, sent after the earlier one was published.

The sender's pseudonym does not enter the mart: the ETL keeps a keyed hash of the group, which only it may read.
"""

from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text

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
    comment="One row per report with a known sender and commune: which reports may repeat each other.",
)
Index("report_group_hash", report_group.c.province_code, report_group.c.group_hash)

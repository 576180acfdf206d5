"""How the ETL goes: runs, how far each source has been read, quarantine, store against mart."""

from sqlalchemy import BigInteger, Column, Date, Integer, Table
from sqlalchemy.dialects.postgresql import JSONB

from kpi.mart.columns import count, instant, key, metadata, province, string

run = Table(
    "run",
    metadata,
    province(),
    key("run_id", BigInteger, comment="grows; also the data version that pages and caches carry"),
    string("kind", "backfill | follow | reconcile", nullable=False),
    string("source", "name of the source", nullable=False),
    instant("started_at", "world's clock", primary_key=True),
    instant("finished_at", "world's clock"),
    string("status", "ok | failed", nullable=False),
    string("rules_version", "fingerprint of the regulation data", nullable=False),
    Column("counts", JSONB, nullable=False, comment="rows read, written, quarantined by table"),
    Column("timings_ms", JSONB, nullable=False, comment="by step"),
    string("message", "why it failed, without citizens' data", nullable=False, server_default=""),
    comment="One row per ETL run that changed something or failed.",
)

source_state = Table(
    "source_state",
    metadata,
    province(),
    key("source"),
    string("watermark", "where to read on: opaque to everybody but the source", nullable=False),
    instant("last_event_at", "youngest event's recorded_at, product's clock"),
    instant("last_contact_at", "last time that the source answered, product's clock"),
    Column("run_id", BigInteger, comment="last run that changed the mart: the data version"),
    string(
        "rules_version",
        "law that made the facts: fingerprint of the regulation data",
        nullable=False,
        server_default="",
    ),
    string(
        "facts_version",
        "law, maps, code and IOC that made the facts: another one makes them anew",
        nullable=False,
        server_default="",
    ),
    instant("built_at", "last backfill, world's clock"),
    count(
        "waiting_count",
        "touched reports that wait at least, at the last look: no look counts more than it takes",
    ),
    instant(
        "behind_since_at",
        "first look that found more than one step can take, product's clock; null = up with the source",
    ),
    comment="One row per source: how far it has been read and how old its news is.",
)

quarantine = Table(
    "quarantine",
    metadata,
    province(),
    key("source"),
    key("row_ref", comment="table and key in the source, or file and line"),
    key("field", comment="the offending field"),
    string("reason", "what is wrong and what to do, without citizens' data", nullable=False),
    Column("report_id", BigInteger, comment="report to rebuild when the source mends it"),
    instant("first_seen_at", "", nullable=False),
    instant("last_seen_at", "", nullable=False),
    instant("resolved_at", "the source mended it"),
    comment="One row per field of a source row that cannot be taken.",
)

reconciliation = Table(
    "reconciliation",
    metadata,
    province(),
    key("on_date", Date, comment="day of sent_at in Asia/Ho_Chi_Minh"),
    Column("store_count", Integer, nullable=False),
    Column("mart_count", Integer, nullable=False),
    Column("quarantined_count", Integer, nullable=False),
    Column("store_checksum", BigInteger, nullable=False),
    Column("mart_checksum", BigInteger, nullable=False),
    instant("checked_at", "", nullable=False),
    count("missing_count", "reports of the store that the mart has not"),
    count("doubled_count", "reports of which the store shows several rows"),
    count("orphaned_count", "reports of the mart that the store has not"),
    count("changed_count", "reports whose events are not the same"),
    comment="One row per day: store against mart, last check; checksums without reports in quarantine.",
)

reconciliation_unit = Table(
    "reconciliation_unit",
    metadata,
    province(),
    key("unit_code", comment="unit that an event names as target, else the acting one; '' = the sender"),
    Column("store_count", BigInteger, nullable=False, comment="events of living reports"),
    Column("mart_count", BigInteger, nullable=False, comment="events"),
    Column("store_checksum", BigInteger, nullable=False),
    Column("mart_checksum", BigInteger, nullable=False),
    instant("checked_at", "", nullable=False),
    comment="One row per unit: its events in store and mart, last check; without reports in quarantine.",
)

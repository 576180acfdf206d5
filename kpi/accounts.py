"""Tables of local accounts, wall devices and the audit log (schema auth). Written by the web role, migrated with the mart."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "auth"
metadata = MetaData(schema=SCHEMA)

ROLES = ("leader", "analyst", "home_affairs", "district", "unit", "wall", "admin")
"""Roles; home_affairs is Sở Nội vụ, district a district IOC bound to its district, unit a unit bound to itself."""

account = Table(
    "account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False, comment="one of ROLES"),
    Column("province_code", Text, nullable=False),
    Column("district_code", Text, comment="for role district"),
    Column("unit_code", Text, comment="for role unit"),
    Column("is_disabled", Boolean, nullable=False, server_default=text("false")),
    Column(
        "failed_count",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="wrong sign-ins in a row",
    ),
    Column("locked_until", DateTime(timezone=True)),
    Column("last_sign_in_at", DateTime(timezone=True)),
    comment="One row per local account.",
)

wall_device = Table(
    "wall_device",
    metadata,
    Column("device_id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, comment="sha256 of the random token"),
    Column("province_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("settings", JSONB, nullable=False, comment="distance_m, mm_per_px, panels, scenes"),
    Column("last_seen_at", DateTime(timezone=True)),
    comment="One row per wall screen.",
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", BigInteger, Identity(), primary_key=True),
    Column(
        "at",
        DateTime(timezone=True),
        primary_key=True,
        server_default=text("now()"),
        comment="world's clock",
    ),
    Column("username", Text, nullable=False),
    Column(
        "action", Text, nullable=False, comment="sign_in | sign_in_failed | sign_out | export | view_report …"
    ),
    Column("detail", JSONB, nullable=False, comment="keys and filters, never citizens' data"),
    comment="One row per action worth keeping; append-only for the web role.",
)

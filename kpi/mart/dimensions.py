"""What facts are named by: units, places, fields and channels."""

from sqlalchemy import Column, Date, Integer, Table, text

from kpi.mart.columns import key, metadata, province, string

unit = Table(
    "unit",
    metadata,
    province(),
    key("unit_code", comment="unit that receives, handles or coordinates"),
    string("name", "full official name", nullable=False),
    string("short_name", "what tables and the wall show", nullable=False),
    string("level", "ioc | department | district | commune | central | utility", nullable=False),
    string("parent_unit_code", "superior unit"),
    string("district_code", "district it serves, null = whole province"),
    string("commune_code", "commune it serves"),
    Column("valid_from", Date),
    Column("valid_to", Date, comment="half-open"),
    string("sort_key", "Vietnamese sort key", nullable=False, server_default=""),
    comment="One row per unit.",
)

place = Table(
    "place",
    metadata,
    province(),
    key("place_code", comment="official code; re-used over time, so valid_from is part of the key"),
    key("valid_from", Date, comment="1900-01-01 where the first record has none"),
    Column("valid_to", Date, comment="half-open, null = still valid"),
    string("name", "name without kind", nullable=False),
    string("full_name", "name with kind", nullable=False),
    string("level", "province | district | commune", nullable=False),
    string("kind", "tỉnh, huyện, thị xã, thành phố, xã, phường, thị trấn", nullable=False),
    string("parent_code", "code of the parent place"),
    string("sort_key", "Vietnamese sort key", nullable=False, server_default=""),
    comment="One row per administrative unit and interval of validity.",
)

category = Table(
    "category",
    metadata,
    province(),
    key("kind", comment="field | channel"),
    key("code"),
    string("name_vi", "shown", nullable=False),
    string("name_en", "shown in English", nullable=False),
    Column("sort_order", Integer, nullable=False, server_default=text("0")),
    comment="One row per field or channel.",
)

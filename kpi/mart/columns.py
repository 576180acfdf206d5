"""What the mart's tables are declared with: one metadata, and the kinds of columns."""

from sqlalchemy import Column, DateTime, Integer, MetaData, PrimaryKeyConstraint, Text, text

SCHEMA = "mart"
metadata = MetaData(schema=SCHEMA)


def instant(name: str, comment: str, **kw: object) -> Column:
    """A timestamptz column."""
    return Column(name, DateTime(timezone=True), comment=comment, **kw)  # type: ignore[arg-type]


def string(name: str, comment: str, **kw: object) -> Column:
    """A text column."""
    return Column(name, Text, comment=comment, **kw)  # type: ignore[arg-type]


def key(name: str, type_: type = Text, comment: str = "") -> Column:
    """A column of the primary key."""
    return Column(name, type_, primary_key=True, autoincrement=False, comment=comment)


def province() -> Column:
    """The first column of every table."""
    return key("province_code", comment="official province code; in every key, distribution column")


def keyed(*names: str) -> PrimaryKeyConstraint:
    """A fact's primary key within its province."""
    return PrimaryKeyConstraint(*names, "province_code")


def count(name: str, comment: str) -> Column:
    """An additive count."""
    return Column(name, Integer, nullable=False, server_default=text("0"), comment=comment)


def slicers() -> list[Column]:
    """What figures are cut by; copied into facts so that counting needs no join."""
    return [
        string("district_code", "district of the place on the day it was sent; '' = not known"),
        string("commune_code", "commune of that day; '' = not known or secret"),
        string("field_code", "field (lĩnh vực)"),
        string("channel_code", "channel (kênh)"),
        string("urgency", "normal | urgent | instant"),
    ]


SLICERS = tuple(column.name for column in slicers())

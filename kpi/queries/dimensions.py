"""Names behind the codes: units, districts and communes of a day, fields and channels, in the order in which they are shown."""

from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, cast, func, literal_column, or_, select

from kpi import mart


def units(on: date) -> Select:
    """Units valid on a day: unit_code, name, short_name, level, district_code, commune_code."""
    c = mart.unit.c
    chosen = select(
        c.unit_code, c.name, c.short_name, c.level, c.parent_unit_code, c.district_code, c.commune_code
    )
    return chosen.where(_valid(c.valid_from, c.valid_to, on)).order_by(c.sort_key, c.unit_code)


def every_unit() -> Select:
    """Units of all times, abolished ones too: names for figures of the past."""
    c = mart.unit.c
    return select(c.unit_code, c.name, c.short_name, c.level).order_by(c.sort_key, c.unit_code)


def ended_units(on: date) -> Select:
    """Units that had ended by a day: names for reports of the past."""
    c = mart.unit.c
    return select(c.unit_code, c.name, c.short_name).where(c.valid_to <= on).order_by(c.unit_code)


_c = mart.place.c
_PLACE = (_c.place_code, _c.name, _c.full_name, _c.level, _c.kind, _c.parent_code, _c.valid_from, _c.valid_to)


def places(on: date) -> Select:
    """Districts and communes valid on a day: place_code, name, full_name, level, kind, parent_code, validity."""
    valid = _valid(_c.valid_from, _c.valid_to, on)
    return select(*_PLACE).where(valid, _c.level != "province").order_by(_c.sort_key, _c.place_code)


def other_places(on: date) -> Select:
    """Every version of a district or commune that is not valid on a day, oldest first: names for other times."""
    valid = _valid(_c.valid_from, _c.valid_to, on)
    return select(*_PLACE).where(~valid, _c.level != "province").order_by(_c.place_code, _c.valid_from)


def categories() -> Select:
    """Fields and channels: kind, code, name_vi, name_en."""
    c = mart.category.c
    return select(c.kind, c.code, c.name_vi, c.name_en).order_by(c.kind, c.sort_order, c.code)


def version() -> ColumnElement[str]:
    """Another word as soon as a unit, a place or a category has been written or deleted, by whomever.

    PostgreSQL notes with each row the transaction that wrote it (xmin): their count and sum of each table.
    """
    wrote = cast(cast(literal_column("xmin"), Text), BigInteger)
    parts = [
        select(func.concat(func.count(), "/", func.sum(wrote))).select_from(table).scalar_subquery()
        for table in (mart.unit, mart.place, mart.category)
    ]
    return func.concat_ws("-", *parts)


def _valid(valid_from: ColumnElement, valid_to: ColumnElement, on: date) -> ColumnElement[bool]:
    """Half-open validity; an open end is null."""
    return and_(or_(valid_from.is_(None), valid_from <= on), or_(valid_to.is_(None), valid_to > on))

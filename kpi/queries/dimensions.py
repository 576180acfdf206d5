"""Names behind the codes: units, districts and communes of a day, fields and channels, in the order in which they are shown."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

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


def places(on: date) -> Select:
    """Districts and communes valid on a day: place_code, name, full_name, level, kind, parent_code."""
    c = mart.place.c
    chosen = select(c.place_code, c.name, c.full_name, c.level, c.kind, c.parent_code)
    return chosen.where(_valid(c.valid_from, c.valid_to, on), c.level != "province").order_by(
        c.sort_key, c.place_code
    )


def other_places(on: date) -> Select:
    """Districts and communes of other days, the last version of each code: names for figures of other times."""
    c = mart.place.c
    chosen = select(c.place_code, c.name, c.full_name, c.level, c.kind, c.parent_code)
    last = distinct_on(c.place_code)
    others = chosen.where(~_valid(c.valid_from, c.valid_to, on), c.level != "province")
    return others.ext(last).order_by(c.place_code, c.valid_from.desc())


def categories() -> Select:
    """Fields and channels: kind, code, name_vi, name_en."""
    c = mart.category.c
    return select(c.kind, c.code, c.name_vi, c.name_en).order_by(c.kind, c.sort_order, c.code)


def _valid(valid_from: ColumnElement, valid_to: ColumnElement, on: date) -> ColumnElement[bool]:
    """Half-open validity; an open end is null."""
    return and_(or_(valid_from.is_(None), valid_from <= on), or_(valid_to.is_(None), valid_to > on))

"""The small tables: dimensions from the source and the maps, hotline calls, directives."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from etl.columns import as_mart
from etl.quarantine import Complaints
from etl.side_rows import taken
from etl.sources.record import Side
from etl.staging import whole_seconds
from geo import units as geo_units
from geo.text import sort_key
from kpi import mart

_ALWAYS = date(1900, 1, 1)
DIMENSIONS = (mart.unit, mart.place, mart.category)
CALLS = (mart.hotline_call, mart.directive)
KEYS = {"hotline_call": "call_id", "directive": "directive_id"}
"""The number by which a source tells which rows of CALLS changed."""


def tables(side: Side, province_code: str, complaints: Complaints) -> dict[str, pa.Table]:
    """Rows of mart.unit, place, category, hotline_call, directive, by table name."""
    if side.unnumbered is not None:
        complaints.add_table(side.unnumbered)
    calls = side.calls
    for instant in ("called_at", "transferred_at"):
        calls = whole_seconds(calls, instant)
    units = taken(side.units, "unit", complaints)
    rows = {
        "unit": units.append_column("sort_key", _sort_keys(units)),
        "place": pa.concat_tables([_places(province_code), _named_places(side, province_code, complaints)]),
        "category": taken(side.categories, "category", complaints),
        "hotline_call": taken(calls, "hotline_call", complaints),
        "directive": taken(side.directives, "directive", complaints),
    }
    return {
        name: as_mart(_with_province(table, province_code), mart.metadata.tables[f"mart.{name}"])
        for name, table in rows.items()
    }


def ioc_unit(side: Side) -> str:
    """The unit that the IOC's own work is charged to: the one of level ioc, '' where the source has none."""
    codes = side.units.filter(pc.equal(side.units["level"], "ioc"))["unit_code"].to_pylist()
    return min((code for code in codes if code), default="")


def _sort_keys(named: pa.Table) -> pa.Array:
    return pa.array([sort_key(name) for name in named["name"].to_pylist()], pa.string())


def _with_province(table: pa.Table, province_code: str) -> pa.Table:
    if "province_code" in table.schema.names:
        return table
    return table.append_column("province_code", pa.array([province_code] * table.num_rows, pa.string()))


def _places(province_code: str) -> pa.Table:
    """Administrative units of the province, of all times; none where the maps do not know it."""
    columns = mart.place.columns
    rows = [
        {
            "province_code": province_code,
            "place_code": unit.code,
            "valid_from": unit.valid_from or _ALWAYS,
            "valid_to": unit.valid_to,
            "name": unit.name,
            "full_name": unit.full_name,
            "level": str(unit.level),
            "kind": unit.kind,
            "parent_code": unit.parent_code,
            "sort_key": sort_key(unit.name),
        }
        for unit in geo_units.load(province_code).units
    ]
    return pa.table({c.name: pa.array([row[c.name] for row in rows], _type(c)) for c in columns})


def _named_places(side: Side, province_code: str, complaints: Complaints) -> pa.Table:
    """Districts that only the source knows, without dates: where no map knows the province."""
    is_known = bool(geo_units.load(province_code).units)
    rows = [] if is_known else taken(side.places, "place", complaints).to_pylist()
    columns = mart.place.columns
    values = [
        {
            **row,
            "province_code": province_code,
            "valid_from": _ALWAYS,
            "level": "district",
            "kind": "",
            "sort_key": sort_key(row["name"]),
        }
        for row in rows
    ]
    return pa.table({c.name: pa.array([row.get(c.name) for row in values], _type(c)) for c in columns})


def _type(column: sa.Column) -> pa.DataType:
    return pa.date32() if isinstance(column.type, sa.Date) else pa.string()

"""The small tables: dimensions from the source and the maps, hotline calls, directives."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from etl.columns import as_mart
from etl.quarantine import Complaints
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
    units = _complete(side.units, "unit", ("unit_code", "name", "short_name", "level"), complaints)
    units = units.append_column("sort_key", pa.array([sort_key(name) for name in units["name"].to_pylist()]))
    rows = {
        "unit": units,
        "place": pa.concat_tables([_places(province_code), _named_places(side, province_code)]),
        "category": _complete(
            side.categories, "category", ("code", "name_vi", "name_en", "sort_order"), complaints
        ),
        "hotline_call": _complete(
            side.calls, "hotline_call", ("call_id", "unit_code", "called_at", "is_answered"), complaints
        ),
        "directive": _complete(
            side.directives, "directive", ("directive_id", "unit_code", "issued_on", "number"), complaints
        ),
    }
    for instant in ("called_at", "transferred_at"):
        rows["hotline_call"] = whole_seconds(rows["hotline_call"], instant)
    return {
        name: as_mart(_with_province(table, province_code), mart.metadata.tables[f"mart.{name}"])
        for name, table in rows.items()
    }


def ioc_unit(side: Side) -> str:
    """The unit that the IOC's own work is charged to: the one of level ioc, '' where the source has none."""
    codes = side.units.filter(pc.equal(side.units["level"], "ioc"))["unit_code"].to_pylist()
    return min((code for code in codes if code), default="")


def _complete(table: pa.Table, name: str, required: tuple[str, ...], complaints: Complaints) -> pa.Table:
    """Rows with every required column, the first of which is the key (a category's with its kind); complains of others."""
    good = np.ones(table.num_rows, dtype=bool)
    key = table[required[0]].to_pylist()
    for field in required:
        missing = np.asarray(pc.is_null(table[field]))
        for row in np.flatnonzero(missing & good):
            complaints.add_one(name, key[row], field, f"{field} để trống. Điền tại hệ thống PAHT.")
        good &= ~missing
    keys = ("kind", required[0]) if name == "category" else required[:1]
    return _once(table.filter(pa.array(good)), name, keys, complaints)


def _once(table: pa.Table, name: str, keys: tuple[str, ...], complaints: Complaints) -> pa.Table:
    """One row per key: of several differing ones the last by its content, whatever their order; complains of the key."""
    own = table.group_by(list(keys)).aggregate([([], "count_all")])
    doubled = own.filter(pc.greater(own["count_all"], 1))
    if not doubled.num_rows:
        return table
    last: dict[tuple[object, ...], dict[str, object]] = {}
    for row in sorted(
        table.join(doubled.drop("count_all"), list(keys), join_type="inner").to_pylist(), key=repr
    ):
        key = tuple(row[k] for k in keys)
        if row != last.setdefault(key, row):
            reason = (
                f"{keys[-1]} xuất hiện ở nhiều dòng khác nhau; một dòng được tính. Sửa tại hệ thống PAHT."
            )
            complaints.add_one(name, key[-1], keys[-1], reason)
        last[key] = row
    rest = table.join(doubled.drop("count_all"), list(keys), join_type="left anti")
    kept = pa.Table.from_pylist(list(last.values()), schema=table.schema)
    return pa.concat_tables([rest.select(table.schema.names), kept])


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


def _named_places(side: Side, province_code: str) -> pa.Table:
    """Districts that only the source knows, without dates: where no map knows the province."""
    rows = side.places.to_pylist() if not geo_units.load(province_code).units else []
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

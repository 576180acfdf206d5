"""Rows of the small tables that the mart's columns and keys take; of the others the quarantine says row, field and what to do.

A call or directive with a wrong cell waits whole. Of a unit, field, channel or place only the cell is lost, and a name
is shown by another one of the row or by its code, so that reports that name it keep a name; it waits whole where its
key or its level is wrong: then its code is shown.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from etl.quarantine import Complaints
from etl.refusals import Mask, wrong_cells
from etl.store.contract import ALLOWED
from kpi import mart

_KEY_TEXTS = frozenset({"unit_code", "code", "kind", "place_code"})
_INSTEAD: Mapping[str, Mapping[str, Any]] = {
    "unit": {"name": "unit_code", "short_name": "name"},
    "category": {"name_vi": "code", "name_en": "name_vi", "sort_order": 0},
    "place": {"name": "place_code", "full_name": "name"},
}
"""Of a dimension: what stands in a cell that is missing, another column of the row or a number; in this order."""
_UNKNOWN = "not of the contract"
_INSTEAD_SHOWN = (
    "Cơ sở dữ liệu số liệu không nhận ({cause}); tạm hiện mã hoặc tên khác của dòng. Sửa tại hệ thống PAHT."
)
_CELL_LEFT_OUT = "Cơ sở dữ liệu số liệu không nhận ({cause}); tính như để trống. Sửa tại hệ thống PAHT."
_NO_DIMENSION = (
    "Cơ sở dữ liệu số liệu không nhận ({cause}); dòng chưa vào danh mục, phản ánh nêu mã đó vẫn được tính. Sửa tại hệ"
    " thống PAHT."
)
_NO_ROW = "Cơ sở dữ liệu số liệu không nhận ({cause}); cả dòng không được tính. Sửa tại hệ thống PAHT."


def taken(table: pa.Table, name: str, complaints: Complaints) -> pa.Table:
    """Of the rows of a source those that mart.<name> takes, once each; instants in whole seconds."""
    target = mart.metadata.tables[f"mart.{name}"]
    keys = [c.name for c in target.primary_key.columns if c.name in table.schema.names]
    required = [c.name for c in target.columns if not c.nullable]
    numbers = table[keys[-1]]
    good = np.ones(table.num_rows, dtype=bool)
    for field, what, rows in _wrong(table, name, required):
        words = _words(target, keys, field)
        named = numbers.take(pa.array(np.flatnonzero(rows & good))).to_pylist()
        complaints.add_small(name, named, field, words.format(cause=f"{name}.{field}: {what}"))
        if words in (_NO_ROW, _NO_DIMENSION):
            good &= ~rows
        else:
            table = _set(
                table, field, pc.if_else(pa.array(rows), pa.scalar(None, table[field].type), table[field])
            )
    for field, instead in _INSTEAD.get(name, {}).items():
        is_column = isinstance(instead, str)
        value = table[instead] if is_column else pa.scalar(instead, table[field].type)
        table = _set(table, field, pc.coalesce(table[field], value))
    return _once(table.filter(pa.array(good)), name, keys, complaints)


def _wrong(table: pa.Table, name: str, required: list[str]) -> Iterator[tuple[str, str, Mask]]:
    yield from wrong_cells(table, required, _KEY_TEXTS)
    for (of, field), allowed in ALLOWED.items():
        if of == name:
            is_unknown = pc.invert(pc.is_in(table[field], pa.array([*allowed, None], pa.string())))
            if pc.any(is_unknown).as_py():
                yield field, _UNKNOWN, np.asarray(is_unknown)


def _words(target: sa.Table, keys: list[str], field: str) -> str:
    """What becomes of a row, or of its cell, by the column that is wrong."""
    if target.name not in _INSTEAD:
        return _NO_ROW
    if field in _INSTEAD[target.name]:
        return _INSTEAD_SHOWN
    return _CELL_LEFT_OUT if target.columns[field].nullable else _NO_DIMENSION


def _set(table: pa.Table, field: str, values: Any) -> pa.Table:
    place = table.schema.get_field_index(field)
    return table.set_column(place, table.schema.field(place), values)


def _once(table: pa.Table, name: str, keys: list[str], complaints: Complaints) -> pa.Table:
    """One row per key: of several differing ones the last by its content, whatever their order; complains of the key."""
    own = table.group_by(keys).aggregate([([], "count_all")])
    doubled = own.filter(pc.greater(own["count_all"], 1)).drop("count_all")
    if not doubled.num_rows:
        return table
    last: dict[tuple[object, ...], dict[str, object]] = {}
    differing: set[Any] = set()
    for row in sorted(table.join(doubled, keys, join_type="inner").to_pylist(), key=repr):
        key = tuple(row[k] for k in keys)
        if row != last.setdefault(key, row):
            differing.add(key[-1])
        last[key] = row
    if differing:
        reason = f"{keys[-1]} xuất hiện ở nhiều dòng khác nhau; một dòng được tính. Sửa tại hệ thống PAHT."
        complaints.add_small(name, sorted(differing), keys[-1], reason)
    rest = table.join(doubled, keys, join_type="left anti")
    kept = pa.Table.from_pylist(list(last.values()), schema=table.schema)
    return pa.concat_tables([rest.select(table.schema.names), kept])

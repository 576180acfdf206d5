"""What the mart's own columns and keys would refuse of built rows, told before they are written: no row stops a build.

Cheap where nothing is wrong: numbers of nulls, smallest and largest instants, bytes, neighbours in order. Single rows
are looked at only in a column that fails. Numbers that are too large are told by etl.facts.as_mart.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from etl import repeats
from etl.facts import REPORT_TABLES, Facts
from kpi import mart

KEY_MOST_BYTES = 400
"""Of a text that keys and indexes hold: the six of daily_unit have to fit into an index row of 2,704 bytes."""
_DAYS = tuple((date(*on) - date(1970, 1, 1)).days for on in ((1, 1, 2), (9999, 12, 30)))
"""First and last that Python reads back and shows in Vietnam; PostgreSQL itself takes more, and infinity."""
_SECONDS = tuple(int(datetime(*on, tzinfo=UTC).timestamp()) for on in ((1, 1, 2), (9999, 12, 30)))
NULL, OUT_OF_RANGE, TOO_LONG, NUL, DOUBLED = "NULL", "out of range", "too long for a key", "NUL", "UNIQUE"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Shape:
    """What of a table matters here: its columns that are no null, its keys besides the province."""

    required: tuple[str, ...]
    keys: tuple[str, ...]

    @staticmethod
    def of(table: sa.Table) -> "_Shape":
        required = tuple(c.name for c in table.columns if not c.nullable)
        keys = (c.name for c in table.primary_key.columns if c.name != "province_code")
        return _Shape(required, tuple(keys))


def _key_texts() -> frozenset[str]:
    """Text columns in any key or index of facts; the same name means the same value in every table."""
    keyed = (
        columns for t in mart.FACTS for columns in (t.primary_key.columns, *(i.columns for i in t.indexes))
    )
    return frozenset(c.name for columns in keyed for c in columns if isinstance(c.type, sa.Text))


_KEY_TEXTS = _key_texts()
_SHAPES = {name: _Shape.of(mart.metadata.tables[f"mart.{name}"]) for name in REPORT_TABLES}
_SHAPES["report_group"] = _Shape.of(repeats.report_group)


def refused(built: Facts) -> dict[int, str]:
    """Report id -> the first thing of it that the mart would refuse: what, and in which column. No value is named."""
    found: dict[int, str] = {}
    for name, table in {**built.tables, "report_group": built.groups}.items():
        shape = _SHAPES[name]
        wrong = list(wrong_cells(table, shape.required, _KEY_TEXTS))
        if (doubled := _doubled(table, shape.keys)) is not None:
            wrong.append((", ".join(shape.keys), DOUBLED, doubled))
        for column, what, rows in wrong:
            for report_id in table["report_id"].to_numpy()[rows].tolist():
                found.setdefault(report_id, f"{name}.{column}: {what}")
    return found


def wrong_cells(
    table: pa.Table, required: Collection[str], key_texts: Collection[str]
) -> Iterator[tuple[str, str, Mask]]:
    """(column, what, rows): instants in whole seconds; of `key_texts` no text may be longer than an index holds."""
    for name, values in zip(table.schema.names, table.columns, strict=True):
        if values.null_count and name in required:
            yield name, NULL, _mask(pc.is_null(values))
        if pa.types.is_timestamp(values.type):
            wrong = _out_of_range(values, pa.int64(), _SECONDS)
        elif pa.types.is_date32(values.type):
            wrong = _out_of_range(values, pa.int32(), _DAYS)
        elif pa.types.is_primitive(values.type):
            continue
        else:
            wrong = _refused_text(values, name in key_texts)
        for what, rows in wrong:
            yield name, what, rows


def _mask(values: Any) -> Mask:
    return np.asarray(pc.fill_null(values, False), dtype=bool)


def _out_of_range(
    values: pa.ChunkedArray, as_number: pa.DataType, ends: tuple[int, ...]
) -> Iterator[tuple[str, Mask]]:
    numbers = pa.chunked_array([chunk.view(as_number) for chunk in values.chunks], as_number)
    found = pc.min_max(numbers)
    first, last = found["min"].as_py(), found["max"].as_py()
    if first is not None and (first < ends[0] or last > ends[1]):
        yield OUT_OF_RANGE, _mask(pc.or_(pc.less(numbers, ends[0]), pc.greater(numbers, ends[1])))


def _refused_text(values: pa.ChunkedArray, is_key: bool) -> Iterator[tuple[str, Mask]]:
    """Bytes that no text of the database may hold; keys that are too long for an index."""
    start = 0
    told: dict[str, list[NDArray[np.int64]]] = {}
    for chunk in values.chunks:
        for what, places in _refused_places(chunk, is_key):
            told.setdefault(what, []).append(places + start)
        start += len(chunk)
    for what, found in told.items():
        rows = np.zeros(len(values), dtype=bool)
        rows[np.concatenate(found)] = True
        yield what, rows


def _refused_places(chunk: pa.Array, is_key: bool) -> Iterator[tuple[str, NDArray[np.int64]]]:
    if isinstance(chunk, pa.DictionaryArray):
        for what, places in _refused_places(chunk.dictionary, is_key):
            yield what, np.flatnonzero(_mask(pc.is_in(chunk.indices, pa.array(places, chunk.indices.type))))
    elif pa.types.is_list(chunk.type):
        parents = pc.list_parent_indices(chunk).to_numpy()
        for what, places in _refused_places(chunk.flatten(), is_key):
            yield what, parents[places]
    elif pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type):
        if is_key and (pc.max(pc.binary_length(chunk)).as_py() or 0) > KEY_MOST_BYTES:
            is_long = pc.greater(pc.binary_length(chunk), KEY_MOST_BYTES)
            yield TOO_LONG, np.flatnonzero(_mask(is_long))
        if _holds_nul(chunk):
            yield NUL, np.flatnonzero(_mask(pc.match_substring(chunk, "\x00")))


def _holds_nul(chunk: pa.Array) -> bool:
    """Whether a NUL stands in the bytes of a text column or beside them: often not, and then no row is looked at."""
    data = chunk.buffers()[2]
    return data is not None and not np.frombuffer(data, dtype=np.uint8).all()


def _doubled(table: pa.Table, keys: Sequence[str]) -> Mask | None:
    """Rows whose key stands in another row too; None where there are none.

    Rows come by report, and mostly in the order of what follows: only the reports where they do not are looked at.
    """
    columns = {name: table[name].to_numpy() for name in keys}
    first, last = columns[keys[0]], columns[keys[-1]]
    steps = np.diff(first)
    stays = (steps == 0) if len(keys) == 1 else (steps == 0) & (np.diff(last) <= 0)
    if (steps >= 0).all():
        suspects = np.flatnonzero(np.isin(first, first[1:][stays])) if stays.any() else np.empty(0, np.int64)
    else:
        suspects = np.arange(len(first))
    if not len(suspects):
        return None
    doubled = pd.DataFrame({name: values[suspects] for name, values in columns.items()}).duplicated(
        keep=False
    )
    if not doubled.any():
        return None
    rows = np.zeros(len(first), dtype=bool)
    rows[suspects[doubled.to_numpy()]] = True
    return rows

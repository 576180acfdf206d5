"""Columns of facts: the types that the mart's tables want, dictionaries, rows by position, local days."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kpi.clock import LOCAL

_ARROW = {
    sa.Text: pa.string(),
    sa.BigInteger: pa.int64(),
    sa.Integer: pa.int32(),
    sa.SmallInteger: pa.int16(),
    sa.Boolean: pa.bool_(),
    sa.Double: pa.float64(),
    sa.Date: pa.date32(),
    sa.DateTime: pa.timestamp("s", tz="UTC"),
}


class MisfitError(Exception):
    """A value that a column of the mart cannot hold. The message names the column and no value."""


def as_mart(table: pa.Table, target: sa.Table) -> pa.Table:
    """The table with exactly the target's columns, in order, in types that COPY takes; text may stay a dictionary.

    Raises MisfitError.
    """
    return pa.table({column.name: _cast(table[column.name], column) for column in target.columns})


def _cast(column: Any, target: sa.Column) -> Any:
    if isinstance(target.type, ARRAY) or pa.types.is_dictionary(column.type):
        return column
    try:
        return column.cast(_ARROW[type(target.type)])
    except pa.ArrowInvalid as error:
        raise MisfitError(f"{target.table.name}.{target.name}: out of range") from error


def arrow(frame: pd.DataFrame) -> pa.Table:
    """A frame as a table, without pandas' notes."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def columns_of(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Columns by name."""
    return {name: table[name] for name in table.schema.names}


def dictionary(column: Any) -> pa.Array:
    """The column as one dictionary array."""
    encoded = column.dictionary_encode()
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def take(column: Any, at: pa.Array) -> Any:
    """Rows of a column by position; of a dictionary only the codes move."""
    if isinstance(column, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(column.indices.take(at), column.dictionary)
    return column.take(at)


def text_dictionary(column: pd.Series) -> pa.DictionaryArray:
    """A text column without nulls, as a dictionary."""
    return dictionary(pc.fill_null(pa.array(column, type=pa.string(), from_pandas=True), ""))


def blank_where(column: pa.DictionaryArray, condition: Any) -> pa.DictionaryArray:
    """The column, '' where the condition holds."""
    return dictionary(pc.if_else(condition, "", pa.chunked_array([column.cast(pa.string())])))


def local_day(instants: Any) -> np.ndarray:
    """Day in Asia/Ho_Chi_Minh of each instant, as datetime64[D]."""
    local = pd.DatetimeIndex(instants.to_pandas()).tz_convert(LOCAL)
    return local.tz_localize(None).to_numpy().astype("datetime64[D]")

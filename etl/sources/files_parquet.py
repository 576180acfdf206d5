"""Parquet batch by batch: only the mapped columns, in memory that does not grow with the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.lines import Line, as_cell
from etl.sources.mapping import SourceMapping
from etl.sources.record import SourceError

ROWS_PER_BATCH = 10_000


def parquet_lines(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """Numbers count rows from 1, the first line being the names."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(mapping.name, f"{path.name}: is no Parquet file, or cut off") from error
    with file:
        names = file.schema_arrow.names
        yield Line(0, list(names))
        read = [name for name in names if name in mapping.columns]
        number = 0
        try:
            for batch in file.iter_batches(batch_size=ROWS_PER_BATCH, columns=read):
                for cells in _rows(batch, names, mapping):
                    number += 1
                    yield Line(number, cells)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise SourceError(
                mapping.name, f"{path.name}: cannot be read after row {number} ({str(error).splitlines()[0]})"
            ) from error


def _rows(batch: pa.RecordBatch, names: list[str], mapping: SourceMapping) -> Iterator[list[Any]]:
    columns = []
    for name in names:
        if name not in batch.schema.names:
            columns.append([None] * batch.num_rows)
            continue
        is_instant = name in mapping.instant_columns
        columns.append([as_cell(value, is_instant=is_instant) for value in batch[name].to_pylist()])
    yield from (list(cells) for cells in zip(*columns, strict=True))

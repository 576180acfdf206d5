"""One file as rows of text: CSV, XLSX or Parquet, with the line of each row; only the columns that a mapping names."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.mapped import PROBLEM, REF
from etl.sources.mapping import SourceMapping
from etl.sources.record import SourceError

Line = tuple[int, list[Any], str]
"""Number of the line, its cells, and why the line cannot be read ('' = it can)."""
CELL_MOST = 10_000_000
FORMULA = "có công thức, không phải giá trị; cả dòng không được tính. Dán lại dưới dạng giá trị."


def read_file(path: Path, mapping: SourceMapping) -> pd.DataFrame:
    """Rows with the mapping's columns, REF and PROBLEM. Raises SourceError naming the file and what to do."""
    readers = {".csv": _csv, ".txt": _csv, ".tsv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SourceError(mapping.name, f"{path.name}: not one of {', '.join(readers)}")
    lines = reader(path, mapping)
    header = next(lines, None)
    if header is None:
        raise SourceError(
            mapping.name, f"{path.name}: is empty; a first line with the names of the columns is needed"
        )
    names = [str(name or "").strip() for name in header[1]]
    at = _places(names, path, mapping)
    rows: dict[str, list[Any]] = {name: [] for name in (*mapping.columns, REF, PROBLEM)}
    for number, cells, problem in lines:
        for name, place in at.items():
            rows[name].append(cells[place] if place < len(cells) else None)
        rows[REF].append(f"{path.name}:{number}")
        rows[PROBLEM].append(problem or _misfit(cells, names))
    return pd.DataFrame(rows, dtype=object)


def _misfit(cells: list[Any], names: list[str]) -> str:
    if len(cells) == len(names):
        return ""
    return f"có {len(cells)} ô, tiêu đề có {len(names)}; cả dòng không được tính. Sửa tệp nguồn."


def _places(names: list[str], path: Path, mapping: SourceMapping) -> dict[str, int]:
    """Where each mapped column stands; every one exactly once."""
    missing = [name for name in mapping.columns if name not in names]
    if missing:
        raise SourceError(
            mapping.name,
            f"{path.name}:1: lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; it has"
            f" {', '.join(names)}. Mend the file or the mapping.",
        )
    doubled = [name for name in mapping.columns if names.count(name) > 1]
    if doubled:
        raise SourceError(mapping.name, f"{path.name}:1: column {doubled[0]} stands twice")
    return {name: names.index(name) for name in mapping.columns}


def _csv(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """Lines by the csv module: it knows on which line a row stands, also after line breaks within cells."""
    assert mapping.file is not None  # noqa: S101
    csv.field_size_limit(CELL_MOST)
    encoding = (
        "utf-8-sig" if mapping.file.encoding.lower().replace("_", "-") == "utf-8" else mapping.file.encoding
    )
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=mapping.file.separator, strict=True)
            for cells in reader:
                if cells:
                    yield reader.line_num, cells, ""
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            mapping.name,
            f"{path.name}: is not written in {mapping.file.encoding} ({error}); declare file.encoding",
        ) from error
    except csv.Error as error:
        raise SourceError(mapping.name, f"{path.name}:{reader.line_num}: {error}") from error
    except OSError as error:
        raise SourceError(mapping.name, f"{path.name}: {error.strerror}", is_passing=True) from error


def _xlsx(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """Cells by openpyxl. A formula is refused: what it shows depends on the program that computed it last."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    assert mapping.file is not None  # noqa: S101
    try:
        book = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
        raise SourceError(mapping.name, f"{path.name}: is no XLSX workbook") from error
    sheet = mapping.file.sheet or book.sheetnames[0]
    if sheet not in book.sheetnames:
        raise SourceError(
            mapping.name, f"{path.name}: has no sheet {sheet}; it has {', '.join(book.sheetnames)}"
        )
    for number, row in enumerate(book[sheet].iter_rows(), 1):
        if any(cell.value is not None for cell in row):
            is_formula = any(cell.data_type == "f" for cell in row)
            yield number, [_as_text(cell.value, mapping) for cell in row], FORMULA if is_formula else ""
    book.close()


def _parquet(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """Row groups one after the other; REF counts rows from 1, the first line being the names."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(mapping.name, f"{path.name}: is no Parquet file") from error
    with file:
        names = file.schema_arrow.names
        yield 0, list(names), ""
        number = 0
        for batch in file.iter_batches(columns=[name for name in names if name in mapping.columns]):
            held = {
                name: column.to_pylist()
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
            for place in range(batch.num_rows):
                number += 1
                yield number, [_as_text(held[n][place], mapping) if n in held else None for n in names], ""


def _as_text(value: Any, mapping: SourceMapping) -> str | None:
    """A typed cell as the text that the mapping would read: instants in its first style, whole numbers without ,0."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        style = mapping.instants[0]
        if isinstance(value, datetime) and value.tzinfo is not None:
            from zoneinfo import ZoneInfo

            value = value.astimezone(ZoneInfo(mapping.zone)) if style != "iso" else value
        return value.isoformat() if style == "iso" else value.strftime(style)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

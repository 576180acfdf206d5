"""One file as pieces of rows: CSV, XLSX or Parquet, with the line of each row; only the columns that a mapping names."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from etl.sources.files_csv import csv_lines
from etl.sources.files_parquet import parquet_lines
from etl.sources.files_xlsx import xlsx_lines
from etl.sources.lines import Line, Lines
from etl.sources.mapped import NOTE, PROBLEM, REF
from etl.sources.mapping import SourceMapping
from etl.sources.record import SourceError

ROWS_PER_PIECE = 50_000
READERS: dict[str, Lines] = {
    ".csv": csv_lines, ".txt": csv_lines, ".tsv": csv_lines, ".xlsx": xlsx_lines, ".parquet": parquet_lines,
}  # fmt: skip


def pieces(path: Path, mapping: SourceMapping) -> Iterator[pd.DataFrame]:
    """Rows with the mapping's columns, REF, PROBLEM, NOTE. Raises SourceError naming the file and what to do."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise SourceError(mapping.name, f"{path.name}: not one of {', '.join(READERS)}")
    lines = reader(path, mapping)
    header = next(lines, None)
    if header is None:
        raise SourceError(
            mapping.name, f"{path.name}: is empty; a first line with the names of the columns is needed"
        )
    names = [str(name or "").strip() for name in header.cells]
    at = _places(names, path, mapping)
    while piece := list(islice(lines, ROWS_PER_PIECE)):
        yield _frame(piece, at, names, path.name)


def _frame(lines: Iterable[Line], at: dict[str, int], names: list[str], file: str) -> pd.DataFrame:
    rows: dict[str, list[Any]] = {}
    lines = list(lines)
    for name, place in at.items():
        rows[name] = [line.cells[place] if place < len(line.cells) else None for line in lines]
    rows[REF] = [f"{file}:{line.number}" for line in lines]
    rows[PROBLEM] = [line.problem or _misfit(line.cells, names) for line in lines]
    rows[NOTE] = [line.note for line in lines]
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in rows.items()})


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

"""CSV line by line, in memory that does not grow with the file."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from etl.sources.lines import Line
from etl.sources.mapping import FileShape, SourceMapping
from etl.sources.record import SourceError

CELL_MOST = 10_000_000
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def csv_lines(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """Lines by the csv module: it knows on which line a row stands, also after line breaks within cells."""
    assert mapping.file is not None  # noqa: S101
    csv.field_size_limit(CELL_MOST)
    number = 0
    try:
        with path.open(encoding=_encoding(path, mapping.file, mapping.name), newline="") as file:
            reader = csv.reader(file, delimiter=mapping.file.separator, strict=True)
            for cells in reader:
                number = reader.line_num
                if cells:
                    yield Line(number, list(cells))
    except (UnicodeError, LookupError) as error:
        raise SourceError(
            mapping.name,
            f"{path.name}: is not written in {mapping.file.encoding} (after line {number}: {error}); declare"
            " file.encoding",
        ) from error
    except csv.Error as error:
        raise SourceError(
            mapping.name, f"{path.name}:{number + 1}: {error}; is it cut off, or a quote not closed?"
        ) from error
    except OSError as error:
        raise SourceError(mapping.name, f"{path.name}: {error.strerror}", is_passing=True) from error


def _encoding(path: Path, shape: FileShape, source: str) -> str:
    """The declared one; a byte order mark must not contradict it."""
    try:
        declared = codecs.lookup(shape.encoding).name
    except LookupError as error:
        raise SourceError(source, f"file.encoding {shape.encoding}: there is no such encoding") from error
    with path.open("rb") as file:
        start = file.read(4)
    for mark, marked in _MARKS.items():
        if start.startswith(mark) and not declared.startswith(marked) and declared != "utf-8-sig":
            raise SourceError(
                source,
                f"{path.name}: begins with the mark of {marked}, not of {shape.encoding}; declare file.encoding",
            )
    return "utf-8-sig" if declared == "utf-8" else declared

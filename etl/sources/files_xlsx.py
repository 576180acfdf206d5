"""XLSX row by row: what a spreadsheet hides (formulas, merged cells, hidden rows, further sheets) is told or refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from etl.sources.lines import Line, as_cell
from etl.sources.mapping import SourceMapping
from etl.sources.record import SourceError

UNPACKED_MOST = 4 * 2**30
"""Bytes of a workbook once unpacked. The format ends at 1,048,576 rows; its texts are held in memory."""
TEXTS_MOST = 512 * 2**20
ROWS_MOST, COLUMNS_MOST = 2**20, 2**14
FORMULA = "có công thức, không phải giá trị; cả dòng không được tính. Dán lại dưới dạng giá trị."
ERROR = "có ô lỗi (như #N/A); cả dòng không được tính. Sửa tại nguồn."
MERGED = "có ô gộp; cả dòng không được tính. Bỏ gộp ô rồi điền từng dòng."
HIDDEN = "dòng bị ẩn trong bảng tính, vẫn được tính. Bỏ ẩn, hoặc xóa dòng nếu không phải dữ liệu."
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z0-9:]+)[\"']")
_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_BLOCK = 2**20


@dataclass
class Looks:
    """What the sheet shows beside its values, rows by their number."""

    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First and last row, first and last column (from 0) of each merged area."""

    def merged_rows(self, columns: set[int]) -> set[int]:
        """Rows in which one of the columns lies in a merged area."""
        rows: set[int] = set()
        for top, bottom, left, right in self.merged:
            if any(left <= column <= right for column in columns):
                rows.update(range(top, min(bottom, ROWS_MOST) + 1))
        return rows


def xlsx_lines(path: Path, mapping: SourceMapping) -> Iterator[Line]:
    """A formula is refused: what it shows depends on the program that computed it last."""
    _refuse_huge(path, mapping.name)
    try:
        book: Any = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise SourceError(mapping.name, f"{path.name}: is no XLSX workbook, or cut off") from error
    try:
        sheet = book[_sheet_name(book, path, mapping)]
        looks = _looks(path, sheet._worksheet_path)
        at: dict[int, bool] | None = None
        width, merged = 0, set[int]()
        for number, row in enumerate(sheet.iter_rows(), 1):
            if all(cell.value is None for cell in row):
                continue
            if at is None:
                names = [as_cell(cell.value, is_instant=False) for cell in row]
                while names and not names[-1]:
                    names.pop()
                width = len(names)
                at = _named(names, mapping)
                merged = looks.merged_rows(set(at))
                yield Line(number, names)
            else:
                line = _line(row, at, width)
                problem = line.problem or (MERGED if number in merged else "")
                yield line._replace(
                    number=number, problem=problem, note=HIDDEN if number in looks.hidden else ""
                )
    finally:
        book.close()


def _line(row: Any, at: dict[int, bool], width: int) -> Line:
    """Cells beyond the header's last are a misfit if filled; a row that ends early is filled up with nothing."""
    filled = max((place + 1 for place, cell in enumerate(row) if cell.value is not None), default=0)
    cells = [as_cell(cell.value, is_instant=at.get(place, False)) for place, cell in enumerate(row)]
    cells = (cells + [None] * width)[: max(width, filled)]
    kinds = {row[place].data_type for place in at if place < len(row)}
    problem = FORMULA if "f" in kinds else ERROR if "e" in kinds else ""
    return Line(0, cells, problem)


def _named(names: list[Any], mapping: SourceMapping) -> dict[int, bool]:
    """Place of each mapped column -> whether it holds instants."""
    stripped = [str(name or "").strip() for name in names]
    return {place: n in mapping.instant_columns for place, n in enumerate(stripped) if n in mapping.columns}


def _sheet_name(book: Any, path: Path, mapping: SourceMapping) -> str:
    assert mapping.file is not None  # noqa: S101
    names = list(book.sheetnames)
    sheet = mapping.file.sheet
    if sheet is None and len(names) > 1:
        raise SourceError(
            mapping.name,
            f"{path.name}: has the sheets {', '.join(names)}; declare in file.sheet which one it is",
        )
    if sheet is not None and sheet not in names:
        raise SourceError(mapping.name, f"{path.name}: has no sheet {sheet}; it has {', '.join(names)}")
    return str(sheet or names[0])


def _refuse_huge(path: Path, source: str) -> None:
    try:
        with ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
    except (BadZipFile, OSError) as error:
        raise SourceError(source, f"{path.name}: is no XLSX workbook, or cut off") from error
    texts = sizes.get("xl/sharedStrings.xml", 0)
    if sum(sizes.values()) > UNPACKED_MOST or texts > TEXTS_MOST:
        raise SourceError(
            source,
            f"{path.name}: unpacks to {sum(sizes.values()) / 2**30:.1f} GB ({texts / 2**20:.0f} MB of texts); a"
            f" workbook may have {UNPACKED_MOST / 2**30:.0f} GB and {TEXTS_MOST / 2**20:.0f} MB: save it as CSV",
        )


def _bounds(area: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(area)
    return left or 1, top or 1, right or COLUMNS_MOST, bottom or ROWS_MOST


def _looks(path: Path, part: str) -> Looks:
    """Read from the sheet's XML as it streams by. Inside cells every < is escaped, so a tag is a tag."""
    looks = Looks()
    with ZipFile(path) as archive, archive.open(part.lstrip("/")) as file:
        rest, last = b"", 0
        while block := file.read(_BLOCK):
            text = rest + block
            cut = text.rfind(b"<")
            text, rest = text[:cut], text[cut:]
            for tag in _ROW.finditer(text):
                number = _NUMBER.search(tag[1])
                last = int(number[1]) if number else last + 1
                if _HIDDEN.search(tag[1]):
                    looks.hidden.add(last)
            for merge in _MERGE.finditer(text):
                left, top, right, bottom = _bounds(merge[1].decode())
                looks.merged.append((top, bottom, left - 1, right - 1))
    return looks

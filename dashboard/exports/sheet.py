"""Tables to .xlsx: one look, A4 print set-up, totals that add up by formula, and text that can never run as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from kpi.clock import LOCAL

Kind = Literal["text", "count", "percent", "points", "hours", "time", "row"]
NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "[$-42A]#,##0",
    "percent": "[$-42A]0.0",
    "points": "[$-42A]0.00",
    "hours": "[$-42A]#,##0.0",
    "time": "dd/mm/yyyy hh:mm",
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet read a text as a formula once it is edited or saved as CSV."""

FONT = "Times New Roman"
A4 = 9
LINE_POINTS = 15
"""Height of one line of text."""
INDENT = 2
"""Characters that the indent of a text cell takes."""
BOLD = 1.15
"""How much wider bold letters run."""
STAMP_WIDTHS = (26, 92)
HEADER_ROW = 4
"""Zero-based; above it stand the title, what is shown, and one empty line."""


@dataclass(frozen=True)
class Column:
    """One column of a table. kind "row": each row says it. total: sum (by formula), value (the table's) or nothing."""

    key: str
    header: str
    kind: Kind = "count"
    width: float = 10
    total: Literal["sum", "value", ""] = ""


@dataclass(frozen=True)
class Table:
    """One sheet. rows: values by column key. whole: how many rows there are; fewer given means that it was cut.

    row_kind: key under which each row says the kind of its "row" columns.
    marked: places of cells (row from 0, column key) that stand out: tinted and bold.
    """

    name: str
    title: str
    subtitle: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()
    whole: int | None = None
    row_kind: str = ""
    marked: frozenset[tuple[int, str]] = frozenset()

    @property
    def rows_said(self) -> str:
        """How many rows the sheet has, and whether anything was cut."""
        whole = len(self.rows) if self.whole is None else self.whole
        if whole == len(self.rows):
            return f"{whole} dòng, không cắt bớt"
        return f"CẮT BỚT: {len(self.rows)} dòng đầu trên {whole} dòng"


def workbook(
    tables: Sequence[Table], stamp: Sequence[tuple[str, str]], title: str, footer: str, made_at: datetime
) -> bytes:
    """The file: the stamp first, then the tables. stamp: label and text per line. made_at: the product's clock."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": title, "created": made_at.astimezone(LOCAL).replace(tzinfo=None)})
    formats = _Formats(book)
    _write_stamp(book.add_worksheet("Thông tin"), formats, title, [*stamp, *_said(tables)], footer)
    for table in tables:
        _write_table(book.add_worksheet(table.name), formats, table, footer)
    book.close()
    return out.getvalue()


class _Formats:
    """Cell formats, made once per look."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple, Format] = {}

    def get(self, **look: object) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(
                {"font_name": FONT, "font_size": 11, "valign": "vcenter", **look}
            )
        return self._made[key]

    def cell(self, kind: Kind, *, bold: bool = False, guard: bool = False, is_marked: bool = False) -> Format:
        look: dict[str, object] = {"num_format": NUMBER_FORMATS[kind], "border": 1, "border_color": "#D3D9DE"}
        look |= {"bold": True} if bold else {}
        look |= {"align": "left", "text_wrap": True, "indent": 1} if kind == "text" else {"align": "right"}
        look |= {"quote_prefix": True} if guard else {}
        look |= {"bg_color": "#FCEBE9", "font_color": "#A61B12"} if is_marked else {}
        return self.get(**look)


def _said(tables: Sequence[Table]) -> list[tuple[str, str]]:
    return [("Số dòng", ""), *[(table.name, table.rows_said) for table in tables]]


def _write_stamp(
    sheet: Worksheet, formats: _Formats, title: str, lines: Sequence[tuple[str, str]], footer: str
) -> None:
    for place, width in enumerate(STAMP_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, title, formats.get(bold=True, font_size=14))
    for place, (label, text) in enumerate(lines, 2):
        sheet.set_row(place, LINE_POINTS * _lines_of(text, STAMP_WIDTHS[1]))
        is_heading = not text
        sheet.write_string(place, 0, label, formats.get(bold=is_heading, valign="top", text_wrap=True))
        sheet.write_string(
            place, 1, text, formats.get(text_wrap=True, valign="top", quote_prefix=text.startswith(DANGEROUS))
        )
    _print_setup(sheet, footer, is_landscape=False)


def _write_table(sheet: Worksheet, formats: _Formats, table: Table, footer: str) -> None:
    sheet.write_string(0, 0, table.title, formats.get(bold=True, font_size=14))
    sheet.write_string(1, 0, table.subtitle, formats.get(font_color="#435160"))
    sheet.write_string(2, 0, table.rows_said, formats.get(font_color="#435160"))
    head = formats.get(
        bold=True, text_wrap=True, align="center", border=1, border_color="#D3D9DE", bg_color="#E9EDEF"
    )
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(HEADER_ROW, place, column.header, head)
    sheet.set_row(
        HEADER_ROW,
        LINE_POINTS * max(_lines_of(column.header, column.width / BOLD) for column in table.columns),
    )
    texts = [column for column in table.columns if column.kind == "text"]
    first = HEADER_ROW + 1
    if table.total is not None:
        _write_total(sheet, formats, table, first)
        first += 1
    for number, row in enumerate(table.rows, first):
        lines = [_lines_of(str(row.get(c.key) or ""), c.width - INDENT) for c in texts]
        sheet.set_row(number, LINE_POINTS * max(lines, default=1))
        for place, column in enumerate(table.columns):
            kind = row[table.row_kind] if column.kind == "row" else column.kind
            is_marked = (number - first, column.key) in table.marked
            _write(
                sheet, formats, number, place, kind, row.get(column.key), bold=is_marked, is_marked=is_marked
            )
    for number, note in enumerate(table.notes, first + len(table.rows) + 1):
        sheet.write_string(number, 0, note, formats.get(font_color="#435160", italic=True))
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(HEADER_ROW)
    _print_setup(sheet, footer, is_landscape=True)


def _write_total(sheet: Worksheet, formats: _Formats, table: Table, at: int) -> None:
    """The total stands on top; sums are formulas over the rows below, so that whoever filters or checks sees the same."""
    for place, column in enumerate(table.columns):
        value = (table.total or {}).get(column.key)
        if column.total == "sum" and table.rows:
            name = xl_col_to_name(place)
            formula = f"=SUM({name}{at + 2}:{name}{at + 1 + len(table.rows)})"
            sheet.write_formula(at, place, formula, formats.cell(column.kind, bold=True), value)
        else:
            _write(sheet, formats, at, place, column.kind, value, bold=True)


def _write(
    sheet: Worksheet,
    formats: _Formats,
    row: int,
    place: int,
    kind: Kind,
    value: Any,
    *,
    bold: bool = False,
    is_marked: bool = False,
) -> None:
    is_guarded = kind == "text" and isinstance(value, str) and value.startswith(DANGEROUS)
    look = formats.cell(kind, bold=bold, guard=is_guarded, is_marked=is_marked)
    if value is None:
        sheet.write_blank(row, place, None, look)
    elif isinstance(value, str):
        sheet.write_string(row, place, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.astimezone(LOCAL).replace(tzinfo=None), look)
    else:
        sheet.write_number(row, place, value, look)


def _lines_of(text: str, width: float) -> int:
    """Lines that a text takes when it is wrapped in a column of so many characters."""
    lines, room = 1, width
    for word in text.split():
        if len(word) > room and room < width:
            lines, room = lines + 1, width
        room -= len(word) + 1
    return lines


def _print_setup(sheet: Worksheet, footer: str, *, is_landscape: bool) -> None:
    if is_landscape:
        sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    safe = footer.replace("&", "&&")
    sheet.set_footer(f"&L&8{safe[:180]}&R&8Trang &P/&N")

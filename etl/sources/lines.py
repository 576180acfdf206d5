"""A line of a file, whatever its format."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from etl.sources.mapping import SourceMapping


class Line(NamedTuple):
    """The first line of a file holds the names of its columns; every further one a report.

    number: as a person counts in the file. cells: text, dates and datetimes, None. problem: why the line cannot be
    taken ('' = it can). note: what is to be told of a line that is taken.
    """

    number: int
    cells: list[Any]
    problem: str = ""
    note: str = ""


Lines = Callable[[Path, SourceMapping], Iterator[Line]]


def as_cell(value: Any, *, is_instant: bool) -> Any:
    """A typed cell as text, whole numbers without ,0; in a column of instants a date stays what it is."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date):
        return value if is_instant else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return str(value)

"""In which piece of a divided commune a report lies, told by its coarse place, so that every role counts alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, case, cast, func, literal
from sqlalchemy.types import UserDefinedType

from kpi.filters import Piece


class Polygon(UserDefinedType):
    """PostgreSQL's own polygon."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in SQL."""
        return "polygon"


class Divided(NamedTuple):
    """A commune that was divided: its code, the instants between which it was one (None: open), and its pieces."""

    code: str
    from_at: datetime | None
    to_at: datetime | None
    pieces: tuple[Piece, ...]


def piece_of(report: FromClause, pieces: Sequence[Piece]) -> ColumnElement[str]:
    """Code of the first piece that holds the report's place; '' where none does, or no place is known."""
    at = func.point(report.c.lon_coarse, report.c.lat_coarse)
    inside = [(cast(literal(each.polygon), Polygon()).op("@>")(at), each.code) for each in pieces]
    return case(*inside, else_="")


def piece(report: FromClause, divided: Sequence[Divided]) -> ColumnElement[str]:
    """`piece_of` for reports of the divided communes, '' for all others."""
    c = report.c
    known = []
    for each in divided:
        own = [c.commune_code == each.code]
        own += [c.sent_at >= each.from_at] if each.from_at else []
        own += [c.sent_at < each.to_at] if each.to_at else []
        known.append((and_(*own), piece_of(report, each.pieces)))
    return case(*known, else_="") if known else literal("")

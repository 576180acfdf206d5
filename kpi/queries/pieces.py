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


def sent_between(
    report: FromClause, from_at: datetime | None, to_at: datetime | None
) -> list[ColumnElement[bool]]:
    """Conditions of having been sent in [from_at, to_at); None is open."""
    sent_at = report.c.sent_at
    return [*([sent_at >= from_at] if from_at else []), *([sent_at < to_at] if to_at else [])]


def piece(report: FromClause, divided: Sequence[Divided]) -> ColumnElement[str]:
    """`piece_of` for reports of the divided communes, '' for all others."""
    known = []
    for each in divided:
        own = (report.c.commune_code == each.code, *sent_between(report, each.from_at, each.to_at))
        known.append((and_(*own), piece_of(report, each.pieces)))
    return case(*known, else_="") if known else literal("")

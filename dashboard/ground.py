"""On which administrative units figures by place stand: each report's own time, or the units of one day.

Rows of kpi.queries.ground in (districts and communes of the reports' own time), rows by place of one ground out. Pure.
Which units of their own time a chosen place stands for: dashboard/ground_filters.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import shapely

from geo.pieces import pieces_of
from geo.places import coverages_of
from geo.succession import WHOLE, Share, shares
from geo.units import AdminUnit, Level, UnknownUnitError, load, units_on
from kpi.filters import BEFORE, GROUNDS, OWN, TODAY, UNKNOWN, FilterError, Filters, Piece
from kpi.queries.ground import Origin, midnight
from kpi.queries.pieces import Divided
from kpi.queries.run import Rows

WHOLE_COUNT = 6
"""Decimals to which a carried count is kept: parts of a split add up, whole counts come out whole."""


class Part(NamedTuple):
    """A share (0..1) of what came from an origin that belongs to one place ('' not known); is_certain: not by area."""

    place: str
    share: float = 1.0
    is_certain: bool = True


@dataclass(frozen=True)
class Ground:
    """What a table by place stands on. day: whose units (None: each report's own time); level: of its rows."""

    province_code: str
    day: date | None
    level: Level

    def rows(self, counted: Rows) -> Rows:
        """One row per place: `place` ('' not known), `column` (district | commune: what place is), and the counts.

        On the units of a day each count also has `<count>_uncertain`, the part that was divided by area.
        """
        summed: dict[tuple[str, str], dict[str, float]] = {}
        for row in counted:
            origin = origin_of(row)
            for part in self.parts(origin):
                place = summed.setdefault((self._column(origin), part.place), {})
                for name in values_of(row):
                    count = row[name] * part.share
                    place[name] = place.get(name, 0) + count
                    if self.day is not None:
                        divided = f"{name}_uncertain"
                        place[divided] = place.get(divided, 0) + (0 if part.is_certain else count)
        return [
            {"place": code, "column": column, **{name: _whole(value) for name, value in found.items()}}
            for (column, code), found in summed.items()
        ]

    def parts(self, origin: Origin) -> tuple[Part, ...]:
        """To which places, and with what share, the reports of an origin belong."""
        if self.day is None:
            return (Part(getattr(origin, self._column(origin)) or ""),)
        return _parts(self, self.day, origin)

    def divided(self) -> tuple[Divided, ...]:
        """The communes of other days that lie in several units of this ground: for kpi.queries.ground.counts."""
        return () if self.day is None else _divided(self.province_code, self.day, self.level)

    def _column(self, origin: Origin) -> str:
        """What the place of an origin is: a report of its own time without a district stands by its commune."""
        if self.day is not None:
            return str(self.level)
        by_district = self.level is Level.DISTRICT and (origin.district or not origin.commune)
        return "district" if by_district else "commune"


@lru_cache(maxsize=65536)
def _parts(ground: Ground, day: date, origin: Origin) -> tuple[Part, ...]:
    if origin.piece:
        return (Part(shares(origin.piece, day, day, ground.level)[0].code or ""),)
    start = origin.since_on or first_day(ground.province_code)
    codes = (origin.commune, origin.district if ground.level is Level.DISTRICT else "")
    found = next(
        (known for code in codes if (known := _shares(code, start, day, ground.level))), (Share(None, 1.0),)
    )
    return tuple(Part(share.code or "", share.area_share, share.area_share >= WHOLE) for share in found)


def _shares(code: str, start: date, day: date, level: Level) -> tuple[Share, ...]:
    """Where the ground of a unit lies on another day; empty for a code that is no unit."""
    try:
        return shares(code, start, day, level) if code else ()
    except UnknownUnitError:
        return ()


@cache
def _divided(province_code: str, day: date, level: Level) -> tuple[Divided, ...]:
    found = []
    for u in load(province_code).units:
        start = first_held(u, province_code)
        if u.level is not Level.COMMUNE or start is None:
            continue
        if pieces := pieces_of(u.code, start, day, level):
            held = tuple(Piece(code, _polygon(shape)) for code, shape in pieces)
            found.append(Divided(u.code, instant_of(u.valid_from), instant_of(u.valid_to), held))
    return tuple(found)


def _polygon(shape: Any) -> str:
    """A ring as PostgreSQL reads it."""
    corners = shapely.get_coordinates(shape)
    return "(" + ",".join(f"({lon:.5f},{lat:.5f})" for lon, lat in corners) + ")"


def instant_of(day: date | None) -> datetime | None:
    """Midnight in Asia/Ho_Chi_Minh of a day of change; None stays open."""
    return midnight(day) if day else None


def first_held(u: AdminUnit, province_code: str) -> date | None:
    """The first day on which a version of a unit is held; None for one that ended before."""
    start = max(u.valid_from or date.min, first_day(province_code))
    return start if u.valid_on(start) else None


def day_of(filters: Filters, province_code: str, today: date) -> date | None:
    """The day whose units the filters choose; None: each report's own time. Raises FilterError."""
    if filters.ground is None:
        return None
    if filters.ground not in offered(province_code, today):
        why = (
            "districts have not ended"
            if is_offered(province_code)
            else "no boundaries are held for this place"
        )
        raise FilterError("ground", filters.ground, f"{why}; leave the key out")
    ended_on = districts_ended_on(province_code, today)
    return today if filters.ground == TODAY or ended_on is None else ended_on - timedelta(days=1)


def ground_of(filters: Filters, province_code: str, today: date, last_on: date | None = None) -> Ground:
    """The ground that the filters choose, with communes once a district is chosen or where districts have ended.

    last_on: for tables on the units of one day in any case (a map): that day stands for each report's own time.
    Raises FilterError.
    """
    day = day_of(filters, province_code, today) or (last_on if is_offered(province_code) else None)
    inside = filters.district is not None and filters.district != UNKNOWN
    has_districts = day is None or bool(units_on(day, level=Level.DISTRICT, province_code=province_code))
    return Ground(province_code, day, Level.DISTRICT if has_districts and not inside else Level.COMMUNE)


def drawn_ground(filters: Filters, province_code: str, today: date, level: Level | None = None) -> Ground:
    """What a map draws: the units of the chosen day, or of the period's last day (today while it runs). Raises FilterError."""
    found = ground_of(filters, province_code, today, min(filters.period.last_on, today))
    return replace(found, level=level) if level else found


def main_place(ground: Ground, origin: Origin) -> str:
    """The place with the largest part of an origin ('' not known): where nothing may be divided."""
    return max(ground.parts(origin), key=lambda part: part.share).place


def origin_of(row: Mapping[str, Any]) -> Origin:
    """Of a row of kpi.queries.ground."""
    return Origin(row["district"] or "", row["commune"] or "", row["since_on"], row.get("piece") or "")


def values_of(row: Mapping[str, object]) -> list[str]:
    """Names of the counts of a row of kpi.queries.ground."""
    return [name for name in row if name not in Origin._fields]


@cache
def changed_on(province_code: str) -> tuple[date, ...]:
    """The days on which units of the province changed, as far as boundaries are held, ascending."""
    book = load(province_code)
    days = {u.valid_from for u in book.units if u.valid_from is not None}
    return tuple(sorted(day for day in days if day > first_day(province_code)))


@cache
def first_day(province_code: str) -> date:
    """The first day whose boundaries are held; stands for earlier reports too."""
    return min((coverage.valid_from for coverage in coverages_of(province_code)), default=date.min)


def is_offered(province_code: str) -> bool:
    """Whether figures can be carried at all: boundaries are held."""
    return bool(coverages_of(province_code))


def offered(province_code: str, today: date) -> tuple[str, ...]:
    """The grounds that can be chosen: nothing but the reports' own time where no boundaries are held."""
    if not is_offered(province_code):
        return (OWN,)
    return GROUNDS if districts_ended_on(province_code, today) else tuple(g for g in GROUNDS if g != BEFORE)


@cache
def districts_ended_on(province_code: str, today: date) -> date | None:
    """The day from which the province has no districts; None while it has, or where no boundaries are held."""
    days = [day for day in changed_on(province_code) if day <= today]
    return next(
        (day for day in days if not units_on(day, level=Level.DISTRICT, province_code=province_code)), None
    )


def _whole(value: float) -> float:
    rounded = round(float(value), WHOLE_COUNT)
    return int(rounded) if rounded.is_integer() else rounded

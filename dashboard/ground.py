"""On which administrative units figures by place stand: each report's own time, or the units of the product's today.

Rows of kpi.queries.ground in (districts and communes of the reports' own time), rows by place of one ground out. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from geo.places import coverages_of
from geo.restate import restate
from geo.succession import shares
from geo.units import AdminUnit, Level, UnknownUnitError, load, unit, units_on
from kpi.filters import TODAY, UNKNOWN, FilterError, Filters, SentFrom
from kpi.queries.ground import midnight
from kpi.queries.run import Rows

KEYS = ("district", "commune", "since_on")
WHOLE_COUNT = 6
"""Decimals to which a carried count is kept: parts of a split add up, whole counts come out whole."""


@dataclass(frozen=True)
class Ground:
    """What a table by place stands on. day: whose units (None: each report's own time); level: of its rows."""

    province_code: str
    day: date | None
    level: Level

    def rows(self, counted: Rows) -> Rows:
        """One row per place: `place` ('' not known), `column` (district | commune: what place is), and the counts.

        On another day's units each count also has `<count>_uncertain`, the part that was divided by area.
        """
        return self._own(counted) if self.day is None else self._carried(counted, self.day)

    def _own(self, counted: Rows) -> Rows:
        summed: dict[tuple[str, str], dict[str, float]] = {}
        for row in counted:
            by_district = self.level is Level.DISTRICT and (row["district"] or not row["commune"])
            column = "district" if by_district else "commune"
            place = summed.setdefault((column, row[column] or ""), {})
            for name in values_of(row):
                place[name] = place.get(name, 0) + row[name]
        return [{"place": code, "column": column, **found} for (column, code), found in summed.items()]

    def _carried(self, counted: Rows, day: date) -> Rows:
        if not counted:
            return []
        values = values_of(counted[0])
        frame = pd.DataFrame(counted)[[*KEYS, *values]]
        first = first_day(self.province_code)
        frame["since_on"] = [row["since_on"] or first for row in counted]
        frame["place"] = [self._unit_of(row) for row in frame[list(KEYS)].to_dict("records")]
        frame = frame.drop(columns=["district", "commune"])
        found = restate(frame, values, "since_on", day, code="place", level=self.level)
        found = found.drop(columns=["since_on"]).groupby("place", dropna=False, sort=False).sum()
        made = []
        for row in found.reset_index().to_dict("records"):
            code = row.pop("place")
            counts = {str(name): _whole(value) for name, value in row.items()}
            place = code if isinstance(code, str) else ""
            made.append({"place": place, "column": str(self.level), **counts})
        return made

    def _unit_of(self, row: Mapping[Any, Any]) -> str | None:
        """The unit that a row is carried from: its commune, or its district where that is enough; None: not known."""
        code = row["commune"] or (row["district"] if self.level is Level.DISTRICT else "")
        try:
            return unit(str(code), row["since_on"]).code if code else None
        except UnknownUnitError:
            return None


def ground_of(filters: Filters, province_code: str, today: date, last_on: date | None = None) -> Ground:
    """The ground that the filters choose, with communes once a district is chosen or where districts have ended.

    last_on: for tables on the units of one day in any case (a map): that day stands for each report's own time.
    """
    day = today if filters.ground == TODAY else last_on
    inside = filters.district is not None and filters.district != UNKNOWN
    has_districts = day is None or bool(units_on(day, level=Level.DISTRICT, province_code=province_code))
    return Ground(province_code, day, Level.DISTRICT if has_districts and not inside else Level.COMMUNE)


def values_of(row: Mapping[str, object]) -> list[str]:
    """Names of the counts of a row of kpi.queries.ground."""
    return [name for name in row if name not in KEYS]


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


def resolved(filters: Filters, province_code: str, today: date) -> Filters:
    """The filters with `carried` filled in where a commune of today's ground is chosen. Raises FilterError.

    A district is always one of the reports' own time, so that it can be chosen after districts ended.
    """
    if filters.ground != TODAY:
        return filters
    if not is_offered(province_code):
        raise FilterError("ground", TODAY, "no boundaries are held for this place; leave the key out")
    if filters.commune in (None, UNKNOWN):
        return filters
    return replace(filters, carried=_sources(province_code, str(filters.commune), today))


@lru_cache(maxsize=512)
def _sources(province_code: str, code: str, today: date) -> tuple[SentFrom, ...]:
    """Communes of all times whose ground lies, for the largest part, in the commune `code` of today."""
    starts = (first_day(province_code), *changed_on(province_code))
    communes = [u for u in load(province_code).units if u.level == Level.COMMUNE]
    return tuple(SentFrom(u.code, *_instants(u)) for u in communes if _goes_to(u, starts, today) == code)


def _goes_to(u: AdminUnit, starts: Iterable[date], today: date) -> str | None:
    day = next((start for start in starts if u.valid_on(start)), None)
    return None if day is None else shares(u.code, day, today, Level.COMMUNE)[0].code


def _instants(u: AdminUnit) -> tuple:
    return tuple(midnight(day) if day else None for day in (u.valid_from, u.valid_to))


def _whole(value: float) -> float:
    rounded = round(float(value), WHOLE_COUNT)
    return int(rounded) if rounded.is_integer() else rounded


@cache
def districts_ended_on(province_code: str, today: date) -> date | None:
    """The day from which the province has no districts; None while it has, or where no boundaries are held."""
    days = [day for day in changed_on(province_code) if day <= today]
    return next(
        (day for day in days if not units_on(day, level=Level.DISTRICT, province_code=province_code)), None
    )

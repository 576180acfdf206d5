"""Reads days_off.yaml and office_hours.yaml into dated, checked values. Plain values only; kpi/worktime.py counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kpi.effective import BadValidityError, Dated, Span
from kpi.strict_yaml import Located, Strict, parse

HERE = Path(__file__).parent
OFFICE_HOURS = HERE / "office_hours.yaml"
SATURDAY = 5
DAY_S = 86_400
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(?P<midnight>24:00)")
Text = Annotated[str, Field(min_length=1)]
ProvinceCode = Annotated[str, Field(pattern=r"^(\d{2}|[A-Z]{3})$")]
"""Official two digits; three letters for a foreign city shown from a file."""


@dataclass(frozen=True)
class DayOff:
    """A weekday without work: its name and the deciding document."""

    on: date
    name: str
    document: str


@dataclass(frozen=True)
class MakeUpDay:
    """A Saturday worked for another day off."""

    on: date
    for_day: date
    document: str


@dataclass(frozen=True)
class Session:
    """A stretch of office work, in seconds after local midnight, half-open."""

    opens_s: int
    closes_s: int


@dataclass(frozen=True)
class OfficeHours:
    """The sessions of a working day, and what set them."""

    sessions: tuple[Session, ...]
    basis: str
    document: str


@dataclass(frozen=True)
class DaysOff:
    """Every year known: days off, make-up days, and per year what is still undecided (None: nothing)."""

    first_on: date
    last_on: date
    days_off: Mapping[date, DayOff]
    make_up: Mapping[date, MakeUpDay]
    undecided: Mapping[int, str]
    has_weekends: bool = True


class _Group(Strict):
    name: Text
    document: Text
    days: Annotated[tuple[date, ...], Field(min_length=1)]


class _MakeUp(Strict):
    on: date
    for_day: Annotated[date, Field(alias="for")]
    document: Text


class _Year(Strict):
    year: int
    status: Literal["decided", "partly", "statute"]
    undecided: Text | None = None
    days_off: tuple[_Group, ...]
    make_up_days: tuple[_MakeUp, ...]


class _Years(Strict):
    years: Annotated[tuple[_Year, ...], Field(min_length=1)]


class _Hours(Strict):
    from_on: Annotated[date, Field(alias="from")]
    until_on: Annotated[date | None, Field(alias="until")]
    sessions: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]
    basis: Literal["decided", "assumption"]
    document: Text


class _Province(Strict):
    province: ProvinceCode
    name: Annotated[str, Field(pattern=r"^[a-z]+$")]
    every_day: bool = False
    hours: tuple[_Hours, ...]


class _Provinces(Strict):
    provinces: tuple[_Province, ...]


def parse_days_off(text: str, file: str) -> DaysOff:
    """Read the table of years. Raises strict_yaml.DataError with file, line and field."""
    record, located = parse(text, file, _Years)
    days_off: dict[date, DayOff] = {}
    make_up: dict[date, MakeUpDay] = {}
    for place, year in enumerate(record.years):
        loc = ("years", place)
        if year.year != record.years[0].year + place:
            raise located.error(
                (*loc, "year"), f"a gap: {year.year} does not follow {record.years[0].year + place - 1}"
            )
        if (year.status == "decided") != (year.undecided is None):
            raise located.error(
                (*loc, "status"), "a year that is not decided says in `undecided` what is open, and no other"
            )
        _read_days_off(year, located, loc, days_off)
        _read_make_up(year, located, loc, days_off, make_up)
    first, last = record.years[0].year, record.years[-1].year
    undecided = {year.year: year.undecided for year in record.years if year.undecided}
    return DaysOff(date(first, 1, 1), date(last, 12, 31), days_off, make_up, undecided)


def _read_days_off(year: _Year, located: Located, loc: tuple, found: dict[date, DayOff]) -> None:
    for group_no, group in enumerate(year.days_off):
        for day in group.days:
            at = (*loc, "days_off", group_no, "days")
            if day.year != year.year:
                raise located.error(at, f"{day} is not in {year.year}")
            if day.weekday() >= SATURDAY:
                raise located.error(at, f"{day} is a weekend day: weekends are off without being listed")
            if day in found:
                raise located.error(at, f"{day} stands twice")
            found[day] = DayOff(day, group.name, group.document)


def _read_make_up(
    year: _Year, located: Located, loc: tuple, days_off: Mapping[date, DayOff], found: dict[date, MakeUpDay]
) -> None:
    for number, made_up in enumerate(year.make_up_days):
        at = (*loc, "make_up_days", number)
        if made_up.on.year != year.year or made_up.on.weekday() < SATURDAY:
            raise located.error((*at, "on"), f"{made_up.on} is not a weekend day of {year.year}")
        if made_up.for_day not in days_off:
            raise located.error((*at, "for"), f"{made_up.for_day} is not a day off of this table")
        if made_up.on in found:
            raise located.error((*at, "on"), f"{made_up.on} stands twice")
        found[made_up.on] = MakeUpDay(made_up.on, made_up.for_day, made_up.document)


def parse_office_hours(text: str, file: str) -> Mapping[str, Dated[OfficeHours]]:
    """province_code -> sessions by day. Raises strict_yaml.DataError with file, line and field."""
    record, located = parse(text, file, _Provinces)
    found: dict[str, Dated[OfficeHours]] = {}
    for place, province in enumerate(record.provinces):
        loc = ("provinces", place, "hours")
        earlier = record.provinces[:place]
        for field in ("province", "name"):
            if getattr(province, field) in [getattr(other, field) for other in earlier]:
                raise located.error(("provinces", place, field), f"{getattr(province, field)} stands twice")
        spans = []
        for number, hours in enumerate(province.hours):
            sessions = _read_sessions(hours, located, (*loc, number, "sessions"))
            spans.append(
                Span(hours.from_on, hours.until_on, OfficeHours(sessions, hours.basis, hours.document))
            )
        try:
            found[province.province] = Dated(f"office hours of province {province.province}", spans)
        except BadValidityError as error:
            raise located.error((*loc, error.index, "from"), str(error)) from error
    return found


def _read_sessions(hours: _Hours, located: Located, loc: tuple) -> tuple[Session, ...]:
    sessions: list[Session] = []
    for number, (opens, closes) in enumerate(hours.sessions):
        ends = [TIME.fullmatch(end) for end in (opens, closes)]
        if not all(ends):
            raise located.error((*loc, number), f'{opens}-{closes} is not two times written as "07:30"')
        opens_s, closes_s = (
            DAY_S if end["midnight"] else int(end[1]) * 3600 + int(end[2]) * 60 for end in ends if end
        )
        if closes_s <= opens_s or (sessions and opens_s < sessions[-1].closes_s):
            raise located.error(
                (*loc, number), f"{opens}-{closes} is empty or overlaps the session before it"
            )
        sessions.append(Session(opens_s, closes_s))
    return tuple(sessions)


def parse_province_names(text: str, file: str) -> Mapping[str, str]:
    """province_code -> short name of the same file. Raises strict_yaml.DataError with file, line and field."""
    record, _ = parse(text, file, _Provinces)
    return {province.province: province.name for province in record.provinces}


@cache
def load_days_off() -> DaysOff:
    """The shipped days_off.yaml."""
    return parse_days_off((HERE / "days_off.yaml").read_text(encoding="utf-8"), "days_off.yaml")


def parse_round_the_clock(text: str, file: str) -> Mapping[str, DaysOff]:
    """province_code -> a table without days off, for provinces marked `every_day`: they know no weekend, no holiday.

    It spans the days of the office hours, which must have an end. Raises strict_yaml.DataError.
    """
    record, located = parse(text, file, _Provinces)
    found: dict[str, DaysOff] = {}
    for place, province in enumerate(record.provinces):
        if province.every_day:
            until_on = province.hours[-1].until_on
            if until_on is None:
                raise located.error(
                    ("provinces", place, "hours"), "a province that works every day needs a last `until`"
                )
            last_on = until_on - timedelta(days=1)
            found[province.province] = DaysOff(province.hours[0].from_on, last_on, {}, {}, {}, False)
    return found


@cache
def load_round_the_clock() -> Mapping[str, DaysOff]:
    """The shipped office_hours.yaml: the provinces that work every day."""
    return parse_round_the_clock(OFFICE_HOURS.read_text(encoding="utf-8"), OFFICE_HOURS.name)


@cache
def load_office_hours() -> Mapping[str, Dated[OfficeHours]]:
    """The shipped office_hours.yaml, by province_code."""
    return parse_office_hours(OFFICE_HOURS.read_text(encoding="utf-8"), OFFICE_HOURS.name)


@cache
def load_province_names() -> Mapping[str, str]:
    """province_code -> short name, for every province whose office hours are known."""
    return parse_province_names(OFFICE_HOURS.read_text(encoding="utf-8"), OFFICE_HOURS.name)


def days_between(first_on: date, last_on: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1)]

"""Administrative units, each valid on its own days. A code is re-used over time: the key is (code, day)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property

from geo.places import Coverage, PlaceDataError, coverage_on, coverages_of, places, rows_of
from geo.text import fold, sort_key, toned


class Level(StrEnum):
    """Levels of administration. Districts ended on 2025-07-01 (203/2025/QH15, 72/2025/QH15)."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class UnknownUnitError(LookupError):
    """No unit has this code on this day."""


@dataclass(frozen=True)
class AdminUnit:
    """One version of a unit: `valid_from <= day < valid_to`; None is open (since before 2004-08-31; still valid).

    `label_lon`, `label_lat` lie inside the polygon. `area_km2` is measured on the shipped polygon (WGS 84 ellipsoid).
    `former_province_codes`: provinces of 2025-06-30 on whose ground it lies, as far as boundaries of them are held.
    `decision`: the text that made this version, where known.
    """

    province_code: str
    code: str
    name: str
    full_name: str
    level: Level
    kind: str
    parent_code: str
    valid_from: date | None
    valid_to: date | None
    former_province_codes: tuple[str, ...]
    label_lon: float
    label_lat: float
    area_km2: float
    decision: str

    @cached_property
    def id(self) -> str:
        """Code and first day, unique over all time: "31522@2024-09-01"; the id of the boundary files."""
        return f"{self.code}@{self.valid_from or '0000'}"

    @cached_property
    def sort_key(self) -> str:
        """Vietnamese order of names as an ASCII string."""
        return sort_key(self.name)

    def valid_on(self, day: date) -> bool:
        """Whether this version holds on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


@dataclass(frozen=True)
class UnitBook:
    """The units that one province key leads to, with its coverages. Without coverages there are no boundaries.

    A place without boundaries (an unknown province, another country's city) is an empty book, not an error:
    `has_boundaries` is False, `units_on` is empty, and `geo.locate` flags every point `no_boundaries`.
    """

    province_code: str
    coverages: tuple[Coverage, ...]
    units: tuple[AdminUnit, ...]

    @property
    def has_boundaries(self) -> bool:
        """Whether any polygon is held for this place."""
        return bool(self.coverages)


def load(province_code: str) -> UnitBook:
    """The book of a province code or name ("94", "soctrang"), with the units of the provinces that succeeded it."""
    coverages = coverages_of(province_code)
    units = tuple(u for u in all_units() if any(_belongs(u, c) for c in coverages))
    return UnitBook(province_code, coverages, units)


def units_on(
    day: date,
    *,
    level: Level | str | None = None,
    province_code: str | None = None,
    ground: str | None = None,
) -> list[AdminUnit]:
    """Units valid on `day`, in Vietnamese order of names.

    `province_code`: code or name; one that has ended leads to its successor (geo.places.coverage_on). Unknown: empty.
    `ground`: only units on the ground of this former province ("94": the 43 communes of today's Cần Thơ there).
    """
    coverage = coverage_on(province_code, day) if province_code is not None else None
    if province_code is not None and coverage is None:
        return []
    wanted = Level(level) if level is not None else None
    found = [
        u
        for u in all_units()
        if u.valid_on(day)
        and (wanted is None or u.level == wanted)
        and (coverage is None or u.province_code == coverage.province_code)
        and (ground is None or _on_ground(u, ground))
    ]
    return sorted(found, key=lambda u: (u.sort_key, u.code))


def unit(code: str, day: date) -> AdminUnit:
    """The unit that has `code` on `day`. Raises `UnknownUnitError`, which names the days on which the code was used."""
    versions = _versions().get(code, ())
    for version in versions:
        if version.valid_on(day):
            return version
    used = "; ".join(f"{v.full_name} [{v.valid_from or '…'}, {v.valid_to or '…'})" for v in versions)
    raise UnknownUnitError(f"code {code!r} is no unit on {day}" + (f"; it was {used}" if used else ""))


def parent_of(of: AdminUnit, day: date | None = None) -> AdminUnit | None:
    """The unit one level up on `day` (default: the first day of this version that the data cover); None for a province."""
    if of.level == Level.PROVINCE:
        return None
    return unit(of.parent_code, day or _a_day_of(of))


def search(
    query: str, day: date, *, level: Level | str | None = None, province_code: str | None = None
) -> list[AdminUnit]:
    """Units of `day` whose name holds `query`, with or without diacritics; best match first, then Vietnamese order.

    Diacritics that the user did type count: "mỹ" finds Mỹ Xuyên before Mỷ…, "my" finds both. A code finds its unit.
    """
    ranked = [
        (rank, u.sort_key, u.code, u)
        for u in units_on(day, level=level, province_code=province_code)
        if (rank := _match_rank(query, u)) is not None
    ]
    return [u for *_, u in sorted(ranked, key=lambda r: r[:3])]


@cache
def all_units() -> tuple[AdminUnit, ...]:
    """Every version of every unit in data/units.csv. Raises `PlaceDataError` naming file, line and field."""
    return tuple(_read_row(row, where) for where, row in rows_of("units.csv"))


def epoch_start(day: date) -> date:
    """The last day up to `day` on which any unit changed (`date.min` before the first): a key for caches."""
    changes = _change_days()
    position = bisect_right(changes, day)
    return changes[position - 1] if position else date.min


@cache
def _change_days() -> list[date]:
    bounds = {d for u in all_units() for d in (u.valid_from, u.valid_to) if d is not None}
    return sorted(bounds | {c.valid_from for c in places().coverages})


def day_or_none(text: str) -> date | None:
    """ISO date of a data file; empty is None."""
    return date.fromisoformat(text) if text else None


def _read_row(row: dict[str, str], where: str) -> AdminUnit:
    try:
        return AdminUnit(
            province_code=row["province_code"],
            code=row["code"],
            name=row["name"],
            full_name=row["full_name"],
            level=Level(row["level"]),
            kind=row["kind"],
            parent_code=row["parent_code"],
            valid_from=day_or_none(row["valid_from"]),
            valid_to=day_or_none(row["valid_to"]),
            former_province_codes=tuple(row["former_province_codes"].split()),
            label_lon=float(row["label_lon"]),
            label_lat=float(row["label_lat"]),
            area_km2=float(row["area_km2"]),
            decision=row["decision"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlaceDataError(f"{where}: {error}") from error


@cache
def _versions() -> dict[str, tuple[AdminUnit, ...]]:
    by_code: dict[str, list[AdminUnit]] = {}
    for u in all_units():
        by_code.setdefault(u.code, []).append(u)
    return {code: tuple(versions) for code, versions in by_code.items()}


def _belongs(u: AdminUnit, coverage: Coverage) -> bool:
    starts_before_end = coverage.valid_to is None or u.valid_from is None or u.valid_from < coverage.valid_to
    ends_after_start = u.valid_to is None or u.valid_to > coverage.valid_from
    return u.province_code == coverage.province_code and starts_before_end and ends_after_start


def _on_ground(u: AdminUnit, ground: str) -> bool:
    former = {c.province_code for c in coverages_of(ground) if c.valid_to is not None}
    return not former.isdisjoint(u.former_province_codes)


def _a_day_of(u: AdminUnit) -> date:
    starts = [c.valid_from for c in coverages_of(u.province_code) if _belongs(u, c)]
    return max([d for d in (u.valid_from, *starts) if d is not None], default=date.max)


def _match_rank(query: str, u: AdminUnit) -> int | None:
    """0 for the code or whole name, then beginnings, then inside; diacritics as typed before folded ones."""
    if query.strip() == u.code:
        return 0
    for penalty, form in ((0, toned), (3, fold)):
        wanted = form(query)
        for name in (form(u.name), form(u.full_name)):
            if not wanted or name == wanted:
                return penalty
            if name.startswith(wanted):
                return penalty + 1
            if f" {wanted}" in f" {name}":
                return penalty + 2
    return None

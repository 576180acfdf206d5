"""What became of a unit, and what it was before: many-to-one, splits and renames, with shares of area."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from geo.places import PlaceDataError, rows_of
from geo.units import AdminUnit, Level, UnknownUnitError, all_units, parent_of, unit, units_on

WHOLE = 1 - 1e-9
ALL_GROUND_KNOWN = (
    0.99  # predecessors that make up this share of a unit's area are all of them, measuring errors aside
)


class NoSuchLevelError(ValueError):
    """The level does not exist on that day (districts, from 2025-07-01)."""


@dataclass(frozen=True)
class Step:
    """One row of data/succession.csv: on `changed_on`, `area_share` of the unit `from_code` became (part of) `to_code`.

    `relation`: full (whole unit merged), partial (a split), unchanged (same ground and name), renamed (name or kind).
    """

    from_code: str
    changed_on: date
    to_code: str
    relation: str
    area_share: float
    decision: str
    clause: str


@dataclass(frozen=True)
class Share:
    """`area_share` (0 to 1) of a unit's ground lies in `code` on the other day; `code` None: ground without boundaries."""

    code: str | None
    area_share: float

    @property
    def is_certain(self) -> bool:
        """Whether the whole unit goes there, so that figures move without an estimate."""
        return self.area_share >= WHOLE


def successors_of(code: str, day: date, to_day: date, *, level: Level | str | None = None) -> list[Share]:
    """Where the ground of the unit (code, day) lies on a later `to_day`, largest share first; shares add up to 1.

    `level` of the answer: by default the unit's own, or commune where that level has ended (a district's successors
    are communes). Shares of a split are of area, an estimate from the polygons.
    Raises `UnknownUnitError`, `NoSuchLevelError`, `ValueError` when `to_day` is before `day`.
    """
    if to_day < day:
        raise ValueError(
            f"successors of {code} are asked for {to_day}, which is before {day}: ask predecessors_of"
        )
    return list(shares(code, day, to_day, level))


def predecessors_of(code: str, day: date, to_day: date, *, level: Level | str | None = None) -> list[Share]:
    """Of what the ground of the unit (code, day) consisted on an earlier `to_day`; as `successors_of`, backwards."""
    if to_day > day:
        raise ValueError(
            f"predecessors of {code} are asked for {to_day}, which is after {day}: ask successors_of"
        )
    return list(shares(code, day, to_day, level))


@lru_cache(maxsize=65536)
def shares(code: str, day: date, to_day: date, level: Level | str | None = None) -> tuple[Share, ...]:
    """The ground of (code, day) among the units of `to_day` at `level`, in either direction of time."""
    start = unit(code, day)
    wanted = Level(level) if level is not None else _own_level(start, to_day)
    if wanted == start.level and start.valid_on(to_day):
        return (Share(code, 1.0),)
    totals: dict[str | None, float] = {}
    for piece, weight in _communes_of(start, day):
        for version, share in _carry(piece, to_day).items():
            key = _at_level(version, to_day, wanted)
            totals[key] = totals.get(key, 0.0) + weight * share
    return tuple(
        sorted((Share(c, s) for c, s in totals.items()), key=lambda s: (-s.area_share, s.code or ""))
    )


@cache
def steps() -> tuple[Step, ...]:
    """All rows of data/succession.csv. Raises `PlaceDataError` naming file, line and field."""
    return tuple(_read_step(row, where) for where, row in rows_of("succession.csv"))


def _read_step(row: dict[str, str], where: str) -> Step:
    try:
        return Step(
            from_code=row["from_code"],
            changed_on=date.fromisoformat(row["changed_on"]),
            to_code=row["to_code"],
            relation=row["relation"],
            area_share=float(row["area_share"]),
            decision=row["decision"],
            clause=row["clause"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlaceDataError(f"{where}: {error}") from error


def _communes_of(of: AdminUnit, day: date) -> list[tuple[AdminUnit, float]]:
    """The unit itself, if a commune; else its communes on `day`, each with its share of the area."""
    if of.level == Level.COMMUNE:
        return [(of, 1.0)]
    communes = units_on(day, level=Level.COMMUNE, province_code=of.province_code)
    inside = [u for u in communes if of.code in (u.parent_code, u.province_code)]
    if not inside:
        raise UnknownUnitError(f"{of.full_name} ({of.code}) has no communes on {day} in the data")
    total_km2 = sum(u.area_km2 for u in inside)
    return [(u, u.area_km2 / total_km2) for u in inside]


def _own_level(of: AdminUnit, day: date) -> Level:
    """The level of `of`, or commune where its province has no unit of that level on `day`."""
    exists = bool(units_on(day, level=of.level, province_code=of.province_code))
    return of.level if exists else Level.COMMUNE


def _carry(start: AdminUnit, to_day: date) -> dict[AdminUnit | None, float]:
    """Shares of one commune's ground among the communes of `to_day`; None gathers ground without boundaries."""
    ended = start.valid_to is not None and start.valid_to <= to_day
    follow: Callable[[AdminUnit], dict[AdminUnit | None, float]] = _next if ended else _previous
    shares_now: dict[AdminUnit | None, float] = {start: 1.0}
    while moving := [u for u in shares_now if u is not None and not u.valid_on(to_day)]:
        for version in moving:
            weight = shares_now.pop(version)
            for other, share in follow(version).items():
                shares_now[other] = shares_now.get(other, 0.0) + weight * share
    return shares_now


@cache
def _next(version: AdminUnit) -> dict[AdminUnit | None, float]:
    """One step forwards: who holds this version's ground on the day it ended."""
    rows = [s for s in steps() if s.from_code == version.code and s.changed_on == version.valid_to]
    found = {unit(s.to_code, s.changed_on): s.area_share for s in rows}
    return _with_unknown(found, sum(found.values()))


@cache
def _previous(version: AdminUnit) -> dict[AdminUnit | None, float]:
    """One step backwards: whose ground this version took over, by area."""
    found: dict[AdminUnit, float] = {}
    for step in steps():
        if step.to_code == version.code and step.changed_on == version.valid_from:
            before = _version_ending(step.from_code, step.changed_on)
            found[before] = before.area_km2 * step.area_share
    known_share = sum(found.values()) / version.area_km2
    return _with_unknown({u: area / version.area_km2 for u, area in found.items()}, known_share)


def _with_unknown(found: dict[AdminUnit, float], known_share: float) -> dict[AdminUnit | None, float]:
    """Shares that add up to 1: the ground that no row speaks of goes to None; measuring errors are evened out."""
    result: dict[AdminUnit | None, float] = {u: share for u, share in found.items()}  # noqa: C416
    if known_share >= ALL_GROUND_KNOWN:
        return {u: share / known_share for u, share in result.items()}
    result[None] = 1.0 - known_share
    return result


def _version_ending(code: str, changed_on: date) -> AdminUnit:
    for version in all_units():
        if version.code == code and version.valid_to == changed_on:
            return version
    raise PlaceDataError(f"succession.csv: no version of {code} ends on {changed_on}")


def _at_level(version: AdminUnit | None, day: date, level: Level) -> str | None:
    """Code of the unit at `level` that holds the commune `version` on `day`."""
    holder = version
    while holder is not None and holder.level != level:
        holder = parent_of(holder, day)
    if version is not None and holder is None:
        raise NoSuchLevelError(f"there is no {level} above {version.full_name} ({version.code}) on {day}")
    return holder.code if holder is not None else None

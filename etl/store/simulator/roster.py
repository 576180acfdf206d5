"""The units of a province: who they are, who is in charge of what where, and what they are like."""

import zlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Dice, Floats, Ints
from etl.store.simulator.places import Places
from geo.units import AdminUnit, Level, all_units, unit

NOBODY = -1


@dataclass(frozen=True)
class Unit:
    """One row of the store's unit table, and the role by which data/fields.yaml calls it."""

    code: str
    name: str
    short_name: str
    level: str
    role: str
    parent: str | None
    district: str | None
    commune: str | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Habits:
    """What each unit is like, one number per unit; hours are hours at the desk."""

    hours: Floats
    sigma: Floats
    leader_hours: Floats
    wrong_return_hours: Floats
    careless: Floats
    unclarified: Floats
    pleased: Floats


@dataclass(frozen=True)
class Roster:
    """The units, numbered; `in_charge[role, commune]` is the unit that plays the role there."""

    units: tuple[Unit, ...]
    roles: tuple[str, ...]
    in_charge: Ints
    habits: Habits
    ioc: int

    def role(self, name: str) -> int:
        """Number of a role."""
        return self.roles.index(name)

    def exists_on(self, days: NDArray[np.datetime64]) -> Bools:
        """Whether each unit (column) exists on each day (row)."""
        first = np.array([u.valid_from or date.min for u in self.units], dtype="datetime64[D]")
        end = np.array([u.valid_to or date.max for u in self.units], dtype="datetime64[D]")
        return (first <= days[:, None]) & (days[:, None] < end)


def load_roster(province_code: str, seed: int, places: Places) -> Roster:
    """The units of the province for the communes of `places`."""
    data = read("units")
    province = next(u for u in all_units() if u.code == province_code and u.level == Level.PROVINCE)
    units = [_province_unit(entry, province.name) for entry in data["province_units"]]
    districts = _districts(places)
    units += [_district_unit(e, d) for e in data["district_units"] for d in districts]
    local = [_commune_unit(data["commune_unit"], c) for c in places.communes]
    units += _distinct({u.code: u for u in local}, {d.code: d.name for d in districts})
    number = {u.code: n for n, u in enumerate(units)}
    roles = tuple(dict.fromkeys([*(u.role for u in units), *(e["role"] for e in data["district_units"])]))
    in_charge = _in_charge(units, roles, places, [number[u.code] for u in local])
    return Roster(tuple(units), roles, in_charge, _habits(units, seed), number["IOC"])


def _province_unit(entry: dict[str, str], province: str) -> Unit:
    name, short = entry["name"].format(province=province), entry["short"].format(province=province)
    return Unit(entry["code"], name, short, entry["level"], entry["role"], None, None, None, None, None)


def _districts(places: Places) -> list[AdminUnit]:
    found: dict[str, AdminUnit] = {}
    for commune in places.communes:
        district = _district_of(commune)
        if district is not None:
            found[district.id] = district
    return list(found.values())


def _district_of(commune: AdminUnit) -> AdminUnit | None:
    day = max(commune.valid_from or date.min, date(2021, 1, 1))
    parent = unit(commune.parent_code, day)
    return parent if parent.level == Level.DISTRICT else None


def _abbreviated(text: str) -> str:
    for long, short in read("units")["abbreviations"].items():
        text = text.replace(long, short)
    return text


def _version(place: AdminUnit) -> str:
    """Codes are re-used over time and unit codes are not: versions that began since 2021 carry their year."""
    recent = place.valid_from is not None and place.valid_from.year > 2020
    return f"{place.code}-{place.valid_from:%Y}" if recent else place.code


def _district_unit(entry: dict[str, str], place: AdminUnit) -> Unit:
    code = entry["code"].format(place=_version(place))
    short = _abbreviated(entry["short"].format(full_name=place.full_name))
    name = entry["name"].format(full_name=place.full_name[0].lower() + place.full_name[1:])
    parent = entry["parent"] or None
    return Unit(
        code,
        name,
        short,
        entry["level"],
        entry["role"],
        parent,
        place.code,
        None,
        place.valid_from,
        place.valid_to,
    )


def _commune_unit(entry: dict[str, str], place: AdminUnit) -> Unit:
    district = _district_of(place)
    lower = place.full_name[0].lower() + place.full_name[1:]
    name = entry["name"].format(full_name=lower, district=district.full_name if district else "")
    short = _abbreviated(entry["short"].format(full_name=place.full_name))
    return Unit(
        code=entry["code"].format(place=_version(place)),
        name=name.removesuffix(", "),
        short_name=short,
        level=entry["level"],
        role=entry["role"],
        parent=entry["parent"].format(district_place=_version(district)) if district else None,
        district=district.code if district else None,
        commune=place.code,
        valid_from=place.valid_from,
        valid_to=place.valid_to,
    )


def _distinct(units: dict[str, Unit], district_names: dict[str, str]) -> list[Unit]:
    """Units whose short name is not theirs alone get their district's name behind it."""
    counts = Counter(u.short_name for u in units.values())
    return [
        replace(u, short_name=f"{u.short_name}, {district_names[u.district]}")
        if u.district and (counts[u.short_name] > 1 or u.short_name[-1].isdigit())
        else u
        for u in units.values()
    ]


def _in_charge(units: list[Unit], roles: tuple[str, ...], places: Places, commune_unit: list[int]) -> Ints:
    """Without districts their UBND's work is the commune's, their police's and power company's the province's."""
    by_role_and_place = {
        (u.role, u.district, u.valid_from): n for n, u in enumerate(units) if u.role != "commune"
    }
    table = np.full((len(roles), len(places.communes)), NOBODY, dtype=np.int64)
    stand_in = {"district": "commune", "district_police": "police", "district_power": "power"}
    order = sorted(
        range(len(roles)), key=lambda r: roles[r] in stand_in
    )  # stand-ins after those they lean on
    for role in order:
        name = roles[role]
        for place, commune in enumerate(places.communes):
            district = _district_of(commune) if name in stand_in else None
            if name == "commune":
                table[role, place] = commune_unit[place]
            elif name not in stand_in:
                table[role, place] = by_role_and_place[name, None, None]
            elif district is not None:
                table[role, place] = by_role_and_place[name, district.code, district.valid_from]
            else:
                table[role, place] = table[roles.index(stand_in[name]), place]
    return table


def _habits(units: list[Unit], seed: int) -> Habits:
    kinds = list(read("habits")["units"].values())
    dice = Dice(seed, np.array([zlib.crc32(u.code.encode()) for u in units], dtype=np.int64))
    kind = dice.choose("kind of unit", [k["share"] for k in kinds])
    wobble = dice.lognormal("own pace", 1.0, 0.1)

    def column(name: str) -> Floats:
        return np.array([k[name] for k in kinds], dtype=np.float64)[kind]

    return Habits(
        hours=column("hours") * wobble,
        sigma=column("sigma"),
        leader_hours=column("leader_hours") * wobble,
        wrong_return_hours=column("wrong_return_hours"),
        careless=column("careless"),
        unclarified=column("unclarified"),
        pleased=column("pleased"),
    )

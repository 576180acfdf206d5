"""Where reports are sent from: points inside the real communes of each day, with more people in the towns."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import shapely

from etl.store.simulator.dice import Bools, Dice, Floats, Ints
from etl.store.simulator.office import EPOCH
from geo.boundaries import layer_starts, polygon_of
from geo.places import Coverage, coverage_on
from geo.units import AdminUnit, Level, units_on

POINTS_PER_COMMUNE = 160
_INSET_DEG = 0.0004  # about 45 m: points keep away from the borders, jitter cannot cross them
_JITTER_DEG = 0.0002
_POPULATION = {"phường": 5.0, "thị trấn": 3.5, "xã": 1.0}
_TOWN_SHARE = 0.35
_TOWN_SPREAD_DEG = 0.008


class NoBoundariesError(LookupError):
    """The province has no boundaries on a day on which reports should be sent."""


@dataclass(frozen=True, eq=False)
class Places:
    """All communes of all eras (an era is an interval without a change of communes), in one numbering."""

    first_days: Ints  # first day number of each era
    offsets: Ints  # number of the era's first commune; one more at the end
    communes: tuple[AdminUnit, ...]
    weights: Floats
    lon: Floats  # (commune, point)
    lat: Floats

    def era_of(self, day_numbers: Ints) -> Ints:
        """Era of each day."""
        return np.maximum(np.searchsorted(self.first_days, day_numbers, side="right") - 1, 0)

    def choose(self, dice: Dice, era: Ints) -> Ints:
        """A commune of each report's era, by population."""
        found = np.zeros(len(era), dtype=np.int64)
        for number in np.unique(era):
            rows = np.flatnonzero(era == number)
            low, high = self.offsets[number], self.offsets[number + 1]
            found[rows] = low + dice.at(rows).choose("commune", self.weights[low:high])
        return found

    def points(self, origin: Dice, own: Dice, commune: Ints) -> tuple[Floats, Floats]:
        """A point in each commune; reports of one origin lie within some 40 m of each other."""
        pick = origin.below("point", POINTS_PER_COMMUNE)
        east, north = jitter(own)
        return self.lon[commune, pick] + east, self.lat[commune, pick] + north

    def another(self, dice: Dice, era: Ints) -> Ints:
        """Any commune of the era, by chance the same."""
        return self.offsets[era] + dice.below("another commune", self.offsets[era + 1] - self.offsets[era])

    def out_of_the_land(self, dice: Dice) -> tuple[Floats, Floats]:
        """Points east of the province: at sea where it has a coast."""
        n = len(dice.ids)
        return np.full(n, self.lon.max()) + dice.uniform("sea", 0.2, 0.9), dice.uniform(
            "sea2", self.lat.min(), self.lat.max()
        )


def jitter(own: Dice) -> tuple[Floats, Floats]:
    """Degrees east and north that each report lies off its point."""
    return own.uniform("east", -_JITTER_DEG, _JITTER_DEG), own.uniform("north", -_JITTER_DEG, _JITTER_DEG)


@cache
def load_places(province_code: str, seed: int, first: date, last: date) -> Places:
    """The communes from `first` to `last`. Raises NoBoundariesError naming the day without boundaries."""
    communes: list[AdminUnit] = []
    offsets, first_days, lon, lat = [0], [], [], []
    for day in _era_starts(province_code, first, last):
        coverage = _coverage(province_code, day)
        found = units_on(day, level=Level.COMMUNE, province_code=province_code, ground=province_code)
        for unit in sorted(found, key=lambda u: u.code):
            x, y = _points(unit, coverage, seed)
            lon.append(x)
            lat.append(y)
            communes.append(unit)
        offsets.append(len(communes))
        first_days.append((day - EPOCH).days)
    return Places(
        first_days=np.array(first_days, dtype=np.int64),
        offsets=np.array(offsets, dtype=np.int64),
        communes=tuple(communes),
        weights=_weights(communes, seed),
        lon=np.array(lon),
        lat=np.array(lat),
    )


def _coverage(province_code: str, day: date) -> Coverage:
    coverage = coverage_on(province_code, day)
    if coverage is None:
        raise NoBoundariesError(
            f"province {province_code} has no boundaries on {day}: choose a span that geo/data covers"
        )
    return coverage


def _era_starts(province_code: str, first: date, last: date) -> list[date]:
    starts = {first}
    day = first
    while day <= last:
        coverage = _coverage(province_code, day)
        starts |= {d for d in layer_starts(coverage) if first < d <= last}
        day = coverage.valid_to or last + timedelta(days=1)
        if day <= last:
            starts.add(day)
    return sorted(starts)


def _weights(communes: list[AdminUnit], seed: int) -> Floats:
    numbers = np.array([int(u.code) for u in communes], dtype=np.int64)
    kinds = np.array([_POPULATION.get(u.kind, 1.0) for u in communes])
    return kinds * Dice(seed, numbers).lognormal("population", 1.0, 0.7)


def _points(unit: AdminUnit, coverage: Coverage, seed: int) -> tuple[Floats, Floats]:
    polygon = polygon_of(unit, coverage)
    core = shapely.buffer(polygon, -_INSET_DEG)
    area = polygon if shapely.is_empty(core) else core
    shapely.prepare(area)
    rng = np.random.default_rng([seed, int(unit.code)])
    x0, y0, x1, y1 = shapely.bounds(area)
    lon, lat = np.zeros(0), np.zeros(0)
    while len(lon) < POINTS_PER_COMMUNE:
        x, y = rng.uniform(x0, x1, 800), rng.uniform(y0, y1, 800)
        in_town = rng.random(800) < _TOWN_SHARE
        x[in_town] = rng.normal(unit.label_lon, _TOWN_SPREAD_DEG, in_town.sum())
        y[in_town] = rng.normal(unit.label_lat, _TOWN_SPREAD_DEG, in_town.sum())
        inside: Bools = shapely.contains_xy(area, x, y)
        lon, lat = np.concatenate([lon, x[inside]]), np.concatenate([lat, y[inside]])
    return lon[:POINTS_PER_COMMUNE], lat[:POINTS_PER_COMMUNE]

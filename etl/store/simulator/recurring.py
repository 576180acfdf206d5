"""Places where the same matter comes back: a rubbish corner, a street that every spring tide floods, a loud bar."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Dice, Floats, Ints
from etl.store.simulator.office import DAY_S, EPOCH, day_number
from etl.store.simulator.places import Places
from geo.locate import locate_many

_NEW_MOON_S = 947_182_440  # 6 January 2000 18:14 UTC
_MOON_S = 29.530588 * DAY_S
_TIDE_S = 3 * DAY_S
_FRIDAY = 4


@dataclass(frozen=True, eq=False)
class Sites:
    """All sites of a world in one numbering, kind by kind. commune: per era, -1 where the place lies in none."""

    field: Ints
    rhythm: tuple[str, ...]
    kind: Ints
    kind_weights: Floats
    lon: Floats
    lat: Floats
    commune: Ints  # (era, site)
    cured_on: Ints  # day number; never: far away

    def of_matters(self, matter: Dice, sent_at: Ints, era: Ints) -> Ints:
        """The site of each matter that was first told at `sent_at`; -1 for all that belong to none."""
        tried = matter.chance("recurring", read("recurring")["share"])
        kind = matter.choose("recurring kind", self.kind_weights)
        site = self._site(matter, kind)
        day = day_number(sent_at)
        is_due = np.zeros(len(sent_at), dtype=bool)
        for rhythm in set(self.rhythm):
            rows = np.isin(kind, [k for k, own in enumerate(self.rhythm) if own == rhythm])
            is_due[rows] = _due(rhythm, sent_at[rows], day[rows])
        takes_part = tried & is_due & (day < self.cured_on[site]) & (self.commune[era, site] >= 0)
        return np.where(takes_part, site, -1)

    def _site(self, matter: Dice, kind: Ints) -> Ints:
        """Within a kind the first site is the worst, the second half as bad, and so on."""
        found = np.zeros(len(kind), dtype=np.int64)
        for number in range(len(self.rhythm)):
            own, rows = np.flatnonzero(self.kind == number), np.flatnonzero(kind == number)
            found[rows] = own[matter.at(rows).choose("recurring site", 1 / np.arange(1, len(own) + 1))]
        return found


def _due(rhythm: str, sent_at: Ints, day: Ints) -> Bools:
    if rhythm == "weekend":
        return (day + 3) % 7 >= _FRIDAY  # 1970-01-01 was a Thursday
    if rhythm == "spring_tide":
        since_s = (sent_at - _NEW_MOON_S) % (_MOON_S / 2)  # new and full moon alike
        month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
        return (since_s < _TIDE_S) & np.isin(month, read("recurring")["high_water_months"])
    return np.ones(len(day), dtype=bool)


@cache
def load_sites(province_code: str, seed: int, places: Places, first_on: date) -> Sites:
    """The sites of a world: where people live, at fixed places whatever becomes of the communes there."""
    data = read("recurring")
    kinds: list[dict[str, Any]] = data["kinds"]
    codes = [f["code"] for f in read("fields")["fields"]]
    kind = np.repeat(np.arange(len(kinds)), [k["sites"] for k in kinds])
    dice = Dice(seed, np.arange(1, len(kind) + 1))
    home = places.choose(Dice(seed, dice.ids + 1_000_000), np.zeros(len(kind), dtype=np.int64))
    lon, lat = places.points(Dice(seed, dice.ids + 2_000_000), dice, home)
    cured = dice.uniform("cured on", *data["cured_days"]).astype(np.int64) + (first_on - EPOCH).days
    return Sites(
        field=np.array([codes.index(kinds[k]["field"]) for k in kind]),
        rhythm=tuple(k["rhythm"] for k in kinds),
        kind=kind,
        kind_weights=np.array([k["weight"] for k in kinds], dtype=np.float64),
        lon=lon,
        lat=lat,
        commune=_communes(province_code, places, lon, lat),
        cured_on=np.where(dice.chance("cured", data["cured_share"]), cured, np.iinfo(np.int64).max),
    )


def _communes(province_code: str, places: Places, lon: Floats, lat: Floats) -> Ints:
    """Number of each site's commune in each era."""
    rows = []
    for era, first in enumerate(places.first_days.tolist()):
        low, high = places.offsets[era], places.offsets[era + 1]
        numbers = {u.code: low + n for n, u in enumerate(places.communes[low:high])}
        found = locate_many(lon, lat, EPOCH + timedelta(days=first), province_code)["commune_code"]
        rows.append([numbers.get(code, -1) for code in found])
    return np.array(rows, dtype=np.int64)

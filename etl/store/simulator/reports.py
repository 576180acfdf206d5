"""What is reported: place, field, channel, urgency, sender, and reports that repeat an earlier one."""

from dataclasses import dataclass, fields, replace

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Dice, Floats, Ints
from etl.store.simulator.office import day_number
from etl.store.simulator.places import jitter
from etl.store.simulator.setting import Setting

_CHAIN = 4  # a repeated report may repeat a repeated one; longer chains are cut
URGENCY = ("normal", "urgent", "instant")
SECRECY = ("none", "sender", "state")
_MAY_BE_URGENT = ("GT", "HTDT", "ANTT", "NUOC", "DIEN", "CX")


@dataclass(frozen=True)
class Reports:
    """A block of reports, one entry per report in every array; -1 or NaN where there is none."""

    number: Ints
    sent_at: Ints
    origin: Ints  # number of the report whose matter it repeats, else its own
    sender: Ints
    field: Ints
    first_field: Ints  # what it was before it was reclassified
    channel: Ints
    urgency: Ints
    secrecy: Ints
    era: Ints
    commune: Ints
    lon: Floats
    lat: Floats
    store_commune: Ints
    is_merged: Bools
    deleted_at: Ints

    def at(self, rows: Ints | Bools) -> "Reports":
        """Some of the reports."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def __add__(self, other: "Reports") -> "Reports":
        return replace(
            self,
            **{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)},
        )


def make_reports(setting: Setting, number: Ints) -> Reports:
    """The reports with these numbers: always the same, however they are batched."""
    dice = Dice(setting.seed, number)
    shares = read("habits")["shares"]
    sent_at = setting.arrivals.sent_at(number)
    era = setting.places.era_of(day_number(sent_at))
    origin, is_near = _origins(setting, number, era)
    matter = Dice(setting.seed, origin)
    first_sent_at = setting.arrivals.sent_at(origin)
    site = _sites(setting, matter, first_sent_at, era)
    field = _field(setting.province_code, matter, first_sent_at)
    commune = setting.places.choose(matter, era)
    if setting.sites is not None:
        field = np.where(site >= 0, setting.sites.field[site], field)
        commune = np.where(site >= 0, setting.sites.commune[era, site], commune)
    lon, lat = _coordinates(setting, matter, dice, commune, site)
    wrong = dice.chance("reclassified", shares["reclassified"])
    first_field = np.where(wrong, dice.below("first field", len(read("fields")["fields"])), field)
    deleted = dice.chance("deleted", shares["deleted"])
    return Reports(
        number=number,
        sent_at=sent_at,
        origin=origin,
        sender=_sender(setting, number),
        field=field,
        first_field=first_field,
        channel=dice.choose("channel", [c["weight"] for c in read("fields")["channels"]]),
        urgency=_urgency(dice, field),
        secrecy=dice.choose("secrecy", [1, shares["secret_sender"], shares["secret_state"]]),
        era=era,
        commune=commune,
        lon=lon,
        lat=lat,
        store_commune=_store_commune(setting, dice, era, commune),
        is_merged=is_near & (origin != number) & dice.chance("noticed", shares["noticed_duplicate"]),
        deleted_at=np.where(
            deleted, sent_at + (dice.uniform("deleted at", 1, 240) * 3600).astype(np.int64), -1
        ),
    )


def _parent(setting: Setting, number: Ints, kind: str) -> Ints:
    """The earlier report that this one repeats (its own number if none): of the last days, or weeks ago by its sender."""
    dice = Dice(setting.seed, number)
    repeats = dice.chance(kind, read("habits")["shares"][kind])
    low, high = (0.0, 3.0) if kind == "duplicate" else (15.0, 70.0)
    back = 1 + (setting.reports_per_day * dice.uniform(kind + " back", low, high)).astype(np.int64)
    return np.where(repeats & (number > back), number - back, number)


def _origins(setting: Setting, number: Ints, era: Ints) -> tuple[Ints, Bools]:
    near = _parent(setting, number, "duplicate")
    is_near = near != number
    origin = number
    for _ in range(_CHAIN):
        near = _parent(setting, origin, "duplicate")
        origin = np.where(near != origin, near, _parent(setting, origin, "repeated"))
    other_era = setting.places.era_of(day_number(setting.arrivals.sent_at(origin))) != era
    return np.where(other_era, number, origin), is_near


def _sender(setting: Setting, number: Ints) -> Ints:
    """Number of the citizen; some send many reports, and who repeats a report weeks later is the same person."""
    first = number
    for _ in range(_CHAIN):
        near = _parent(setting, first, "duplicate")
        first = np.where(near != first, first, _parent(setting, first, "repeated"))
    pool = citizens_until(first)
    return 1 + (Dice(setting.seed, first).uniform("sender") ** 1.3 * pool).astype(np.int64)


def citizens_until(number: Ints) -> Ints:
    """How many citizens exist when that report is sent."""
    return (0.45 * (number + 600)).astype(np.int64)


def _field(province_code: str, matter: Dice, sent_at: Ints) -> Ints:
    data = read("fields")
    is_central = province_code in data["central_coast"]["provinces"]
    seasons = {**data["seasons"], **(data["central_coast"] if is_central else {})}
    by_month = np.array([[f["weight"] * m for m in seasons[f["season"]]] for f in data["fields"]]).T
    edges = np.cumsum(by_month, axis=1)
    month = (sent_at + 7 * 3600).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    mine = edges[month]
    goal = matter.uniform("field") * mine[:, -1]
    return (mine <= goal[:, None]).sum(axis=1).clip(max=len(data["fields"]) - 1)


def _sites(setting: Setting, matter: Dice, first_sent_at: Ints, era: Ints) -> Ints:
    """Number of the recurring place of each matter, -1 for none."""
    if setting.sites is None:
        return np.full(len(era), -1, dtype=np.int64)
    return setting.sites.of_matters(matter, first_sent_at, era)


def _urgency(dice: Dice, field: Ints) -> Ints:
    shares = read("habits")["shares"]
    may = np.array([f["code"] in _MAY_BE_URGENT for f in read("fields")["fields"]])[field]
    drawn = dice.choose(
        "urgency", [1 - shares["urgent"] - shares["instant"], shares["urgent"], shares["instant"]]
    )
    return np.where(may, drawn, 0)


def _coordinates(
    setting: Setting, matter: Dice, dice: Dice, commune: Ints, site: Ints
) -> tuple[Floats, Floats]:
    dirt = read("habits")["dirt"]
    lon, lat = setting.places.points(matter, dice, commune)
    if setting.sites is not None:
        east, north = jitter(dice)
        lon = np.where(site >= 0, setting.sites.lon[site] + east, lon)
        lat = np.where(site >= 0, setting.sites.lat[site] + north, lat)
    sea_lon, sea_lat = setting.places.out_of_the_land(dice)
    kinds = ["no_coordinates", "swapped", "zero", "at_sea"]
    shares = [dirt[k] for k in kinds]
    kind = dice.choose("coordinates", [*shares, 1 - sum(shares)])
    empty, none = np.full(len(lon), np.nan), np.zeros(len(lon))
    choices = [kind == 0, kind == 1, kind == 2, kind == 3]
    return (
        np.round(np.select(choices, [empty, lat, none, sea_lon], lon), 6),
        np.round(np.select(choices, [empty, lon, none, sea_lat], lat), 6),
    )


def _store_commune(setting: Setting, dice: Dice, era: Ints, commune: Ints) -> Ints:
    dirt = read("habits")["dirt"]
    kind = dice.choose(
        "store commune",
        [dirt["no_commune"], dirt["wrong_commune"], 1 - dirt["no_commune"] - dirt["wrong_commune"]],
    )
    return np.select(
        [kind == 0, kind == 1], [np.full(len(commune), -1), setting.places.another(dice, era)], commune
    )

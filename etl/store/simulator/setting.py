"""What a world is made of: its parameters (kept in the store as JSON) and the parts that follow from them."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Self

import numpy as np

from etl.store.simulator.arrivals import HOUR_S, Arrivals, Epoch, Rhythm
from etl.store.simulator.data import read
from etl.store.simulator.office import DAY_S, EPOCH, UTC_OFFSET_S, Office, start_of, working_days
from etl.store.simulator.places import Places, load_places
from etl.store.simulator.recurring import Sites, load_sites
from etl.store.simulator.roster import Roster, load_roster

WORLD_VERSION = 2
"""Raise it with every change of code or data that gives other events: a store goes on only in the world it began in."""
_AHEAD = timedelta(days=400)  # how far a process can look beyond its start; a restart looks as far again


class OtherWorldError(Exception):
    """The store was filled by another version of the simulator; its world cannot be continued."""


@dataclass(frozen=True)
class Setting:
    """Parameters of a world. Everything else is a pure function of them; `ahead_until` only limits how far one sees."""

    province_code: str
    seed: int
    from_at: int
    epochs: tuple[Epoch, ...]
    ahead_until: int
    has_recurring: bool = False
    """Whether some matters come back at the same places (data/recurring.yaml); a world without it stays as it was."""

    @classmethod
    def begin(
        cls,
        province_code: str,
        seed: int,
        reports: int,
        from_on: date,
        now: datetime,
        *,
        has_recurring: bool = False,
    ) -> Self:
        """A world that begins on `from_on` and has had exactly `reports` reports at `now`."""
        from_at, now_s = start_of(from_on), int(now.timestamp())
        unit = cls(province_code, seed, from_at, (Epoch(from_at, 1.0),), _horizon(now), has_recurring)
        edges, expected = unit.arrivals.expected
        per_week = reports / float(np.interp(now_s, edges, expected))
        return replace(unit, epochs=(Epoch(from_at, per_week),))

    @classmethod
    def from_json(cls, record: dict[str, Any], now: datetime) -> Self:
        """The world that `to_json` described, seen until well after `now`. Raises OtherWorldError."""
        if record.get("version") != WORLD_VERSION:
            raise OtherWorldError(
                f"the store holds a world of simulator version {record.get('version')}, this one is {WORLD_VERSION}: "
                "make it anew with `ioc store init --recreate`"
            )
        epochs = tuple(Epoch(**e) for e in record["epochs"])
        has_recurring = record.get("has_recurring", False)
        return cls(
            record["province_code"], record["seed"], record["from_at"], epochs, _horizon(now), has_recurring
        )

    def to_json(self) -> dict[str, Any]:
        """What has to be kept so that the same world can be continued."""
        record = asdict(self)
        del record["ahead_until"]
        return {"version": WORLD_VERSION, **record}

    def busier(self, factor: float, from_instant: int) -> Self:
        """The same past; from the next full hour `factor` times as many reports as at first."""
        from_at = from_instant // HOUR_S * HOUR_S + HOUR_S
        kept = tuple(e for e in self.epochs if e.from_at < from_at)
        rate = self.epochs[0].reports_per_week * factor
        return (
            self if kept[-1].reports_per_week == rate else replace(self, epochs=(*kept, Epoch(from_at, rate)))
        )

    @property
    def reports_per_day(self) -> float:
        """In a typical week of the first epoch."""
        return self.epochs[0].reports_per_week / 7

    @cached_property
    def arrivals(self) -> Arrivals:
        """When reports are sent."""
        data = read("habits")
        rhythm = Rhythm(
            hours=np.array(data["rhythm"]["hours"]),
            weekdays=np.array(data["rhythm"]["weekdays"]),
            months=np.array(data["rhythm"]["months"]),
            quiet_days=np.array(sorted((d - EPOCH).days for d in tet_days()), dtype=np.int64),
            quiet_factor=data["rhythm"]["tet_factor"],
        )
        return Arrivals(self.seed, rhythm, self.from_at, self.ahead_until, self.epochs)

    @cached_property
    def office(self) -> Office:
        """When staff are at their desks."""
        data = read("habits")["office"]
        sessions = tuple((a * 60, b * 60) for a, b in data["sessions"][self.province_code])
        first, last = self._day(self.from_at - 30 * DAY_S), self._day(self.ahead_until + 400 * DAY_S)
        fixed = {
            date(year, int(text[:2]), int(text[3:]))
            for year in range(first.year, last.year + 1)
            for text in data["fixed_days"]
        }
        return Office(working_days(first, last, frozenset(fixed | tet_days())), sessions)

    @cached_property
    def places(self) -> Places:
        """The communes of its days."""
        return load_places(
            self.province_code, self.seed, self._day(self.from_at), self._day(self.ahead_until)
        )

    @cached_property
    def sites(self) -> Sites | None:
        """Its places to which the same matter comes back."""
        if not self.has_recurring:
            return None
        return load_sites(self.province_code, self.seed, self.places, self._day(self.from_at))

    @cached_property
    def roster(self) -> Roster:
        """Its units."""
        return load_roster(self.province_code, self.seed, self.places)

    @staticmethod
    def _day(instant: int) -> date:
        return EPOCH + timedelta(days=(instant + UTC_OFFSET_S) // DAY_S)


def tet_days() -> set[date]:
    """Days around the lunar new year on which desks are empty: two before, the day, four after."""
    return {first + timedelta(days=n) for first in read("habits")["office"]["tet"] for n in range(-2, 5)}


def _horizon(now: datetime) -> int:
    return start_of((now.astimezone(UTC) + _AHEAD).date())


def instant(seconds: int) -> datetime:
    """Unix seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)

"""When reports are sent: rush hours, weekends, rainy season, Tết, quiet and loud days."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl.store.simulator.dice import Dice, Floats, Ints
from etl.store.simulator.office import DAY_S, UTC_OFFSET_S

HOUR_S = 3600
_DAY_NOISE_SIGMA = 0.18


@dataclass(frozen=True)
class Epoch:
    """From `from_at` (Unix seconds, a full hour) reports come at `reports_per_week` in a typical week."""

    from_at: int
    reports_per_week: float


@dataclass(frozen=True)
class Rhythm:
    """Relative weights: 24 hours of a working day, 7 weekdays (Monday first), 12 months; `quiet_days` are Tết."""

    hours: Floats
    weekdays: Floats
    months: Floats
    quiet_days: Ints
    quiet_factor: float


@dataclass(frozen=True)
class Arrivals:
    """Report number n (from 1) of a world is sent at a fixed instant, ascending with n."""

    seed: int
    rhythm: Rhythm
    from_at: int
    until_at: int
    epochs: tuple[Epoch, ...]

    @cached_property
    def _hour_weight(self) -> Floats:
        hours = np.arange(self.from_at, self.until_at, HOUR_S, dtype=np.int64) + UTC_OFFSET_S
        day = hours // DAY_S
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
        month = hours.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
        weight = (
            self.rhythm.hours[hours % DAY_S // HOUR_S]
            * self.rhythm.weekdays[weekday]
            * self.rhythm.months[month]
        )
        weight = weight * Dice(self.seed, day).lognormal("loud day", 1.0, _DAY_NOISE_SIGMA)
        return np.where(np.isin(day, self.rhythm.quiet_days), weight * self.rhythm.quiet_factor, weight)

    @cached_property
    def expected(self) -> tuple[Ints, Floats]:
        """Hour edges (Unix seconds), and the expected number of reports sent before each."""
        edges = np.arange(self.from_at, self.until_at + 1, HOUR_S, dtype=np.int64)
        per_week = np.zeros(len(edges) - 1)
        for epoch in self.epochs:
            per_week[edges[:-1] >= epoch.from_at] = epoch.reports_per_week
        typical = self.rhythm.hours.sum() * self.rhythm.weekdays.sum() * self.rhythm.months.mean()
        expected = np.concatenate([[0.0], np.cumsum(self._hour_weight * per_week / typical)])
        return edges, expected

    def sent_at(self, numbers: Ints) -> Ints:
        """Unix seconds at which the reports are sent."""
        edges, expected = self.expected
        at = np.interp(numbers - 1 + Dice(self.seed, numbers).uniform("sent"), expected, edges)
        return at.astype(np.int64)

    def sent_until(self, instant: int) -> int:
        """How many reports were sent at or before `instant`; so also the last number of that time."""
        edges, expected = self.expected
        guess = int(np.interp(instant, edges, expected))
        near = np.arange(max(guess - 2, 1), guess + 3, dtype=np.int64)
        return int(near[0] - 1 + np.count_nonzero(self.sent_at(near) <= instant))

"""Did a hot spot come back after it was closed? Reports before and after the last closing, in equal windows. Pure.

The two counts are held against each other by the exact conditional binomial test of two Poisson rates: of all reports
in both windows, the share after the closing is 1/2 if nothing has changed; its Clopper-Pearson interval gives that
of the rate ratio. A spot was chosen because it had been high, so part of any fall would have come by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from scipy import special

from kpi.hotspots import BeforeAfterRule

TAIL = 0.025
"""Each side of a 95 % interval."""
Verdict = Literal["still_open", "too_early", "fell", "rose", "unclear"]


@dataclass(frozen=True)
class Sent:
    """One report of the spot that stands (not refused, withdrawn or merged)."""

    sent_at: datetime
    status: str
    closed_at: datetime | None


@dataclass(frozen=True)
class RateRatio:
    """after / before in equal windows with its 95 % interval; None: without bound, or nothing to divide by."""

    ratio: float | None
    low: float
    high: float | None

    @classmethod
    def of(cls, before: int, after: int) -> "RateRatio":
        """Exact, conditional on before + after. Without any report: nothing is known, 0 to no bound."""
        whole = before + after
        low = float(special.betaincinv(after, before + 1, TAIL)) if after else 0.0
        high = float(special.betaincinv(after + 1, before, 1 - TAIL)) if before and whole else 1.0
        return cls(
            after / before if before else None, low / (1 - low), high / (1 - high) if high < 1 else None
        )


@dataclass(frozen=True)
class BeforeAfter:
    """closed_at: last approval among the period's reports of the spot; window: length of each of the two windows.

    open_count: reports of the period still in hand. returned_at: the first report after the closing, None = none.
    """

    closed_at: datetime
    window: timedelta
    before: int
    after: int
    open_count: int
    returned_at: datetime | None
    rate: RateRatio
    verdict: Verdict

    @property
    def from_at(self) -> datetime:
        """Where the window before begins."""
        return self.closed_at - self.window

    @property
    def until_at(self) -> datetime:
        """Where the window after ends."""
        return self.closed_at + self.window


def before_after(
    reports: Sequence[Sent], start_at: datetime, until_at: datetime, at: datetime, rule: BeforeAfterRule
) -> BeforeAfter | None:
    """The spot of the period [start_at, until_at) seen at `at`; None as long as none of its reports was approved.

    reports: all of the cell and field from start_at - most_days to `at`. Half-open windows, the closing in the later.
    """
    of_period = [report for report in reports if start_at <= report.sent_at < until_at]
    closings = [r.closed_at for r in of_period if r.status == "done" and r.closed_at and r.closed_at <= at]
    if not closings:
        return None
    closed_at = max(closings)
    window = min(at - closed_at, timedelta(days=rule.most_days))
    before = sum(closed_at - window <= report.sent_at < closed_at for report in reports)
    later = [report.sent_at for report in reports if closed_at <= report.sent_at < at]
    after = sum(sent_at < closed_at + window for sent_at in later)
    open_count = sum(report.status == "open" for report in of_period)
    rate = RateRatio.of(before, after)
    is_early = window < timedelta(days=rule.least_days)
    verdict = _verdict(rate, open_count, is_early=is_early)
    return BeforeAfter(closed_at, window, before, after, open_count, min(later, default=None), rate, verdict)


def _verdict(rate: RateRatio, open_count: int, *, is_early: bool) -> Verdict:
    if open_count:
        return "still_open"
    if is_early:
        return "too_early"
    if rate.high is not None and rate.high < 1:
        return "fell"
    return "rose" if rate.low > 1 else "unclear"

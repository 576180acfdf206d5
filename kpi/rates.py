"""Ratios, computed last: a rate never travels without its numerator and denominator."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""

MINIMUM_RATE_SAMPLE = 10
"""Under so many cases no rate is shown, but "7 of 8" (a convention of the product, not of a text)."""


@dataclass(frozen=True)
class Rate:
    """numerator of denominator, as 907 of 967. Nothing to judge by is None, never 0 % or 100 %."""

    numerator: int
    denominator: int

    @property
    def pct(self) -> float | None:
        """Per cent, unrounded; None when the denominator is 0."""
        return 100 * self.numerator / self.denominator if self.denominator else None

    @property
    def shown_pct(self) -> float | None:
        """`pct` where there are enough cases to show it, else None."""
        return self.pct if self.denominator >= MINIMUM_RATE_SAMPLE else None

    def wilson_pct(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate in per cent (Wilson 1927); None when the denominator is 0."""
        n = self.denominator
        if not n:
            return None
        share, z2 = self.numerator / n, Z_95**2
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return 100 * max(0.0, centre - half), 100 * min(1.0, centre + half)

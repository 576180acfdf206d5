"""Ratios, computed last: a rate never travels without its numerator and denominator."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Rate:
    """numerator of denominator, as 907 of 967. Nothing to judge by is None, never 0 % or 100 %."""

    numerator: int
    denominator: int

    @property
    def pct(self) -> float | None:
        """Per cent, unrounded; None when the denominator is 0."""
        return 100 * self.numerator / self.denominator if self.denominator else None

    def wilson_pct(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate in per cent (Wilson 1927); None when the denominator is 0."""
        n = self.denominator
        if not n:
            return None
        share, z2 = self.numerator / n, Z_95**2
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return 100 * max(0.0, centre - half), 100 * min(1.0, centre + half)

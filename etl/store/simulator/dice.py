"""Random draws that depend only on (seed, id, purpose), so that any batching of ids gives the same world."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_TO_UNIT = 2.0**-53


def mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finaliser: neighbouring inputs give unrelated outputs."""
    x = x ^ (x >> np.uint64(30))
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


@dataclass(frozen=True)
class Dice:
    """Draws for an array of ids; each `purpose` is an independent draw."""

    seed: int
    ids: Ints

    def bits(self, purpose: str) -> NDArray[np.uint64]:
        """64 random bits per id."""
        salt = np.uint64((zlib.crc32(purpose.encode()) << 32) ^ (self.seed & 0xFFFFFFFF))
        key = mix(np.array([salt], dtype=np.uint64))[0]
        return mix((self.ids.astype(np.uint64) * _GOLDEN) ^ key)

    def uniform(self, purpose: str, low: float = 0.0, high: float = 1.0) -> Floats:
        """Uniform in [low, high)."""
        u = (self.bits(purpose) >> np.uint64(11)).astype(np.float64) * _TO_UNIT
        return u if (low, high) == (0.0, 1.0) else low + u * (high - low)

    def chance(self, purpose: str, probability: ArrayLike) -> Bools:
        """True with `probability` (a number, or one per id)."""
        return self.uniform(purpose) < np.asarray(probability)

    def below(self, purpose: str, limit: ArrayLike) -> Ints:
        """Whole number in [0, limit)."""
        return (self.uniform(purpose) * np.asarray(limit)).astype(np.int64)

    def lognormal(self, purpose: str, median: ArrayLike, sigma: ArrayLike) -> Floats:
        """Log-normal by its median and the standard deviation of its logarithm."""
        radius = np.sqrt(-2.0 * np.log(1.0 - self.uniform(purpose)))
        normal = radius * np.cos(2.0 * np.pi * self.uniform(purpose + "~"))
        return np.asarray(median) * np.exp(np.asarray(sigma) * normal)

    def choose(self, purpose: str, weights: ArrayLike) -> Ints:
        """Index drawn by `weights` (one common row of weights, or one row per id)."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64), axis=-1)
        if edges.ndim == 2:
            drawn = self.uniform(purpose) * edges[:, -1]
            return (edges <= drawn[:, None]).sum(axis=1).clip(max=edges.shape[1] - 1)
        return np.searchsorted(edges, self.uniform(purpose) * edges[-1], side="right").clip(
            max=len(edges) - 1
        )

    def at(self, rows: Ints | Bools) -> "Dice":
        """The dice of some of the ids."""
        return Dice(self.seed, self.ids[rows])

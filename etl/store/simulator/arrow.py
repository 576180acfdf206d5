"""Small steps from arrays to Arrow columns."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from etl.store.simulator.dice import Ints


def constant(text: str, n: int) -> pa.Array:
    """The same text `n` times."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))


def coded(index: Ints, words: Iterable[str]) -> pa.Array:
    """Words by index; -1 is null."""
    return pa.array(list(words), pa.string()).take(pa.array(index, mask=index < 0))


def or_null(values: Ints, type_: pa.DataType) -> pa.Array:
    """Values of a type; -1 is null."""
    return pa.array(values, mask=values < 0).cast(type_)


def instants(seconds: Ints) -> pa.Array:
    """Microseconds with a zone, as timestamptz; -1 is null."""
    return pa.array(seconds * 1_000_000, mask=seconds < 0).cast(pa.timestamp("us", "UTC"))

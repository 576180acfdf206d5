"""A page's figures of periods apart from those of right now: what grows with the mart does not hold up what must be new.

Stocks are read of what is in hand, in milliseconds over any mart, and asked at every data version. Counts of a period
read every report of it: where that takes longer than a page waits, the last ones stand, say so (`counted_at`), and newer
ones are read behind. The last counts of all processes lie in Redis too: a web process that starts has them at once.
Counts of one name come from one snapshot of the mart, so they never contradict each other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Executable

from dashboard import runtime
from dashboard.ask import Question, Rows
from dashboard.held_sets import Held, HeldSets

PATIENCE_S = 0.3
MOST_REST_S = 300.0
KEPT_S = 3600
"""Counts that lie in Redis for longer serve nobody: a time of day could mean yesterday's."""
STOCKS = ("now", "yesterday")
"""How the names of statements begin that ask only what is, or a day ago was, in hand."""
_MOST_HELD = 5_000

T = TypeVar("T", bound=Sized)
S = TypeVar("S")


def rest_s(took_s: float) -> float:
    """Between two readings: three times what the last one took and its square, so that dear counts load the mart less.

    A reading of 0.1 s rests 0.3 s; of 1 s: 4 s; of 10 s: 2 min, a fourteenth of the time; at most five minutes.
    """
    return min(took_s * (3 + took_s), MOST_REST_S)


_held: HeldSets[Sized] = HeldSets(_MOST_HELD, rest_s=rest_s)


@dataclass(frozen=True)
class Counts(Generic[T]):
    """Counts of periods; None: counted for the first time, and not there yet.

    counted_at: the instant that they stand for, where it is not the question's.
    """

    found: T | None
    counted_at: datetime | None = None


@dataclass(frozen=True)
class Counted:
    """Rows of all statements. counted_at: the instant that counts of periods stand for, where it is not the question's.

    is_counting: there are no counts of periods yet, so `rows` lacks them; ask again in a second.
    """

    rows: dict[str, Rows]
    counted_at: datetime | None = None
    is_counting: bool = False


async def gather(
    name: str, question: Question, statements: Mapping[str, Executable], first_s: float | None = None
) -> Counted:
    """As `question.gather`, stocks of this version, counts of periods of this one or of one shortly before.

    first_s: how long counts are waited for where there are none yet; None: until they are there.
    """
    stocks = {key: stmt for key, stmt in statements.items() if key.startswith(STOCKS)}
    periods = {key: stmt for key, stmt in statements.items() if key not in stocks}

    async def read() -> dict[str, Rows]:
        return await question.gather(f"{name}/flows", periods, behind=True)

    counted, now = await asyncio.gather(
        counts(f"{name}/{','.join(periods)}", question, read, first_s), question.gather(name, stocks)
    )
    return Counted((counted.found or {}) | now, counted.counted_at, counted.found is None)


async def counts(
    name: str, question: Question, read: Callable[[], Awaitable[T]], first_s: float | None = None
) -> Counts[T]:
    """What `read` gives, of this version or one shortly before. `name` tells these counts from others of the question.

    first_s: as of `gather`. Raises what `read` raises where nothing is held.
    """
    now = runtime.current()
    mart = now.engine.url.render_as_string()
    key = (mart, now.build_id, name, question.scope.key(), question.filters.query())
    # Grows with every version and with every minute: a period that runs is asked up to its minute.
    version = question.run_id + int(question.at.timestamp()) // 60

    async def read_and_keep() -> T:
        found = await read()
        await now.cache.keep(key, (found, version, question.at), KEPT_S)
        return found

    if key not in _held and (kept := await now.cache.kept(key)) is not None and kept[1] <= version:
        _held.put(key, *kept)
    held = await _within(first_s, _held.get(key, version, question.at, read_and_keep, PATIENCE_S))
    if held is None:
        return Counts(None)
    return Counts(held.points, held.source_at if held.run_id != version else None)  # type: ignore[arg-type]


async def _within(seconds: float | None, reading: Awaitable[Held[S]]) -> Held[S] | None:  # type: ignore[type-var]
    """What is read, None where it is not there in time; the reading itself goes on."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await reading
    except TimeoutError:
        if limit.expired():
            return None
        raise

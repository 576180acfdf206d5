"""What was read of one choice, held in memory: read once per data version and scope, then every question is answered without the mart."""

import asyncio
import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

MOST_ROWS = 3_000_000
"""Reports that one process keeps in memory for the map or its replay, over all scopes and filters (about 100 bytes each)."""


def shortly(took_s: float) -> float:
    """How long a choice rests after a reading, however fast the versions come: three times what that took, at most 2 s."""
    return min(2.0, 3.0 * took_s)


T = TypeVar("T", bound=Sized)
"""What is held of a choice; its length is counted."""


@dataclass
class Held(Generic[T]):
    """What was read of one choice, the data version it was read at, and when the source last spoke before that."""

    points: T
    run_id: int
    source_at: datetime | None
    read_at_s: float
    took_s: float = 0.0


Key = tuple[str, ...]


class HeldSets(Generic[T]):
    """Choices held in memory, the least used dropped first. A key holds scope.key() and the filters."""

    def __init__(
        self,
        most_rows: int = MOST_ROWS,
        now_s: Callable[[], float] = time.monotonic,
        rest_s: Callable[[float], float] = shortly,
    ) -> None:
        self._most_rows = most_rows
        self._rest_after_s = rest_s
        self._now_s = now_s
        self._held: OrderedDict[Key, Held[T]] = OrderedDict()
        self._flights: dict[Key, asyncio.Task[Held[T]]] = {}

    async def get(
        self,
        key: Key,
        run_id: int,
        source_at: datetime | None,
        read: Callable[[], Awaitable[T]],
        patience_s: float = 0.0,
    ) -> Held[T]:
        """What is held for `key`; a newer version is read behind it and serves the next question.

        The first question waits for the reading; whoever asks meanwhile waits for the same one. With `patience_s` the
        newer version is waited for so long, its rest included: for a figure that is drawn once for each version. Who
        can tell from the last reading that it would be in vain does not wait.
        """
        held = self._held.get(key)
        if held is None:
            flight = self._flight(key, run_id, source_at, read)
            flight.add_done_callback(_look_at)
            return await asyncio.shield(flight)
        self._held.move_to_end(key)
        if held.run_id == run_id:
            return held
        if max(self._rest_s(held), 0.0) + held.took_s < patience_s:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._catch_up(key, run_id, source_at, read)
        elif self._rest_s(held) <= 0:
            self._flight(key, run_id, source_at, read).add_done_callback(_look_at)
        return self._held.get(key, held)

    def put(self, key: Key, points: T, run_id: int, source_at: datetime | None) -> None:
        """Hold what was read elsewhere, where nothing is held yet; its first question after that has it read anew."""
        if key not in self._held:
            self._held[key] = Held(points, run_id, source_at, -math.inf)

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    async def _catch_up(
        self, key: Key, run_id: int, source_at: datetime | None, read: Callable[[], Awaitable[T]]
    ) -> None:
        """Return when this version is held, or when it cannot be read; a reading goes on though nobody waits for it."""
        while (held := self._held.get(key)) is not None and held.run_id < run_id:
            await asyncio.sleep(max(self._rest_s(held), 0.0))
            flight = self._flight(key, run_id, source_at, read)
            flight.add_done_callback(_look_at)
            await asyncio.wait([flight])
            if flight.cancelled() or flight.exception():
                return

    def _rest_s(self, held: Held[T]) -> float:
        return held.read_at_s + self._rest_after_s(held.took_s) - self._now_s()

    def _flight(
        self, key: Key, run_id: int, source_at: datetime | None, read: Callable[[], Awaitable[T]]
    ) -> "asyncio.Task[Held[T]]":
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._read(key, run_id, source_at, read))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return flight

    async def _read(
        self, key: Key, run_id: int, source_at: datetime | None, read: Callable[[], Awaitable[T]]
    ) -> Held[T]:
        began_s = self._now_s()
        points, at_s = await read(), self._now_s()
        held = Held(points, run_id, source_at, at_s, at_s - began_s)
        self._held[key] = held
        self._held.move_to_end(key)
        while len(self._held) > 1 and sum(len(h.points) for h in self._held.values()) > self._most_rows:
            self._held.popitem(last=False)
        return held


def _look_at(flight: "asyncio.Task[Held[T]]") -> None:
    """A reading behind the scenes that failed is asked again by the next question; the old points serve on."""
    if not flight.cancelled():
        flight.exception()

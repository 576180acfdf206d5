"""Push: a new version of the mart reaches every open page within a second, without a reload.

One hub per process listens on Redis and asks the mart when Redis is silent or gone; every page holds one WebSocket
(/live) and may ask /tick instead. A tick carries no figure: only the data version, that of the menus, the source's age
and the build.
"""

import asyncio
import contextlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.freshness import freshness
from kpi import mart
from kpi.clock import LOCAL
from kpi.queries import dimensions
from kpi.scope import Scope, enter_role, enter_scope

if TYPE_CHECKING:
    from dashboard.runtime import Runtime

log = structlog.get_logger(__name__)

POLL_S = 5.0
"""The mart is asked this often for its version: the only way when Redis is gone, a safety net when it is there."""
LEAST_GAP_S = 0.3
"""Between two words to a page, however fast the versions come."""
READ_GAP_S = 0.1
"""Between two questions to the mart, however fast Redis speaks; the first after a rest is asked at once."""
RHYTHM = timedelta(minutes=5)
SOURCE_TIMEOUT_S = 4.0


class Source(NamedTuple):
    """What the mart says of itself. dimensions: a word that changes with any name of a unit, place or category."""

    run_id: int = 0
    event_at: datetime | None = None
    contact_at: datetime | None = None
    dimensions: str = ""


class Hub:
    """The process's one view of the data version; `tick` is what every page is told."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._source = Source()
        self._mart_gone_since: datetime | None = None
        self.changes = 0
        """Grows with everything that pages are to be told."""
        self._changed = asyncio.Condition()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task] = []

    @property
    def run_id(self) -> int:
        """The data version: last run that changed the mart, 0 before the first."""
        return self._source.run_id

    @property
    def dimensions(self) -> str:
        """The version of what names are made of; changes seldom."""
        return self._source.dimensions

    @property
    def menus(self) -> str:
        """What a filter bar depends on besides its address: the dimensions, and the day, from which periods are offered."""
        return f"{self._runtime.clock.now().astimezone(LOCAL).date()}/{self.dimensions}"

    def instant(self) -> datetime:
        """What 'now' means to figures of this version: the whole minute, or the newest event where that is younger.

        It moves with the version and with the minute only, so that whoever asks meanwhile asks the same.
        """
        now = self._runtime.clock.now()
        minute = now.replace(second=0, microsecond=0)
        event_at = self._source.event_at
        return max(minute, min(event_at, now)) if event_at else minute

    def tick(self) -> dict[str, Any]:
        """What a page is told: version, instants as ISO text, state of the source, build."""
        now = self._runtime.clock.now()
        fresh = freshness(self._source.event_at, self._source.contact_at, now, RHYTHM)
        return {
            "run_id": self.run_id,
            "menus": self.menus,
            "now": now.isoformat(),
            "source_at": fresh.source_at.isoformat() if fresh.source_at else None,
            "state": fresh.state,
            "mart_gone_since": self._mart_gone_since.isoformat() if self._mart_gone_since else None,
            "build": self._runtime.build_id,
        }

    def start(self) -> None:
        """Begin to listen; called once by the app's start-up."""
        self._tasks = [asyncio.create_task(self._follow_mart())]
        if self._runtime.redis is not None:
            self._tasks.append(asyncio.create_task(self._follow_redis()))

    async def stop(self) -> None:
        """Stop listening; called once by the app's shut-down."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def refresh(self) -> None:
        """Ask the mart for its version now and tell all pages if something changed."""
        before = (self._source, self._mart_gone_since)
        try:
            async with asyncio.timeout(SOURCE_TIMEOUT_S):
                self._source = await self._read()
            self._mart_gone_since = None
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if self._mart_gone_since is None:
                log.warning("mart_gone", error=type(error).__name__)
                self._mart_gone_since = self._runtime.clock.now()
        if before != (self._source, self._mart_gone_since):
            async with self._changed:
                self.changes += 1
                self._changed.notify_all()

    async def wait_for_change(self, since: int, timeout_s: float) -> None:
        """Return when `changes` is no longer `since` (at once if it is not), or after timeout_s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.changes != since)

    async def _read(self) -> Source:
        table = mart.source_state
        query = select(
            func.coalesce(func.max(table.c.run_id), 0),
            func.max(table.c.last_event_at),
            func.max(table.c.last_contact_at),
            dimensions.version(),
        )
        scope = Scope(self._runtime.settings.province, "leader")
        async with self._runtime.engine.begin() as connection:
            await connection.execute(enter_role())
            await connection.execute(enter_scope(scope))
            return Source(*(await connection.execute(query)).one())

    async def _follow_mart(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(READ_GAP_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            self._wake.clear()

    async def _follow_redis(self) -> None:
        redis = self._runtime.redis
        channel = f"ioc:{self._runtime.settings.province}:version"
        pause_s = 1.0
        while redis is not None:
            try:
                async with redis.pubsub() as listener:
                    await listener.subscribe(channel)
                    pause_s = 1.0
                    while True:
                        message = await listener.get_message(ignore_subscribe_messages=True, timeout=30)
                        if message:
                            self._wake.set()
            except (RedisError, OSError) as error:
                log.warning("redis_gone", error=type(error).__name__, retry_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 30.0)


def register(server: FastAPI, runtime: "Runtime") -> None:
    """Add /live (WebSocket) and /tick (for pages that lost it) to the server; the guard protects both."""

    @server.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        hub = runtime.hub
        receiver = asyncio.create_task(_drain(socket))
        try:
            while not receiver.done():
                told = hub.changes  # what changes while the page rests is told after it, not with the next
                await socket.send_text(json.dumps(hub.tick()))
                await asyncio.sleep(LEAST_GAP_S)
                await hub.wait_for_change(told, POLL_S * 2)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            receiver.cancel()

    @server.get("/tick", include_in_schema=False)
    async def tick() -> dict[str, Any]:
        return runtime.hub.tick()


async def _drain(socket: WebSocket) -> None:
    """Pages say nothing; reading is how a closed socket is noticed."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()

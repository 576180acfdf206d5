"""Counts of a period may lag where they are slow, and are not there at first; what is in hand never does."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis.asyncio

from dashboard import flows
from dashboard.cache import Cache

AT = datetime(2024, 11, 22, 7, 35, tzinfo=UTC)
WANTED: dict[str, Any] = dict.fromkeys(("this_period", "now", "yesterday", "now_by_unit"))


class Asked:
    """A question of one data version; its counts of periods wait for `go_on`."""

    def __init__(self, run_id: int, go_on: asyncio.Event) -> None:
        self.run_id, self._go_on = run_id, go_on
        self.at = AT + timedelta(seconds=run_id)
        self.scope = SimpleNamespace(key=lambda: "94/leader")
        self.filters = SimpleNamespace(query=lambda: "period=2024-10")

    async def gather(self, name: str, statements: dict[str, Any], *, behind: bool = False) -> dict[str, Any]:
        if behind:
            await self._go_on.wait()
        return {key: [{"version": self.run_id}] for key in statements}


def versions(counted: flows.Counted) -> dict[str, int]:
    return {key: found[0]["version"] for key, found in counted.rows.items()}


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A web process that has just started; called again: started anew. redis_url: where its counts are kept."""

    def start(redis_url: str = "") -> None:
        client = redis.asyncio.from_url(redis_url) if redis_url else None
        url = SimpleNamespace(render_as_string=lambda: "postgresql:///test_flows")
        now = SimpleNamespace(engine=SimpleNamespace(url=url), cache=Cache(client, "key"), build_id="b")
        monkeypatch.setattr(flows.runtime, "current", lambda: now)
        monkeypatch.setattr(flows, "_held", flows.HeldSets(100, rest_s=flows.rest_s))

    monkeypatch.setattr(flows, "PATIENCE_S", 0.02)
    start()
    return start


async def gather(run_id: int, go_on: asyncio.Event, first_s: float | None = None) -> flows.Counted:
    return await flows.gather("test", Asked(run_id, go_on), WANTED, first_s)  # type: ignore[arg-type]


def test_slow_counts_of_a_period_do_not_hold_up_what_is_in_hand(process: Any) -> None:
    async def story() -> None:
        go_on = asyncio.Event()
        go_on.set()

        async def seen(run_id: int, counted_at: datetime | None = None) -> dict[str, int]:
            counted = await gather(run_id, go_on)
            assert counted.counted_at == counted_at
            return versions(counted)

        assert set((await seen(1)).values()) == {1}
        assert set((await seen(2)).values()) == {2}  # quick: all of one version
        go_on.clear()
        older = {"this_period": 2, "now": 3, "yesterday": 3, "now_by_unit": 3}
        assert await seen(3, AT + timedelta(seconds=2)) == older
        go_on.set()
        await asyncio.sleep(0.01)
        flows.PATIENCE_S = 1.0
        assert set((await seen(3)).values()) == {3}

    asyncio.run(story())


def test_the_first_counts_are_waited_for_or_said_to_be_missing(process: Any) -> None:
    async def story() -> None:
        go_on = asyncio.Event()
        counted = await gather(1, go_on, 0.01)
        assert counted.is_counting
        assert versions(counted) == {"now": 1, "yesterday": 1, "now_by_unit": 1}
        waiting = asyncio.create_task(gather(1, go_on))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        go_on.set()
        assert versions(await waiting)["this_period"] == 1
        assert not (await gather(1, go_on, 0.01)).is_counting

    asyncio.run(story())


@pytest.mark.server
def test_a_process_that_starts_has_the_last_counts_of_all_processes(process: Any, valkey_url: str) -> None:
    async def story() -> None:
        go_on = asyncio.Event()
        go_on.set()
        process(valkey_url)
        await gather(5, go_on)
        process(valkey_url)
        go_on.clear()
        counted = await gather(7, go_on, 0.5)
        assert versions(counted)["this_period"] == 5
        assert counted.counted_at == AT + timedelta(seconds=5)
        go_on.set()
        await asyncio.sleep(0.05)
        assert versions(await gather(7, go_on))["this_period"] == 7

    asyncio.run(story())


@pytest.mark.parametrize(
    ("took_s", "rest_s"),
    [(0.1, 0.31), (1, 4), (10, 130), (20, 300)],  # 0,1·3,1; 1·4; 10·13; 20·23 = 460: at most five minutes
)
def test_dear_counts_rest_for_longer(took_s: float, rest_s: float) -> None:
    assert flows.rest_s(took_s) == pytest.approx(rest_s)

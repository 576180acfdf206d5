"""Counts of a period may lag where they are slow; what is in hand never does."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import flows

AT = datetime(2024, 11, 22, 7, 35, tzinfo=UTC)


class Asked:
    """A question of one data version; its counts of periods wait for `go_on`."""

    def __init__(self, run_id: int, go_on: asyncio.Event) -> None:
        self.run_id, self._go_on = run_id, go_on
        self.at = AT + timedelta(seconds=run_id)
        self.scope = SimpleNamespace(key=lambda: "94/leader")
        self.filters = SimpleNamespace(query=lambda: "period=2024-10")

    async def gather(self, name: str, statements: dict[str, Any]) -> dict[str, Any]:
        if name.endswith("/flows"):
            await self._go_on.wait()
        return {key: [{"version": self.run_id}] for key in statements}


def test_slow_counts_of_a_period_do_not_hold_up_what_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    url = SimpleNamespace(render_as_string=lambda: "postgresql:///test_flows")
    monkeypatch.setattr(flows.runtime, "current", lambda: SimpleNamespace(engine=SimpleNamespace(url=url)))
    monkeypatch.setattr(flows, "PATIENCE_S", 0.02)
    wanted: dict[str, Any] = dict.fromkeys(("this_period", "now", "yesterday", "now_by_unit"))

    async def story() -> None:
        go_on = asyncio.Event()
        go_on.set()

        async def seen(run_id: int, counted_at: datetime | None = None) -> dict[str, int]:
            counted = await flows.gather("test", Asked(run_id, go_on), wanted)  # type: ignore[arg-type]
            assert counted.counted_at == counted_at
            return {key: found[0]["version"] for key, found in counted.rows.items()}

        assert set((await seen(1)).values()) == {1}
        assert set((await seen(2)).values()) == {2}  # quick: all of one version
        go_on.clear()
        assert await seen(3, AT + timedelta(seconds=2)) == {
            "this_period": 2,
            "now": 3,
            "yesterday": 3,
            "now_by_unit": 3,
        }
        go_on.set()
        await asyncio.sleep(0.01)
        flows.PATIENCE_S = 1.0
        assert set((await seen(3)).values()) == {3}

    asyncio.run(story())

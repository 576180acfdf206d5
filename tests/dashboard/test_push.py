"""The hub tells every page every change, however close to the one before."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from dashboard.push import Hub, Source
from kpi.clock import Clock


class Answers(Hub):
    """A hub whose mart answers with the next of `versions`."""

    def __init__(self, versions: list[int]) -> None:
        super().__init__(SimpleNamespace(redis=None))  # type: ignore[arg-type]
        self._versions = versions

    async def _read(self) -> Source:
        return Source(self._versions.pop(0))


def test_a_change_while_a_page_rests_is_told_after_the_rest() -> None:
    async def story() -> None:
        hub = Answers([7, 8, 8])
        await hub.refresh()
        told = hub.changes
        await hub.refresh()  # version 8 comes while the page that was told 7 rests
        async with asyncio.timeout(1):
            await hub.wait_for_change(told, timeout_s=30)
        told = hub.changes
        await hub.refresh()  # nothing new: it waits
        await hub.wait_for_change(told, timeout_s=0.02)
        assert (hub.run_id, hub.changes) == (8, told)

    asyncio.run(story())


NOW = datetime(2024, 11, 22, 7, 35, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event_at", "expected"),
    [
        (None, NOW.replace(second=0)),
        (NOW - timedelta(hours=2), NOW.replace(second=0)),
        (
            NOW - timedelta(seconds=7),
            NOW - timedelta(seconds=7),
        ),  # of the minute that runs: counted with its version
        (NOW + timedelta(seconds=5), NOW),  # a store whose clock is ahead
    ],
)
def test_now_is_the_minute_or_the_newest_event(event_at: datetime | None, expected: datetime) -> None:
    class Heard(Hub):
        async def _read(self) -> Source:
            return Source(1, event_at)

    async def story() -> datetime:
        hub = Heard(SimpleNamespace(redis=None, clock=Clock(fixed_at=NOW)))  # type: ignore[arg-type]
        await hub.refresh()
        return hub.instant()

    assert asyncio.run(story()) == expected

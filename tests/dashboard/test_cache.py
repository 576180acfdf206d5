"""The cache: shared through Valkey, one maker at a time, sealed, and no worse than slower without Redis."""

import asyncio

import pytest
import redis.asyncio

from dashboard.cache import Cache

pytestmark = pytest.mark.server
KEY = "a key of the tests"


class Maker:
    """Counts how often it was asked."""

    def __init__(self, value: object = "made") -> None:
        self.times, self.value = 0, value

    async def __call__(self) -> object:
        self.times += 1
        await asyncio.sleep(0.05)
        return self.value


def run(coroutine):
    return asyncio.run(coroutine)


def test_callers_of_one_key_wait_for_one_maker() -> None:
    async def scene() -> None:
        cache, make = Cache(None, KEY), Maker()
        found = await asyncio.gather(*[cache.get(("a",), make) for _ in range(20)])
        assert found == ["made"] * 20
        assert make.times == 1
        await cache.get(("b",), make)  # another scope, another key
        assert make.times == 2

    run(scene())


def test_parts_cannot_be_written_to_look_like_other_parts() -> None:
    async def scene() -> None:
        cache = Cache(None, KEY)
        await cache.get(("report/X\x1f94/analyst", "a"), Maker("own"))
        assert await cache.get(("report/X", "94/analyst", "a"), Maker("other")) == "other"

    run(scene())


def test_processes_share_through_redis(valkey_url: str) -> None:
    async def scene() -> None:
        one, other = (Cache(redis.asyncio.from_url(valkey_url), KEY) for _ in range(2))
        first, second = Maker({"n": 1}), Maker({"n": 2})
        assert await one.get(("shared",), first) == {"n": 1}
        assert await other.get(("shared",), second) == {"n": 1}
        assert second.times == 0

    run(scene())


def test_what_another_key_sealed_is_not_opened(valkey_url: str) -> None:
    async def scene() -> None:
        stranger = Cache(redis.asyncio.from_url(valkey_url), "another key")
        ours = Cache(redis.asyncio.from_url(valkey_url), KEY)
        await stranger.get(("sealed",), Maker("theirs"))
        assert await ours.get(("sealed",), Maker("ours")) == "ours"

    run(scene())


def test_without_redis_it_is_only_slower() -> None:
    async def scene() -> None:
        dead = redis.asyncio.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
        cache, make = Cache(dead, KEY), Maker()
        assert await cache.get(("x",), make) == "made"
        assert await cache.get(("x",), make) == "made"
        assert make.times == 1
        assert await cache.knows("anything") is False

    run(scene())


def test_a_maker_that_fails_fails_its_callers_and_is_asked_again() -> None:
    async def scene() -> None:
        async def broken() -> None:
            raise RuntimeError("mart gone")

        cache = Cache(None, KEY)
        with pytest.raises(RuntimeError, match="mart gone"):
            await cache.get(("y",), broken)
        assert await cache.get(("y",), Maker()) == "made"

    run(scene())

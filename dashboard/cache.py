"""Results shared by all sessions of one scope: Redis if there is one, else this process. One maker at a time per key."""

import asyncio
import hashlib
import hmac
import json
import pickle
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

TTL_S = 15 * 60
LOCAL_ENTRIES = 256
PAUSE_S = 10
"""After Redis failed it is left alone for this long, so that a page never waits for it twice."""


class Cache:
    """`await cache.get(parts, make)`: the parts must hold scope.key(), the filters and the data version (run_id).

    Values are data (rows, numbers), never components: words and colours belong to the session that asked.
    """

    def __init__(self, client: redis.asyncio.Redis | None, secret_key: str) -> None:
        self._redis = client
        self._secret = secret_key.encode()
        self._local: OrderedDict[str, Any] = OrderedDict()
        self._flights: dict[str, asyncio.Task] = {}
        self._redis_rests_until = 0.0

    async def get(self, parts: tuple[str, ...], make: Callable[[], Awaitable[Any]]) -> Any:
        """The cached value of `parts`, else what `make` gives; callers of the same key wait for the same maker."""
        key = _key(parts)
        if key in self._local:
            self._local.move_to_end(key)
            return self._local[key]
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fill(key, make))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def knows(self, key: str) -> bool:
        """Whether Redis holds this key; False when it is gone."""
        return bool(await self._try_redis("exists", key))

    async def keep(self, parts: tuple[str, ...], value: Any, seconds: int) -> None:
        """Leave the last value of `parts` for other processes, and for this one when it starts again."""
        await self._try_redis("set", _key(parts), self._seal(pickle.dumps(value)), ex=seconds)

    async def kept(self, parts: tuple[str, ...]) -> Any:
        """The last value that any process kept; None where there is none, or no Redis."""
        body = self._open(await self._try_redis("get", _key(parts)))
        return None if body is None else pickle.loads(body)  # noqa: S301 signed by this deployment's key, see _open

    async def _fill(self, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        body = self._open(await self._try_redis("get", key))
        if body is not None:
            value = pickle.loads(body)  # noqa: S301 signed by this deployment's key, see _open
        else:
            value = await make()
            await self._try_redis("set", key, self._seal(pickle.dumps(value)), ex=TTL_S)
        self._local[key] = value
        while len(self._local) > LOCAL_ENTRIES:
            self._local.popitem(last=False)
        return value

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, "sha256") + body

    def _open(self, packed: bytes | None) -> bytes | None:
        """The body if it was sealed with our key: whoever can write to Redis must not run code here."""
        if packed is None:
            return None
        seal, body = packed[:32], packed[32:]
        return body if hmac.compare_digest(seal, hmac.digest(self._secret, body, "sha256")) else None

    async def _try_redis(self, command: str, *args: Any, **options: Any) -> Any:
        loop_s = asyncio.get_running_loop().time()
        if self._redis is None or loop_s < self._redis_rests_until:
            return None
        try:
            return await getattr(self._redis, command)(*args, **options)
        except (RedisError, OSError) as error:
            self._redis_rests_until = loop_s + PAUSE_S
            log.warning("redis_gone", error=type(error).__name__)
            return None


def _key(parts: tuple[str, ...]) -> str:
    return "ioc:cache:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()

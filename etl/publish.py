"""Tells pages and caches over Redis that the mart has a new version. Redis may be gone: the ETL goes on."""

from datetime import datetime

import redis
import structlog

from etl.operations import version_message

_TIMEOUT_S = 1.0
_log = structlog.get_logger("etl.publish")


def channel(province_code: str) -> str:
    """Name of the channel that carries the version ticks of a province."""
    return f"ioc:{province_code}:version"


class Publisher:
    """Publishes version ticks; without a URL, or while Redis is gone, it does nothing but say so once."""

    def __init__(self, redis_url: str | None, province_code: str) -> None:
        self._channel = channel(province_code)
        self._is_gone = False
        self._redis = (
            redis.Redis.from_url(
                redis_url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=None
            )
            if redis_url
            else None
        )

    def tick(self, run_id: int, at: datetime) -> bool:
        """Publish; returns whether Redis took it."""
        if self._redis is None:
            return False
        try:
            self._redis.publish(self._channel, version_message(run_id, at))
        except redis.RedisError as error:
            if not self._is_gone:
                _log.warning("redis_gone", error=type(error).__name__)
            self._is_gone = True
            return False
        if self._is_gone:
            _log.info("redis_back")
        self._is_gone = False
        return True

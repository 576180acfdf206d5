"""What a running web process holds: settings, clock, engine, Redis. Made once by create_app, handed out by `current()`."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import dash
import redis.asyncio
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kpi.clock import Clock
from kpi.settings import Settings

if TYPE_CHECKING:
    from dashboard.cache import Cache
    from dashboard.push import Hub

POOL_SIZE = 10
CONNECT_TIMEOUT_S = 3


@dataclass
class Runtime:
    """The edges of one process; tests make their own."""

    settings: Settings
    clock: Clock
    """The product's clock: what the figures are asked at."""
    world: Clock
    """The world's clock: sign-in, locks, logs."""
    engine: AsyncEngine
    redis: redis.asyncio.Redis | None
    build_id: str
    cache: "Cache" = field(init=False)
    hub: "Hub" = field(init=False)


def current() -> Runtime:
    """The runtime of the app that serves this request."""
    return dash.get_app().server.state.runtime


def make(settings: Settings) -> Runtime:
    """Open pools lazily: nothing is connected until the first request asks."""
    from dashboard.cache import Cache
    from dashboard.push import Hub
    from dashboard.text import use_working_day
    from kpi.worktime import calendar_for

    use_working_day(calendar_for(settings.province).day_s)
    engine = create_async_engine(
        make_url(check(settings)).set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )
    client = None
    if settings.redis_url:
        client = redis.asyncio.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    runtime = Runtime(settings, settings.clock, Clock(), engine, client, build_id())
    runtime.cache = Cache(client, settings.secret_key.get_secret_value())
    runtime.hub = Hub(runtime)
    return runtime


def check(settings: Settings) -> str:
    """URL of the mart. Raises MissingSettingError naming the variable that the web process cannot do without."""
    url = settings.web_url
    if not url:
        raise MissingSettingError(
            "IOC_WEB_URL is not set: the web process reads the KPI mart by a login of its own, member of role ioc_web"
        )
    if not settings.secret_key.get_secret_value():
        raise MissingSettingError("IOC_SECRET_KEY is not set: it signs the sessions; use a long random text")
    return url


class MissingSettingError(ValueError):
    """A setting that the web process cannot do without; names the variable."""


def build_id() -> str:
    """Short fingerprint of our code and assets: an open page reloads when it changes."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for folder in ("dashboard", "kpi", "geo", "assets"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".py", ".css", ".js", ".yaml", ".csv"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]

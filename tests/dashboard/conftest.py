"""Fixtures of the dashboard's tests: one app per process, a mart with synthetic facts, sessions of each role."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, insert

from dashboard import access
from dashboard.accounts import hash_password, token_hash
from etl.migrate import engine_of, upgrade
from kpi import accounts, mart
from kpi.accounts import ROLES
from kpi.clock import Clock
from kpi.scope import Scope
from kpi.settings import Settings
from tests import synthetic_facts as synthetic
from tests.dashboard.map_world import chromium_path
from tests.web_login import web_url

PASSWORD = "a-long-password-of-tests"
SECRET = "tests-sign-sessions-with-this-key"
DISTRICT = "941"
UNIT = "SGTVT"
WALL_TOKEN = "wall-token-of-tests"


@dataclass(frozen=True)
class Served:
    """A running dashboard: its address, its mart, its Redis, its channel of versions."""

    url: str
    engine: Engine
    redis_url: str

    def client(self, username: str) -> httpx.Client:
        """A signed-in HTTP client."""
        client = httpx.Client(base_url=self.url, headers={"origin": self.url})
        answer = client.post("/login", data={"username": username, "password": PASSWORD, "target": "/"})
        assert answer.status_code == 303, answer.text
        return client


def settings_of(mart_url: str, redis_url: str | None, port: int = 0) -> Settings:
    """Settings whose clock stands at the synthetic facts' moment."""
    settings = Settings(
        web_url=web_url(mart_url),
        redis_url=redis_url,
        secret_key=SECRET,
        province=synthetic.PROVINCE,
        port=port,
    )
    settings.__dict__["clock"] = Clock(fixed_at=synthetic.NOW)
    return settings


def scope_of(role: str) -> Scope:
    """The scope of a role's account in the tests."""
    district = DISTRICT if role == "district" else ""
    unit = UNIT if role == "unit" else ""
    return Scope(synthetic.PROVINCE, role, district, unit)


def session_of(role: str) -> access.Session:
    """A session of a role, as the guard would make it."""
    return access.Session("sid", role, role, scope_of(role), is_device=role == "wall")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the tests of a module are skipped where there is none."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def as_role() -> Iterator[Callable[[str], None]]:
    """`as_role("leader")` makes that role's session current until the test ends."""
    tokens = []

    def enter(role: str) -> None:
        tokens.append(access.enter(session_of(role)))

    yield enter
    for token in reversed(tokens):
        access.leave(token)


@pytest.fixture(scope="session")
def filled_mart(new_database: Callable[[str], str]) -> str:
    """libpq URL of a migrated mart with 3,000 synthetic reports and an account for each role."""
    url = new_database("dashboard")
    upgrade(url)
    engine = engine_of(url)
    synthetic.Facts(seed=11, reports=3000).write(engine)
    with engine.begin() as conn:
        hashed = hash_password(PASSWORD)
        for role in ROLES:
            scope = scope_of(role)
            row = {"username": role, "password_hash": hashed, "display_name": role, "role": role}
            places = {"district_code": scope.district_code or None, "unit_code": scope.unit_code or None}
            conn.execute(insert(accounts.account).values(**row, **places, province_code=scope.province_code))
        device = {
            "device_id": "w1",
            "token_hash": token_hash(WALL_TOKEN),
            "province_code": synthetic.PROVINCE,
        }
        conn.execute(insert(accounts.wall_device).values(**device, name="W1", settings={}))
        state = {"source": "test", "watermark": "", "province_code": synthetic.PROVINCE, "run_id": 1}
        conn.execute(
            insert(mart.source_state).values(
                **state, last_event_at=synthetic.NOW, last_contact_at=synthetic.NOW
            )
        )
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def served(filled_mart: str, valkey_url: str) -> Iterator[Served]:
    """The dashboard on a free port of localhost, in a thread of this process (one app per process)."""
    from dashboard.app import create_app

    app = create_app(settings_of(filled_mart, valkey_url))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    engine = engine_of(filled_mart)
    yield Served(f"http://127.0.0.1:{port}", engine, valkey_url)
    server.should_exit = True
    thread.join(timeout=10)
    engine.dispose()

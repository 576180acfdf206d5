"""Fixtures that every test shares: real servers, fresh databases, where ../shared lies."""

import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from dashboard.demo import servers

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of source material beside the repository; the test is skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder shared/ beside the repository, which is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[URL]:
    """Superuser URL of a PostgreSQL: IOC_TEST_POSTGRES_URL if set, else the embedded one (shared by xdist workers)."""
    if given := os.environ.get("IOC_TEST_POSTGRES_URL"):
        yield make_url(given)
        return
    handle, url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    yield url
    del handle


@pytest.fixture(scope="session")
def new_database(postgres_url: URL) -> Iterator[Callable[..., str]]:
    """A factory of databases: `new_database("mart")` gives the libpq URL of an empty one, `like=` that of a copy.

    Nobody may be connected to the one that is copied. All are dropped at the end.
    """
    names: list[str] = []

    def make(hint: str, like: str = "") -> str:
        name = f"test_{hint}_{uuid.uuid4().hex[:8]}"
        names.append(name)
        if like:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            with psycopg.connect(servers.libpq(postgres_url), autocommit=True) as conn:
                conn.execute(copy.format(sql.Identifier(name), sql.Identifier(str(make_url(like).database))))
            return servers.libpq(postgres_url.set(database=name))
        return servers.libpq(servers.create_database(postgres_url, name))

    yield make
    with ThreadPoolExecutor(8) as pool:  # each waits for a checkpoint, which they can share
        list(pool.map(lambda name: servers.drop_database(postgres_url, name), names))


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """redis:// URL of a Valkey of this test session."""
    with servers.valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url

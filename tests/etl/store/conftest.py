"""A demo store on the real PostgreSQL: filled once for the tests that only look, made anew for those that write."""

from collections.abc import Callable

import pytest

from etl.store import demo
from etl.store.simulator.fill import fill
from etl.store.simulator.setting import Setting
from tests.etl.store.stores import NOW, PAST_FROM, REPORTS, seconds


@pytest.fixture(scope="session")
def setting() -> Setting:
    return Setting.begin("94", 7, REPORTS, PAST_FROM, NOW)


@pytest.fixture
def empty_store(new_database: Callable[[str], str]) -> str:
    url = new_database("store")
    demo.init(url)
    return url


@pytest.fixture(scope="session")
def filled_store(new_database: Callable[[str], str], setting: Setting) -> str:
    url = new_database("store")
    demo.init(url)
    fill(url, setting, seconds(NOW), lambda _done, _all: None)
    return url

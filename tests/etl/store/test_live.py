"""The living store: whenever it is looked at, it is what a fill at that instant would have made."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import psycopg
import pytest

from etl.store import demo
from etl.store.simulator.fill import NotEmptyError, fill
from etl.store.simulator.live import BusyError, Living, NotFilledError
from etl.store.simulator.setting import WORLD_VERSION, OtherWorldError, Setting
from kpi.clock import Clock
from tests.conftest import ROOT
from tests.etl.store.stores import NOW, REPORTS, rows, seconds

EARLIER = seconds(NOW - timedelta(days=12))
TABLES = {
    "unit": "unit_code", "field": "field_code", "channel": "channel_code", "citizen": "citizen_id", "report": "report_id",
    "report_event": "event_id", "hotline_call": "call_id", "directive": "directive_id",
}  # fmt: skip


def fingerprint(url: str) -> dict[str, tuple[object, ...]]:
    """Rows and an order-independent hash of each table, but for row_xid."""
    query = "SELECT count(*), sum(hashtextextended((to_jsonb(t) - 'row_xid')::text, 0)) FROM paht.{} t"
    return {table: rows(url, query.format(table))[0] for table in TABLES}


def filled(new_database: Callable[[str], str], setting: Setting, until: int) -> str:
    url = new_database("store")
    demo.init(url)
    fill(url, setting, until, lambda _done, _all: None)
    return url


def test_living_on_gives_the_store_that_a_fill_would(
    new_database: Callable[[str], str], setting: Setting, filled_store: str
) -> None:
    """Twelve days in steps of uneven length, with a restart before every eighth: nothing lost, doubled or contradicted."""
    url = filled(new_database, setting, EARLIER)
    before = fingerprint(url)
    rng = np.random.default_rng(3)
    instants = [*sorted(rng.integers(EARLIER, seconds(NOW), 40).tolist()), seconds(NOW)]
    with psycopg.connect(url, autocommit=True) as conn:
        for number, until in enumerate(instants):
            if number % 8 == 0:
                living = Living.resume(conn, NOW)
            living.step(conn, until)
    after = fingerprint(url)
    assert after["report"][0] > before["report"][0]
    assert after == fingerprint(filled_store)


def test_rows_that_change_get_a_new_row_xid(new_database: Callable[[str], str], setting: Setting) -> None:
    """Reports are reclassified and deleted while the store lives: the ETL must be able to see it."""
    url = filled(new_database, setting, EARLIER)
    before = dict(
        rows(url, "SELECT report_id, row_xid::text || field_code || (deleted_at IS NULL) FROM paht.report")
    )  # type: ignore[arg-type]
    with psycopg.connect(url, autocommit=True) as conn:
        Living.resume(conn, NOW).step(conn, seconds(NOW))
    after = dict(
        rows(url, "SELECT report_id, row_xid::text || field_code || (deleted_at IS NULL) FROM paht.report")
    )  # type: ignore[arg-type]
    changed = [r for r, value in before.items() if after[r] != value]
    assert changed
    xids = dict(rows(url, "SELECT report_id, row_xid::text::bigint FROM paht.report"))  # type: ignore[arg-type]
    oldest_new = min(x for r, x in xids.items() if r not in before)  # type: ignore[type-var]
    assert all(xids[r] >= oldest_new for r in changed)  # type: ignore[operator]


def test_time_does_not_run_backwards(new_database: Callable[[str], str], setting: Setting) -> None:
    url = filled(new_database, setting, EARLIER)
    before = fingerprint(url)
    with psycopg.connect(url, autocommit=True) as conn:
        living = Living.resume(conn, NOW)
        assert living.step(conn, EARLIER - 3600) == 0
        assert living.revealed_until == EARLIER
    assert fingerprint(url) == before


def test_two_simulators_do_not_write_the_same_twice(
    new_database: Callable[[str], str], setting: Setting
) -> None:
    url = filled(new_database, setting, EARLIER)
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as other:
        first, second = Living.resume(one, NOW), Living.resume(other, NOW)
        first.step(one, EARLIER + 86_400)
        told = fingerprint(url)
        with pytest.raises(BusyError, match="start again"):
            second.step(other, EARLIER + 86_400)
        assert fingerprint(url) == told
        with one.transaction():
            one.execute("SELECT pg_advisory_xact_lock(hashtext('paht.simulation'))")
            with pytest.raises(BusyError, match="another simulator is writing"):
                Living.resume(other, NOW).step(other, EARLIER + 2 * 86_400)


def test_busier_changes_the_future_only(setting: Setting) -> None:
    busy = setting.busier(10, seconds(NOW))
    numbers = np.arange(1, REPORTS + 1)
    assert (busy.arrivals.sent_at(numbers) == setting.arrivals.sent_at(numbers)).all()
    week_later = seconds(NOW) + 7 * 86_400
    usual, more = (s.arrivals.sent_until(week_later) - REPORTS for s in (setting, busy))
    assert 8 * usual < more < 12 * usual
    assert busy.busier(10, week_later) is busy  # a restart with the same wish changes nothing
    assert Setting.from_json(busy.to_json(), NOW).epochs == busy.epochs


def test_busier_lives_on(new_database: Callable[[str], str], setting: Setting) -> None:
    url = filled(new_database, setting, EARLIER)
    known = rows(url, "SELECT count(*) FROM paht.report")[0][0]
    with psycopg.connect(url, autocommit=True) as conn:
        for hours in (5, 30, 60):
            living = Living.resume(conn, NOW)
            living.busier(10)
            living.step(conn, EARLIER + hours * 3600)
    usual = setting.arrivals.sent_until(EARLIER + 60 * 3600) - setting.arrivals.sent_until(EARLIER)
    assert rows(url, "SELECT count(*) FROM paht.report")[0][0] > known + 5 * usual  # type: ignore[operator]
    assert rows(url, "SELECT count(*) - count(DISTINCT report_code) FROM paht.report") == [(0,)]


def test_an_interrupted_fill_starts_anew(
    new_database: Callable[[str], str], setting: Setting, filled_store: str
) -> None:
    url = new_database("store")
    demo.init(url)

    def pull_the_plug(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(url, setting, seconds(NOW), pull_the_plug)
    with psycopg.connect(url) as conn, pytest.raises(NotFilledError, match="fill it first"):
        Living.resume(conn, NOW)
    fill(url, setting, seconds(NOW), lambda _done, _all: None)
    assert fingerprint(url) == fingerprint(filled_store)


def test_a_filled_store_is_not_filled_again(filled_store: str, setting: Setting) -> None:
    with pytest.raises(NotEmptyError, match="--follow"):
        fill(filled_store, setting, seconds(NOW), lambda _done, _all: None)


def test_another_version_of_the_simulator_does_not_go_on(setting: Setting) -> None:
    with pytest.raises(OtherWorldError, match=f"version 0, this one is {WORLD_VERSION}: make it anew"):
        Setting.from_json({**setting.to_json(), "version": 0}, NOW)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(new_database: Callable[[str], str], setting: Setting) -> None:
    """A real process, killed with SIGKILL while it lives fast; its next start brings the store where a fill would be."""
    now = Clock().now().replace(microsecond=0) - timedelta(weeks=104)
    past = Setting.begin("94", 3, 2000, (now - timedelta(days=150)).date(), now)
    url = filled(new_database, past, seconds(now))
    environment = {"IOC_STORE_OWNER_URL": url, "IOC_CLOCK_OFFSET_WEEKS": "104", "PATH": "/usr/bin:/bin"}
    command = [
        sys.executable,
        "-c",
        "from dashboard.cli import app; app()",
        "store",
        "simulate",
        "--follow",
        "--speed",
        "20000",
    ]
    start = seconds(now)
    for wait_s in (1.5, 0.4):
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while _revealed(url) == start and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(wait_s)
        process.kill()
        process.wait()
        assert _revealed(url) > start
        start = _revealed(url)
    assert fingerprint(url) == fingerprint(filled(new_database, past, start))


def _revealed(url: str) -> int:
    return rows(url, "SELECT extract(epoch FROM revealed_until)::bigint FROM paht.simulation")[0][0]  # type: ignore[return-value]

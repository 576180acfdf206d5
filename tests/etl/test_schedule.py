"""When recurring jobs are due, how their data is refused, and what they do to a real mart."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from etl import migrate, operations, schedule, scheduled, status
from etl.follow import Follower
from etl.publish import Publisher
from etl.schedule import Last, is_due, load_schedules, parse_schedules
from etl.sources.postgres import PostgresSource
from kpi.clock import Clock
from kpi.strict_yaml import DataError
from tests.etl import worlds

JOBS = """
jobs:
  - {id: nightly, task: reconcile, at: "02:30", after_build: due, reason: r}
  - {id: weekly, task: check, at: "03:30", after_build: done, weekday: sunday, reason: r}
"""
NIGHTLY, WEEKLY = parse_schedules(JOBS, "f").values()


def _at(day: int, hour: int, minute: int) -> datetime:
    """An instant of November 2026 in Vietnam (UTC+7); the 22nd is a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("job", "now", "latest", "following"),
    [
        (NIGHTLY, _at(22, 2, 29), _at(21, 2, 30), _at(22, 2, 30)),
        (NIGHTLY, _at(22, 2, 30), _at(22, 2, 30), _at(23, 2, 30)),  # due at the very minute
        (NIGHTLY, _at(22, 23, 59), _at(22, 2, 30), _at(23, 2, 30)),
        (WEEKLY, _at(22, 3, 29), _at(15, 3, 30), _at(22, 3, 30)),  # Sunday, a minute early: the Sunday before
        (WEEKLY, _at(22, 3, 30), _at(22, 3, 30), _at(29, 3, 30)),
        (WEEKLY, _at(28, 12, 0), _at(22, 3, 30), _at(29, 3, 30)),  # Saturday
    ],
)
def test_slots_are_local_times(job, now, latest, following):
    assert job.latest_slot_at(now) == latest
    assert job.next_slot_at(now) == following


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, _at(22, 1, 0), True),
        (Last(_at(21, 2, 30), _at(21, 2, 30), "ok"), _at(22, 2, 29), False),
        (Last(_at(21, 2, 30), _at(21, 2, 30), "ok"), _at(22, 2, 30), True),
        (Last(_at(18, 2, 30), _at(18, 2, 30), "ok"), _at(22, 12, 0), True),  # missed four nights: once
        (Last(_at(22, 2, 30), _at(22, 12, 0), "ok"), _at(22, 12, 1), False),
        (
            Last(_at(22, 2, 30), _at(22, 2, 30), "differs"),
            _at(22, 23, 0),
            False,
        ),  # told; not told every minute
        (Last(_at(22, 2, 30), _at(22, 2, 30), "failed"), _at(22, 2, 44), False),
        (Last(_at(22, 2, 30), _at(22, 2, 30), "failed"), _at(22, 2, 45), True),
        (Last(_at(22, 2, 30), _at(22, 2, 30), "running"), _at(22, 2, 45), True),  # killed under way
    ],
)
def test_due(last, now, due):
    assert is_due(NIGHTLY, last, now) is due


SLOT = Last(_at(22, 2, 30), _at(22, 2, 31), "ok")


@pytest.mark.parametrize(
    ("job", "last", "built_at", "now", "due"),
    [
        (NIGHTLY, None, _at(22, 9, 0), _at(22, 9, 1), True),  # a build is compared at once
        (NIGHTLY, SLOT, _at(22, 9, 0), _at(22, 9, 1), True),  # so is one that came since the last night
        (NIGHTLY, SLOT, _at(22, 2, 0), _at(22, 9, 1), False),
        (NIGHTLY, Last(_at(22, 2, 30), _at(22, 9, 1), "running"), _at(22, 9, 0), _at(22, 9, 2), False),
        (WEEKLY, None, _at(22, 9, 0), _at(22, 9, 1), False),  # Sunday: the build has asked itself
        (WEEKLY, None, _at(22, 9, 0), _at(29, 3, 29), False),
        (WEEKLY, None, _at(22, 9, 0), _at(29, 3, 30), True),
        (WEEKLY, Last(_at(15, 3, 30), _at(15, 3, 30), "ok"), _at(22, 9, 0), _at(23, 9, 0), False),
        (WEEKLY, Last(_at(15, 3, 30), _at(15, 3, 30), "ok"), _at(22, 3, 29), _at(22, 3, 30), True),
    ],
)
def test_due_after_a_build(job, last, built_at, now, due):
    assert is_due(job, last, now, built_at) is due


FORGET = '- {id: a, task: forget_months, at: "04:00", log: run, keep_days: 92, article: a, reason: r}'


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("keep_days: 92", "keep_days: 91", "keep_days"),  # level 3: three months at least
        ("log: run", "log: report", "log"),
        ("article: a, ", "", "article"),
        ('"04:00"', '"24:00"', "at"),
        ("reason: r", "reason: r, colour: red", "colour"),
        ("reason: r", "reason: r, weekday: sonntag", "weekday"),
        ("task: forget_months", "task: delete_everything", "jobs.0"),
        ("task: forget_months", "task: reconcile", "jobs.0"),
    ],
)
def test_wrong_data_is_refused_with_its_place(old, new, field):
    assert len(parse_schedules(f"jobs:\n  {FORGET}", "s.yaml")) == 1
    with pytest.raises(DataError) as refused:
        parse_schedules(f"jobs:\n  {FORGET.replace(old, new)}", "s.yaml")
    assert (refused.value.file, refused.value.line) == ("s.yaml", 2)
    assert field in refused.value.field


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(DataError, match="a stands twice"):
        parse_schedules(f"jobs:\n  {FORGET}\n  {FORGET}", "s.yaml")


def test_every_job_of_the_shipped_schedules_has_a_task():
    assert {job.task for job in load_schedules().values()} == set(scheduled._TASKS)


# --------------------------------------------------------------- a real mart

NOW = _at(22, 2, 35)


@pytest.fixture
def follower(store, new_mart, backfill, rulebook):
    worlds.fill(store, 10)
    mart_url = new_mart()
    backfill(store, mart_url)
    with psycopg.connect(mart_url) as conn:  # long enough ago for every job to be due
        conn.execute("UPDATE mart.source_state SET built_at = built_at - interval '8 days'")
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    yield Follower(source, mart_url, rulebook, Clock(fixed_at=NOW), Publisher(None, worlds.PROVINCE))
    source.close()


def _status(follower, now):
    engine = migrate.engine_of(follower.mart_url)
    with engine.connect() as connection:
        found = status.read(connection, worlds.PROVINCE, now)["schedules"]
    engine.dispose()
    return {line["job"]: line for line in found}


@pytest.mark.server
def test_due_jobs_are_done_once_and_show_in_the_status(follower):
    before = _status(follower, NOW)
    assert list(before) == list(load_schedules())
    assert all(line["status"] is None for line in before.values())
    assert scheduled.do_due(follower) == list(load_schedules())
    assert scheduled.do_due(follower) == []
    line = _status(follower, NOW)["nightly-reconcile"]
    assert (line["status"], line["message"]) == ("ok", "10 reports agree")
    assert (line["slot_at"], line["next_at"]) == (_at(22, 2, 30), _at(23, 2, 30))
    follower.clock = Clock(fixed_at=_at(22, 3, 31))  # Sunday: only the weekly check has come due since
    assert scheduled.do_due(follower) == ["weekly-check"]


@pytest.mark.server
def test_a_mart_that_was_just_built_is_compared_and_not_asked_again(follower):
    scheduled.do_due(follower)
    with psycopg.connect(follower.mart_url) as conn:
        conn.execute("UPDATE mart.source_state SET built_at = now()")
    follower.clock = Clock(fixed_at=_at(22, 4, 10))  # Sunday: the slots of everything have come
    assert scheduled.do_due(follower) == [job for job in load_schedules() if job != "weekly-check"]
    assert scheduled.do_due(follower) == []


@pytest.mark.server
def test_what_differs_is_told_and_measured(follower):
    with psycopg.connect(follower.mart_url) as conn:
        conn.execute("UPDATE mart.daily_report SET received_count = received_count + 1")
        conn.execute("DELETE FROM mart.event WHERE report_id = 3 AND kind = 'sent'")
    scheduled.do_due(follower)
    found = _status(follower, NOW)
    assert found["nightly-reconcile"]["message"].startswith("1 changed")
    assert found["weekly-check"]["status"] == "differs"
    assert "daily counts of reports equal the facts" in found["weekly-check"]["message"]
    value = follower.metrics.registry.get_sample_value
    assert value("ioc_etl_job_ok", {"job": "nightly-reconcile"}) == 0
    assert value("ioc_etl_job_ok", {"job": "forget-runs"}) == 1


@pytest.mark.server
def test_a_store_that_is_gone_fails_the_job_which_is_tried_again(follower, store):
    own = follower.source
    follower.source = PostgresSource("postgresql://nobody@127.0.0.1:1/none", worlds.PROVINCE)
    scheduled.do_due(follower)
    line = _status(follower, NOW)["nightly-reconcile"]
    assert line["status"] == "failed"
    assert "does not answer" in line["message"]
    follower.source = own
    follower.clock = Clock(fixed_at=NOW + schedule.TRY_AGAIN)
    assert scheduled.do_due(follower) == ["nightly-reconcile"]
    assert _status(follower, NOW)["nightly-reconcile"]["status"] == "ok"


@pytest.mark.server
def test_two_that_write_the_run_log_at_once_get_numbers_of_their_own(follower):
    def write(connection):
        run = operations.Run(worlds.PROVINCE, "reconcile", "store", "r", operations.WORLD.now())
        return run.write(connection, operations.WORLD.now())

    engine = migrate.engine_of(follower.mart_url)
    with ThreadPoolExecutor(1) as pool:

        def second():
            with engine.begin() as connection:
                return write(connection)

        with engine.begin() as connection:
            first_id = write(connection)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        assert (first_id, waiting.result(timeout=10)) == (2, 3)
    engine.dispose()


@pytest.mark.server
def test_mended_rows_leave_the_quarantine_and_waiting_rows_stay(follower):
    with psycopg.connect(follower.mart_url) as conn:
        for ref, days in (("old", 93), ("young", 91), ("waits", None)):
            resolved_at = None if days is None else NOW - timedelta(days=days)
            conn.execute(
                "INSERT INTO mart.quarantine VALUES (%s, 'store', %s, 'f', 'r', NULL, %s, %s, %s)",
                [worlds.PROVINCE, ref, NOW - timedelta(days=500), NOW - timedelta(days=500), resolved_at],
            )
    forget = {i: job for i, job in load_schedules().items() if job.task == "forget_quarantine"}
    scheduled.do_due(follower, forget)
    with psycopg.connect(follower.mart_url) as conn:
        left = {row[0] for row in conn.execute("SELECT row_ref FROM mart.quarantine")}
    assert left == {"young", "waits"}


@pytest.mark.server
def test_a_leading_follower_does_them_beside_following(follower, store):
    thread = threading.Thread(target=follower.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    done = {}
    while time.monotonic() < until and set(done.values()) != {"ok"}:
        time.sleep(0.2)
        done = {job: line["status"] for job, line in _status(follower, NOW).items()}
    follower.stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert set(done.values()) == {"ok"}

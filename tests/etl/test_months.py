"""Run log and audit log in months: carried over whole, made ahead, moved where they strayed, dropped whole and not too soon."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from etl import migrate, months, operations, scheduled
from etl.months import LOGS
from etl.schedule import load_schedules
from kpi.clock import LOCAL
from kpi.scope import Scope, enter_role, enter_scope
from tests.etl import worlds
from tests.etl.test_schedule import follower  # noqa: F401

pytestmark = pytest.mark.server
RUN = (
    "INSERT INTO mart.run (province_code, run_id, kind, source, started_at, status, rules_version, counts, timings_ms)"
    " VALUES (%s, %s, 'follow', 'store', %s, 'ok', 'r', '{}', '{}')"
)
AUDIT = "INSERT INTO auth.audit_log (at, username, action, detail) VALUES (%s, %s, 'sign_in', '{}')"


@pytest.fixture
def mart_url(new_mart):
    return new_mart()


@pytest.fixture
def engine(mart_url):
    made = migrate.engine_of(mart_url)
    yield made
    made.dispose()


def _rows(url, query):
    with psycopg.connect(url) as conn:
        return conn.execute(query).fetchall()


def _months(engine, log):
    with engine.connect() as connection:
        return months.months(connection, LOGS[log])


def _at(year, month, day=1, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


def test_a_mart_of_before_keeps_every_row(new_database):
    url = new_database("months")
    engine = migrate.engine_of(url)
    now = datetime.now(UTC)
    ages = (0, 40, 400, 3_000)  # days; the last is older than any month that is made
    with engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0008")
    with psycopg.connect(url) as conn:
        for n, days in enumerate(ages):
            conn.execute(RUN, [worlds.PROVINCE, n, now - timedelta(days=days)])
            conn.execute(AUDIT, [now - timedelta(days=days), f"u{n}"])
        before = [
            conn.execute(f"SELECT * FROM {t} ORDER BY 2").fetchall() for t in ("mart.run", "auth.audit_log")
        ]
    migrate.upgrade(url)
    with psycopg.connect(url) as conn:
        after = [
            conn.execute(f"SELECT * FROM {t} ORDER BY 2").fetchall() for t in ("mart.run", "auth.audit_log")
        ]
        assert after == before
        assert conn.execute("SELECT count(*) FROM ONLY log_month.run_other").fetchone() == (1,)
        conn.execute(AUDIT, [now, "next"])
        newest = conn.execute("SELECT entry_id FROM auth.audit_log WHERE username = 'next'").fetchone()
        assert (
            newest
            > conn.execute("SELECT max(entry_id) FROM auth.audit_log WHERE username <> 'next'").fetchone()
        )
    assert len(_months(engine, "run")) >= 14 + 3  # from 400 days ago to three months ahead
    engine.dispose()


def test_the_web_role_adds_to_the_audit_log_and_looks_into_no_month(engine, mart_url):
    with psycopg.connect(mart_url) as conn:
        conn.execute(RUN, [worlds.PROVINCE, 1, datetime.now(UTC)])
        conn.execute(RUN, ["52", 1, datetime.now(UTC)])
    with engine.begin() as connection:
        connection.execute(enter_role())
        connection.execute(enter_scope(Scope(worlds.PROVINCE, "leader")))
        connection.execute(
            sa.text("INSERT INTO auth.audit_log (username, action, detail) VALUES ('u', 'sign_in', '{}')")
        )
        assert connection.scalars(sa.text("SELECT province_code FROM mart.run")).all() == [worlds.PROVINCE]
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), connection.begin_nested():
            connection.execute(sa.text("SELECT * FROM log_month.run_other"))
    assert _rows(mart_url, "SELECT count(*) FROM log_month.audit_log_other") == [(0,)]
    assert _rows(mart_url, "SELECT count(*) FROM auth.audit_log") == [(1,)]


@pytest.mark.parametrize("log", sorted(LOGS))
def test_months_are_made_ahead_once(engine, log):
    now = _at(2031, 11, 30, 23, 59)
    with engine.begin() as connection:
        assert months.make_ahead(connection, LOGS[log], now, 3) == 0
    made = [m for m in _months(engine, log) if m.year >= 2031]
    assert made == [date(2031, 11, 1), date(2031, 12, 1), date(2032, 1, 1), date(2032, 2, 1)]
    with engine.begin() as connection:
        assert months.make_ahead(connection, LOGS[log], now, 3) == 0
        assert months.make_ahead(connection, LOGS[log], now + timedelta(minutes=1), 3) == 0
    assert _months(engine, log)[-1] == date(2032, 3, 1)


def test_rows_that_strayed_go_into_their_month_at_local_midnight(engine, mart_url):
    # 30/09/2035 23:59:59 in Vietnam is September, a second later October, though both are 30/09 in UTC.
    with psycopg.connect(mart_url) as conn:
        conn.execute(AUDIT, [_at(2035, 10, 1) - timedelta(seconds=1), "september"])
        conn.execute(AUDIT, [_at(2035, 10, 1), "october"])
    with engine.begin() as connection:
        assert months.make_ahead(connection, LOGS["audit_log"], datetime.now(UTC), 3) == 2
    assert _rows(mart_url, "SELECT username FROM log_month.audit_log_2035_09") == [("september",)]
    assert _rows(mart_url, "SELECT username FROM log_month.audit_log_2035_10") == [("october",)]
    assert _rows(mart_url, "SELECT count(*) FROM log_month.audit_log_other") == [(0,)]


def test_a_month_goes_when_its_last_moment_is_old_enough(engine, mart_url):
    log = LOGS["run"]
    with psycopg.connect(mart_url) as conn:
        for n, month in enumerate((1, 2, 3)):
            conn.execute(RUN, [worlds.PROVINCE, n, _at(2020, month, 15)])
    with engine.begin() as connection:
        months.make_ahead(connection, log, datetime.now(UTC), 3)
        assert months.drop_before(connection, log, _at(2020, 3) - timedelta(seconds=1)) == [date(2020, 1, 1)]
        assert months.drop_before(connection, log, _at(2020, 3)) == [date(2020, 2, 1)]
    assert _rows(mart_url, "SELECT run_id FROM mart.run") == [(2,)]


def test_two_that_make_months_at_once(engine):
    def make(_):
        with engine.begin() as connection:
            return months.make_ahead(connection, LOGS["run"], _at(2040, 1), 3)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(make, range(2))) == [0, 0]
    assert len([m for m in _months(engine, "run") if m.year == 2040]) == 4


def test_the_shipped_jobs_make_move_tell_and_drop(follower):  # noqa: F811
    now = operations.WORLD.now()
    jobs = {i: job for i, job in load_schedules().items() if job.task in ("make_months", "forget_months")}
    assert [job.id for job in jobs.values()] == ["months-ahead", "forget-runs", "forget-audit"]
    with psycopg.connect(follower.mart_url) as conn:
        conn.execute(RUN, [worlds.PROVINCE, 5, now - timedelta(days=400)])
        for days in (400, 200):
            conn.execute(AUDIT, [now - timedelta(days=days), f"{days}"])
    scheduled.do_due(follower, jobs)
    with migrate.engine_of(follower.mart_url).connect() as connection:
        told = scheduled.last_of(connection, worlds.PROVINCE)
    assert told["months-ahead"].status == "differs"
    assert told["months-ahead"].message.startswith("1 rows of run, 2 rows of audit_log lay in no month")
    assert follower.metrics.registry.get_sample_value("ioc_etl_job_ok", {"job": "months-ahead"}) == 0
    assert told["forget-runs"].message == f"dropped: {(now - timedelta(days=400)).astimezone(LOCAL):%m/%Y}"
    assert _rows(follower.mart_url, "SELECT run_id FROM mart.run") == [(1,)]
    assert _rows(follower.mart_url, "SELECT username FROM auth.audit_log") == [("200",)]


def test_numbers_of_runs_go_on_when_the_log_forgot_them(follower):  # noqa: F811
    with psycopg.connect(follower.mart_url) as conn:
        conn.execute("UPDATE mart.source_state SET run_id = 41")
        conn.execute("DELETE FROM mart.run")
    engine = migrate.engine_of(follower.mart_url)
    with engine.begin() as connection:
        run = operations.Run(worlds.PROVINCE, "follow", "store", "r", operations.WORLD.now())
        assert run.write(connection, operations.WORLD.now()) == 42
    engine.dispose()

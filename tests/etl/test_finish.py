"""The end of a build: whatever way its tables are counted, they hold the same."""

from dataclasses import replace
from datetime import timedelta

import pyarrow.compute as pc
import pytest
from sqlalchemy import text

from etl import backfill as backfill_module
from etl import checks, finish, migrate
from etl.follow import Follower, build_first
from etl.publish import Publisher
from etl.sources.postgres import PostgresSource
from kpi.clock import Clock
from tests.etl import worlds

pytestmark = pytest.mark.server


def test_counts_made_in_parts_are_the_counts_made_at_once(
    store, new_mart, backfill, fingerprint_of, monkeypatch
):
    worlds.fill(store, 40)
    at_once, in_parts = new_mart(), new_mart()
    backfill(store, at_once)
    monkeypatch.setattr(finish, "MOMENTS_PER_PART", 30)
    backfill(store, in_parts)
    assert fingerprint_of(in_parts) == fingerprint_of(at_once)
    engine = migrate.engine_of(in_parts)
    with engine.begin() as connection:
        recounts = [name for name in checks.ALL_RULES if name not in checks.BUILD_RULES]
        assert not any(checks.ask(connection, name, worlds.PROVINCE).failures for name in recounts)
    engine.dispose()


def test_a_report_that_is_sent_back_after_publication_builds_and_holds(
    store, new_mart, backfill, following, fingerprint_of
):
    """Between publication and the sending back nobody holds it (docs/ledger.md): no gap for the checks."""
    day = worlds.FIRST
    unit = {"acting_unit_code": worlds.UNITS[0]}
    ioc = {"acting_unit_code": worlds.IOC}
    story = [
        ("sent", {}), ("received", ioc), ("dispatched", ioc | {"target_unit_code": worlds.UNITS[0]}), ("accepted", unit),
        ("result", unit | {"has_content": True}), ("approved", unit), ("published", ioc), ("sent_back", ioc),
        ("result", unit | {"has_content": True}), ("approved", unit), ("published", ioc),
    ]  # fmt: skip
    followed = new_mart()
    with store.writing() as conn:
        store.report(conn, 1, sent_at=day)
        store.report(conn, 2, sent_at=day)
        for place, (kind, columns) in enumerate(story[:7]):
            for report_id in (1, 2):
                store.event(conn, report_id, kind, day + timedelta(hours=5 * place), **columns)
    backfill(store, followed)
    with store.writing() as conn:
        for place, (kind, columns) in enumerate(story[7:]):
            store.event(conn, 1, kind, day + timedelta(days=9, hours=5 * place), **columns)
        store.event(conn, 2, "sent_back", day + timedelta(days=9), **ioc)
    following(store, followed).step()
    rebuilt = new_mart()
    backfill(store, rebuilt)
    assert fingerprint_of(rebuilt) == fingerprint_of(followed)
    engine = migrate.engine_of(rebuilt)
    with engine.begin() as connection:
        assert [checks.ask(connection, name, worlds.PROVINCE).failures for name in checks.ALL_RULES] == [
            [] for _ in checks.ALL_RULES
        ]
        connection.execute(text("DELETE FROM mart.event WHERE kind = 'sent_back' AND report_id = 1"))
        assert len(checks.ask(connection, "holds tile the life of a report", worlds.PROVINCE).failures) == 1
    engine.dispose()


def test_joins_of_the_partitioned_tables_are_planned_by_statistics_of_their_own(store, new_mart, backfill):
    worlds.fill(store, 40)
    mart_url = new_mart()
    backfill(store, mart_url)
    engine = migrate.engine_of(mart_url)
    with engine.begin() as connection:
        known = connection.scalars(
            text("SELECT DISTINCT tablename::text FROM pg_stats WHERE schemaname = 'mart' AND inherited")
        )
        assert {"report", "assignment", "stage", "event"} <= set(known)
    engine.dispose()


class _KilledError(Exception):
    """Stands for the end of the process."""


def test_a_build_killed_after_its_swap_gets_its_statistics_from_the_follower(
    store, new_mart, backfill, rulebook, monkeypatch
):
    worlds.fill(store, 40)
    mart_url = new_mart()

    def killed(_mart_url):
        raise _KilledError

    with monkeypatch.context() as patched:
        patched.setattr(finish, "analyze_whole", killed)
        with pytest.raises(_KilledError):
            backfill(store, mart_url)
    assert _analyzed(mart_url) == {}
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    follower = Follower(source, mart_url, rulebook, Clock(), Publisher(None, worlds.PROVINCE))
    assert build_first(follower) is False
    made = _analyzed(mart_url)
    assert {"report", "assignment", "stage", "event"} <= set(made)
    assert build_first(follower) is False
    assert _analyzed(mart_url) == made
    source.close()


def _analyzed(mart_url):
    """When each partitioned table of facts was analyzed last."""
    engine = migrate.engine_of(mart_url)
    query = (
        "SELECT relname::text, last_analyze FROM pg_stat_user_tables WHERE schemaname = 'mart'"
        " AND relname = ANY (:names) AND last_analyze IS NOT NULL"
    )
    with engine.begin() as connection:
        found = dict(connection.execute(text(query), {"names": list(finish.REPORT_TABLES)}).all())
    engine.dispose()
    return found


@pytest.mark.parametrize("child", ["assignment", "hold", "stage", "event"])
def test_an_orphan_ends_a_build_before_it_is_written(store, new_mart, backfill, monkeypatch, child):
    worlds.fill(store, 40)
    mart_url = new_mart()
    built_right = backfill_module.build

    def built_wrong(batch, judging):
        facts = built_right(batch, judging)
        moved = facts.tables[child]
        ids = pc.if_else(pc.equal(moved["report_id"], 7), 4711, moved["report_id"])
        moved = moved.set_column(moved.schema.get_field_index("report_id"), "report_id", ids)
        return replace(facts, tables={**facts.tables, child: moved})

    monkeypatch.setattr(backfill_module, "build", built_wrong)
    with pytest.raises(checks.CheckError, match=f"every {child} has its report: report 4711"):
        backfill(store, mart_url)
    engine = migrate.engine_of(mart_url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM mart.report")) == 0
    engine.dispose()

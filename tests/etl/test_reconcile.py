"""Store against mart by report, day and unit: what differs is named by its kind, what waits in quarantine is not an alarm."""

from datetime import timedelta

import psycopg
import pytest

from etl import inventory, reconcile
from etl.differences import Found
from etl.sources.postgres import PostgresSource
from etl.sources.record import END_ID, FIRST_ID, Range
from kpi.clock import Clock
from tests.etl import worlds

pytestmark = pytest.mark.server
WHOLE = Range(FIRST_ID, END_ID, 0)


@pytest.fixture
def built(store, new_mart, backfill):
    """12 lives, of which report 9 has an event that cannot be taken; their mart; a source to read it again."""
    worlds.fill(store, 12)
    with store.writing() as conn:
        store.event(conn, 9, "teleported", worlds.FIRST + timedelta(days=1), acting_unit_code="B")
    mart_url = new_mart()
    backfill(store, mart_url)
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    yield store, mart_url, source
    source.close()


@pytest.fixture
def found(built, rulebook):
    """found() reconciles; found(repair=True) mends."""
    _, mart_url, source = built

    def run(**options):
        return reconcile.reconcile(source, mart_url, rulebook, Clock(), patience_s=0, **options)

    return run


def _rows(mart_url, query):
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


SUMS = (
    "SELECT sum(store_count)::int, sum(mart_count)::int, sum(quarantined_count)::int FROM mart.reconciliation"
)
DIFFERING = (
    "SELECT sum(missing_count)::int, sum(doubled_count)::int, sum(orphaned_count)::int, sum(changed_count)::int"
    " FROM mart.reconciliation"
)
UNITS = "SELECT unit_code FROM mart.reconciliation_unit WHERE (store_count, store_checksum) {} (mart_count, mart_checksum)"


def test_fractions_of_seconds_are_no_difference(store, new_mart, backfill, rulebook):
    worlds.fill(store, 4)
    with store.writing() as conn:
        for table, column in (("report", "sent_at"), ("report_event", "at"), ("report_event", "recorded_at")):
            conn.execute(f"UPDATE paht.{table} SET {column} = {column} + interval '0.7 s'")
    mart_url = new_mart()
    backfill(store, mart_url)
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    assert reconcile.reconcile(source, mart_url, rulebook, Clock(), patience_s=0).is_equal
    source.close()


def test_what_agrees_agrees_by_day_and_unit_and_quarantine_is_no_alarm(built, found):
    _, mart_url, _ = built
    told = found()
    assert told.is_equal
    assert (told.reports, told.quarantined) == (12, 1)
    assert _rows(mart_url, SUMS) == [(12, 12, 1)]
    assert _rows(
        mart_url, "SELECT count(*) FROM mart.reconciliation WHERE store_checksum <> mart_checksum"
    ) == [(0,)]
    assert _rows(mart_url, UNITS.format("<>")) == []
    assert {unit for (unit,) in _rows(mart_url, UNITS.format("="))} == {"", "B", "C", "IOC"}
    # every event that is not report 9's stands in exactly one unit's line
    counted = "SELECT (SELECT sum(mart_count)::int FROM mart.reconciliation_unit), count(*) FROM mart.event WHERE report_id <> 9"
    ((in_units, events),) = _rows(mart_url, counted)
    assert in_units == events


def test_each_kind_of_difference_has_its_name(built, found):
    store, mart_url, _ = built
    with psycopg.connect(mart_url) as conn:
        conn.execute("DELETE FROM mart.report WHERE report_id = 2")
        conn.execute("DELETE FROM mart.event WHERE report_id = 3 AND kind = 'sent'")
    with store.writing() as conn:
        conn.execute("DELETE FROM paht.report_event WHERE report_id = 4")
        conn.execute("DELETE FROM paht.report WHERE report_id = 4")
        conn.execute("ALTER TABLE paht.report DROP CONSTRAINT report_key, DROP CONSTRAINT report_code_unique")
        conn.execute("INSERT INTO paht.report SELECT * FROM paht.report WHERE report_id = 5")
    told = found()
    assert (told.missing, told.doubled, told.orphaned, told.changed) == ([2], [5], [4], [3])
    assert told.counts() | {"units": 0} == {
        "missing": 1,
        "doubled": 1,
        "orphaned": 1,
        "changed": 1,
        "units": 0,
        "side": 0,
    }
    assert _rows(mart_url, DIFFERING) == [(1, 1, 1, 1)]
    assert "" in told.units_differing  # the sender's own event of report 3
    assert told.as_dict()["equal"] is False
    assert len(told.days_differing) == 4
    with store.writing() as conn:
        conn.execute(
            "DELETE FROM paht.report WHERE ctid = (SELECT max(ctid) FROM paht.report WHERE report_id = 5)"
        )
    mended = found(repair=True)
    assert (mended.is_equal, mended.repaired) == (True, 3)
    assert _rows(mart_url, DIFFERING) == [(0, 0, 0, 0)]
    assert _rows(mart_url, UNITS.format("<>")) == []


def test_an_event_that_changed_its_unit_is_seen_by_unit_only(built, found):
    """Checksums of a report do not hold units: the unit's own line does."""
    _, mart_url, _ = built
    with psycopg.connect(mart_url) as conn:
        conn.execute("UPDATE mart.event SET target_unit_code = 'Z' WHERE event_id = (SELECT min(event_id)"
                     " FROM mart.event WHERE kind = 'dispatched' AND target_unit_code = 'B')")  # fmt: skip
    told = found()
    assert (told.differing, told.units_differing) == ([], ["B", "Z"])
    assert not told.is_equal


def test_lines_are_the_same_in_sql_and_in_memory(built):
    *_, source = built
    for but in ((), (1, 2, 9)):
        in_sql = source.inventory(WHOLE, but)
        assert worlds.told(in_sql) == worlds.told(inventory.of_batch(source.read_range(WHOLE), but))
        assert in_sql.schema == inventory.SCHEMA


def test_nothing_found_is_equal():
    assert Found().is_equal
    assert not Found(units_differing=["A"]).is_equal
    assert not Found(side_differing={"unit": 1}).is_equal
    assert not Found(doubled=[1]).is_equal


class Streaming:
    """A source that goes on: before each look the follower has caught up, and then another report has news."""

    def __init__(self, source, store, steps) -> None:
        self._source, self._store, self._steps, self._looks = source, store, steps, 0

    def __getattr__(self, name):
        return getattr(self._source, name)

    def inventory(self, within, but):
        self._steps.step()
        self._looks += 1
        with self._store.writing() as conn:
            self._store.event(conn, self._looks, "feedback", worlds.FIRST + timedelta(days=300))
        return self._source.inventory(within, but)


def test_news_on_its_way_is_no_alarm(built, rulebook, following):
    """Every look finds one report whose event the follower has not written yet, each time another one."""
    store, mart_url, source = built
    moving = Streaming(source, store, following(store, mart_url))
    told = reconcile.reconcile(moving, mart_url, rulebook, Clock(), patience_s=2.5)
    assert moving._looks >= 2
    assert told.is_equal, told.as_dict()
    with psycopg.connect(mart_url) as conn:
        conn.execute("DELETE FROM mart.event WHERE report_id = 12 AND kind = 'sent'")
    told = reconcile.reconcile(moving, mart_url, rulebook, Clock(), patience_s=2.5)
    assert told.changed == [12]

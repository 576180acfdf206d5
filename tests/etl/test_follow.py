"""Follow gives the mart that a clean rebuild gives, in whatever portions, order and disguise the store's rows come."""

import gc
import random
from datetime import timedelta
from typing import ClassVar

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import migrate, reconcile
from etl.sources.postgres import PostgresSource
from etl.sources.record import SourceError
from etl.steps import NotBuiltError
from kpi.clock import Clock
from tests.etl import worlds

pytestmark = pytest.mark.server


@pytest.fixture
def same_as_rebuilt(backfill, fingerprint_of, new_mart):
    """Assert that a followed mart equals a new one built from the same store."""

    def check(store, mart_url):
        clean = new_mart()
        backfill(store, clean)
        assert fingerprint_of(mart_url) == fingerprint_of(clean)

    return check


def _drain(steps):
    while steps.step():
        pass


def _rows(mart_url, query):
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


@pytest.fixture
def followed(store, new_mart, backfill, following):
    """A store with 12 lives, its mart and the steps of its leader."""
    worlds.fill(store, 12)
    mart_url = new_mart()
    backfill(store, mart_url)
    return store, mart_url, following(store, mart_url)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(portions=st.lists(st.integers(1, 40), min_size=1, max_size=12), seed=st.integers(0, 10**6))
def test_any_batching_gives_the_same_mart(
    portions, seed, new_store, new_mart, backfill, following, same_as_rebuilt
):
    store = new_store()
    worlds.fill(store, 10, seed)
    mart_url = new_mart()
    backfill(store, mart_url, reports_per_range=portions[0])
    most = portions[len(portions) // 2]
    steps = following(store, mart_url, rows_per_page=most, reports_per_step=portions[-1])
    dice = random.Random(seed)
    # In any order within a report too: events come before their report, results before receipts.
    lives = [
        [(i, row) for row in dice.sample(life, len(life))]
        for i, life in ((i, worlds.life(dice, i)) for i in range(11, 26))
    ]
    while lives:
        portion = portions[dice.randrange(len(portions))]
        with store.writing() as conn:
            for _ in range(portion):
                if lives:
                    life = dice.choice(lives)
                    worlds.write(store, conn, *life.pop(0))
                    lives = [rest for rest in lives if rest]
        steps.step()
    _drain(steps)
    same_as_rebuilt(store, mart_url)


def test_nothing_new_changes_nothing(followed, fingerprint_of):
    _, mart_url, steps = followed
    _drain(steps)  # whatever another database's transaction held back
    before, runs = fingerprint_of(mart_url), _rows(mart_url, "SELECT count(*) FROM mart.run")
    assert steps.step() is False
    assert (fingerprint_of(mart_url), _rows(mart_url, "SELECT count(*) FROM mart.run")) == (before, runs)


def test_a_transaction_that_commits_late_with_smaller_ids_arrives(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with psycopg.connect(store.owner_url) as slow, psycopg.connect(store.owner_url) as quick:
        store.report(slow, 100)
        store.event(slow, 100, "sent", worlds.FIRST)
        store.report(quick, 200, sender_key="k9")
        store.event(quick, 200, "sent", worlds.FIRST)
        quick.commit()
        _drain(steps)
        # what has committed is there although an older transaction is still open
        assert _rows(mart_url, "SELECT report_id FROM mart.report WHERE report_id > 99") == [(200,)]
        store.event(slow, 200, "received", worlds.FIRST + timedelta(hours=1), acting_unit_code=worlds.IOC)
        _drain(steps)
        slow.commit()
    _drain(steps)
    assert _rows(mart_url, "SELECT report_id FROM mart.report WHERE report_id > 99 ORDER BY 1") == [
        (100,),
        (200,),
    ]
    assert _rows(mart_url, "SELECT count(*) FROM mart.event WHERE report_id = 200") == [(2,)]
    same_as_rebuilt(store, mart_url)


def test_a_late_commit_arrives_after_a_restart_too(followed, following, same_as_rebuilt):
    store, mart_url, steps = followed
    with psycopg.connect(store.owner_url) as slow:
        store.report(slow, 100)
        with store.writing() as conn:
            store.report(conn, 200)
        _drain(steps)
        steps._connection.close()  # the leader dies and with it what it remembered
        slow.commit()
    _drain(following(store, mart_url))
    same_as_rebuilt(store, mart_url)


def test_rows_that_were_rolled_back_never_arrive(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with psycopg.connect(store.owner_url) as conn:
        store.report(conn, 100)
        _drain(steps)
        conn.rollback()
    _drain(steps)
    assert _rows(mart_url, "SELECT count(*) FROM mart.report WHERE report_id = 100") == [(0,)]
    same_as_rebuilt(store, mart_url)


def test_corrections_and_voids_change_the_facts(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    at = worlds.FIRST
    with store.writing() as conn:
        store.report(conn, 100)
        store.event(conn, 100, "sent", at)
        refused = store.event(conn, 100, "refused", at + timedelta(hours=1), acting_unit_code=worlds.IOC)
    _drain(steps)
    status = "SELECT status FROM mart.report WHERE report_id = 100"
    assert _rows(mart_url, status) == [("refused",)]
    with store.writing() as conn:
        store.event(conn, 100, "voided", at + timedelta(hours=2), replaces_event_id=refused)
    _drain(steps)
    assert _rows(mart_url, status) == [("open",)]
    with store.writing() as conn:
        received = store.event(conn, 100, "received", at + timedelta(hours=5), acting_unit_code=worlds.IOC)
        corrected = at + timedelta(hours=1)
        columns = {"acting_unit_code": worlds.IOC, "replaces_event_id": received}
        store.event(conn, 100, "received", corrected, **columns)
    _drain(steps)
    assert _rows(mart_url, "SELECT received_at FROM mart.report WHERE report_id = 100") == [(corrected,)]
    assert _rows(mart_url, "SELECT count(*) FROM mart.event WHERE report_id = 100") == [(5,)]
    same_as_rebuilt(store, mart_url)


def test_a_deleted_report_leaves_with_everything_it_counted(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET deleted_at = now() WHERE report_id <= 3")
    _drain(steps)
    assert _rows(mart_url, "SELECT count(*) FROM mart.report WHERE report_id <= 3") == [(0,)]
    assert _rows(mart_url, "SELECT sum(received_count) FROM mart.daily_report") == [(9,)]
    same_as_rebuilt(store, mart_url)


def test_a_report_that_moves_counts_in_its_new_place_only(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET field_code = 'waste', channel_code = 'hotline'")
    _drain(steps)
    assert _rows(mart_url, "SELECT DISTINCT field_code, channel_code FROM mart.daily_report") == [
        ("waste", "hotline")
    ]
    assert _rows(mart_url, "SELECT DISTINCT field_code FROM mart.stage") == [("waste",)]
    same_as_rebuilt(store, mart_url)


def test_events_a_month_late_and_a_clock_that_went_back(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    long_ago = worlds.FIRST - timedelta(days=30)
    with store.writing() as conn:
        store.report(conn, 100, sent_at=long_ago)
        recorded = {"recorded_at": worlds.FIRST - timedelta(days=1)}
        store.event(conn, 100, "withdrawn", long_ago + timedelta(hours=1), **recorded)
        store.event(conn, 100, "sent", long_ago, recorded_at=worlds.FIRST)
    _drain(steps)
    assert _rows(mart_url, "SELECT status FROM mart.report WHERE report_id = 100") == [("withdrawn",)]
    same_as_rebuilt(store, mart_url)


def test_repeats_follow_their_group(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    at = worlds.FIRST
    own = {"lon": worlds.PLACES[0][0], "lat": worlds.PLACES[0][1], "sender_key": "same"}
    repeats = "SELECT report_id, repeats_report_id FROM mart.report WHERE report_id > 99 ORDER BY 1"
    with store.writing() as conn:
        for report_id, sent_at in ((100, at), (101, at + timedelta(days=10))):
            store.report(conn, report_id, sent_at=sent_at, **own)
            store.event(conn, report_id, "sent", sent_at)
    _drain(steps)
    assert _rows(mart_url, repeats) == [(100, None), (101, None)]  # the earlier one is not published
    with store.writing() as conn:
        for hours, kind, columns in (
            (1, "received", {"acting_unit_code": worlds.IOC}),
            (2, "dispatched", {"acting_unit_code": worlds.IOC, "target_unit_code": "A"}),
            (3, "accepted", {"acting_unit_code": "A"}),
            (4, "result", {"acting_unit_code": "A", "has_content": True}),
            (5, "approved", {"acting_unit_code": "A"}),
            (6, "published", {"acting_unit_code": worlds.IOC}),
        ):
            store.event(conn, 100, kind, at + timedelta(hours=hours), **columns)
    _drain(steps)
    assert _rows(mart_url, repeats) == [(100, None), (101, 100)]
    same_as_rebuilt(store, mart_url)
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET sender_key = 'another' WHERE report_id = 101")
    _drain(steps)
    assert _rows(mart_url, repeats) == [(100, None), (101, None)]
    same_as_rebuilt(store, mart_url)


def test_what_cannot_be_taken_waits_in_quarantine_and_comes_back(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with store.writing() as conn:
        store.report(conn, 100, urgency="whenever")
        bad = store.event(conn, 1, "teleported", worlds.FIRST)
    _drain(steps)
    waiting = "SELECT row_ref, field FROM mart.quarantine WHERE resolved_at IS NULL ORDER BY 1"
    assert _rows(mart_url, waiting) == [("report:100", "urgency"), (f"report_event:1/{bad}", "kind")]
    assert _rows(mart_url, "SELECT count(*) FROM mart.report WHERE report_id IN (1, 100)") == [(1,)]
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET urgency = 'urgent' WHERE report_id = 100")
        conn.execute("UPDATE paht.report_event SET kind = 'feedback' WHERE event_id = %s", [bad])
    _drain(steps)
    assert ("report:100", "urgency") not in _rows(mart_url, waiting)
    assert _rows(mart_url, "SELECT urgency FROM mart.report WHERE report_id = 100") == [("urgent",)]
    same_as_rebuilt(store, mart_url)


def test_secret_reports_are_counted_but_show_nothing(followed):
    store, mart_url, steps = followed
    with store.writing() as conn:
        store.report(conn, 100, secrecy="state", title="bí mật")
        store.event(conn, 100, "sent", worlds.FIRST)
    _drain(steps)
    row = "SELECT commune_code, lon_coarse, district_code <> '' FROM mart.report WHERE report_id = 100"
    assert _rows(mart_url, row) == [("", None, True)]
    assert _rows(mart_url, "SELECT count(*) FROM mart.report_detail WHERE report_id = 100") == [(0,)]
    assert _rows(mart_url, "SELECT count(*) FROM etl.report_group WHERE report_id = 100") == [(0,)]


def test_units_calls_and_directives_follow(followed, same_as_rebuilt):
    store, mart_url, steps = followed
    with store.writing() as conn:
        conn.execute("UPDATE paht.unit SET short_name = 'Sở A' WHERE unit_code = 'A'")
        conn.execute(
            "INSERT INTO paht.hotline_call (province_code, call_id, unit_code, called_at, is_answered)"
            " VALUES ('94', 1, 'A', now(), true), ('94', 2, 'A', now(), false)"
        )
        conn.execute(
            "INSERT INTO paht.directive (province_code, directive_id, unit_code, issued_on, number)"
            " VALUES ('94', 1, 'A', '2024-03-05', '12/CT')"
        )
    _drain(steps)
    assert _rows(mart_url, "SELECT short_name FROM mart.unit WHERE unit_code = 'A'") == [("Sở A",)]
    assert _rows(mart_url, "SELECT count(*) FROM mart.hotline_call") == [(2,)]
    with store.writing() as conn:
        conn.execute("UPDATE paht.hotline_call SET is_answered = true WHERE call_id = 2")
    _drain(steps)
    same_as_rebuilt(store, mart_url)


class _Counting(PostgresSource):
    """Keeps how many calls each look at the small tables brought."""

    read: ClassVar[list[int]] = []

    def read_side(self, call_ids=None, directive_ids=None):
        side = super().read_side(call_ids, directive_ids)
        self.read.append(side.calls.num_rows)
        return side


def test_a_new_call_reads_that_call_only_and_units_that_stay_write_nothing(followed, rulebook):
    store, mart_url, steps = followed
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO paht.hotline_call (province_code, call_id, unit_code, called_at, is_answered)"
            " SELECT '94', n, 'A', now(), true FROM generate_series(1, 50) AS n"
        )
    _drain(steps)
    steps._source.__class__ = _Counting
    _Counting.read.clear()
    with store.writing() as conn:
        conn.execute("UPDATE paht.hotline_call SET is_answered = false WHERE call_id = 7")
        conn.execute("UPDATE paht.unit SET name = name")
    _drain(steps)
    assert _Counting.read == [1]
    written = "SELECT counts FROM mart.run ORDER BY run_id DESC LIMIT 1"
    ((counts,),) = _rows(mart_url, written)
    assert counts == {"hotline_call": 1, "report": 0, "report_event": 0}
    # A row that vanished without a mark, and one that somebody spoiled: seen by the reconciliation, mended whole.
    steps._connection.close()
    with store.writing() as conn:
        conn.execute("DELETE FROM paht.hotline_call WHERE call_id = 8")
    with psycopg.connect(mart_url) as conn:
        conn.execute("UPDATE mart.unit SET short_name = 'X' WHERE unit_code = 'A'")
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    found = reconcile.reconcile(source, mart_url, rulebook, Clock(), patience_s=0)
    assert found.side_differing == {"unit": 1, "hotline_call": 1}
    assert not found.is_equal
    assert reconcile.reconcile(source, mart_url, rulebook, Clock(), repair=True, patience_s=0).is_equal
    source.close()
    assert _rows(mart_url, "SELECT count(*) FROM mart.hotline_call") == [(49,)]


def test_far_behind_it_goes_on_in_pieces_says_how_far_and_ends_equal(
    store, new_mart, backfill, following, same_as_rebuilt
):
    dice = random.Random(5)
    mart_url = new_mart()
    worlds.fill(store, 5)
    backfill(store, mart_url)
    steps = following(store, mart_url, reports_per_step=90)
    _drain(steps)
    with store.writing() as conn:  # some 5,000 events at once
        for report_id in range(100, 900):
            for row in worlds.life(dice, report_id):
                worlds.write(store, conn, report_id, row)
    said = []
    value = steps._f.metrics.registry.get_sample_value

    def watch(_run_id, _now):
        """After each piece: what anybody can see; and the store goes on."""
        state = "SELECT waiting_count, behind_since_at IS NOT NULL FROM mart.source_state"
        gauges = value("ioc_etl_reports_waiting"), value("ioc_etl_behind_seconds") > 0
        said.append((*_rows(mart_url, state)[0], *gauges))
        if len(said) <= 5:
            with store.writing() as conn:
                for report_id in range(1_000 + 40 * len(said), 1_040 + 40 * len(said)):
                    for row in worlds.life(dice, report_id):
                        worlds.write(store, conn, report_id, row)

    steps._f.publisher.tick = watch
    with store.writing() as conn:
        assert (
            conn.execute("SELECT count(*) FROM paht.report_event WHERE report_id >= 100").fetchone()[0]
            > 4_500
        )
    _drain(steps)
    first_look = [800 - 90 * n for n in range(1, 9)] + [0]
    assert [s[0] for s in said[:9]] == first_look
    assert said[0][:2] == (710, True)
    assert all(s[0] == s[2] and s[1] == s[3] for s in said)  # page and /metrics say the same
    assert [s[0] for s in said[9:]] == [110, 20, 0]  # 200 came meanwhile
    ((most,),) = _rows(mart_url, "SELECT max((counts->>'report')::int) FROM mart.run WHERE kind = 'follow'")
    assert most == 90
    _drain(steps)
    assert _rows(mart_url, "SELECT waiting_count, behind_since_at FROM mart.source_state") == [(0, None)]
    assert value("ioc_etl_behind_seconds") == 0
    same_as_rebuilt(store, mart_url)


def test_statements_that_name_their_reports_are_not_kept(followed):
    store, mart_url, steps = followed
    with store.writing() as conn:
        store.report(conn, 7_700_001)
        store.event(conn, 7_700_001, "sent", worlds.FIRST)
    _drain(steps)
    assert _rows(mart_url, "SELECT count(*) FROM mart.report WHERE report_id = 7700001") == [(1,)]
    compiled = [o for o in gc.get_objects() if issubclass(type(o), sa.engine.Compiled)]
    assert [c.string for c in compiled if "7700001" in (c.string or "")] == []


def test_killed_in_the_middle_of_catching_up_it_goes_on_where_it_was(followed, following, same_as_rebuilt):
    store, mart_url, steps = followed
    _drain(steps)
    steps._f.reports_per_step = 2
    at = worlds.FIRST
    for report_id in (109, 108, 107, 106, 105):  # a transaction each, the newest number first
        with store.writing() as conn:
            store.report(conn, report_id)
            store.event(conn, report_id, "sent", at)
    with store.writing() as conn:  # and a late word on the first of them
        store.event(conn, 109, "received", at + timedelta(hours=1), acting_unit_code=worlds.IOC)
    apply, pieces, looks = steps._apply, [], []

    def killed_at_the_third(changes, ids, waiting):
        looks.append(int(changes.watermark))
        if len(pieces) == 2:
            raise KeyboardInterrupt
        pieces.append(list(ids))
        apply(changes, ids, waiting)

    steps._apply = killed_at_the_third
    with pytest.raises(KeyboardInterrupt):
        steps.step()
    assert pieces == [[109, 108], [107, 106]]  # oldest transactions first
    with psycopg.connect(store.owner_url) as conn:
        left = int(conn.execute("SELECT row_xid::text FROM paht.report WHERE report_id = 105").fetchone()[0])
    stored = _rows(mart_url, "SELECT watermark FROM mart.source_state")[0][0]
    # the second: a transaction of another database holds the counter back
    assert stored == (f"{left}:105" if left < looks[0] else str(looks[0]))
    steps._connection.close()
    again = following(store, mart_url)
    if left < looks[0]:  # what is done is not read again
        first = again._source.changes(again._since)  # the rest of that transaction, then those after it
        again._source.written(first)
        second = again._source.changes(first.watermark)
        assert [set(look.report_ids.tolist()) for look in (first, second)] == [{105}, {109}]
        again._source.forget()
    _drain(again)
    same_as_rebuilt(store, mart_url)


def test_a_mart_that_was_never_built_is_refused(store, new_mart, following):
    with pytest.raises(NotBuiltError, match="ioc etl backfill"):
        following(store, new_mart())


def test_a_store_that_was_replaced_is_noticed(followed):
    store, _, _ = followed
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    with pytest.raises(SourceError, match="replaced or restored"):
        source.changes("999999999999")
    source.close()


def test_reconcile_sees_and_mends_what_somebody_spoiled(followed, rulebook, same_as_rebuilt):
    store, mart_url, steps = followed
    steps._connection.close()
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    found = reconcile.reconcile(source, mart_url, rulebook, Clock(), patience_s=0)
    assert found.is_equal
    assert found.reports == 12
    with psycopg.connect(mart_url) as conn:
        conn.execute("DELETE FROM mart.report WHERE report_id = 2")
        conn.execute("DELETE FROM mart.event WHERE report_id = 3 AND kind = 'sent'")
    with store.writing() as conn:
        conn.execute("DELETE FROM paht.report_event WHERE report_id = 4")
        conn.execute("DELETE FROM paht.report WHERE report_id = 4")
    found = reconcile.reconcile(source, mart_url, rulebook, Clock(), patience_s=0)
    assert (found.missing, found.changed, found.orphaned) == ([2], [3], [4])
    found = reconcile.reconcile(source, mart_url, rulebook, Clock(), repair=True, patience_s=0)
    assert found.is_equal
    assert found.repaired == 3
    source.close()
    same_as_rebuilt(store, mart_url)


def test_two_leaders_cannot_be(followed, backfill):
    store, mart_url, _ = followed
    engine = migrate.engine_of(mart_url)
    from etl import load

    with engine.connect() as first:
        assert load.take_lead(first, worlds.PROVINCE)
        with pytest.raises(load.LoadError, match="another ETL process"):
            backfill(store, mart_url)
    engine.dispose()

"""Numbers that a careless store gives twice: nothing is lost, nothing fails, the store is told; and mended, it is quiet."""

import random
from datetime import date, timedelta

import psycopg
import pyarrow as pa
import pytest

from etl import side
from etl.quarantine import Complaints
from etl.sources.record import CALL, CATEGORY, DIRECTIVE, UNIT, Side
from tests.etl import worlds
from tests.etl.test_staging import AT, effective, event, report, staged

WAITING = "SELECT row_ref, field, report_id FROM mart.quarantine WHERE resolved_at IS NULL AND field LIKE 'event_id%' ORDER BY 1"


def test_a_number_in_two_reports_is_two_events_in_any_company():
    two = [event(7, report_id=1), event(7, "refused", report_id=2)]
    found, complaints = staged([report(1), report(2)], two)
    assert list(
        zip(found.events["report_id"].to_pylist(), found.events["kind"].to_pylist(), strict=True)
    ) == [
        (1, "received"),
        (2, "refused"),
    ]
    assert complaints == []


def test_a_correction_replaces_the_row_of_its_own_report():
    events = [event(7, report_id=1), event(7, report_id=2), event(8, report_id=2, replaces_event_id=7)]
    found, complaints = staged([report(1), report(2)], events)
    assert effective(found) == [7, 8]  # 7 of report 1 stands, 7 of report 2 is replaced
    assert found.is_effective.tolist() == [True, False, True]
    assert complaints == []


def test_a_correction_of_another_reports_row_is_told():
    found, complaints = staged([report(1), report(2)], [event(7), event(8, report_id=2, replaces_event_id=7)])
    assert effective(found) == [7, 8]
    assert [c["field"] for c in complaints] == ["replaces_event_id"]


def test_small_tables_keep_one_row_of_a_number_whatever_their_order():
    unit = dict.fromkeys(UNIT.names) | {
        "unit_code": "A",
        "name": "A",
        "short_name": "A",
        "level": "department",
    }
    units = [unit, unit | {"name": "B"}, unit | {"unit_code": "C"}, unit | {"unit_code": "C"}]
    fields = [
        {"kind": k, "code": "x", "name_vi": "x", "name_en": "x", "sort_order": 0}
        for k in ("field", "channel")
    ]
    call = {"call_id": 1, "unit_code": "A", "called_at": AT, "is_answered": True, "transferred_at": None}
    directive = {"directive_id": 1, "unit_code": "A", "issued_on": date(2024, 3, 5), "number": "1"}
    seen = set()
    for seed in range(4):
        dice = random.Random(seed)
        rows = [units, fields, [call, call | {"is_answered": False}], [directive, directive]]
        complaints = Complaints()
        tables = side.tables(
            Side(*(
                pa.Table.from_pylist(dice.sample(r, len(r)), schema=schema)
                for r, schema in zip(rows, (UNIT, CATEGORY, CALL, DIRECTIVE), strict=True)
            )),
            worlds.PROVINCE,
            complaints,
        )  # fmt: skip
        found = {
            n: sorted(map(repr, tables[n].to_pylist()))
            for n in ("unit", "category", "hotline_call", "directive")
        }
        assert {n: len(rows) for n, rows in found.items()} == {
            "unit": 2,
            "category": 2,
            "hotline_call": 1,
            "directive": 1,
        }
        told = complaints.table().select(["row_ref", "field"]).to_pylist()
        seen.add((repr(found), repr(sorted(tuple(t.values()) for t in told))))
    assert len(seen) == 1
    assert sorted(tuple(t.values()) for t in told) == [("hotline_call:1", "call_id"), ("unit:A", "unit_code")]


# ------------------------------------------------------- follow and backfill


@pytest.fixture
def careless(store):
    """A store without a key on its events; 12 lives, and number 1 again in report 12."""
    worlds.fill(store, 12)
    with store.writing() as conn:
        conn.execute("ALTER TABLE paht.report_event DROP CONSTRAINT report_event_key")
        store.event(conn, 12, "feedback", worlds.FIRST + timedelta(days=300), event_id=1)
        conn.execute("UPDATE paht.report_event SET event_id = 1 WHERE report_id = 12 AND kind = 'feedback'")
    return store


def _rows(mart_url, query):
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


@pytest.mark.server
@pytest.mark.parametrize("reports_per_range", [5, 100])
def test_reports_of_different_ranges_share_a_number(careless, new_mart, backfill, reports_per_range):
    mart_url = new_mart()
    backfill(careless, mart_url, reports_per_range=reports_per_range)
    assert _rows(mart_url, "SELECT report_id FROM mart.event WHERE event_id = 1 ORDER BY 1") == [(1,), (12,)]
    assert _rows(mart_url, WAITING) == [("report_event:1", "event_id, report_id", 1)]
    (reason,) = _rows(mart_url, "SELECT reason FROM mart.quarantine")[0]
    assert "Số sự kiện 1 đứng ở phản ánh 1 và 12" in reason


@pytest.mark.server
def test_a_shared_number_arrives_and_goes_while_following(
    careless, new_mart, backfill, following, fingerprint_of
):
    mart_url = new_mart()
    backfill(careless, mart_url)
    steps = following(careless, mart_url)
    with careless.writing() as conn:  # a second one arrives, and the first is mended in report 12 only
        careless.event(conn, 8, "feedback", worlds.FIRST + timedelta(days=300), event_id=2)
        conn.execute("UPDATE paht.report_event SET event_id = 9001 WHERE report_id = 12 AND event_id = 1")
    while steps.step():
        pass
    assert _rows(mart_url, WAITING) == [("report_event:2", "event_id, report_id", 1)]
    clean = new_mart()
    backfill(careless, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)
    assert _rows(clean, WAITING) == _rows(mart_url, WAITING)


CODES = "SELECT row_ref, reason FROM mart.quarantine WHERE resolved_at IS NULL AND field LIKE 'report_code%'"


@pytest.mark.server
def test_a_code_that_two_reports_share_is_told_and_mended(
    careless, new_mart, backfill, following, fingerprint_of
):
    with careless.writing() as conn:
        conn.execute("ALTER TABLE paht.report DROP CONSTRAINT report_code_unique")
        conn.execute("UPDATE paht.report SET report_code = 'PA-3' WHERE report_id = 9")
    mart_url = new_mart()
    backfill(careless, mart_url)
    ((ref, reason),) = _rows(mart_url, CODES)
    assert (ref, "số 3 và 9" in reason) == ("report_code:PA-3", True)
    steps = following(careless, mart_url)
    with careless.writing() as conn:  # mended on one side only, and another pair arrives
        conn.execute("UPDATE paht.report SET report_code = 'PA-9' WHERE report_id = 9")
        conn.execute("UPDATE paht.report SET report_code = 'PA-5' WHERE report_id = 4")
    while steps.step():
        pass
    ((ref, reason),) = _rows(mart_url, CODES)
    assert (ref, "số 4 và 5" in reason) == ("report_code:PA-5", True)
    clean = new_mart()
    backfill(careless, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)
    assert _rows(clean, CODES) == _rows(mart_url, CODES)


@pytest.mark.server
def test_two_reports_that_share_a_number_and_a_defect_are_both_named(careless, new_mart, backfill, following):
    with careless.writing() as conn:
        conn.execute("UPDATE paht.report_event SET kind = 'teleported' WHERE event_id = 1")
    mart_url = new_mart()
    backfill(careless, mart_url)
    both = [("report_event:1/1", 1), ("report_event:12/1", 12)]
    bad = "SELECT row_ref, report_id FROM mart.quarantine WHERE resolved_at IS NULL AND field = 'kind' ORDER BY 2"
    assert _rows(mart_url, bad) == both
    steps = following(careless, mart_url)
    with careless.writing() as conn:  # one is mended, the other waits on
        conn.execute("UPDATE paht.report_event SET kind = 'feedback' WHERE event_id = 1 AND report_id = 12")
    while steps.step():
        pass
    assert _rows(mart_url, bad) == both[:1]

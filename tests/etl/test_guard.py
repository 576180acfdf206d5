"""A report whose facts cannot be built is found, put aside and named; the others go on, and too many stop the ETL."""

import psycopg
import pyarrow as pa
import pytest

from etl import facts, guard
from etl.sources.record import EVENT, REPORT, Batch
from kpi import ledger
from tests.etl import worlds
from tests.etl.test_staging import event, report

WORDS = "Nguyễn Văn Thử 0900000000"


class BrokenJudge:
    """Stands in for kpi.ledger.judge and raises, with a citizen's words, whenever it is given one of some reports."""

    def __init__(self, monkeypatch, *report_ids):
        self.report_ids, self._judge = set(report_ids), ledger.judge
        monkeypatch.setattr(ledger, "judge", self)

    def __call__(self, reports, events, rulebook, ioc_unit_code=""):
        if self.report_ids & {*reports["report_id"]}:
            raise KeyError(WORDS)
        return self._judge(reports, events, rulebook, ioc_unit_code)


def _batch(*report_ids):
    reports = [report(i) for i in report_ids]
    events = [event(1_000 + i, "sent", i, hours=0) for i in report_ids]
    return Batch(pa.Table.from_pylist(reports, schema=REPORT), pa.Table.from_pylist(events, schema=EVENT))


def _same(one, other):
    return {n: t.to_pylist() for n, t in one.tables.items()} == {
        n: t.to_pylist() for n, t in other.tables.items()
    }


def test_only_the_offending_reports_are_put_aside(judging, monkeypatch):
    BrokenJudge(monkeypatch, 3, 17)
    built = guard.build(_batch(*range(1, 41)), judging)
    assert guard.failing_of(built) == [3, 17]
    assert _same(built, facts.build(_batch(*(i for i in range(1, 41) if i not in (3, 17))), judging))
    assert built.rows_read == {"report": 40, "report_event": 40}
    lines = built.quarantine.to_pylist()
    assert [(line["row_ref"], line["field"], line["report_id"]) for line in lines] == [
        ("report:3", "*", 3),
        ("report:17", "*", 17),
    ]
    assert all("KeyError" in line["reason"] and WORDS not in line["reason"] for line in lines)


def test_an_untroubled_batch_is_built_as_it_is(judging):
    assert _same(guard.build(_batch(1, 2), judging), facts.build(_batch(1, 2), judging))


@pytest.mark.parametrize(("reports", "most"), [(1, 20), (2_000, 20), (2_100, 21), (20_000, 200)])
def test_how_many_may_fail(reports, most):
    assert guard.most_failing(reports) == most


def test_more_than_dirt_stops_with_a_word_and_no_citizens_words(judging, monkeypatch):
    BrokenJudge(monkeypatch, *range(1, 31))
    with pytest.raises(guard.DefectError, match=r"at least 21 of 60 reports.*KeyError") as refused:
        guard.build(_batch(*range(1, 61)), judging)
    assert WORDS not in str(refused.value)


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_what_no_report_is_to_blame_for_is_not_put_on_one(error, judging, monkeypatch):
    def broken(*_):
        raise error

    monkeypatch.setattr(ledger, "judge", broken)
    with pytest.raises(error):
        guard.build(_batch(1, 2), judging)


# ------------------------------------------------------- follow and backfill

WAITING = "SELECT row_ref, field FROM mart.quarantine WHERE resolved_at IS NULL ORDER BY 1"


def _rows(mart_url, query):
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


def _failed(steps):
    return steps._f.metrics.registry.get_sample_value("ioc_etl_reports_failed_total")


@pytest.mark.server
def test_a_backfill_and_a_follower_go_on_without_the_report_and_try_again(
    store, new_mart, backfill, following, fingerprint_of, monkeypatch
):
    judge = BrokenJudge(monkeypatch, 7)
    worlds.fill(store, 12)
    mart_url = new_mart()
    backfill(store, mart_url, reports_per_range=5)
    assert _rows(mart_url, WAITING) == [("report:7", "*")]
    assert _rows(mart_url, "SELECT count(*) FROM mart.report") == [(11,)]
    steps = following(store, mart_url)
    while steps.step():  # whatever another database's transaction held back is read again first
        pass
    failed_before = _failed(steps)
    judge.report_ids = {7, 9}
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET title = title WHERE report_id IN (8, 9)")
    assert steps.step()
    assert _rows(mart_url, WAITING) == [("report:7", "*"), ("report:9", "*")]
    assert _rows(mart_url, "SELECT count(*) FROM mart.report WHERE report_id = 9") == [(0,)]
    assert _failed(steps) == failed_before + 1
    judge.report_ids = set()
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET title = title WHERE report_id IN (7, 9)")
    assert steps.step()
    assert _rows(mart_url, WAITING) == []
    clean = new_mart()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)


@pytest.mark.server
def test_a_defect_that_comes_a_few_reports_at_a_time_stops_the_follower(
    store, new_mart, backfill, following, monkeypatch
):
    worlds.fill(store, 30)
    mart_url = new_mart()
    backfill(store, mart_url)
    steps = following(store, mart_url, reports_per_step=5)
    BrokenJudge(monkeypatch, *range(1, 31))
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET title = title")
    with pytest.raises(guard.DefectError, match="25 of"):
        steps.step()
    assert _rows(mart_url, "SELECT count(*) FROM mart.report") == [(10,)]

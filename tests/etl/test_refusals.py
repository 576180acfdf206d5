"""A report that only the mart's own columns and keys refuse is put aside by backfill and follower; the others go on."""

import random
import string
from dataclasses import replace

import pyarrow as pa
import pytest

from etl import facts, guard, reconcile
from etl.facts import Facts, Judging
from kpi import ledger
from kpi.clock import Clock
from tests.etl import worlds
from tests.etl.test_guard import _batch, _rows

WORDS = "Nguyễn Văn Thử 0900000000"
FAR = 10**12
"""Seconds since 1970: the year 33658, which PostgreSQL takes and Python does not read."""
LONG = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=3_000))  # nothing to compress
NAMED = "SELECT DISTINCT report_id FROM mart.quarantine WHERE resolved_at IS NULL"
OPEN = "SELECT report_id, reason FROM mart.quarantine WHERE resolved_at IS NULL AND field = '*' ORDER BY 1"


def _with(table: pa.Table, name: str, report_id: int, value: object) -> pa.Table:
    """The table with another value in a report's rows."""
    column = table[name]
    type_ = pa.string() if pa.types.is_dictionary(column.type) else column.type
    of = table["report_id"].to_pylist()
    stored = pa.array(column.cast(type_).cast(pa.int64()) if pa.types.is_timestamp(type_) else column)
    values = [value if i == report_id else old for i, old in zip(of, stored.to_pylist(), strict=True)]
    as_stored = pa.int64() if pa.types.is_timestamp(type_) else type_
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values, as_stored).cast(type_))


def _cell(table: str, column: str, value: object):
    def spoil(tables: dict[str, pa.Table], report_id: int) -> None:
        tables[table] = _with(tables[table], column, report_id, value)

    return spoil


def _twice(tables: dict[str, pa.Table], report_id: int) -> None:
    rows = tables["stage"]
    own = rows.filter(pa.compute.equal(rows["report_id"], report_id))
    tables["stage"] = pa.concat_tables([rows, own])


KINDS = {
    "report.status: NULL": _cell("report", "status", None),
    "assignment.unit_code: NULL": _cell("assignment", "unit_code", None),
    "report.dispatch_count: out of range": None,  # the ledger's
    "stage.start_at: out of range": _cell("stage", "start_at", FAR),
    "event.committed_at: out of range": _cell("event", "committed_at", -FAR),
    "report_detail.title: NUL": _cell("report_detail", "title", f"{WORDS}\x00"),
    "event.reason_code: NUL": _cell("event", "reason_code", f"{WORDS}\x00"),
    "report.report_code: too long for a key": _cell("report", "report_code", LONG),
    "stage.field_code: too long for a key": _cell("stage", "field_code", LONG),
    "stage.report_id, seq: UNIQUE": _twice,
}


class Spoiled:
    """Facts as facts.build makes them, but for some reports with what the mart refuses: report id -> kind."""

    def __init__(self, monkeypatch) -> None:
        self.kinds: dict[int, str] = {}
        self._build, self._judge = facts.build, ledger.judge
        monkeypatch.setattr(facts, "build", self.build)
        monkeypatch.setattr(ledger, "judge", self.judge)

    def build(self, batch, judging) -> Facts:
        built = self._build(batch, judging)
        tables = dict(built.tables)
        for report_id, kind in self.kinds.items():
            if KINDS[kind] is not None and report_id in batch.reports["report_id"].to_pylist():
                KINDS[kind](tables, report_id)
        return replace(built, tables=tables)

    def judge(self, *given, **more):
        judged = self._judge(*given, **more)
        large = [i for i, kind in self.kinds.items() if KINDS[kind] is None]
        is_large = judged.report["report_id"].isin(large)
        judged.report["dispatch_count"] = (
            judged.report["dispatch_count"].astype("int64").mask(is_large, 40_000)
        )
        return judged


def _full_lives(store, reports: int) -> None:
    """Reports of which each has rows in every table of facts."""
    dice = random.Random(1)
    with store.writing() as conn:
        for report_id in range(1, reports + 1):
            while len(life := worlds.life(dice, report_id)) < 8 or life[0][1]["secrecy"] != "none":
                pass
            for row in life:
                worlds.write(store, conn, report_id, row)


@pytest.mark.server
def test_each_kind_is_put_aside_and_comes_back(
    store, new_mart, backfill, following, fingerprint_of, monkeypatch
):
    kinds = list(KINDS)
    first, second = range(1, len(kinds) + 1), range(21, 21 + len(kinds))
    _full_lives(store, 40)
    spoiled = Spoiled(monkeypatch)
    spoiled.kinds = dict(zip(first, kinds, strict=True))
    mart_url = new_mart()
    backfill(store, mart_url, reports_per_range=15)
    _told(mart_url, spoiled.kinds)
    assert _rows(mart_url, "SELECT count(*) FROM mart.report") == [(40 - len(kinds),)]
    steps = following(store, mart_url)
    spoiled.kinds |= dict(zip(second, kinds, strict=True))
    monkeypatch.setattr(guard, "MOST_AT_LEAST", 2 * len(kinds))
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET urgency = urgency WHERE report_id > 20")
    assert steps.step()
    _told(mart_url, spoiled.kinds)
    assert _rows(mart_url, "SELECT count(*) FROM mart.report") == [(40 - 2 * len(kinds),)]
    spoiled.kinds = {}
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET urgency = urgency")
    assert steps.step()
    assert _rows(mart_url, OPEN) == []
    clean = new_mart()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)


def _told(mart_url, kinds) -> None:
    told = dict(_rows(mart_url, OPEN))
    assert set(told) == set(kinds)
    assert all(f"({kinds[i]})" in reason and WORDS not in reason for i, reason in told.items())


@pytest.mark.server
def test_what_a_store_can_really_hold_stops_nothing(
    store, new_mart, backfill, following, fingerprint_of, rulebook
):
    worlds.fill(store, 30)
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET sent_at = 'infinity' WHERE report_id = 1")
        conn.execute("UPDATE paht.report_event SET at = '-infinity' WHERE report_id = 2 AND kind = 'sent'")
        conn.execute("UPDATE paht.report_event SET recorded_at = 'infinity' WHERE report_id = 3")
    mart_url = new_mart()
    backfill(store, mart_url)
    assert set(_rows(mart_url, NAMED)) == {(1,), (2,), (3,)}
    steps = following(store, mart_url)
    with store.writing() as conn:
        conn.execute("UPDATE paht.report SET sent_at = '200000-01-01' WHERE report_id = 4")
        conn.execute("ALTER TABLE paht.report DROP CONSTRAINT report_code_unique")
        conn.execute("UPDATE paht.report SET report_code = %s WHERE report_id = 5", [LONG])
        conn.execute("UPDATE paht.report SET field_code = %s WHERE report_id = 6", [LONG])
        conn.execute("UPDATE paht.report_event SET recorded_at = '200000-01-01' WHERE report_id = 7")
        conn.execute("UPDATE paht.report_event SET at = '9999-12-31 23:59:59+00' WHERE report_id = 8")
    assert steps.step()
    assert set(_rows(mart_url, NAMED)) == {(i,) for i in range(1, 9)}
    assert _rows(mart_url, "SELECT count(*), min(report_id) FROM mart.report") == [(22, 9)]
    assert _rows(mart_url, "SELECT last_event_at < '2100-01-01' FROM mart.source_state") == [(True,)]
    found = reconcile.reconcile(steps._source, mart_url, rulebook, Clock(), patience_s=0)
    assert found.is_equal
    clean = new_mart()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)


def test_many_refused_reports_are_a_defect_and_nothing_is_written(rulebook, monkeypatch):
    spoiled = Spoiled(monkeypatch)
    spoiled.kinds = dict.fromkeys(range(1, 26), "report_detail.title: NUL")
    judging = Judging(worlds.PROVINCE, rulebook, worlds.IOC)
    with pytest.raises(
        guard.DefectError, match=r"at least 25 of 60 reports.*report_detail.title: NUL"
    ) as told:
        guard.build(_batch(*range(1, 61)), judging)
    assert WORDS not in str(told.value)


@pytest.mark.server
def test_the_database_would_refuse_them(store, new_mart, backfill, monkeypatch):
    """Without the checks: each of the kinds that a backfill meets ends it."""
    _full_lives(store, 3)
    spoiled = Spoiled(monkeypatch)
    monkeypatch.setattr("etl.refusals.refused", lambda _: {})
    monkeypatch.setattr("etl.before_writing.refuse_broken", lambda _: None)
    for kind in ("report.status: NULL", "report_detail.title: NUL", "stage.report_id, seq: UNIQUE"):
        spoiled.kinds = {2: kind}
        with pytest.raises(Exception, match=r"null value|0x00|could not create unique index"):
            backfill(store, new_mart())

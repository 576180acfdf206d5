"""`ioc etl` and `ioc check`: what a person and a machine read, and the exit codes."""

import json

import psycopg
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from tests.etl import worlds

pytestmark = pytest.mark.server
run = CliRunner().invoke


@pytest.fixture
def built(store, new_mart, backfill, monkeypatch):
    worlds.fill(store, 15)
    mart_url = new_mart()
    monkeypatch.setenv("IOC_STORE_URL", store.reader_url)
    monkeypatch.setenv("IOC_MART_URL", mart_url)
    monkeypatch.setenv("IOC_PROVINCE", worlds.PROVINCE)
    monkeypatch.delenv("IOC_REDIS_URL", raising=False)
    backfill(store, mart_url)
    return store, mart_url


def test_backfill_check_reconcile_status_fingerprint(built):
    answer = run(app, ["etl", "backfill", "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["run_id"]) == (0, 2)
    answer = run(app, ["check", "--json"])
    checks = json.loads(answer.stdout)
    assert (answer.exit_code, checks["ok"]) == (0, True), answer.stdout
    assert {c["name"] for c in checks["checks"]} >= {
        "balance of every unit and month",
        "each KPI equals its plain count",
    }
    answer = run(app, ["etl", "reconcile", "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["equal"]) == (0, True)
    status = json.loads(run(app, ["etl", "status", "--json"]).stdout)
    assert status["run"]["kind"] == "reconcile"
    assert status["sources"][0]["run_id"] == 2
    assert status["sources"][0]["is_built_by_today"] is True
    assert len(json.loads(run(app, ["etl", "fingerprint", "--json"]).stdout)["all"]) == 32


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        ("UPDATE mart.daily_report SET received_count = received_count + 1", "daily counts of reports"),
        ("UPDATE mart.daily_report SET received_count = received_count + 1", "balance of every district"),
        ("UPDATE mart.daily_unit SET received_count = received_count + 1", "balance of every unit"),
        ("DELETE FROM mart.report WHERE report_id = 1", "every hold has its report"),
        ("UPDATE mart.hold SET from_at = from_at + interval '1 s' WHERE seq = 1", "holds tile"),
        ("UPDATE mart.report SET closed_at = NULL WHERE status <> 'open'", "open means not closed"),
        ("UPDATE mart.report SET is_secret = true", "secret reports"),
        (
            "INSERT INTO mart.assignment (province_code, report_id, seq, unit_code, part, from_at, ended_by, outcome)"
            " SELECT province_code, report_id, 90, 'A', 'lead', from_at, '', '' FROM mart.assignment WHERE seq = 1",
            "one lead unit at a time",
        ),
    ],
)
def test_check_finds_what_is_spoiled(built, spoil, check):
    _, mart_url = built
    with psycopg.connect(mart_url) as conn:
        conn.execute(spoil)
    answer = run(app, ["check", "--json"])
    failed = [c["name"] for c in json.loads(answer.stdout)["checks"] if c["failures"]]
    assert answer.exit_code == 1
    assert any(name.startswith(check) for name in failed), failed


def test_reconcile_says_what_differs_with_exit_code_1(built):
    _, mart_url = built
    with psycopg.connect(mart_url) as conn:
        conn.execute("DELETE FROM mart.report WHERE report_id = 5")
    answer = run(app, ["etl", "reconcile", "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["missing"]) == (1, [5])


def test_a_person_reads_sentences(built):
    _, mart_url = built
    before = run(app, ["etl", "status"]).stdout
    assert "never done; next " in before
    assert "facts version" in before
    assert "that of today" in before
    assert "up with its source" in before
    with psycopg.connect(mart_url) as conn:
        conn.execute(
            "UPDATE mart.source_state SET facts_version = 'old', waiting_count = 4000, behind_since_at = now()"
        )
        conn.execute("DELETE FROM mart.report WHERE report_id = 5")
        conn.execute(
            "INSERT INTO mart.quarantine (province_code, source, row_ref, field, reason, first_seen_at, last_seen_at)"
            " SELECT '94', 'store', 'directive:' || n, 'number', '', now(), now() FROM generate_series(1, 2) AS n"
        )
    after = run(app, ["etl", "status"]).stdout
    assert "NOT that of today" in after
    assert "BEHIND: at least 4.000 touched reports wait" in after
    assert "2 rows wait to be mended: directive 2" in after
    told = run(app, ["etl", "reconcile"]).stdout
    assert "Store and mart DIFFER: 15 reports of" in told
    assert "missing   1 reports: 5" in told
    assert not set("{}[]") & set(before + after + told)  # no object of Python's


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("IOC_MART_URL", "", "IOC_MART_URL is not set"),
        ("IOC_STORE_URL", "", "IOC_STORE_URL is not set"),
        ("IOC_MART_URL", "postgresql://nobody@127.0.0.1:1/none", "the mart does not answer"),
        ("IOC_STORE_URL", "postgresql://nobody@127.0.0.1:1/none", "store: does not answer"),
        ("IOC_PROVINCE", "atlantis", "atlantis"),
    ],
)
def test_expected_errors_are_one_line_with_exit_code_2(built, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    answer = run(app, ["etl", "backfill"])
    assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr


def test_a_store_without_the_contract_is_named(built, new_database, monkeypatch):
    monkeypatch.setenv("IOC_STORE_URL", new_database("empty"))
    answer = run(app, ["etl", "backfill"])
    assert answer.exit_code == 2
    assert "ioc store check" in answer.stderr


def test_a_mart_without_a_schema_is_named(built, new_database, monkeypatch):
    monkeypatch.setenv("IOC_MART_URL", new_database("empty"))
    answer = run(app, ["etl", "backfill"])
    assert answer.exit_code == 2
    assert "ioc mart migrate" in answer.stderr

"""PostgreSQL of somebody else's schema: SQL views and a YAML file, no Python, from the check to the mart."""

import json
from collections import Counter

import psycopg
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from etl.store.check import check
from tests.conftest import ROOT
from tests.etl.sources import foreign

EXAMPLES = ROOT / "docs" / "examples"
OMITS = ("hotline_call", "directive")
TABLES = {
    "fixmystreet": foreign.FIXMYSTREET + foreign.FIXMYSTREET_ROWS,
    "signalen": foreign.SIGNALEN + foreign.SIGNALEN_ROWS,
}


def as_reader(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}options=-c%20role%3Dioc_reader"


def views_of(name: str) -> str:
    return (EXAMPLES / f"{name}.sql").read_text(encoding="utf-8")


@pytest.fixture
def made(new_database):
    """made("signalen") is the owner's URL of that system's database with the shipped views."""

    def make(name: str) -> str:
        url = new_database(name)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(TABLES[name])
            conn.execute(views_of(name))
        return url

    return make


def build(monkeypatch, name: str, url: str, mart_url: str) -> None:
    """As an adopter does: settings in the environment, then the commands."""
    monkeypatch.setenv("IOC_PROVINCE", "NYC")
    monkeypatch.setenv("IOC_SOURCE_MAPPING", str(EXAMPLES / f"{name}.yaml"))
    monkeypatch.setenv("IOC_STORE_URL", as_reader(url))
    monkeypatch.setenv("IOC_MART_URL", mart_url)
    for words in (["store", "check"], ["etl", "backfill"]):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0, (words, answer.output)


def rows(mart_url: str, query: str) -> list[tuple]:
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


KINDS = "SELECT report_id, string_agg(kind, ' ' ORDER BY at, event_id) FROM mart.event GROUP BY 1 ORDER BY 1"
QUARANTINE = "SELECT row_ref, field, reason FROM mart.quarantine WHERE resolved_at IS NULL"


def test_fixmystreet_from_its_tables_to_the_mart(made, new_mart, monkeypatch):
    mart_url = new_mart()
    build(monkeypatch, "fixmystreet", made("fixmystreet"), mart_url)
    assert rows(mart_url, QUARANTINE) == []
    begun = "sent received dispatched"
    assert dict(rows(mart_url, KINDS)) == {
        1: f"{begun} accepted result approved sent_back result approved published",
        2: f"{begun} merged",
        3: f"{begun} refused",
        4: f"{begun} accepted",
        5: begun,  # a citizen's own "fixed" is no approval
    }
    status = dict(rows(mart_url, "SELECT report_id, status FROM mart.report"))
    assert status == {1: "done", 2: "merged", 3: "refused", 4: "open", 5: "open"}
    # 1 June 2018 09:00 in London (BST, +1) is 08:00 UTC
    assert rows(
        mart_url, "SELECT to_char(sent_at AT TIME ZONE 'UTC', 'HH24:MI') FROM mart.report WHERE report_id = 1"
    ) == [("08:00",)]
    assert rows(mart_url, "SELECT name FROM mart.unit WHERE level <> 'ioc' ORDER BY 1") == [
        ("County",),
        ("Town",),
    ]
    assert rows(
        mart_url, "SELECT count(*) FROM mart.report_detail WHERE report_id = 5 AND body IS NOT NULL"
    ) == [(0,)]


def test_signalen_from_its_tables_to_the_mart(made, new_mart, monkeypatch):
    mart_url = new_mart()
    build(monkeypatch, "signalen", made("signalen"), mart_url)
    assert rows(mart_url, QUARANTINE) == []
    begun = "sent received dispatched"
    assert dict(rows(mart_url, KINDS)) == {
        1: f"{begun} accepted result approved sent_back result approved published rated",
        2: f"{begun} dispatched info_requested info_supplied result approved published",
        3: f"{begun} refused",
        4: begun,
    }
    # due 4 June, approved on 5 June; the second report's lead is due on 5 June 10:00, approved at 09:00
    outcome = dict(rows(mart_url, "SELECT report_id, outcome FROM mart.report WHERE status = 'done'"))
    assert outcome == {1: "late", 2: "on_time"}
    leads = Counter(rows(mart_url, "SELECT unit_code, ended_by FROM mart.assignment WHERE report_id = 2"))
    assert leads == {("dep-1", "reassigned"): 1, ("dep-2", "approved"): 1}


def test_an_update_of_a_foreign_row_is_followed_by_its_own_transaction(made, monkeypatch):
    """xmin in the place of a row_xid column: what is committed late is seen, what was seen is not shown again."""
    from etl.sources.postgres import PostgresSource

    url = made("fixmystreet")
    source = PostgresSource(as_reader(url), "NYC", omits=OMITS)
    before = source.changes(source.mark())  # whatever other databases of this server are at
    source.written(before)
    late = psycopg.connect(url)
    late.execute("UPDATE problem SET title = 'later' WHERE id = 3")
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO comment (problem_id, user_id, confirmed, text, state, mark_fixed, problem_state)"
            " VALUES (4, 1, now(), 'words', 'confirmed', false, 'fixed - council')"
        )
    first = source.changes(before.watermark)
    assert list(first.report_ids) == [4]
    source.written(first)
    late.commit()
    second = source.changes(first.watermark)
    assert list(second.report_ids) == [3]
    late.close()
    source.close()


@pytest.mark.parametrize("name", TABLES)
def test_the_reader_sees_nobody(made, name):
    url = made(name)
    secrets = {
        "fixmystreet": ["users.email", "problem.name", "problem.user_id", "problem.postcode", "comment.text", "body.api_key"],
        "signalen": ["signals_reporter.email", 'signals_status."user"', "feedback_feedback.token", "signals_location.address"],
    }  # fmt: skip
    with psycopg.connect(as_reader(url), autocommit=True) as conn:
        for secret in secrets[name]:
            table, column = secret.split(".")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT {column} FROM {table}")


# ------------------------------------------------------------------- what an adopter gets wrong

BAD = [
    # (change of the shipped views, kind, where, a word of what to do)
    ("GROUP BY service;", "GROUP BY service; DROP VIEW ioc_v1.channel;", "view_missing", "ioc_v1.channel", "create it"),
    ("AS sort_order", "AS sortorder", "column_missing", "ioc_v1.field.sort_order", "integer"),
    ("longitude AS lon", "longitude::text AS lon", "column_type", "ioc_v1.report.lon", "must be double precision"),
    ("ioc_v1.instant(confirmed) AS sent_at", "confirmed AS sent_at", "column_type", "ioc_v1.report.sent_at", "is timestamp without time zone, must be timestamptz"),
    ("id::bigint AS report_id, id", "id AS report_id, id", "column_type", "ioc_v1.report.report_id", "is integer, must be bigint"),
    ("NULL::text AS sender_key", "NULL AS sender_key, bodies_str AS to_whom", "column_extra", "ioc_v1.report.to_whom", "take it out"),
    ("VIEW ioc_v1.report_event WITH (security_invoker = true)", "VIEW ioc_v1.report_event", "not_invoker", "ioc_v1.report_event", "security_invoker"),
    ("longitude, latitude, non_public", "latitude, non_public", "not_granted", "ioc_v1.report", "permission denied"),
    ("(id, name, parent, xmin) ON body", "ON body", "sees_too_much", "body.api_key", "revoke"),
    ("'normal' AS urgency", "'medium' AS urgency", "value", "ioc_v1.report.urgency", "'medium' in 6 rows"),
    ("THEN 'merged'", "THEN 'duplicate'", "value", "ioc_v1.report_event.kind", "known: sent"),
    ("title, detail AS body", "title, NULL::text AS body", "sees_too_much", "problem.detail", "does not need it"),
    ("ioc_v1.instant(confirmed) AS sent_at", "NULL::timestamptz AS sent_at", "null", "ioc_v1.report.sent_at", "null in 6 rows"),
    ("place * 1000000000000000::bigint + id AS event_id", "id::bigint AS event_id", "key_twice", "ioc_v1.report_event.event_id", "keys are unique"),
    ("'body-' || id, name", "'b-' || id, name", "reference", "ioc_v1.report_event.acting_unit_code", "'body-1' in"),
    ("ioc_v1.code(category) AS field_code, category AS name_vi", "category AS field_code, category AS name_vi", "reference", "ioc_v1.report.field_code", "no row of view field"),
    ("'ioc' AS level", "'central' AS level", "no_ioc", "ioc_v1.unit.level", "who receives"),
    ("$$ SELECT 'NYC' $$", "$$ SELECT 'OXF' $$", "province", "ioc_v1.report.province_code", "has rows of OXF, none of NYC"),
]  # fmt: skip


@pytest.fixture(scope="module")
def one_database(new_database):
    url = new_database("fixmystreet")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(TABLES["fixmystreet"])
    return url


@pytest.mark.parametrize(("old", "new", "kind", "where", "words"), BAD)
def test_each_mistake_of_an_adopter_is_named_exactly(one_database, old, new, kind, where, words):
    url = one_database
    assert old in views_of("fixmystreet")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS ioc_v1 CASCADE")
        for table in ("body", "problem", "comment"):
            conn.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
            if conn.execute("SELECT FROM pg_roles WHERE rolname = 'ioc_reader'").fetchone() is not None:
                conn.execute(f"REVOKE ALL ON {table} FROM ioc_reader")
        conn.execute(views_of("fixmystreet").replace(old, new))
    found = check(as_reader(url), omits=OMITS, province="NYC")
    named = [d for d in found if (d.kind, d.where) == (kind, where)]
    assert named, found
    assert words in named[0].what


def test_the_shipped_mapping_says_which_views_are_asked_for(made, monkeypatch):
    url = made("signalen")
    run = CliRunner().invoke
    bare = run(app, ["store", "check", "--json", "--url", as_reader(url)])
    assert [d["where"] for d in json.loads(bare.stdout)["defects"]] == [f"ioc_v1.{name}" for name in OMITS]
    asked = [
        "store",
        "check",
        "--json",
        "--url",
        as_reader(url),
        "--mapping",
        str(EXAMPLES / "signalen.yaml"),
    ]
    assert json.loads(run(app, asked).stdout) == {"ok": True, "defects": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\nprovince: NYC\npostgres: {shema: x}\n", "shema: unknown key"),
        ("name: a\nprovince: NYC\npostgres: {omits: [report]}\n", "omits"),
        ("name: a\nprovince: NYC\npostgres: {schema: 'x; DROP'}\n", "schema"),
        ("name: a\nprovince: NYC\npostgres: {}\nreport: {}\n", "report: unknown key"),
    ],
)
def test_the_yaml_of_a_database_is_read_strictly(tmp_path, text, words):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    answer = CliRunner().invoke(app, ["store", "check", "--url", "postgresql://x", "--mapping", str(path)])
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert "a.yaml:3" in answer.stderr or "a.yaml:4" in answer.stderr

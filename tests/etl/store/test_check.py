"""The contract check finds each kind of defect, and none in a store that keeps the contract."""

import json
from collections.abc import Callable

import psycopg
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from etl.store.check import Defect, check
from etl.store.contract import ContractFileError, parse, views
from etl.store.dictionary import as_markdown
from tests.conftest import ROOT
from tests.etl.store.stores import as_reader

COPY = "CREATE OR REPLACE VIEW ioc_v1.{0} WITH (security_invoker = true) AS SELECT {1} FROM paht.{0}"
FIELD = "province_code, field_code, name_vi, name_en, sort_order, row_xid"
ROW = "INSERT INTO paht.field VALUES ('94', 'GT', 'Giao thông', 'Roads', 1)"
EVENT = "INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at) VALUES ('94', {}, 1, '{}', now(), now())"


def test_a_good_store_has_no_defect(filled_store: str) -> None:
    assert check(as_reader(filled_store)) == []


@pytest.mark.parametrize(
    ("damage", "kind", "where"),
    [
        (["DROP VIEW ioc_v1.directive"], "view_missing", "ioc_v1.directive"),
        (
            ["DROP VIEW ioc_v1.field", "CREATE VIEW ioc_v1.field WITH (security_invoker = true) AS SELECT province_code, field_code,"
             " name_vi, name_en, row_xid FROM paht.field", "GRANT SELECT ON ioc_v1.field TO ioc_reader"],
            "column_missing", "ioc_v1.field.sort_order",
        ),
        (
            ["DROP VIEW ioc_v1.field", "CREATE VIEW ioc_v1.field WITH (security_invoker = true) AS SELECT province_code, field_code,"
             " name_vi, name_en, sort_order::text, row_xid FROM paht.field", "GRANT SELECT ON ioc_v1.field TO ioc_reader"],
            "column_type", "ioc_v1.field.sort_order",
        ),
        ([COPY.format("field", FIELD + ", 1 AS budget")], "column_extra", "ioc_v1.field.budget"),
        (["ALTER VIEW ioc_v1.report RESET (security_invoker)"], "not_invoker", "ioc_v1.report"),
        (["REVOKE SELECT ON ioc_v1.report FROM ioc_reader"], "not_granted", "ioc_v1.report"),
        (["REVOKE SELECT ON paht.report_event FROM ioc_reader"], "not_granted", "ioc_v1.report_event"),
        (["GRANT SELECT ON paht.citizen TO ioc_reader"], "sees_too_much", "paht.citizen.cccd"),
        (["GRANT SELECT (sender_id) ON paht.report TO ioc_reader"], "sees_too_much", "paht.report.sender_id"),
        (["GRANT SELECT ON paht.citizen TO PUBLIC"], "sees_too_much", "paht.citizen.full_name"),
        (["GRANT INSERT ON paht.report_event TO ioc_reader"], "may_write", "paht.report_event"),
        (["ALTER TABLE paht.field ALTER name_vi DROP NOT NULL", ROW, "UPDATE paht.field SET name_vi = NULL"], "null", "ioc_v1.field.name_vi"),
        ([EVENT.format(1, "solved")], "value", "ioc_v1.report_event.kind"),
        (
            ["ALTER TABLE paht.report_event DROP CONSTRAINT report_event_key", EVENT.format(1, "sent"), EVENT.format(1, "sent")],
            "key_twice", "ioc_v1.report_event.event_id",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_defect_is_named(empty_store: str, damage: list[str], kind: str, where: str) -> None:
    with psycopg.connect(empty_store, autocommit=True) as conn:
        for statement in damage:
            conn.execute(statement)  # type: ignore[arg-type]
    found = check(as_reader(empty_store))
    assert (kind, where) in [(d.kind, d.where) for d in found]
    # and nothing else is made up; an event put into an empty store is one of no report
    orphaned = (
        {"reference"} if any(text.startswith("INSERT INTO paht.report_event") for text in damage) else set()
    )
    assert {d.kind for d in found} - orphaned == {kind}


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("hotline_call", "call_id, unit_code, called_at, is_answered", "1, 'GONE', now(), true"),
        ("directive", "directive_id, unit_code, issued_on, number", "1, 'GONE', '2024-03-05', '12/CT'"),
    ],
)
def test_units_that_calls_and_directives_name_and_nobody_knows(
    empty_store: str, table: str, columns: str, values: str
) -> None:
    with psycopg.connect(empty_store) as conn:
        conn.execute(f"INSERT INTO paht.{table} (province_code, {columns}) VALUES ('94', {values})")  # type: ignore[arg-type]
    found = check(as_reader(empty_store))
    assert found == [
        Defect("reference", f"ioc_v1.{table}.unit_code", "'GONE' in 1 rows is in no row of view unit")
    ]


def test_a_sender_column_used_by_a_view_is_still_named(empty_store: str) -> None:
    """A pseudonym computed in the view needs the grant on sender_id: the reader could then read it directly."""
    columns = ", ".join(c.name for c in next(v for v in views() if v.name == "report").columns)
    with psycopg.connect(empty_store, autocommit=True) as conn:
        conn.execute(
            COPY.format("report", columns.replace("sender_key", "md5(sender_id::text) AS sender_key"))
        )  # type: ignore[arg-type]
        conn.execute("GRANT SELECT (sender_id) ON paht.report TO ioc_reader")
    assert ("sees_too_much", "paht.report.sender_id") in [
        (d.kind, d.where) for d in check(as_reader(empty_store))
    ]


def test_a_superuser_is_not_a_reader(empty_store: str) -> None:
    found = check(empty_store)
    assert Defect("login", "role postgres", found[0].what) == found[0]
    assert {"sees_too_much", "may_write"} <= {d.kind for d in found}


def test_cli_says_it_in_json_and_by_its_exit_code(filled_store: str, empty_store: str) -> None:
    run = CliRunner().invoke
    good = run(app, ["store", "check", "--json", "--url", as_reader(filled_store)])
    assert (good.exit_code, json.loads(good.stdout)) == (0, {"ok": True, "defects": []})
    with psycopg.connect(empty_store, autocommit=True) as conn:
        conn.execute("DROP VIEW ioc_v1.directive")
    bad = run(app, ["store", "check", "--json", "--url", as_reader(empty_store)])
    assert bad.exit_code == 1
    assert [d["where"] for d in json.loads(bad.stdout)["defects"]] == ["ioc_v1.directive"]
    away = run(app, ["store", "check", "--url", "postgresql://nobody@127.0.0.1:1/nothing"])
    assert away.exit_code == 2
    assert "Traceback" not in away.output


def test_a_database_without_contract_names_every_view(new_database: Callable[[str], str]) -> None:
    found = [d for d in check(new_database("bare")) if d.kind == "view_missing"]
    assert [d.where for d in found] == [f"ioc_v1.{v.name}" for v in views()]


def test_dictionary_page_is_the_contract_file() -> None:
    page = (ROOT / "docs" / "data-dictionary-store.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "run: ioc store dictionary > docs/data-dictionary-store.md"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE OR REPLACE VIEW ioc_v1.x AS\nSELECT a -- text: b\nFROM y", "Grain"),
        (
            "-- Grain: one.\nCREATE OR REPLACE VIEW ioc_v1.x AS\nSELECT a\nFROM y",
            "no '-- type: meaning' in 'a'",
        ),
    ],
)
def test_contract_file_that_does_not_say_its_types_is_refused(text: str, message: str) -> None:
    with pytest.raises(ContractFileError, match=message):
        parse(text)

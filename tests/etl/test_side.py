"""Rows of the small tables that the mart's columns or keys refuse wait in quarantine; everything else goes on."""

from datetime import date

import pyarrow as pa
import pytest

from etl import reconcile, side
from etl.quarantine import Complaints
from etl.sources.record import CALL, CATEGORY, DIRECTIVE, PLACE, UNIT, Side
from geo.text import sort_key
from kpi.clock import Clock
from tests.etl import worlds
from tests.etl.test_guard import _rows
from tests.etl.test_staging import AT

LONG = "x" * 401
GOOD = {
    "unit": {"unit_code": "A", "name": "Sở A", "short_name": "A", "level": "department"},
    "category": {"kind": "field", "code": "x", "name_vi": "Rác", "name_en": "Waste", "sort_order": 3},
    "place": {"place_code": "p", "name": "P", "full_name": "Huyện P"},
    "hotline_call": {"call_id": 1, "unit_code": "A", "called_at": AT, "is_answered": True},
    "directive": {"directive_id": 1, "unit_code": "A", "issued_on": date(2024, 3, 5), "number": "1"},
}
SCHEMAS = {"unit": UNIT, "category": CATEGORY, "place": PLACE, "hotline_call": CALL, "directive": DIRECTIVE}
FAR = pa.scalar(2**31 - 1, pa.int32()).cast(pa.date32())
"""What a driver makes of PostgreSQL's date 'infinity'; Python cannot hold it."""
NO_MAP = "NYC"


def _side(table: str, *rows: dict) -> Side:
    tables = {
        name: pa.Table.from_pylist(list(rows) if name == table else [GOOD[name]], schema=SCHEMAS[name])
        for name in GOOD
    }
    return Side(*(tables[name] for name in ("unit", "category", "hotline_call", "directive", "place")))


def _made(given: Side) -> tuple[dict[str, list[dict]], list[tuple[str, str, str]]]:
    complaints = Complaints()
    made = side.tables(given, NO_MAP, complaints)
    told = [(c["row_ref"], c["field"], c["reason"]) for c in complaints.table().to_pylist()]
    return {name: rows.to_pylist() for name, rows in made.items()}, told


@pytest.mark.parametrize(
    ("table", "field", "value", "ref"),
    [
        ("hotline_call", "call_id", None, "hotline_call:?"),
        ("hotline_call", "unit_code", None, "hotline_call:2"),
        ("hotline_call", "unit_code", LONG, "hotline_call:2"),
        ("hotline_call", "unit_code", "A\0", "hotline_call:2"),
        ("hotline_call", "is_answered", None, "hotline_call:2"),
        ("directive", "issued_on", None, "directive:2"),
        ("directive", "number", "12\0", "directive:2"),
        ("unit", "unit_code", None, "unit:?"),
        ("unit", "unit_code", LONG, f"unit:{LONG[:40]}… ("),
        ("unit", "unit_code", "B\0", "unit:B�… ("),
        ("unit", "level", None, "unit:B"),
        ("unit", "level", "province", "unit:B"),
        ("category", "kind", None, "category:y"),
        ("category", "code", None, "category:?"),
        ("place", "place_code", None, "place:?"),
    ],
)  # fmt: skip
def test_a_row_that_is_refused_is_left_out_and_named(table, field, value, ref):
    key = {"hotline_call": {"call_id": 2}, "directive": {"directive_id": 2}, "unit": {"unit_code": "B"},
           "category": {"code": "y"}, "place": {"place_code": "q"}}[table]  # fmt: skip
    made, told = _made(_side(table, GOOD[table], GOOD[table] | key | {field: value}))
    assert [len(made[name]) for name in GOOD] == [1] * len(GOOD)
    ((row_ref, of, reason),) = told
    assert (row_ref.startswith(ref), of) == (True, field)
    assert f"({table}.{field}: " in reason
    assert "\0" not in row_ref + reason


@pytest.mark.parametrize(
    ("table", "field", "value", "shown"),
    [
        ("unit", "name", None, {"name": "A", "short_name": "A", "sort_key": sort_key("A")}),
        ("unit", "name", "Sở\0", {"name": "A"}),
        ("unit", "short_name", None, {"name": "Sở A", "short_name": "Sở A"}),
        ("unit", "parent_unit_code", "P\0", {"parent_unit_code": None}),
        ("category", "name_vi", None, {"name_vi": "x", "name_en": "Waste"}),
        ("category", "name_en", None, {"name_en": "Rác"}),
        ("category", "sort_order", None, {"sort_order": 0}),
        ("place", "name", None, {"name": "p", "full_name": "Huyện P"}),
        ("place", "full_name", None, {"full_name": "P"}),
    ],
)
def test_of_a_dimension_only_the_cell_is_lost(table, field, value, shown):
    made, told = _made(_side(table, GOOD[table] | {field: value}))
    (row,) = made[table]
    assert {name: row[name] for name in shown} == shown
    assert [(ref.partition(":")[0], of) for ref, of, _ in told] == [(table, field)]


def test_dates_and_instants_that_nobody_can_read_back_are_refused():
    dates = [date(2024, 3, 5), FAR, FAR]
    directives = pa.table([[1, 2, 3], ["A"] * 3, pa.array(dates, pa.date32()), ["1"] * 3], schema=DIRECTIVE)
    units = _side("unit").units.schema
    unit = pa.Table.from_pylist([GOOD["unit"]], schema=units)
    unit = unit.set_column(units.get_field_index("valid_to"), "valid_to", pa.array([FAR], pa.date32()))
    given = _side("unit")
    made, told = _made(Side(unit, given.categories, given.calls, directives, given.places))
    assert [row["directive_id"] for row in made["directive"]] == [1]
    assert [row["valid_to"] for row in made["unit"]] == [None]
    assert sorted((ref, field) for ref, field, _ in told) == [
        ("directive:2", "issued_on"),
        ("directive:3", "issued_on"),
        ("unit:A", "valid_to"),
    ]


# ------------------------------------------------------- follow and backfill

OPEN = "SELECT row_ref, field FROM mart.quarantine WHERE resolved_at IS NULL ORDER BY 1, 2"
DIRT = (
    "ALTER TABLE paht.unit ALTER name DROP NOT NULL, ALTER level DROP NOT NULL",
    "ALTER TABLE paht.directive ALTER number DROP NOT NULL",
    "ALTER TABLE paht.hotline_call ALTER unit_code DROP NOT NULL",
    "ALTER TABLE paht.field ALTER name_vi DROP NOT NULL",
    "UPDATE paht.unit SET name = NULL WHERE unit_code = 'A'",
    "UPDATE paht.unit SET level = 'somewhere' WHERE unit_code = 'B'",
    "UPDATE paht.unit SET valid_to = 'infinity' WHERE unit_code = 'C'",
    "UPDATE paht.field SET name_vi = NULL WHERE field_code = 'waste'",
    "UPDATE paht.directive SET issued_on = 'infinity' WHERE directive_id = 1",
    "UPDATE paht.directive SET issued_on = '0044-03-15 BC' WHERE directive_id = 2",
    "UPDATE paht.directive SET number = NULL WHERE directive_id = 3",
    "UPDATE paht.hotline_call SET called_at = 'infinity' WHERE call_id = 1",
    "UPDATE paht.hotline_call SET transferred_at = '-infinity' WHERE call_id = 2",
    "UPDATE paht.hotline_call SET unit_code = NULL WHERE call_id = 3",
    f"UPDATE paht.hotline_call SET unit_code = '{LONG}' WHERE call_id = 4",
    f"INSERT INTO paht.unit (province_code, unit_code, name, short_name, level) VALUES ('94', '{LONG * 9}', '', '', 'department')",
)
WAITING = [
    ("directive:1", "issued_on"),
    ("directive:2", "issued_on"),
    ("directive:3", "number"),
    *((f"hotline_call:{n}", f) for n, f in enumerate(("called_at", "transferred_at", "unit_code", "unit_code"), 1)),
]  # fmt: skip
OF_DIMENSIONS = {("category:waste", "name_vi"), ("unit:A", "name"), ("unit:B", "level"), ("unit:C", "valid_to")}  # fmt: skip
MENDED = (
    "UPDATE paht.unit SET name = unit_code, level = 'department', valid_to = NULL WHERE unit_code IN ('A', 'B', 'C')",
    f"UPDATE paht.unit SET unit_code = 'D' WHERE unit_code = '{LONG * 9}'",
    "UPDATE paht.field SET name_vi = 'Rác' WHERE field_code = 'waste'",
    "UPDATE paht.directive SET issued_on = '2024-03-05', number = '12/CT'",
    "UPDATE paht.hotline_call SET called_at = now(), transferred_at = NULL, unit_code = 'A'",
)


def _write(store, *statements: str) -> None:
    with store.writing() as conn:
        for statement in statements:
            conn.execute(statement)


@pytest.mark.server
def test_backfill_and_follower_go_on_and_take_the_rows_when_they_are_mended(
    store, new_mart, backfill, following, fingerprint_of, rulebook
):
    worlds.fill(store, 30)
    _write(
        store,
        "INSERT INTO paht.hotline_call (province_code, call_id, unit_code, called_at, is_answered)"
        " SELECT '94', n, 'A', now(), true FROM generate_series(1, 6) AS n",
        "INSERT INTO paht.directive (province_code, directive_id, unit_code, issued_on, number)"
        " SELECT '94', n, 'A', '2024-03-05', '12/CT' FROM generate_series(1, 5) AS n",
    )
    followed = new_mart()
    backfill(store, followed)
    steps = following(store, followed)
    reports = _rows(followed, "SELECT count(*), count(DISTINCT unit_code) FROM mart.assignment")
    _write(store, *DIRT)
    assert steps.step()
    built = new_mart()
    backfill(store, built)
    for mart_url in (followed, built):
        waiting = _rows(mart_url, OPEN)
        assert [row for row in waiting if not row[0].startswith(("unit:", "category:"))] == WAITING
        assert len(waiting) == len(WAITING) + len(OF_DIMENSIONS) + 1
        assert set(waiting) > OF_DIMENSIONS
        assert _rows(mart_url, "SELECT call_id FROM mart.hotline_call ORDER BY 1") == [(5,), (6,)]
        assert _rows(mart_url, "SELECT directive_id FROM mart.directive ORDER BY 1") == [(4,), (5,)]
        assert _rows(mart_url, "SELECT unit_code, name FROM mart.unit ORDER BY 1") == [("A", "A"), ("C", "C"), ("IOC", "IOC")]  # fmt: skip
        assert _rows(mart_url, "SELECT count(*), count(DISTINCT unit_code) FROM mart.assignment") == reports
    assert fingerprint_of(followed) == fingerprint_of(built)
    assert reconcile.reconcile(steps._source, followed, rulebook, Clock(), patience_s=0).is_equal
    _write(store, *MENDED)
    assert steps.step()
    assert _rows(followed, OPEN) == []
    assert _rows(followed, "SELECT count(*) FROM mart.unit") == [(5,)]
    clean = new_mart()
    backfill(store, clean)
    assert fingerprint_of(followed) == fingerprint_of(clean)

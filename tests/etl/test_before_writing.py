"""What is refused before it is written: facts that a rule of etl.checks does not hold for, whichever it is."""

import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import checks, facts
from etl.before_writing import refuse_broken
from etl.facts import Judging
from etl.sources.record import EVENT, REPORT, Batch
from tests.etl import worlds
from tests.etl.test_any_order import world

TILED, SECRET, ENDED, LED = (
    "holds tile the life of a report",
    "secret reports show no word and no place",
    "open means not closed, done means approved",
    "one lead unit at a time",
)


def tables_of(judging: Judging, seed: int, reports: int) -> dict[str, pa.Table]:
    """Facts of lives with every kind of event."""
    rows, events = world(seed, reports)
    whole = Batch(pa.Table.from_pylist(rows, schema=REPORT), pa.Table.from_pylist(events, schema=EVENT))
    return facts.build(whole, judging).tables


@pytest.fixture(scope="module")
def tables(judging: Judging) -> dict[str, pa.Table]:
    return tables_of(judging, 7, 60)


def with_(tables: dict[str, pa.Table], table: str, column: str, of, value) -> dict[str, pa.Table]:
    """The tables, one value put in where the condition holds."""
    found = tables[table]
    values = pc.if_else(of, pa.scalar(value, found[column].type), found[column])
    changed = found.set_column(found.schema.get_field_index(column), column, values)
    return {**tables, table: changed}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_facts_that_are_built_hold(seed, judging):
    refuse_broken(tables_of(judging, seed, 14))


def one(table: pa.Table, condition) -> pa.Array:
    """The condition, of its first row only."""
    held = pc.fill_null(condition, False).to_pylist()
    place = held.index(True)
    return pa.array([number == place for number in range(len(held))])


def later_hold(tables):
    """A second hold or a later one."""
    return one(tables["hold"], pc.greater(tables["hold"]["seq"], 1))


def open_report(tables):
    return one(tables["report"], pc.equal(tables["report"]["status"], "open"))


def done_report(tables):
    return one(tables["report"], pc.equal(tables["report"]["status"], "done"))


def on_time_report(tables):
    return one(tables["report"], pc.equal(tables["report"]["outcome"], "on_time"))


def shown_report(tables):
    return one(tables["report"], pc.is_valid(tables["report"]["lon_coarse"]))


def first_report(tables):
    return one(tables["report"], pc.is_valid(tables["report"]["report_id"]))


def second_lead(tables):
    """A lead assignment after another of the same report."""
    part = tables["assignment"]
    ids, lead = part["report_id"].to_pylist(), pc.equal(part["part"], "lead").to_pylist()
    led = [i for i, is_lead in zip(ids, lead, strict=True) if is_lead]
    twice = next(i for i in led if led.count(i) > 1)
    of_twice = pc.and_(pc.equal(part["report_id"], twice), pc.equal(part["part"], "lead"))
    return pc.and_(of_twice, pc.greater(part["seq"], pc.min(part.filter(of_twice)["seq"])))


LONG_AGO = worlds.FIRST.replace(year=1990)


@pytest.mark.parametrize(
    ("rule", "table", "column", "of", "value"),
    [
        (TILED, "hold", "from_at", later_hold, LONG_AGO),
        (TILED, "hold", "from_at", later_hold, worlds.FIRST.replace(year=2099)),
        (TILED, "report", "sent_at", first_report, LONG_AGO),
        (SECRET, "report", "is_secret", shown_report, True),
        (ENDED, "report", "closed_at", open_report, worlds.FIRST.replace(year=2099)),
        (ENDED, "report", "closed_at", done_report, None),
        (ENDED, "report", "closed_at", done_report, LONG_AGO),
        (ENDED, "report", "outcome", done_report, ""),
        (ENDED, "report", "outcome", open_report, "none"),
        (ENDED, "report", "late_s", on_time_report, 60),
        (LED, "assignment", "from_at", second_lead, LONG_AGO),
    ],
)
def test_what_does_not_hold_is_refused_by_its_rule(rule, table, column, of, value, tables):
    assert rule in checks.ALL_RULES
    with pytest.raises(checks.CheckError, match=f"^{rule}: report \\d+$"):
        refuse_broken(with_(tables, table, column, of(tables), value))


def test_words_of_a_secret_report_are_refused(tables):
    secret = next(r for r in tables["report"].to_pylist() if r["is_secret"])
    detail = tables["report_detail"].to_pylist()
    words = {**random.Random(1).choice(detail), "report_id": secret["report_id"]}
    more = pa.Table.from_pylist([words], schema=tables["report_detail"].schema)
    with pytest.raises(checks.CheckError, match=f"^{SECRET}: report {secret['report_id']}$"):
        refuse_broken({**tables, "report_detail": pa.concat_tables([tables["report_detail"], more])})


def test_nothing_to_write_holds(tables):
    refuse_broken({name: table.slice(0, 0) for name, table in tables.items()})

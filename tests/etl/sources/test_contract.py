"""One contract for every source: the same questions to a store, files and an Open311 server."""

import copy
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from etl import inventory
from etl.facts import Judging, build
from etl.quarantine import Complaints
from etl.side import ioc_unit, tables
from etl.sources.files import FileSource
from etl.sources.open311 import Open311Source
from etl.sources.postgres import PostgresSource
from etl.sources.record import CALL, CATEGORY, DIRECTIVE, END_ID, EVENT, FIRST_ID, REPORT, UNIT, SourceError
from kpi.rulebook import Rulebook
from tests.etl import worlds
from tests.etl.sources.fake_open311 import Fake, serving
from tests.etl.sources.test_files import MAPPING, write, write_parquet, write_workbook
from tests.etl.sources.test_open311 import CLOCK
from tests.etl.sources.test_open311 import mapping as shaped
from tests.etl.sources.test_open311 import request as asked_for

COUNT = 25
FIRST = datetime(2018, 6, 1, 12, tzinfo=UTC)


@contextmanager
def a_store(folder, new_database):
    store = worlds.Store(new_database("store"))
    with store.writing() as conn:
        for number in range(1, COUNT + 1):
            store.report(conn, number)
            store.event(conn, number, "sent", worlds.FIRST)
    yield PostgresSource(store.reader_url, worlds.PROVINCE)


@contextmanager
def a_file(folder, new_database):
    yield write(folder / "a.csv", *[{"Unique Key": str(n)} for n in range(1, COUNT + 1)])


@contextmanager
def a_workbook(folder, new_database):
    yield write_workbook(folder / "a.xlsx", *[{"Unique Key": str(n)} for n in range(1, COUNT + 1)])


@contextmanager
def a_parquet(folder, new_database):
    yield write_parquet(folder / "a.parquet", *[{"Unique Key": str(n)} for n in range(1, COUNT + 1)])


@contextmanager
def a_folder(folder, new_database):
    """Three files; one report stands in two of them."""
    numbers = list(range(1, COUNT + 1))
    write(folder / "a.csv", *[{"Unique Key": str(n)} for n in numbers[:10]])
    write(folder / "b.csv", *[{"Unique Key": str(n)} for n in numbers[9:20]])
    write(folder / "c.csv", *[{"Unique Key": str(n)} for n in numbers[20:]])
    yield FileSource(folder, MAPPING, settled_s=0)


def a_server(style, size):
    @contextmanager
    def serve(folder, new_database):
        requests = [asked_for(n, FIRST + timedelta(hours=n)) for n in range(1, COUNT + 1)]
        with serving(Fake(requests, pages=size is not None)) as url:
            yield Open311Source(url, shaped(format=style, page_size=size), CLOCK)

    return serve


SOURCES = {
    "store": a_store, "csv": a_file, "xlsx": a_workbook, "parquet": a_parquet, "folder": a_folder,
    "open311 json": a_server("json", None), "open311 xml in pages": a_server("xml", 10),
}  # fmt: skip


@pytest.fixture(params=SOURCES.values(), ids=SOURCES.keys())
def source(request, tmp_path, new_database) -> Iterator:
    """A source of COUNT reports."""
    with request.param(tmp_path, new_database) as found:
        yield found
        found.close()


def ids(table) -> list[int]:
    return sorted(table["report_id"].to_pylist())


def has(table, schema) -> bool:
    """Whether a table answers with the columns and types of the contract."""
    return all(table.schema.field(f.name).type == f.type for f in schema)


@pytest.mark.parametrize("size", [1, 10, 24, 25, 26])
def test_ranges_tile_all_ids_and_hold_every_report_once(source, size):
    ranges = source.ranges(size)
    assert (ranges[0].from_id, ranges[-1].to_id) == (FIRST_ID, END_ID)
    assert all(a.to_id == b.from_id for a, b in pairwise(ranges))
    assert sum(r.report_count for r in ranges) == COUNT
    batches = [source.read_range(r) for r in ranges]
    assert sorted({i for b in batches for i in ids(b.reports)}) == list(range(1, COUNT + 1))
    assert all(not set(ids(a.reports)) & set(ids(b.reports)) for a, b in pairwise(batches))
    assert all(set(ids(b.events)) == set(ids(b.reports)) for b in batches)


def test_columns_and_types_are_the_contracts(source):
    batch = source.read_ids([3, 5, 999])
    assert ids(batch.reports) == [3, 5]
    assert has(batch.reports, REPORT)
    assert has(batch.events, EVENT)
    assert not set(batch.events["event_id"].to_pylist()) & {None}
    side = source.read_side()
    for table, schema in (
        (side.units, UNIT), (side.categories, CATEGORY), (side.calls, CALL), (side.directives, DIRECTIVE),
    ):  # fmt: skip
        assert has(table, schema)


def test_reading_twice_says_the_same(source):
    once, again = source.read_ids([1, 2]), source.read_ids([2, 1])
    assert once.reports.sort_by("report_id") == again.reports.sort_by("report_id")
    assert once.events.sort_by("event_id") == again.events.sort_by("event_id")


def test_the_inventory_is_that_of_what_is_read(source):
    whole = source.ranges(COUNT)[0]
    told, counted = source.inventory(whole, [2, 3]), inventory.of_batch(source.read_range(whole), [2, 3])
    assert worlds.told(told) == worlds.told(counted)


@pytest.mark.parametrize("travel", [copy.copy, lambda source: pickle.loads(pickle.dumps(source))])  # noqa: S301
def test_a_copy_reads_the_same_and_takes_nothing_with_it(source, travel):
    """As it goes to a worker: no row travels, and what a copy closes stays open for the others."""
    whole = source.ranges(COUNT)[0]
    before = source.read_range(whole)
    assert len(pickle.dumps(source)) < 10_000
    twin = travel(source)
    for found in (twin.read_range(whole), source.read_range(whole)):
        assert found.reports.sort_by("report_id") == before.reports.sort_by("report_id")
        assert found.events.sort_by("event_id") == before.events.sort_by("event_id")
        twin.close()
    assert source.read_side().units.num_rows


def test_an_error_of_a_source_travels():
    error = pickle.loads(pickle.dumps(SourceError("a.csv", "is empty", is_passing=True)))  # noqa: S301
    assert (str(error), error.is_passing) == ("a.csv: is empty", True)


def test_nothing_new_is_no_change(source):
    source.read_range(source.ranges(COUNT)[0])
    changes = source.changes(source.mark())
    source.written(changes)
    assert not source.changes(changes.watermark)


def test_facts_can_be_built_and_every_code_has_its_name(source):
    side = source.read_side()
    law = Rulebook.load(source.province_code)
    facts = build(
        source.read_range(source.ranges(COUNT)[0]), Judging(source.province_code, law, ioc_unit(side))
    )
    assert facts.tables["report"].num_rows == COUNT
    assert facts.quarantine.num_rows == 0
    named = tables(side, source.province_code, complaints := Complaints())
    assert complaints.table().num_rows == 0
    categories = set(named["category"]["code"].to_pylist())
    assert set(facts.tables["report"]["field_code"].to_pylist()) <= categories
    assert set(facts.tables["assignment"]["unit_code"].to_pylist()) <= set(
        named["unit"]["unit_code"].to_pylist()
    )


def test_the_youngest_event_is_known(source):
    last = source.last_recorded_at()
    assert last == max(source.read_range(source.ranges(COUNT)[0]).events["recorded_at"].to_pylist())

"""The spool: any range and any choice of reports, from any cut into pieces, is what a filter of the whole gives."""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.quarantine import SCHEMA as COMPLAINT
from etl.sources.record import CATEGORY, END_ID, EVENT, FIRST_ID, PLACE, UNIT, Batch, Side, SourceError
from etl.sources.spool import PREFIX, REPORT_WITH_DISTRICT, Spool, SpoolWriter, once

AT = datetime(2024, 3, 4, tzinfo=UTC)
SIDE = Side(UNIT.empty_table(), CATEGORY.empty_table(), places=PLACE.empty_table())


def batch(ids: list[int | None]) -> Batch:
    """A report and two events of each number; one without a number is a complaint only."""
    numbers = [i for i in ids if i is not None]
    reports = [{"report_id": i, "report_code": str(i), "sent_at": AT} for i in numbers]
    events = [
        {"event_id": 2 * i + n, "report_id": i, "kind": "sent", "at": AT, "recorded_at": AT}
        for i in numbers
        for n in (0, 1)
    ]
    told = [
        {"row_ref": f"a:{place}", "field": "x", "reason": "y", "report_id": i}
        for place, i in enumerate(ids)
        if i is None or i % 3 == 0
    ]
    return Batch(
        pa.Table.from_pylist(reports, schema=REPORT_WITH_DISTRICT),
        pa.Table.from_pylist(events, schema=EVENT),
        pa.Table.from_pylist(told, schema=COMPLAINT),
    )


IDS = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=12), max_size=5)


def numbers(table: pa.Table) -> list:
    return sorted(table["report_id"].to_pylist(), key=lambda i: (i is not None, i))


@settings(max_examples=60, deadline=None)
@given(
    pieces=IDS,
    bounds=st.tuples(st.integers(-5, 40), st.integers(-5, 40)),
    chosen=st.lists(st.integers(0, 35)),
)
def test_ranges_and_choices(pieces, bounds, chosen):
    writer = SpoolWriter()
    try:
        for ids in pieces:
            writer.add(batch(ids))
        spool = writer.finish(SIDE)
        everything = [i for ids in pieces for i in ids]
        whole = batch(everything)
        assert numbers(spool.side().unnumbered) == [None] * everything.count(None)
        assert spool.ids().tolist() == sorted({i for i in everything if i is not None})
        low, high = sorted(bounds)
        found = spool.range(low, high)
        assert numbers(found.reports) == sorted(i for i in everything if i is not None and low <= i < high)
        assert numbers(found.events) == sorted(
            2 * [i for i in everything if i is not None and low <= i < high]
        )
        first, rest = spool.range(FIRST_ID, low), spool.range(low, END_ID)
        assert numbers(pa.concat_tables([first.complaints, rest.complaints])) == numbers(whole.complaints)
        assert None not in rest.complaints["report_id"].to_pylist()
        assert numbers(spool.chosen(chosen).events) == sorted(
            2 * [i for i in everything if i is not None and i in chosen]
        )
        assert (spool.last_recorded_at() == AT) == any(i is not None for i in everything)
        assert found.reports.schema == REPORT_WITH_DISTRICT
        assert found.events.schema == EVENT
    finally:
        writer.drop()


def test_only_its_user_may_look_into_it():
    writer = SpoolWriter()
    assert writer.folder.stat().st_mode & 0o777 == 0o700
    writer.drop()


def test_what_a_killed_process_left_goes_with_the_next_one(tmp_path, monkeypatch):
    code = "import os; from etl.sources.spool import SpoolWriter; print(SpoolWriter().folder, flush=True); os.kill(os.getpid(), 9)"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    dead = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    left = Path(dead.stdout.strip())
    assert left.is_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    writer = SpoolWriter()
    assert not left.exists()
    assert writer.folder.name.startswith(PREFIX)
    twin = SpoolWriter()  # of a process that lives: stays
    assert writer.folder.is_dir()
    writer.drop()
    twin.drop()


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match="set TMPDIR of the leader"):
        Spool(tmp_path / "gone")


def test_an_empty_spool_answers_with_the_contracts_columns():
    writer = SpoolWriter()
    spool = writer.finish(SIDE)
    assert spool.whole().reports.schema == REPORT_WITH_DISTRICT
    assert spool.ids().dtype == np.int64
    writer.drop()


@given(st.lists(st.lists(st.integers(FIRST_ID, END_ID), max_size=9).map(sorted), max_size=5))
def test_numbers_of_several_pieces_stand_once_in_order(pieces: list[list[int]]) -> None:
    found = once([np.array(piece, dtype=np.int64) for piece in pieces])
    assert found.tolist() == sorted({number for piece in pieces for number in piece})

"""File source: what a file says becomes reports and events, and every kind of dirt is refused or told by line."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.facts import Judging, build
from etl.sources.files import FileSource
from etl.sources.mapping import SourceMapping, load_mapping
from etl.sources.record import SourceError
from kpi.rulebook import Rulebook
from kpi.strict_yaml import DataError

NYC = Path(__file__).parents[4] / "shared" / "data" / "nyc311_2018-06-26.csv"
MAPPING = load_mapping("nyc311")
HEADER = list(MAPPING.columns)
ROW = {
    "Unique Key": "39573567", "Created Date": "06/26/2018 10:58:54 AM", "Closed Date": "06/26/2018 12:50:01 PM",
    "Agency": "NYPD", "Agency Name": "New York City Police Department", "Complaint Type": "Illegal Parking",
    "Open Data Channel Type": "PHONE", "Borough": "QUEENS", "Longitude": "-73.846", "Latitude": "40.69",
    "Descriptor": "Blocked hydrant", "Due Date": "06/26/2018 06:58:54 PM", "Status": "Closed",
}  # fmt: skip


def write(
    path: Path, *rows: dict[str, str], header: list[str] = HEADER, encoding: str = "utf-8"
) -> FileSource:
    """A CSV of ROW with these changes."""
    lines = [
        ",".join(header),
        *[",".join(f'"{({**ROW, **row}).get(n, "")}"' for n in header) for row in rows],
    ]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return FileSource(path, MAPPING, settled_s=0)


def write_workbook(path: Path, *rows: dict[str, object], header: list[str] = HEADER) -> FileSource:
    """The same as an XLSX: values as they are given."""
    book = openpyxl.Workbook()
    book.active.append(header)
    for row in rows:
        book.active.append([({**ROW, **row}).get(name, "") or None for name in header])
    book.save(path)
    return FileSource(path, MAPPING, settled_s=0)


def write_parquet(path: Path, *rows: dict[str, object], header: list[str] = HEADER) -> FileSource:
    """The same as Parquet: values as they are given."""
    columns = {name: [({**ROW, **row}).get(name, "") or None for row in rows] for name in header}
    pq.write_table(pa.table(columns), path)
    return FileSource(path, MAPPING, settled_s=0)


def read(source: FileSource):
    """Everything of a source, as lists of rows."""
    batch = source.read_range(source.ranges(1000)[0])
    assert batch.complaints is not None
    return batch.reports.to_pylist(), batch.events.to_pylist(), batch.complaints.to_pylist()


def test_a_row_becomes_a_report_and_its_events(tmp_path):
    reports, events, complaints = read(write(tmp_path / "a.csv", {}))
    assert complaints == []
    # 26 June 2018 10:58:54 in New York (EDT, -4) is 14:58:54 UTC
    assert reports[0]["sent_at"] == datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)
    assert (reports[0]["report_id"], reports[0]["field_code"], reports[0]["district_code"]) == (
        39573567,
        "illegal-parking",
        "queens",
    )
    assert [e["kind"] for e in events] == [
        "sent",
        "received",
        "dispatched",
        "result",
        "approved",
        "published",
    ]
    assert events[2]["committed_at"] == datetime(2018, 6, 26, 22, 58, 54, tzinfo=UTC)
    assert {e["acting_unit_code"] for e in events[3:5]} == {"nypd"}


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("01/15/2019 12:00:00 PM", datetime(2019, 1, 15, 17, tzinfo=UTC)),  # EST, -5
        ("07/15/2018 12:00:00 PM", datetime(2018, 7, 15, 16, tzinfo=UTC)),  # EDT, -4
        (
            "11/04/2018 01:30:00 AM",
            datetime(2018, 11, 4, 5, 30, tzinfo=UTC),
        ),  # comes twice: the first, still EDT
        ("03/10/2019 03:00:00 AM", datetime(2019, 3, 10, 7, tzinfo=UTC)),  # first second of summer time
    ],
)
def test_daylight_saving(tmp_path, local, utc):
    reports, _, _ = read(write(tmp_path / "a.csv", {"Created Date": local, "Closed Date": ""}))
    assert reports[0]["sent_at"] == utc


@pytest.mark.parametrize(
    ("change", "field", "kept"),
    [
        ({"Created Date": "03/10/2019 02:30:00 AM"}, "Created Date", False),  # an hour that never was
        ({"Created Date": "2018-06-26"}, "Created Date", False),
        ({"Created Date": ""}, "Created Date", False),
        ({"Unique Key": ""}, "Unique Key", False),
        ({"Agency": ""}, "Agency", False),
        ({"Due Date": "soon"}, "Due Date", True),
        ({"Closed Date": "06/25/2018 12:00:00 PM"}, "Closed Date", True),  # before it was sent
        ({"Status": "Pending"}, "Closed Date", True),  # a closing time of what is not closed
        ({"Latitude": "north"}, "Latitude", True),
        ({"Descriptor": "a\x00b"}, "Descriptor", True),
    ],
)
def test_dirt_is_told_by_line_and_field(tmp_path, change, field, kept):
    reports, _, complaints = read(write(tmp_path / "a.csv", {"Unique Key": "1"}, change))
    assert {(c["row_ref"], c["field"]) for c in complaints} == {("a.csv:3", field)}
    assert len(reports) == 1 + kept


def test_nul_bytes_never_reach_the_mart(tmp_path):
    reports, _, _ = read(write(tmp_path / "a.csv", {"Descriptor": "a\x00b"}))
    assert reports[0]["body"] == "a�b"


@pytest.mark.parametrize("year", ["1900", "2100"])
def test_years_that_cannot_be_judged_go_to_the_quarantine(tmp_path, year):
    changes = {"Created Date": f"06/26/{year} 10:58:54 AM", "Closed Date": "", "Due Date": ""}
    source = write(tmp_path / "a.csv", changes)
    facts = build(source.read_range(source.ranges(10)[0]), Judging("NYC", Rulebook.load("NYC"), "NYC311"))
    assert facts.tables["report"].num_rows == 0
    assert {row["field"] for row in facts.quarantine.to_pylist() if row["row_ref"].startswith("report:")} == {
        "sent_at"
    }


def test_swapped_coordinates_do_not_stop_the_report(tmp_path):
    source = write(tmp_path / "a.csv", {"Longitude": "40.69", "Latitude": "-173.846"})
    facts = build(source.read_range(source.ranges(10)[0]), Judging("NYC", Rulebook.load("NYC"), "NYC311"))
    row = facts.tables["report"].to_pylist()[0]
    assert row["status"] == "done"
    assert (row["place_flag"], row["lon_coarse"]) == ("invalid", None)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n1,2\n", "lacks the columns"),
        ("a.csv", ",".join(HEADER).encode() + b"\n\xff\xfe\n", "not written in utf-8"),
        ("a.xlsx", b"not a workbook", "no XLSX workbook"),
        ("a.parquet", b"not parquet", "no Parquet file"),
        ("a.doc", b"", "not one of"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=words) as caught:
        FileSource(tmp_path / name, MAPPING, settled_s=0).ranges(10)
    assert name in str(caught.value)


def test_a_line_with_too_many_cells_is_not_taken(tmp_path):
    source = write(tmp_path / "a.csv", {}, {"Unique Key": "2"})
    path = tmp_path / "a.csv"
    path.write_text(path.read_text().rstrip("\n") + ",extra\n")
    reports, _, complaints = read(source)
    assert [r["report_id"] for r in reports] == [39573567]
    assert [(c["row_ref"], c["field"]) for c in complaints] == [("a.csv:3", "*")]


def test_workbook_and_parquet_say_the_same_as_csv(tmp_path):
    wanted = read(write(tmp_path / "a.csv", {}))[:2]
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append([int(ROW[n]) if n == "Unique Key" else ROW[n] for n in HEADER])
    book.save(tmp_path / "a.xlsx")
    pq.write_table(pa.table({n: [ROW[n]] for n in HEADER}), tmp_path / "a.parquet")
    assert read(FileSource(tmp_path / "a.xlsx", MAPPING, settled_s=0))[:2] == wanted
    assert read(FileSource(tmp_path / "a.parquet", MAPPING, settled_s=0))[:2] == wanted


def test_a_formula_in_a_workbook_is_not_believed(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["=1+1" if n == "Unique Key" else ROW[n] for n in HEADER])
    book.save(tmp_path / "a.xlsx")
    reports, _, complaints = read(FileSource(tmp_path / "a.xlsx", MAPPING, settled_s=0))
    assert reports == []
    assert [(c["row_ref"], "công thức" in c["reason"]) for c in complaints] == [("a.xlsx:2", True)]


def test_a_dropped_file_is_a_change_and_a_lost_row_is_touched(tmp_path):
    write(tmp_path / "a.csv", {}, {"Unique Key": "7"})
    source = FileSource(tmp_path, MAPPING, settled_s=0)
    mark = source.mark()
    assert source.ranges(10)[0].report_count == 2
    assert not source.changes(mark)
    write(tmp_path / "b.csv", {"Unique Key": "8"})
    changes = source.changes(mark)
    assert list(changes.report_ids) == [7, 8, 39573567]
    write(tmp_path / "a.csv", {})
    assert 7 in source.changes(changes.watermark).report_ids  # gone from the file: must leave the mart
    assert source.read_ids([7]).reports.num_rows == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("zone: America/New_York", "zone: New York", "nyc.yaml:4: zone: .* no IANA time zone"),
        ("  district: Borough", "  distrikt: Borough", "nyc.yaml:.*distrikt: unknown key"),
        ("{kind: result,", "{kind: finished,", "events.3.kind: 'finished' is not a kind"),
        ("file: {pattern", "open311: {first_on: 2018-01-01}\nfile: {pattern", "either `file` or `open311`"),
    ],
)
def test_a_mapping_is_read_strictly(tmp_path, old, new, words):
    text = (Path(load_mapping.__code__.co_filename).parent / "mappings" / "nyc311.yaml").read_text()
    assert text.count(old) == 1
    (tmp_path / "nyc.yaml").write_text(text.replace(old, new))
    with pytest.raises(DataError, match=words):
        load_mapping(str(tmp_path / "nyc.yaml"))


@pytest.mark.skipif(not NYC.exists(), reason="needs ../shared/data")
def test_new_york_as_it_was_exported():
    """The counts that the file's own README gives."""
    assert isinstance(MAPPING, SourceMapping)
    source = FileSource(NYC, MAPPING, settled_s=0)
    facts = build(source.read_range(source.ranges(10_000)[0]), Judging("NYC", Rulebook.load("NYC"), "NYC311"))
    rows = facts.tables["report"].to_pandas()
    assert len(rows) == 1000
    assert rows["due_at"].isna().sum() == 514  # 486 have a due date
    assert (rows["outcome"] == "late").sum() == 52
    assert (rows["place_flag"] == "missing").sum() == 107
    told = Counter("trước lúc" in reason for reason in facts.quarantine["reason"].to_pylist())
    assert told == {
        True: 10,
        False: 7,
    }  # 17 closing dates of requests that are not closed, 10 of them impossible

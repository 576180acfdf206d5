"""Every kind of dirt in every format in which it can occur: refused by file, line and field, or told; never guessed."""

import os
from datetime import UTC, date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.facts import Judging, build
from etl.sources import files_read, files_xlsx
from etl.sources.files import FileSource
from etl.sources.record import SourceError
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from kpi.strict_yaml import DataError
from tests.etl.sources.test_files import HEADER, MAPPING, ROW, read, write, write_parquet, write_workbook

WRITERS = {"csv": write, "xlsx": write_workbook, "parquet": write_parquet}
FIRST_LINE = {"csv": 2, "xlsx": 2, "parquet": 1}
"""Where the first report stands, as its program counts."""
LOCAL = datetime.fromisoformat("2018-06-26T10:58:54")
"""A clock time without a zone, as a typed cell holds it."""
NYC = Judging("NYC", Rulebook.load("NYC"), "NYC311")


@pytest.fixture(params=WRITERS)
def form(request):
    return request.param


def made(form, folder, *rows, name="a", **options):
    return WRITERS[form](folder / f"{name}.{form}", *rows, **options)


def told(source) -> set[tuple[str, str]]:
    return {(c["row_ref"], c["field"]) for c in read(source)[2]}


# ------------------------------------------------------------ what is refused whole


def test_no_file_is_read_as_an_empty_mart(form, tmp_path):
    (tmp_path / f"a.{form}").write_bytes(b"")
    with pytest.raises(SourceError, match=f"a.{form}: is (empty|no)"):
        FileSource(tmp_path / f"a.{form}", MAPPING, settled_s=0).held()
    with pytest.raises(SourceError, match="has no row"):
        made(form, tmp_path).held()


def test_a_workbook_without_a_cell_is_empty(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match="is empty"):
        FileSource(tmp_path / "a.xlsx", MAPPING, settled_s=0).held()


def test_a_missing_column_is_named(form, tmp_path):
    header = [name for name in HEADER if name not in ("Agency", "Status")]
    with pytest.raises(SourceError, match=r"lacks the columns Agency, Status; it has Unique Key"):
        made(form, tmp_path, {}, header=header).held()


@pytest.mark.parametrize("form", ["csv", "xlsx"])  # Parquet: two columns of a name cannot be asked for
def test_a_doubled_column_is_named(form, tmp_path):
    with pytest.raises(SourceError, match="column Agency stands twice"):
        made(form, tmp_path, {}, header=[*HEADER, "Agency"]).held()


def test_a_file_that_is_cut_off_is_not_read_as_a_shorter_one(form, tmp_path):
    rows = [{"Unique Key": str(n), "Descriptor": f"line {n}"} for n in range(500)]
    made(form, tmp_path, *rows)
    path = tmp_path / f"a.{form}"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"line") + 2] if form == "csv" else whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"cut off"):
        FileSource(path, MAPPING, settled_s=0).held()


@pytest.mark.parametrize(
    ("encoding", "words"), [("latin-1", "not written in utf-8"), ("utf-16", "begins with the mark of utf-16")]
)
def test_another_encoding_is_said(tmp_path, encoding, words):
    source = write(tmp_path / "a.csv", {"Descriptor": "hố ga".replace("ố", "ô")}, encoding=encoding)
    with pytest.raises(SourceError, match=words):
        source.held()


def test_a_declared_encoding_is_read_and_a_contradicting_mark_is_not(tmp_path):
    shape = MAPPING.file.model_copy(update={"encoding": "cp1258"})
    mapping = MAPPING.model_copy(update={"file": shape})
    write(tmp_path / "a.csv", {"Descriptor": "hô ga đâu"}, encoding="cp1258")
    assert read(FileSource(tmp_path / "a.csv", mapping, settled_s=0))[0][0]["body"] == "hô ga đâu"
    write(tmp_path / "a.csv", {"Descriptor": "hô ga"}, encoding="utf-8-sig")
    with pytest.raises(SourceError, match="mark of utf-8, not of cp1258"):
        FileSource(tmp_path / "a.csv", mapping, settled_s=0).held()


def test_an_encoding_that_does_not_exist_is_said(tmp_path):
    shape = MAPPING.file.model_copy(update={"encoding": "utf-9"})
    write(tmp_path / "a.csv", {})
    with pytest.raises(SourceError, match="no such encoding"):
        FileSource(tmp_path / "a.csv", MAPPING.model_copy(update={"file": shape}), settled_s=0).held()


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert len(read(write(tmp_path / "a.csv", {}, encoding="utf-8-sig"))[0]) == 1


def test_bytes_that_are_no_text_are_named_in_parquet(tmp_path):
    columns = {name: [ROW.get(name)] for name in HEADER} | {"Descriptor": [b"\xff\xfe"]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="cannot be read after row 0"):
        FileSource(tmp_path / "a.parquet", MAPPING, settled_s=0).held()


# ------------------------------------------------------------ what is told by line


CHANGES = [
    ({"Created Date": "26/06/2018 10:58"}, "Created Date", False),  # another style among the declared
    ({"Created Date": "2018-06-26T10:58:54"}, "Created Date", False),
    ({"Closed Date": "26.06.2018"}, "Closed Date", True),
    ({"Unique Key": ""}, "Unique Key", False),
    ({"Latitude": "40,69"}, "Latitude", True),
    ({"Latitude": "inf"}, "Latitude", True),
    ({"Due Date": "06/26/1970 10:58:54 AM"}, "Due Date", True),  # a due date before it was sent
    ({"Closed Date": ""}, "Closed Date", True),  # closed, and nobody says when
]


@pytest.mark.parametrize(("change", "field", "is_kept"), CHANGES)
def test_a_bad_cell_is_told_by_line_and_field(form, tmp_path, change, field, is_kept):
    source = made(form, tmp_path, {"Unique Key": "1"}, change)
    line = FIRST_LINE[form] + 1
    assert told(source) == {(f"a.{form}:{line}", field)}
    assert len(read(source)[0]) == 1 + is_kept


@pytest.mark.parametrize("form", ["csv", "parquet"])  # XML, so XLSX, cannot hold one
def test_a_nul_byte_is_replaced_and_told(form, tmp_path):
    source = made(form, tmp_path, {"Descriptor": "a\x00b"})
    assert read(source)[0][0]["body"] == "a�b"
    assert told(source) == {(f"a.{form}:{FIRST_LINE[form]}", "Descriptor")}


@pytest.mark.parametrize("year", [1900, 2100])
def test_years_outside_the_calendar_are_not_judged(form, tmp_path, year):
    typed = LOCAL.replace(year=year)
    at = typed.strftime("%m/%d/%Y %I:%M:%S %p") if form == "csv" else typed
    source = made(form, tmp_path, {"Created Date": at, "Closed Date": "", "Due Date": "", "Status": "Open"})
    facts = build(source.read_range(source.ranges(10)[0]), NYC)
    assert facts.tables["report"].num_rows == 0
    assert "sent_at" in facts.quarantine["field"].to_pylist()


@pytest.mark.parametrize(
    ("lon", "lat", "flag"),
    [
        ("105.9735", "9.6025", "uncertain"),
        ("9.6025", "105.9735", "swapped"),
        ("112.0", "8.0", "at_sea_or_abroad"),  # the East Sea
        ("0", "0", "zero"),
        ("", "", "missing"),
    ],
)
def test_coordinates_swapped_or_at_sea_never_reach_the_map(form, tmp_path, lon, lat, flag):
    """Under a province whose boundaries are known; what a map may show is decided once, in geo."""
    mapping = MAPPING.model_copy(update={"province": "94", "zone": "Asia/Ho_Chi_Minh"})
    at = {"Created Date": "03/04/2024 08:00:00 AM", "Closed Date": "", "Due Date": "", "Status": "Open"}
    made(form, tmp_path, {**at, "Longitude": lon, "Latitude": lat})
    source = FileSource(tmp_path / f"a.{form}", mapping, settled_s=0)
    batch = source.read_range(source.ranges(10)[0])
    row = build(batch, Judging("94", Rulebook.load("94"), "NYC311")).tables["report"].to_pylist()
    assert [r["place_flag"] for r in row] == [flag], row


def test_typed_instants_keep_their_meaning(tmp_path):
    """A zone in the file counts; without one it is the mapping's: 10:58 in New York in June is 14:58 UTC."""
    wanted = datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)
    local = LOCAL
    for source in (
        write_workbook(tmp_path / "a.xlsx", {"Created Date": local}),
        write_parquet(tmp_path / "a.parquet", {"Created Date": local}),
        write_parquet(tmp_path / "b.parquet", {"Created Date": wanted}),
    ):
        assert read(source)[0][0]["sent_at"] == wanted
    # the hour that comes twice: with its zone the second one stays the second one
    second = datetime(2018, 11, 4, 6, 30, tzinfo=UTC)
    rows = {"Created Date": second, "Closed Date": "", "Due Date": "", "Status": "Open"}
    assert read(write_parquet(tmp_path / "c.parquet", rows))[0][0]["sent_at"] == second
    day = {**rows, "Created Date": date(2018, 6, 26)}
    assert read(write_parquet(tmp_path / "d.parquet", day))[0][0]["sent_at"] == datetime(
        2018, 6, 26, 4, tzinfo=UTC
    )


def test_typed_dates_among_text_are_both_read(tmp_path):
    source = write_workbook(
        tmp_path / "a.xlsx",
        {"Unique Key": 1},
        {"Unique Key": 2, "Created Date": LOCAL},
    )
    assert len({r["sent_at"] for r in read(source)[0]}) == 1
    assert [r["report_code"] for r in read(source)[0]] == ["1", "2"]


def test_two_styles_that_read_the_same_day_differently_are_refused(tmp_path):
    text = (
        files_read.__file__.replace("files_read.py", "mappings/nyc311.yaml"),
        'instants: ["%m/%d/%Y %I:%M:%S %p"]',
    )
    with open(text[0], encoding="utf-8") as file:
        shipped = file.read()
    assert text[1] in shipped
    (tmp_path / "a.yaml").write_text(
        shipped.replace(text[1], 'instants: ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]')
    )
    from etl.sources.mapping import load_mapping

    with pytest.raises(DataError, match="read 03/04 differently"):
        load_mapping(str(tmp_path / "a.yaml"))


def test_a_leading_zero_makes_another_report(form, tmp_path):
    reports = read(made(form, tmp_path, {"Unique Key": "7"}, {"Unique Key": "007"}))[0]
    assert len({r["report_id"] for r in reports}) == 2


# ------------------------------------------------------------ formulas, and what else a spreadsheet hides


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_text_that_looks_like_a_formula_is_a_citizens_word(form, tmp_path):
    """Kept as it was written; the extracts write it as text (tests/dashboard, formula injection)."""
    words = '=HYPERLINK(""x"")' if form == "csv" else '=HYPERLINK("x")'
    assert read(made(form, tmp_path, {"Descriptor": words}))[0][0]["body"] == '=HYPERLINK("x")'


def workbook(path, change):
    """A workbook of three reports, which `change(sheet)` then touches."""
    book = openpyxl.Workbook()
    book.active.append([*HEADER, "Note"])
    for number in (1, 2, 3):
        book.active.append([{**ROW, "Unique Key": number}.get(name) for name in [*HEADER, "Note"]])
    change(book.active)
    book.save(path)
    return FileSource(path, MAPPING, settled_s=0)


def place(name: str, row: int) -> str:
    return f"{openpyxl.utils.get_column_letter(([*HEADER, 'Note']).index(name) + 1)}{row}"


def put(name, row, value):
    return lambda sheet: sheet.__setitem__(place(name, row), value)


def hide(sheet):
    sheet.row_dimensions[3].hidden = True


def merge(sheet):
    sheet.merge_cells(f"{place('Agency', 3)}:{place('Agency', 4)}")


def merge_beside(sheet):
    sheet.merge_cells(f"{place('Note', 3)}:{place('Note', 4)}")


@pytest.mark.parametrize(
    ("change", "refs", "kept", "words"),
    [
        (put("Unique Key", 3, "=1+1"), {"a.xlsx:3"}, {1, 3}, "công thức"),
        (put("Note", 3, "=1+1"), set(), {1, 2, 3}, ""),  # a column that is not read
        (put("Latitude", 3, "#N/A"), {"a.xlsx:3"}, {1, 3}, "ô lỗi"),
        (hide, {"a.xlsx:3"}, {1, 2, 3}, "dòng bị ẩn"),
        (merge, {"a.xlsx:3", "a.xlsx:4"}, {1}, "ô gộp"),
        (merge_beside, set(), {1, 2, 3}, ""),
    ],
)
def test_what_a_workbook_hides_is_told(tmp_path, change, refs, kept, words):
    reports, _, complaints = read(workbook(tmp_path / "a.xlsx", change))
    assert {r["report_id"] for r in reports} == kept
    assert {c["row_ref"] for c in complaints} == refs
    assert all(words in c["reason"] for c in complaints)


def test_which_of_several_sheets_is_meant_has_to_be_declared(tmp_path):
    workbook(tmp_path / "a.xlsx", lambda sheet: sheet.parent.create_sheet("Old"))
    with pytest.raises(SourceError, match=r"has the sheets Sheet, Old; declare in file\.sheet"):
        FileSource(tmp_path / "a.xlsx", MAPPING, settled_s=0).held()
    for sheet, words in (("Sheet", None), ("New", "has no sheet New")):
        shape = MAPPING.file.model_copy(update={"sheet": sheet})
        source = FileSource(tmp_path / "a.xlsx", MAPPING.model_copy(update={"file": shape}), settled_s=0)
        if words is None:
            assert len(read(source)[0]) == 3
            continue
        with pytest.raises(SourceError, match=words):
            source.held()


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files_xlsx, "UNPACKED_MOST", 1000)
    with pytest.raises(SourceError, match="save it as CSV"):
        workbook(tmp_path / "a.xlsx", hide).held()


# ------------------------------------------------------------ files that come and go


def test_a_file_that_is_still_being_copied_is_waited_for(form, tmp_path):
    """Written a second ago: no change yet for a follower; settled, it is one."""
    made(form, tmp_path, {"Unique Key": "1"})
    changed_at = (tmp_path / f"a.{form}").stat().st_ctime
    clock = [changed_at + 60]

    class World(Clock):
        def now(self):
            return datetime.fromtimestamp(clock[0], UTC)

    shape = MAPPING.file.model_copy(update={"pattern": f"*.{form}"})
    mapping = MAPPING.model_copy(update={"file": shape})
    source = FileSource(tmp_path, mapping, settled_s=3, world=World())
    mark = source.mark()
    assert source.held().ids().tolist() == [1]
    made(form, tmp_path, {"Unique Key": "2"}, name="b")
    clock[0] = (tmp_path / f"b.{form}").stat().st_ctime + 1
    assert not source.changes(mark)
    clock[0] += 5
    assert list(source.changes(mark).report_ids) == [1, 2]


def test_a_file_that_never_settles_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("etl.sources.files.PATIENCE_S", 0)
    write(tmp_path / "a.csv", {})
    with pytest.raises(SourceError, match=r"a\.csv is still being written") as caught:
        FileSource(tmp_path / "a.csv", MAPPING, settled_s=3600).held()
    assert caught.value.is_passing


def test_what_programs_put_beside_a_file_is_no_file(tmp_path):
    write(tmp_path / "a.csv", {})
    for name in (".a.csv.part", "~$a.csv", ".b.csv", "a.csv.tmp"):
        (tmp_path / name).write_bytes(b"half of it")
    assert FileSource(tmp_path, MAPPING, settled_s=0).held().ids().tolist() == [39573567]


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    source = write(tmp_path / "a.csv", {})
    real = files_read.pieces

    def meanwhile(path, mapping):
        yield from real(path, mapping)
        write(tmp_path / "a.csv", {}, {"Unique Key": "8"})

    monkeypatch.setattr("etl.sources.files.pieces", meanwhile)
    with pytest.raises(SourceError, match="changed while it was read") as caught:
        source.held()
    assert caught.value.is_passing


def test_the_same_file_under_two_names_counts_once(form, tmp_path):
    made(form, tmp_path, {"Unique Key": "1"}, {"Unique Key": "2"})
    made(form, tmp_path, {"Unique Key": "1"}, {"Unique Key": "2"}, name="copy")
    shape = MAPPING.file.model_copy(update={"pattern": f"*.{form}"})
    source = FileSource(tmp_path, MAPPING.model_copy(update={"file": shape}), settled_s=0)
    facts = build(source.read_range(source.ranges(10)[0]), NYC)
    assert facts.tables["report"].num_rows == 2
    assert facts.quarantine.num_rows == 0


def test_a_file_replaced_by_another_of_its_name_size_and_time_is_a_change(form, tmp_path):
    made(form, tmp_path, {"Unique Key": "1"})
    path = tmp_path / f"a.{form}"
    source = FileSource(path, MAPPING, settled_s=0)
    mark = source.mark()
    assert source.held().ids().tolist() == [1]
    before = path.stat()
    made(form, tmp_path, {"Unique Key": "2"}, name="new")
    (tmp_path / f"new.{form}").rename(path)
    if form == "csv":
        assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list(source.changes(mark).report_ids) == [1, 2]  # 1 leaves the mart
    assert source.held().ids().tolist() == [2]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_pieces_of_any_size_say_the_same(form, tmp_path, monkeypatch, size):
    dirt = [
        {**change, **({"Unique Key": str(n)} if "Unique Key" not in change else {})}
        for n, (change, _, _) in enumerate(CHANGES)
    ]
    rows = [*dirt, {"Unique Key": "3", "Agency": "DOT", "Agency Name": "Transport"}, {"Unique Key": "3"}]
    whole = read(made(form, tmp_path, *rows, name="whole"))
    side = FileSource(tmp_path / f"whole.{form}", MAPPING, settled_s=0).read_side()
    monkeypatch.setattr(files_read, "ROWS_PER_PIECE", size)
    cut = FileSource(tmp_path / f"whole.{form}", MAPPING, settled_s=0)

    def in_order(found):
        return [sorted(map(repr, part)) for part in found]

    assert in_order(read(cut)) == in_order(whole)
    assert cut.read_side() == side

"""The files that go out: read back with openpyxl, their figures are those of the queries and their sums add up."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine, insert
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.exports import period as period_export
from dashboard.exports.period import period_workbook, period_workbook_sync
from dashboard.exports.ranking import ranking_workbook_sync
from dashboard.exports.sheet import HEADER_ROW, Column, Table, workbook
from etl.migrate import engine_of, upgrade
from kpi import mart
from kpi.filters import FilterError, Filters
from kpi.periods import Period
from kpi.queries import figures
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

PROVINCE = synthetic.PROVINCE
NOVEMBER = Filters(Period("month", 2024, 11))
YEAR = Filters(Period("year", 2024))
HOME_AFFAIRS = Scope(PROVINCE, "home_affairs")


@pytest.fixture(scope="module")
def url(new_database: Callable[[str], str]) -> str:
    url = new_database("exports")
    upgrade(url)
    engine = engine_of(url)
    synthetic.Facts(seed=3, reports=1500).write(engine)
    run = {
        "province_code": PROVINCE, "run_id": 7, "kind": "follow", "source": "postgres", "started_at": synthetic.NOW,
        "finished_at": synthetic.NOW, "status": "ok", "rules_version": "abc123", "counts": {}, "timings_ms": {}, "message": "",
    }  # fmt: skip
    with engine.begin() as conn:
        conn.execute(insert(mart.run), [run])
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    engine = engine_of(url)
    yield engine
    engine.dispose()


def _open(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content), data_only=True)


def _rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """Rows under the header, by header; the total (Cộng) first."""
    cells = list(sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    heads = [str(head) for head in cells[0]]
    rows = []
    for values in cells[1:]:
        if all(value is None for value in values):
            break
        rows.append(dict(zip(heads, values, strict=True)))
    return rows


def _stamp(book: Workbook) -> dict[str, str]:
    return {
        row[0]: row[1]
        for row in book["Thông tin"].iter_rows(min_row=3, max_col=2, values_only=True)
        if row[0]
    }


SUMMED = {
    "Tồn kỳ trước": "carried_over", "Tiếp nhận": "received", "Đã xử lý đúng hạn": "done_on_time", "Đã xử lý trễ hạn": "done_late",
    "Đang xử lý trong hạn": "left_in_time", "Đang xử lý quá hạn": "left_overdue", "Từ chối": "refused",
    "Đúng hạn (tử số)": "on_time", "Trên số (mẫu số)": "judged",
}  # fmt: skip
ENDS = (
    "Đã xử lý đúng hạn", "Đã xử lý trễ hạn", "Đang xử lý trong hạn", "Đang xử lý quá hạn", "Từ chối",
    "Trả lại sai thẩm quyền", "Kết thúc khác",
)  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize(
    ("sheet", "slicer", "columns"),
    [("PL I đơn vị", "unit", 22), ("PL II lĩnh vực", "field", 20), ("PL III kênh tiếp nhận", "channel", 20), ("PL V địa bàn", "district", 20)],
)  # fmt: skip
def test_annexes_equal_the_queries_and_add_up(engine: Engine, sheet: str, slicer: str, columns: int) -> None:
    rows = _rows(_open(period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW))[sheet])
    total, lines = rows[0], rows[1:]
    window = Window.of(NOVEMBER.period, synthetic.NOW, calendar_for(PROVINCE))
    counted = rows_sync(engine, HOME_AFFAIRS, figures.period(NOVEMBER, window, (slicer,)))
    whole = rows_sync(
        engine, HOME_AFFAIRS, figures.counts(_grain(slicer), NOVEMBER, window, SUMMED.values())
    )[0]
    assert len(total) == columns
    assert len(lines) == len(counted) > 1
    assert total["Tiếp nhận"] > 50
    for header, measure in SUMMED.items():
        assert (
            total[header]
            == sum(line[header] for line in lines)
            == sum(row[measure] for row in counted)
            == whole[measure]
        )
    for line in rows:
        assert (
            line["Tổng phải xử lý"]
            == line["Tồn kỳ trước"] + line["Tiếp nhận"]
            == sum(line.get(end, 0) for end in ENDS)
        )
        share = 100 * line["Đúng hạn (tử số)"] / line["Trên số (mẫu số)"]
        assert line["Tỷ lệ đúng hạn (%)"] == (
            pytest.approx(share) if line["Trên số (mẫu số)"] >= 10 else None
        )


def _grain(slicer: str):
    return figures.ASSIGNMENT if slicer == "unit" else figures.REPORT


@pytest.mark.server
def test_ratings_of_an_annex_add_up_to_the_ratings_of_the_period(engine: Engine) -> None:
    rows = _rows(_open(period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW))["PL II lĩnh vực"])
    window = Window.of(NOVEMBER.period, synthetic.NOW, calendar_for(PROVINCE))
    rated = rows_sync(engine, HOME_AFFAIRS, figures.ratings(NOVEMBER, window))[0]
    total = rows[0]
    assert [total[h] for h in ("Rất hài lòng", "Hài lòng", "Không hài lòng")] == [
        rated[f"rated_{n}"] for n in (3, 2, 1)
    ]
    assert total["Tỷ lệ hài lòng (%)"] == pytest.approx(100 * rated["satisfied"] / rated["rated"])


@pytest.mark.server
def test_totals_are_formulas_over_exactly_the_rows_below(engine: Engine) -> None:
    content = period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW)
    sheet = load_workbook(BytesIO(content))["PL II lĩnh vực"]
    # Header on row 5, total on row 6, three fields on rows 7 to 9.
    assert (sheet["A5"].value, sheet["B6"].value, sheet["C6"].value) == ("STT", "Cộng", "=SUM(C7:C9)")
    assert sheet["B10"].value is None


@pytest.mark.server
def test_summary_stands_beside_the_previous_period_and_last_year(engine: Engine) -> None:
    rows = _rows(_open(period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW))["Tổng hợp"])
    assert list(rows[0]) == ["Chỉ tiêu", "Tháng 11/2024", "Tháng 10/2024", "Tháng 11/2023"]
    by_name = {row["Chỉ tiêu"]: row for row in rows}
    for label, period in (
        ("Tháng 10/2024", Period("month", 2024, 10)),
        ("Tháng 11/2023", Period("month", 2023, 11)),
    ):
        window = Window.of(period, synthetic.NOW, calendar_for(PROVINCE))
        counted = rows_sync(engine, HOME_AFFAIRS, figures.period(NOVEMBER, window))[0]
        assert by_name["Tiếp nhận (phản ánh)"][label] == counted["received"] > 0
        assert by_name["Tỷ lệ đúng hạn (%)"][label] == pytest.approx(
            100 * counted["on_time"] / counted["judged"]
        )


@pytest.mark.server
def test_the_overdue_list_is_the_overdue_figure_and_has_no_words_of_citizens(engine: Engine) -> None:
    december = Filters(Period("month", 2024, 12))  # 15/11 to 14/12/2024, open on 20/11
    book = _open(period_workbook_sync(engine, Scope(PROVINCE, "analyst"), december, synthetic.NOW))
    rows = _rows(book["PL IV quá hạn"])
    window = Window.of(december.period, synthetic.NOW, calendar_for(PROVINCE))
    now = rows_sync(engine, HOME_AFFAIRS, figures.now(december, window))[0]
    assert len(rows) == now["overdue"] > 0
    assert all(row["Quá hạn (giờ làm việc)"] >= 0 for row in rows)
    said = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
    assert not [text for text in said if "Tiêu đề" in text or "=1+1" in text]


@pytest.mark.server
def test_the_stamp_says_what_was_asked_and_that_nothing_was_cut(engine: Engine) -> None:
    filters = NOVEMBER.with_(field="dien", district="941")
    stamp = _stamp(_open(period_workbook_sync(engine, HOME_AFFAIRS, filters, synthetic.NOW)))
    assert stamp["Kỳ"] == "Tháng 11/2024, từ 00:00 ngày 15/10/2024 đến hết ngày 14/11/2024"
    assert "Nghị định 09/2019/NĐ-CP Điều 12" in stamp["Cách tính kỳ"]
    assert (stamp["Trạng thái kỳ"], stamp["Phiên bản quy tắc"]) == ("Đã hết kỳ", "abc123")
    assert stamp["Lần nạp dữ liệu"] == "số 7, follow, xong lúc 14:35 20/11/2024 (giờ máy chủ)"
    assert (stamp["Lĩnh vực"], stamp["Kênh"]) == ("Tên dien", "Tất cả")
    assert stamp["PL II lĩnh vực"] == "1 dòng, không cắt bớt"
    assert "Sở Nội vụ" in stamp["Phạm vi dữ liệu"]
    assert stamp["Lập lúc"] == "14:35 20/11/2024"


@pytest.mark.server
def test_a_cut_list_says_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    months = [Filters(Period("month", 2024, number)) for number in range(1, 12)]
    windows = [Window.of(f.period, synthetic.NOW, calendar_for(PROVINCE)) for f in months]
    left = [
        rows_sync(engine, HOME_AFFAIRS, figures.period(f, w))[0] for f, w in zip(months, windows, strict=True)
    ]
    whole, filters = max(
        ((row["left_overdue"], f) for row, f in zip(left, months, strict=True)), key=lambda p: p[0]
    )
    assert whole > 1
    monkeypatch.setattr(period_export, "MAX_LIST_ROWS", 1)
    book = _open(period_workbook_sync(engine, HOME_AFFAIRS, filters, synthetic.NOW))
    assert len(_rows(book["PL IV quá hạn"])) == 1
    assert _stamp(book)["PL IV quá hạn"] == f"CẮT BỚT: 1 dòng đầu trên {whole} dòng"


@pytest.mark.server
def test_a_district_ioc_takes_away_its_district_only(engine: Engine) -> None:
    scope = Scope(PROVINCE, "district", district_code="942")
    rows = _rows(_open(period_workbook_sync(engine, scope, NOVEMBER, synthetic.NOW))["PL V địa bàn"])
    assert [row["Địa bàn"] for row in rows] == ["Cộng", "942"]
    with pytest.raises(FilterError, match="this account sees 942 only"):
        period_workbook_sync(engine, scope, NOVEMBER.with_(district="941"), synthetic.NOW)


@pytest.mark.server
def test_a_unit_takes_away_its_own_assignments_without_a_rank(engine: Engine) -> None:
    scope = Scope(PROVINCE, "unit", unit_code="STNMT")
    book = _open(period_workbook_sync(engine, scope, YEAR, synthetic.NOW))
    units = _rows(book["PL I đơn vị"])
    assert [row["Đơn vị"] for row in units] == ["Cộng", "Đơn vị STNMT"]
    assert "Hạng (đúng hạn)" not in units[0]
    for sheet in ("PL I đơn vị", "PL II lĩnh vực", "PL III kênh tiếp nhận", "PL V địa bàn"):
        total = _rows(book[sheet])[0]
        assert total["Tổng phải xử lý"] == sum(total[end] for end in ENDS) > 50
        assert total["Trả lại sai thẩm quyền"] == units[1]["Trả lại sai thẩm quyền"] > 0


@pytest.mark.server
@pytest.mark.parametrize(
    "scope", [Scope(PROVINCE, "district", district_code="942"), Scope(PROVINCE, "unit", unit_code="STNMT")]
)
def test_who_sees_a_part_cannot_rank_the_province(engine: Engine, scope: Scope) -> None:
    with pytest.raises(FilterError, match="a ranking needs the rows of the whole province"):
        ranking_workbook_sync(engine, scope, YEAR, synthetic.NOW)


@pytest.mark.server
def test_a_code_that_does_not_exist_is_refused(engine: Engine) -> None:
    with pytest.raises(FilterError, match="field=nothing: there is no such field"):
        period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER.with_(field="nothing"), synthetic.NOW)


async def _made_by_a_page(url: str) -> bytes:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        return await period_workbook(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW)
    finally:
        await engine.dispose()


@pytest.mark.server
def test_pages_and_commands_make_the_same_file(engine: Engine, url: str) -> None:
    import asyncio

    by_page = _open(asyncio.run(_made_by_a_page(url)))
    by_command = _open(period_workbook_sync(engine, HOME_AFFAIRS, NOVEMBER, synthetic.NOW))
    assert by_page.sheetnames == by_command.sheetnames
    for name in by_page.sheetnames:
        assert list(by_page[name].values) == list(by_command[name].values)


@pytest.mark.server
def test_the_ranking_has_every_unit_of_the_group_once(engine: Engine) -> None:
    book = _open(ranking_workbook_sync(engine, HOME_AFFAIRS, YEAR, synthetic.NOW))
    assert book.sheetnames == ["Thông tin", "Tỉnh, huyện", "Xã", "Điều kiện"]
    head, *rows = _rows(book["Tỉnh, huyện"])
    assert sorted(row["Đơn vị"] for row in rows) == sorted(f"Đơn vị {code}" for code in synthetic.LEADS)
    assert head["Đơn vị"] == "Ngưỡng không được xét"
    window = Window.of(YEAR.period, synthetic.NOW, calendar_for(PROVINCE))
    counted = {r["unit"]: r for r in rows_sync(engine, HOME_AFFAIRS, figures.period(YEAR, window, ("unit",)))}
    ranked = [row for row in rows if row["Hạng"] != "–"]
    assert [row["Đúng hạn (%)"] for row in ranked] == sorted(
        (row["Đúng hạn (%)"] for row in ranked), reverse=True
    )
    for row in rows:
        unit = counted[row["Đơn vị"].removeprefix("Đơn vị ")]
        assert (row["Đúng hạn"], row["Trên số"]) == (unit["on_time"], unit["judged"])
        assert row["Đúng hạn (%)"] == pytest.approx(100 * unit["on_time"] / unit["judged"])
        assert row["Khoảng tin cậy từ (%)"] <= row["Đúng hạn (%)"] <= row["đến (%)"]
    stamp = _stamp(book)
    assert "mượn, vì soctrang-2024 không quy định" in stamp["Điều kiện xét"]
    assert stamp["Trạng thái kỳ"] == "Đang mở, số liệu đến 14:35 20/11/2024"


@pytest.mark.server
def test_the_verdict_of_the_ranking_follows_from_its_conditions(engine: Engine) -> None:
    book = _open(ranking_workbook_sync(engine, HOME_AFFAIRS, YEAR, synthetic.NOW))
    breached: dict[str, list[str]] = {}
    for row in _rows(book["Điều kiện"]):
        breached.setdefault(row["Đơn vị"], [])
        if row["Kết quả"] == "Vướng":
            breached[row["Đơn vị"]].append(row["Điều kiện"].split(".")[0])
        if row["Trên số"]:
            assert row["Số liệu"] == pytest.approx(100 * row["Tử số"] / row["Trên số"])
    assert any(breached.values())
    for row in _rows(book["Tỉnh, huyện"])[1:]:
        numbers = breached[row["Đơn vị"]]
        assert row["Xét hoàn thành xuất sắc"] == (
            f"Không xét ({', '.join(numbers)})" if numbers else "Được xét"
        )


def test_text_can_never_run_as_a_formula() -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "https://x"]
    table = Table("T", "t", "s", [Column("name", "Tên", "text")], [{"name": text} for text in evil])
    content = workbook(
        [table], [("Bộ lọc", "=1+1")], "tên", "chân & trang", datetime(2024, 11, 20, tzinfo=UTC)
    )
    sheet = load_workbook(BytesIO(content))["T"]
    cells = [sheet.cell(row=HEADER_ROW + 2 + place, column=1) for place in range(len(evil))]
    assert [cell.data_type for cell in cells] == ["s"] * len(evil)
    assert [cell.value for cell in cells] == evil
    assert [cell.quotePrefix for cell in cells] == [True] * 6 + [False]
    assert not any(cell.hyperlink for cell in cells)


def test_the_print_is_a4_with_repeated_header() -> None:
    table = Table("T", "t", "s", [Column("n", "Số")], [{"n": 1}])
    sheet = load_workbook(BytesIO(workbook([table], [], "t", "f", datetime(2024, 11, 20, tzinfo=UTC))))["T"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == (
        9,
        "landscape",
        0,
    )
    assert sheet.print_title_rows == "$5:$5"


@pytest.mark.server
def test_commands_write_the_files(url: str, tmp_path: Path) -> None:
    env = {"IOC_MART_URL": url, "IOC_PROVINCE": PROVINCE}
    for words in (["report", "--period", "2024-10"], ["rank", "--year", "2024", "--json"]):
        out = tmp_path / f"{words[0]}.xlsx"
        result = CliRunner().invoke(app, [*words, "--out", str(out)], env=env)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Thông tin" in load_workbook(out).sheetnames


@pytest.mark.server
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "--period", "2024-13"], "Error: period=2024-13: there is no month 13 in 2024"),
        (
            ["report", "--period", "2024-10", "--district", "nowhere"],
            "Error: district=nowhere: there is no such district",
        ),
        (["rank", "--year", "24"], "Error: year=24: write it as 2024"),
        (
            ["report", "--period", "2024-10", "--out", "/nowhere/x.xlsx"],
            "Error: cannot write /nowhere/x.xlsx",
        ),
    ],
)
def test_commands_refuse_in_one_line(url: str, words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, words, env={"IOC_MART_URL": url, "IOC_PROVINCE": PROVINCE})
    assert result.exit_code == 2
    assert result.stderr.startswith(says)
    assert result.stderr.count("\n") == 1


def test_commands_say_when_there_is_no_mart() -> None:
    none = CliRunner().invoke(app, ["report", "--period", "2024-10"], env={"IOC_MART_URL": ""})
    gone = CliRunner().invoke(
        app, ["report", "--period", "2024-10"], env={"IOC_MART_URL": "postgresql:///x?host=/nowhere"}
    )
    assert (none.exit_code, gone.exit_code) == (2, 2)
    assert "IOC_MART_URL is not set" in none.stderr
    assert "the mart does not answer" in gone.stderr

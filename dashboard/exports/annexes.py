"""The annexes of a periodic report: which columns, which rows, which totals. Pure: rows of queries in, tables out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.exports.sheet import Column, Table
from dashboard.exports.stamp import ground_said
from dashboard.ground import Ground
from dashboard.names import Names
from dashboard.text import instant, number
from kpi.filters import Filters
from kpi.queries.run import Rows
from kpi.queries.window import Window
from kpi.ranking import Conditions, UnitCounts, rank, scheme_for
from kpi.rates import MINIMUM_RATE_SAMPLE, Rate
from kpi.worktime import WorkCalendar, to_unix

Values = dict[str, Any]
HOUR_S = 3600
FEW = f"Dưới {MINIMUM_RATE_SAMPLE} trường hợp: không ghi tỷ lệ, xem tử số và mẫu số."
RANK = Column("rank", "Hạng (đúng hạn)", "text", 8)
COUNTS = (
    "carried_over",
    "received",
    "to_handle",
    "done_on_time",
    "done_late",
    "left_in_time",
    "left_overdue",
    "refused",
)
OTHER_REPORT = ("withdrawn", "passed_on", "merged")
OTHER_UNIT = (*OTHER_REPORT, "reassigned")
HOLDERS = {
    "ioc": "IOC",
    "lead": "Đơn vị xử lý chính",
    "leader": "Lãnh đạo đơn vị",
    "coordinating": "Đơn vị phối hợp",
    "sender": "Người gửi",
    "province": "UBND tỉnh",
}


def columns(what: str, *, is_unit: bool) -> list[Column]:
    """Columns of an annex: what was in hand, what came, how it ended, the rates with their n."""
    counts = [
        ("carried_over", "Tồn kỳ trước"), ("received", "Tiếp nhận"), ("to_handle", "Tổng phải xử lý"),
        ("done_on_time", "Đã xử lý đúng hạn"), ("done_late", "Đã xử lý trễ hạn"), ("left_in_time", "Đang xử lý trong hạn"),
        ("left_overdue", "Đang xử lý quá hạn"), ("refused", "Từ chối"),
        *([("returned", "Trả lại sai thẩm quyền")] if is_unit else []), ("other", "Kết thúc khác"),
    ]  # fmt: skip
    ratings = [
        ("rated_3", "Rất hài lòng"), ("rated_2", "Hài lòng"), ("rated_1", "Không hài lòng"), ("not_rated", "Đã xong, chưa đánh giá"),
    ]  # fmt: skip
    return [
        Column("place", "STT", "count", 5),
        Column("name", what, "text", 30),
        *[Column(key, header, "count", 8, "sum") for key, header in counts],
        Column("handled_pct", "Tỷ lệ đã xử lý (%)", "percent", 8, "value"),
        Column("on_time", "Đúng hạn (tử số)", "count", 8, "sum"),
        Column("judged", "Trên số (mẫu số)", "count", 8, "sum"),
        Column("on_time_pct", "Tỷ lệ đúng hạn (%)", "percent", 8, "value"),
        *[Column(key, header, "count", 8, "sum") for key, header in ratings],
        Column("satisfied_pct", "Tỷ lệ hài lòng (%)", "percent", 8, "value"),
    ]


def line(counted: Mapping[str, Any], rated: Mapping[str, Any], other: Sequence[str]) -> Values:
    """Values of one row; the columns of the balance add up: to_handle is what ended plus what is in hand."""
    values: Values = {
        key: counted[key] for key in (*COUNTS, "returned", "on_time", "judged", "done") if key in counted
    }
    values["to_handle"] = counted["carried_over"] + counted["received"]
    values["other"] = sum(counted[key] for key in other)
    values |= {key: rated.get(key, 0) for key in ("rated_3", "rated_2", "rated_1", "rated", "satisfied")}
    values["not_rated"] = rated.get("done", 0) - rated.get("done_rated", 0)
    return values | rates(values)


def rates(values: Mapping[str, Any]) -> Values:
    """Ratios of a row or of the sums of rows, per cent; None where there is too little to judge by."""
    return {
        "handled_pct": Rate(values["done"], values["to_handle"]).shown_pct,
        "on_time_pct": Rate(values["on_time"], values["judged"]).shown_pct,
        "satisfied_pct": Rate(values["satisfied"], values["rated"]).shown_pct,
    }


def total(rows: Sequence[Values], shown: Sequence[Column]) -> Values:
    """Sums of the rows, and the ratios of the sums."""
    keys = {column.key for column in shown if column.total == "sum"} | {"done", "rated", "satisfied"}
    sums: Values = {key: sum(row[key] for row in rows) for key in keys}
    return {"name": "Cộng", **sums, **rates(sums)}


def by_slicer(
    slicer: str,
    annex: str,
    what: str,
    name_of: Callable[[Any], str],
    filters: Filters,
    found: Mapping[str, Rows],
) -> Table:
    """An annex by field, channel or district, the most first: of reports, or of a unit's lead assignments."""
    is_unit = filters.unit is not None
    rated = {row[slicer]: row for row in found[f"{slicer} ratings"]}
    other = OTHER_UNIT if is_unit else OTHER_REPORT
    rows = [
        {"name": name_of(row[slicer]), **line(row, rated.get(row[slicer], {}), other)}
        for row in found[f"{slicer} period"]
    ]
    rows.sort(key=lambda row: (-row["to_handle"], row["name"]))
    shown = columns(what[0].upper() + what[1:], is_unit=is_unit)
    title = f"Phụ lục {annex}. Kết quả theo {what}"
    subtitle = f"Đếm {'lượt giao' if is_unit else 'phản ánh'}; xếp theo số phải xử lý"
    return Table(f"PL {annex} {what}", title, subtitle, shown, _numbered(rows), total(rows, shown), (FEW,))


def by_place(
    ground: Ground, filters: Filters, found: Mapping[str, Rows], names: Names, annex: str = "V"
) -> Table:
    """The annex by district or commune, on the units of the reports' own time or of the ground's day."""
    of = {part: ground.rows(found[f"place {part}"]) for part in ("period", "ratings")}
    keyed = {
        f"place {part}": [row | {"place": (row["column"], row["place"])} for row in of[part]] for part in of
    }
    made = by_slicer("place", annex, "địa bàn", lambda key: names.place(*key), filters, keyed)
    divided = sum(row.get("received_uncertain", 0) for row in of["period"])
    said = f"{number(divided, 1)} phản ánh tiếp nhận chia theo diện tích vì không rõ vị trí: số ước tính."
    subtitle = f"{made.subtitle}. Địa giới: {ground_said(ground)}"
    return replace(made, subtitle=subtitle, notes=(*made.notes, said) if divided else made.notes)


def by_unit(filters: Filters, found: Mapping[str, Rows], names: Names, *, is_ranked: bool) -> Table:
    """The annex of lead assignments by unit, the most overdue first; is_ranked: with rank ranges within each group.

    Who sees a part of the province only gets no ranks: they would be ranks of that part.
    """
    rated = {row["unit"]: row for row in found["unit ratings"]}
    ranks = _ranks(filters, found) if is_ranked else {}
    rows = [
        {"name": _full_name(names, row["unit"]), "unit": row["unit"], "rank": ranks.get(row["unit"], "–"), **line(row, rated.get(row["unit"], {}), OTHER_UNIT)}
        for row in found["unit period"]
    ]  # fmt: skip
    rows.sort(
        key=lambda row: (
            -row["left_overdue"],
            row["on_time_pct"] if row["on_time_pct"] is not None else 101,
            row["name"],
        )
    )
    shown = [*columns("Đơn vị", is_unit=True), *([RANK] if is_ranked else [])]
    scheme = scheme_for(filters.period.last_on)
    held = sum(
        found["current period"][0][key] - sum(row[key] for row in rows)
        for key in ("left_in_time", "left_overdue")
    )
    waiting = (
        ()
        if filters.unit
        else (f"{number(held)} phản ánh cuối kỳ chưa có đơn vị xử lý chính, IOC đang giữ, không nêu ở bảng.",)
    )
    notes = (
        *waiting,
        "Đếm lượt giao cho đơn vị xử lý chính: một phản ánh trả lại rồi giao đơn vị khác được đếm ở cả hai đơn vị.",
        f"Hạng trong nhóm cùng cấp, ghi thành khoảng khi số liệu chưa đủ để tách; dưới {scheme.minimum_sample} lượt đến hạn thì không xếp (–).",
        f"{number(len(found['units']) - len(rows))} đơn vị không có lượt giao nào trong kỳ, không nêu ở bảng.",
        FEW,
    )
    title = "Phụ lục I. Kết quả theo đơn vị"
    order = "Đếm lượt giao; xếp theo số quá hạn, rồi tỷ lệ đúng hạn từ thấp"
    return Table("PL I đơn vị", title, order, shown, _numbered(rows), total(rows, shown), notes)


def _ranks(filters: Filters, found: Mapping[str, Rows]) -> dict[str, str]:
    level = {row["unit_code"]: row["level"] for row in found["units"]}
    counts = [
        UnitCounts(row["unit"], row["unit"], level.get(row["unit"], ""), Rate(row["on_time"], row["judged"]))
        for row in found["unit period"]
    ]
    scheme = scheme_for(filters.period.last_on)
    ranked = [r for group in scheme.groups for r in rank(counts, scheme, group, Conditions((), "")).ranked]
    return {row.counts.unit_code: rank_said(row.best, row.worst) for row in ranked}


def rank_said(best: int | None, worst: int | None) -> str:
    """'3', '6–12', or '–' for a unit that is not ranked."""
    if best is None:
        return "–"
    return str(best) if best == worst else f"{best}–{worst}"


def overdue(window: Window, calendar: WorkCalendar, found: Mapping[str, Rows], names: Names) -> Table:
    """The list of reports overdue at the period's end (or now, while it runs), without citizens' words."""
    listed = found["overdue"]
    at = calendar.elapsed_s(np.array([to_unix(window.until_at)]))
    due = calendar.elapsed_s(np.array([to_unix(row["due_at"]) for row in listed], dtype=np.int64))
    rows = [
        {
            "code": row["report_code"], "field": "Mật" if row["is_secret"] else names.field(row["field_code"]),
            "district": "Mật" if row["is_secret"] else names.where(row),
            "unit": _full_name(names, row["lead_unit_code"]), "holder": HOLDERS.get(row["holder_kind"] or "", "Đã kết thúc"),
            "sent_at": row["sent_at"], "dispatched_at": row["dispatched_at"], "due_at": row["due_at"],
            "late_hours": int(late_s) / HOUR_S, "extended": "Có" if row["is_extended"] else "",
        }
        for row, late_s in zip(listed, (at - due).tolist(), strict=True)
    ]  # fmt: skip
    shown = [
        Column("place", "STT", "count", 5), Column("code", "Mã phản ánh", "text", 18), Column("field", "Lĩnh vực", "text", 24),
        Column("district", "Địa bàn", "text", 20), Column("unit", "Đơn vị xử lý chính", "text", 32),
        Column("holder", "Nay đang giữ", "text", 20), Column("sent_at", "Gửi lúc", "time", 16),
        Column("dispatched_at", "Giao lúc", "time", 16), Column("due_at", "Hạn", "time", 16),
        Column("late_hours", "Quá hạn (giờ làm việc)", "hours", 11), Column("extended", "Đã gia hạn", "text", 8),
    ]  # fmt: skip
    subtitle = (
        f"Chưa xong và đã quá hạn tính đến {instant(window.until_at)}; khẩn cấp trước, rồi quá hạn lâu nhất"
    )
    whole = found["overdue_count"][0]["count"]
    return Table(
        "PL IV quá hạn",
        "Phụ lục IV. Danh sách phản ánh quá hạn",
        subtitle,
        shown,
        _numbered(rows),
        whole=whole,
    )


def _full_name(names: Names, code: str) -> str:
    return names.units[code]["name"] if code in names.units else names.unit(code)


def _numbered(rows: Sequence[Values]) -> list[Values]:
    return [{"place": place, **row} for place, row in enumerate(rows, 1)]

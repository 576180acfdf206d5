"""The first sheet of an extract: the figures of the period beside the one before and the same of last year."""

from collections.abc import Mapping

from dashboard.exports import stamp
from dashboard.exports.annexes import OTHER_UNIT, Values, line
from dashboard.exports.sheet import Column, Table
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries.run import Rows
from kpi.queries.window import Window
from kpi.rates import Rate

FIGURES = [
    ("Tiếp nhận (phản ánh)", "received"), ("Đã phân phối (lượt giao)", "dispatched"), ("Trả lại sai thẩm quyền (lượt giao)", "returned"),
    ("Tổng phải xử lý", "to_handle"), ("Đã xử lý đúng hạn", "done_on_time"), ("Đã xử lý trễ hạn", "done_late"),
    ("Đang xử lý trong hạn cuối kỳ", "left_in_time"), ("Đang xử lý quá hạn cuối kỳ", "left_overdue"), ("Từ chối", "refused"),
    ("Kết thúc khác (rút, theo dõi, gộp)", "other"), ("Có gia hạn", "extended"), ("Đã công bố", "published"),
    ("Phản ánh lặp lại", "repeated"),
    ("Tỷ lệ đúng hạn (%)", "on_time_pct"), ("  đúng hạn (tử số)", "on_time"), ("  trên số (mẫu số)", "judged"),
    ("IOC phân phối đúng hạn (%)", "dispatch_pct"), ("  đúng hạn (tử số)", "dispatch_on_time"),
    ("  trên số (mẫu số)", "dispatch_judged"), ("Tỷ lệ hài lòng (%)", "satisfied_pct"), ("  lượt đánh giá", "rated"),
    ("Tỷ lệ phản ánh đã xong có đánh giá (%)", "rated_pct"),
]  # fmt: skip
"""Label and value of each line."""


def periods(period: Period) -> dict[str, Period]:
    """The period, the one before, and the same of last year, by column."""
    return {"current": period, "previous": period.previous(), "last_year": period.same_last_year()}


def compared(filters: Filters, window: Window) -> dict[str, Window]:
    """The windows of `periods`."""
    return {name: window.over(period) for name, period in periods(filters.period).items()}


def summary(filters: Filters, window: Window, found: Mapping[str, Rows]) -> Table:
    """The province's figures of the period beside the one before and the same of last year."""
    period = filters.period
    heads = periods(period)
    values = {name: _whole(found, name) for name in heads}
    rows = [
        {
            "name": label,
            "measure": key,
            "number_kind": "percent" if key.endswith("_pct") else "count",
            **{n: values[n][key] for n in heads},
        }
        for label, key in FIGURES
    ]
    shown = [
        Column("name", "Chỉ tiêu", "text", 40),
        *[Column(name, head.label(), "row", 18) for name, head in heads.items()],
    ]
    subtitle = "Kỳ này, kỳ trước, cùng kỳ năm trước; ô trống: chưa có gì để tính"
    return Table(
        "Tổng hợp", f"Tổng hợp {stamp.period_said(period)}", subtitle, shown, rows, row_kind="number_kind"
    )


def _whole(found: Mapping[str, Rows], name: str) -> Values:
    counted, rated = found[f"{name} period"][0], found[f"{name} ratings"][0]
    values = line(counted, rated, OTHER_UNIT)
    stage = next(iter(found[f"{name} dispatch stage"]), {"stage_on_time": 0, "stage_judged": 0})
    dispatch = Rate(stage["stage_on_time"], stage["stage_judged"])
    return values | {
        **found[f"{name} published"][0],
        **found[f"{name} dispatches"][0],
        "extended": counted["extended"],
        "dispatch_on_time": dispatch.numerator,
        "dispatch_judged": dispatch.denominator,
        "dispatch_pct": dispatch.pct,
        "rated_pct": Rate(rated["done_rated"], rated["done"]).pct,
    }

"""The stamp of a file: what was asked, by whose eyes, under which rules, out of which data, when."""

from collections.abc import Collection
from datetime import datetime

from dashboard.ground import Ground
from dashboard.names import Names
from dashboard.provinces import province_name
from dashboard.text import instant, number, on
from kpi.clock import LOCAL
from kpi.filters import SLICES, UNKNOWN, Filters
from kpi.periods import Period
from kpi.queries.run import Rows
from kpi.queries.window import Window
from kpi.rules import regulation_for
from kpi.scope import Scope

Lines = list[tuple[str, str]]
ROLES = {
    "leader": "Lãnh đạo",
    "analyst": "Chuyên viên IOC",
    "home_affairs": "Sở Nội vụ",
    "district": "IOC huyện",
    "unit": "Đơn vị",
    "wall": "Màn hình",
    "admin": "Quản trị",
}
BASES = {
    "decree09": "chốt số liệu theo Nghị định 09/2019/NĐ-CP Điều 12, từ ngày 15 đến hết ngày 14",
    "calendar": "theo tháng dương lịch",
}


def period_said(period: Period) -> str:
    """'tháng 10/2024', for the middle of a sentence."""
    label = period.label()
    return label[0].lower() + label[1:]


def period_lines(filters: Filters, window: Window) -> Lines:
    """Which period, between which days, closed or still open."""
    period = filters.period
    bounds = f"từ 00:00 ngày {on(period.start_on)} đến hết ngày {on(period.last_on)}"
    state = f"Đang mở, số liệu đến {instant(window.at)}" if window.is_open else "Đã hết kỳ"
    return [
        ("Kỳ", f"{period.label()}, {bounds}"),
        ("Cách tính kỳ", BASES[period.basis]),
        ("Trạng thái kỳ", state),
    ]


def filter_lines(filters: Filters, names: Names) -> Lines:
    """The chosen place, unit, field, channel and urgency, in words; what is not chosen is 'Tất cả'. A cell if chosen."""
    urgencies = {"normal": "Bình thường", "urgent": "Khẩn cấp", "instant": "Tức thời"}
    chosen = {name: getattr(filters, name) for name in SLICES if getattr(filters, name) is not None}
    chosen = {name: "" if value == UNKNOWN else value for name, value in chosen.items()}
    said = {
        "Địa bàn huyện": ("district", names.district),
        "Địa bàn xã": ("commune", names.commune),
        "Đơn vị": ("unit", names.unit),
        "Lĩnh vực": ("field", names.field),
        "Kênh": ("channel", names.channel),
        "Mức khẩn": ("urgency", lambda code: urgencies[str(code)]),
    }
    cell = [("Ô bản đồ (vĩ độ_kinh độ)", filters.cell)] if filters.cell else []
    lines = [(label, say(chosen[key]) if key in chosen else "Tất cả") for label, (key, say) in said.items()]
    return [*lines, *cell]


def known(names: Names) -> dict[str, Collection[str]]:
    """Codes that exist, by key of the filters: a file of nothing but zeros for a mistyped code must not go out."""
    return {
        "district": {*names.districts, *_ended(names, "district")},
        "commune": {*names.communes, *_ended(names, "commune")},
        "unit": names.units,
        "field": names.fields,
        "channel": names.channels,
    }


def _ended(names: Names, level: str) -> set[str]:
    return {code for code, row in names.ended.items() if row["level"] == level}


def ground_said(ground: Ground) -> str:
    """On which administrative units figures by place stand."""
    if ground.day is None:
        return "Đơn vị hành chính của ngày gửi phản ánh"
    words = "phản ánh của đơn vị khác thời điểm đưa về theo vị trí, chỗ không rõ vị trí chia theo diện tích"
    return f"Đơn vị hành chính ngày {on(ground.day)}; {words}"


def ground_line(ground: Ground) -> tuple[str, str]:
    """The ground that was chosen."""
    return "Địa giới", ground_said(ground)


def scope_line(scope: Scope, names: Names, at: datetime) -> tuple[str, str]:
    """Whose rows the file was counted over."""
    where = province_name(scope.province_code, at.astimezone(LOCAL).date())
    if scope.district_code:
        where = f"{names.district(scope.district_code)}, {where}"
    if scope.unit_code:
        where = f"{names.unit(scope.unit_code)}, {where}"
    return "Phạm vi dữ liệu", f"{where} (vai trò: {ROLES.get(scope.role, scope.role)})"


def data_lines(runs: Rows, sources: Rows, scope: Scope, window: Window) -> Lines:
    """Regulation, fingerprint of the rules, ETL run, age of the source, time made (the product's clock)."""
    text = regulation_for(scope.province_code, window.start_at.astimezone(LOCAL).date())
    lines = [("Văn bản áp dụng", f"{text.title} ({text.id})")]
    if runs:
        run = runs[0]
        done = (
            f"{run['kind']}, xong lúc {instant(run['finished_at'])} (giờ máy chủ)"
            if run["finished_at"]
            else str(run["kind"])
        )
        lines += [
            ("Phiên bản quy tắc", run["rules_version"]),
            ("Lần nạp dữ liệu", f"số {run['run_id']}, {done}"),
        ]
    else:
        lines += [("Phiên bản quy tắc", "chưa có lần nạp nào"), ("Lần nạp dữ liệu", "chưa có lần nạp nào")]
    for source in sources:
        lines.append(
            ("Nguồn dữ liệu", f"{source['source']}: sự kiện mới nhất lúc {instant(source['last_event_at'])}")
        )
    return [*lines, ("Lập lúc", instant(window.at))]


def count_lines(filters: Filters, secret: int, without_limit: int) -> Lines:
    """What the reader must know about what is and is not in the figures."""
    by_unit = "Đếm lượt giao cho đơn vị xử lý chính"
    counted = (
        f"{by_unit}."
        if filters.unit
        else f"Theo đơn vị: {by_unit.lower()}. Theo lĩnh vực, kênh, địa bàn: đếm phản ánh."
    )
    return [
        ("Cách đếm", counted),
        ("Tỷ lệ đúng hạn", "Xong đúng hạn trong kỳ / (xong trong kỳ + đến hạn trong kỳ mà chưa xong). Quá hạn còn mở tính là trễ."),
        ("Tỷ lệ hài lòng", "(Rất hài lòng + Hài lòng) / mọi lượt đánh giá trong kỳ. Không có lượt nào: để trống."),
        ("Không có thời hạn", f"{number(without_limit)} trường hợp đã xong không có thời hạn quy định: tính vào đã xử lý, không tính vào tỷ lệ đúng hạn."),
        ("Phản ánh mật", f"{number(secret)} phản ánh mật tiếp nhận trong kỳ: chỉ tính vào số."),
    ]  # fmt: skip

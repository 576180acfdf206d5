"""How one report's explanation is worded in Vietnamese: names, times, articles, verdicts. Pure; no arithmetic."""

import re
from datetime import datetime

from kpi.wording import HOUR_S, WEEKDAYS, duration_text
from kpi.worktime import from_unix

STAGE_LABELS = {
    "receive": "Tiếp nhận", "dispatch": "Điều phối", "accept": "Đơn vị tiếp nhận", "ask_more": "Yêu cầu bổ sung",
    "supply": "Người phản ánh bổ sung", "return_wrong": "Trả lại vì không đúng thẩm quyền", "handle": "Xử lý",
    "approve": "Lãnh đạo phê duyệt", "forward": "Chuyển phối hợp", "coordinate": "Phối hợp xử lý",
    "coordinate_return": "Đơn vị phối hợp trả lại", "consolidate": "Tổng hợp kết quả", "publish": "Công bố",
    "send_back": "Trả lại kết quả không có nội dung", "clarify": "Làm rõ phản hồi",
    "designated": "Đơn vị được chỉ định trả lời", "urgent_update": "Cập nhật sau xử lý khẩn cấp",
    "instant_forward": "Chuyển tức thời", "instant_confirm": "Xác nhận tức thời",
    "instant_result": "Nhập và duyệt kết quả tức thời", "call_transfer": "Chuyển cuộc gọi",
}  # fmt: skip
START_WORDS = {
    "sent": "lúc phản ánh được gửi", "received": "lúc IOC tiếp nhận", "dispatched": "lúc IOC chuyển cho đơn vị",
    "accepted": "lúc đơn vị tiếp nhận", "forwarded": "lúc được chuyển phối hợp", "result": "lúc nhập kết quả",
    "coordination_result": "lúc có kết quả phối hợp", "approved": "lúc lãnh đạo phê duyệt",
    "feedback": "lúc người dân phản hồi", "designated": "lúc UBND tỉnh chỉ định", "completed": "lúc báo hoàn thành",
    "info_requested": "lúc yêu cầu bổ sung", "call_received": "lúc nhận cuộc gọi",
}  # fmt: skip
HOLDER_LABELS = {
    "ioc": "IOC tỉnh", "lead": "Bộ phận xử lý", "leader": "Lãnh đạo đơn vị", "coordinating": "Đơn vị phối hợp",
    "sender": "Người phản ánh", "province": "UBND tỉnh",
}  # fmt: skip
RATINGS = {3: "Rất hài lòng", 2: "Hài lòng", 1: "Không hài lòng"}
EVENT_LABELS = {
    "sent": "gửi", "received": "tiếp nhận", "info_requested": "yêu cầu bổ sung", "info_supplied": "đã bổ sung",
    "refused": "từ chối", "withdrawn": "rút phản ánh", "merged": "gộp trùng", "passed_on": "chuyển theo dõi",
    "designation_requested": "xin chỉ định", "designated": "chỉ định", "dispatched": "điều phối",
    "accepted": "đơn vị nhận", "returned_wrong": "trả lại, không đúng thẩm quyền", "forwarded": "chuyển phối hợp",
    "coordination_returned": "phối hợp trả lại", "coordination_result": "phối hợp trả lời", "extended": "gia hạn",
    "completed": "hoàn thành", "result": "nhập kết quả", "approved": "duyệt", "sent_back": "trả lại, không có nội dung",
    "published": "đăng", "rated": "đánh giá", "feedback": "phản hồi", "clarified": "đã làm rõ",
}  # fmt: skip
NOTICE_PROBLEMS = {
    "": "có giá trị",
    "no_rule": "không có giá trị: văn bản không cho gia hạn bước này, hoặc bước này đã xong",
    "late": "không có giá trị: báo sau khi đã hết hạn",
    "again": "không có giá trị: chỉ được gia hạn một lần",
    "not_longer": "không làm thay đổi hạn: ngày cam kết không sau hạn đang có",
}
PAUSE_WORDS = {
    "supplement": "chờ người phản ánh bổ sung",
    "sent_back": "IOC giữ kết quả đã duyệt trước khi trả lại vì không có nội dung",
}
LEFT_WORDS = {
    "refused": "Từ chối tiếp nhận", "withdrawn": "Người phản ánh đã rút", "passed_on": "Đã chuyển để theo dõi",
    "merged": "Đã gộp vào phản ánh trùng",
}  # fmt: skip
NOT_SET = "không quy định"


def clock(at: int, beside: int | None = None) -> str:
    """'17:00'; with its seconds where they tell it from another instant of the same minute."""
    when = from_unix(at)
    is_close = beside is not None and beside // 60 == at // 60 and beside != at
    return f"{when:%H:%M:%S}" if is_close else f"{when:%H:%M}"


def day(at: int) -> str:
    """'18/11/2026'."""
    return f"{from_unix(at):%d/%m/%Y}"


def moment(at: int, beside: int | None = None) -> str:
    """'17:00 ngày 17/11/2026'."""
    return f"{clock(at, beside)} ngày {day(at)}"


def moment_with_weekday(at: int, beside: int | None = None) -> str:
    """'17:00 thứ Ba 17/11'."""
    when = from_unix(at)
    return f"{clock(at, beside)} {weekday(when)} {when:%d/%m}"


def weekday(when: datetime) -> str:
    """'thứ Ba'."""
    return WEEKDAYS["vi"][when.weekday()]


def article_words(article: str) -> str:
    """'Đ8.1; Phụ lục II bước 2' -> 'Điều 8.1; Phụ lục II bước 2'."""
    return re.sub(r"Đ(?=\d)", "Điều ", article)


def working(seconds: int) -> str:
    """'1 giờ 40 phút làm việc'; whole minutes from an hour on."""
    return f"{duration(seconds)} làm việc"


def duration(seconds: int) -> str:
    """'1 giờ 40 phút'; seconds are told only of less than an hour."""
    return duration_text(seconds - seconds % 60 if seconds >= HOUR_S else seconds)


def late_headline(late_s: int, done: bool) -> str:
    """'Xong trễ hạn 1 giờ 40 phút làm việc' or 'Quá hạn …'."""
    word = "Xong trễ hạn" if done else "Quá hạn"
    return f"{word} {working(late_s)}" if late_s else f"{word}, ngoài giờ làm việc"


def done_sentence(unit: str, decided: int, due: int, *, late: bool, by_result: bool) -> str:
    """Who decided when, before or after which limit."""
    what = f"{unit} gửi kết quả" if by_result else f"Kết quả được lãnh đạo {unit} phê duyệt"
    return f"{what} lúc {moment(decided, due)}, {'sau' if late else 'trong'} hạn {moment(due, decided)}."


def officer_in_time(by_result: bool) -> str:
    """The sentence that a unit disputes most: its officer was in time, its leader was not (2024 Đ8.5)."""
    return (
        "" if by_result else " Cán bộ nhập kết quả trước hạn, nhưng quá hạn tính theo lúc lãnh đạo phê duyệt."
    )

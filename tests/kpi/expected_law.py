"""What the four texts say, written down a second time by hand from the texts: the reviewed copy the YAML must equal.

One row per limit: stage, amount, unit, clock, from, to, holder, article, then flags (p pausable, x extendable),
urgencies other than the text's, the limit it lies inside, its parts.
"""

OFFICE, DAYS, WALL = "office_time", "working_days", "wall_time"

LIMITS = {
    "soctrang-2024": [
        ("receive", 4, "hour", OFFICE, "sent", "received", "ioc", "Phụ lục II bước 1", "p"),
        ("dispatch", 4, "hour", OFFICE, "received", "dispatched", "ioc", "Đ7.3", "p"),
        ("return_wrong", 1, "day", DAYS, "dispatched", "returned_wrong", "lead_unit", "Đ8.1; Phụ lục II bước 2", ""),
        ("handle", 6, "day", DAYS, "dispatched", "approved", "lead_unit", "Đ8.1; Phụ lục II bước 2, 4", "px", None, None, (5, 1)),
        ("approve", 1, "day", DAYS, "result", "approved", "lead_unit", "Đ8.4", "", None, "handle"),
        ("forward", 1, "day", DAYS, "dispatched", "forwarded", "lead_unit", "Đ8.2 bước 1", ""),
        ("coordinate", 4, "day", DAYS, "forwarded", "coordination_result", "coordinating_unit",
         "Đ8.2 bước 2; Phụ lục II bước 3", "p", None, None, (3, 1)),
        ("coordinate_return", 1, "day", DAYS, "forwarded", "coordination_returned", "coordinating_unit",
         "Đ8.2 bước 2; Phụ lục II bước 3", ""),
        ("consolidate", 2, "day", DAYS, "coordination_result", "approved", "lead_unit",
         "Đ8.2 bước 3; Phụ lục II bước 3", "", None, None, (1, 1)),
        ("publish", 4, "hour", OFFICE, "approved", "published", "ioc", "Đ9.2; Phụ lục II bước 5", "", ("normal", "urgent", "instant")),
        ("send_back", 4, "hour", OFFICE, "approved", "sent_back", "ioc", "Đ9.4", ""),
        ("clarify", 2, "day", DAYS, "feedback", "clarified", "lead_unit", "Đ10.2", "", ("normal", "urgent", "instant")),
        ("urgent_update", 4, "hour", WALL, "completed", "result", "lead_unit", "Đ8.6 bước 3", "", ("urgent",)),
    ],
    "soctrang-2022": [
        ("receive", 4, "hour", OFFICE, "sent", "received", "ioc", "Đ8.2", "p"),
        ("dispatch", 4, "hour", OFFICE, "received", "dispatched", "ioc", "Đ9.1", "p"),
        ("accept", 4, "hour", OFFICE, "dispatched", "accepted", "lead_unit", "Đ10.1", ""),
        ("ask_more", 1, "day", DAYS, "dispatched", "info_requested", "lead_unit", "Đ10.1", ""),
        ("supply", 48, "hour", WALL, "info_requested", "info_supplied", "sender", "Đ6.5b", ""),
        ("return_wrong", 1, "day", DAYS, "dispatched", "returned_wrong", "lead_unit", "Đ10.2a", ""),
        ("handle", 6, "day", DAYS, "accepted", "result", "lead_unit", "Đ10.2a", "px"),
        ("approve", 1, "day", DAYS, "result", "approved", "lead_unit", "Đ11.2", ""),
        ("forward", 4, "hour", OFFICE, "dispatched", "forwarded", "lead_unit", "Đ10.2b bước 1", ""),
        ("coordinate", 6, "day", DAYS, "forwarded", "coordination_result", "coordinating_unit", "Đ10.2b bước 2", "p"),
        ("coordinate_return", 1, "day", DAYS, "forwarded", "coordination_returned", "coordinating_unit", "Đ10.2b bước 2", ""),
        ("consolidate", 2, "day", DAYS, "coordination_result", "result", "lead_unit", "Đ10.2b bước 3", ""),
        ("publish", 1, "hour", OFFICE, "approved", "published", "ioc", "Đ12.2", "", ("normal", "urgent", "instant")),
        ("designated", 6, "day", DAYS, "designated", "result", "lead_unit", "Đ16 bước 3", "p"),
        ("instant_forward", 15, "minute", WALL, "received", "dispatched", "ioc", "Đ13 bước 1", "", ("instant",)),
        ("instant_confirm", 15, "minute", WALL, "dispatched", "accepted", "lead_unit", "Đ13 bước 3", "", ("instant",)),
        ("instant_result", 1, "hour", WALL, "completed", "approved", "lead_unit", "Đ13 bước 4", "", ("instant",)),
        ("call_transfer", 20, "second", WALL, "call_received", "call_transferred", "ioc", "Đ17.3", "",
         ("normal", "urgent", "instant")),
    ],
    "binhdinh-2021": [
        ("dispatch", 1, "hour", OFFICE, "sent", "dispatched", "ioc", "Đ6.3", "p"),
        ("accept", 30, "minute", OFFICE, "dispatched", "accepted", "lead_unit", "Đ7.1a", ""),
        ("return_wrong", 1, "day", DAYS, "dispatched", "returned_wrong", "lead_unit", "Đ7.3", ""),
        ("handle", 6, "day", DAYS, "dispatched", "result", "lead_unit", "Đ7.3", "p"),
        ("approve", 1, "day", DAYS, "result", "approved", "lead_unit", "Đ8.3", ""),
        ("publish", 1, "hour", OFFICE, "approved", "published", "ioc", "Đ9.3", ""),
    ],
    "binhphuoc-2022": [],
}  # fmt: skip

CIVIL_CODE_147_2 = "Bộ luật Dân sự 2015 Đ147.2, Đ148"
EDGES = {
    "day_ends": ("office_close", ("office_close", "midnight"), "Bộ luật Dân sự 2015 Đ148.6"),
    "session_end": ("due_then", ("due_then", "next_opening"), "Bộ luật Dân sự 2015 Đ147.1"),
    "day_off_start": (
        "from_start_date",
        ("from_start_date", "from_next_working_day"),
        "Bộ luật Dân sự 2015 Đ147.2",
    ),
}
UNNAMED = ("office_time", ("office_time", "wall_time"))
COUNTING = ("civil_code", ("civil_code", "working_hours"))
PAUSES = ("yes", ("yes", "no"))
CHOICES = {
    "soctrang-2024": EDGES | {
        "handle_starts_from": ("dispatched", ("dispatched", "received"), "Đ8.1"),
        "dispatch_starts_from": ("received", ("received", "sent"), "Đ7.3; Phụ lục II bước 1"),
        "unnamed_hours_clock": (*UNNAMED, "Đ6.2"),
        "day_counting": (*COUNTING, CIVIL_CODE_147_2 + '; Phụ lục II (cột "giờ làm việc")'),
        "info_request_pauses": (*PAUSES, "Đ7.1"),
    },
    "soctrang-2022": EDGES | {
        "handle_starts_from": ("accepted", ("accepted", "dispatched"), "Đ10.2a"),
        "instant_starts_from": ("received", ("received", "sent"), "Đ13 bước 1"),
        "unnamed_hours_clock": (*UNNAMED, "Đ5.2"),
        "day_counting": (*COUNTING, CIVIL_CODE_147_2),
        "info_request_pauses": (*PAUSES, "Đ6.5b; Đ10.1"),
    },
    "binhdinh-2021": EDGES | {
        "handle_starts_from": ("dispatched", ("dispatched", "accepted"), "Đ7.3"),
        "unnamed_hours_clock": (*UNNAMED, "Đ7.1a"),
        "day_counting": (*COUNTING, CIVIL_CODE_147_2),
        "info_request_pauses": (*PAUSES, "Đ6.1a"),
    },
    "binhphuoc-2022": {},
}  # fmt: skip

ALL = ("normal", "urgent", "instant")
# province, status, number, short title, urgency that limits bind, overdue (decided by, limits, article), extension (times, share, before due, article)
FACTS = {
    "soctrang-2024": ("94", "draft", "Dự thảo Quyết định số …/QĐ-UBND năm 2024", "Sóc Trăng 2024", ("normal", "instant"),
                      ("approved", ("handle",), "Đ8.5"), (1, None, True, "Đ8.3")),
    "soctrang-2022": ("94", "draft", "Dự thảo Quyết định số …/QĐ-UBND năm 2022", "Sóc Trăng 2022", ("normal", "urgent"),
                      ("approved", ("handle", "approve"), "Đ11.4"), (None, 0.5, True, "Đ10.2c")),
    "binhdinh-2021": ("52", "draft", "Quyết định số …/2021/QĐ-UBND", "Bình Định 2021", ALL, ("result", ("handle",), "Đ7.3"), None),
    "binhphuoc-2022": ("70", "enacted", "Quyết định số 444/QĐ-UBND năm 2022", "Bình Phước 2022", ALL, None, None),
}  # fmt: skip

UBND, HOME = ("UBND tỉnh",), ("Sở Nội vụ",)
BOTH, UP = ("Sở Nội vụ", "Sở Thông tin và Truyền thông"), ("UBND tỉnh", "Sở Thông tin và Truyền thông")
DISTRICT = ("UBND huyện", "Sở Thông tin và Truyền thông")
LAST = "before_day_of_last_month"
# id, period, basis, due (rule, day, month), to, article
REPORTS = {
    "soctrang-2024": [
        ("monthly", "month", "decree09", None, UBND, "Đ11.6; Đ11.8"),
        ("quarterly", "quarter", "decree09", None, UBND, "Đ11.6; Đ11.8"),
        ("yearly", "year", "decree09", None, UBND, "Đ11.6; Đ11.8"),
        ("yearly_home_affairs", "year", "decree09", None, HOME, "Đ11.7"),
        ("on_demand", None, None, None, UBND, "Đ11.6"),
        ("administrative_rules", None, None, None, ("Văn phòng Chính phủ",), "Đ13.2"),
    ],
    "soctrang-2022": [
        ("daily_brief", "day", "calendar", ("office_close_of_the_day", None, None), ("Lãnh đạo tỉnh (Zalo)",), "Đ28.1"),
        ("weekly", "week", "calendar", None, UP, "Đ28.3"),
        ("monthly", "month", "decree09", (LAST, 20, None), UBND, "Đ22.8"),
        ("quarterly", "quarter", "decree09", (LAST, 20, None), UBND, "Đ22.8"),
        ("yearly", "year", "decree09", (LAST, 20, None), UBND, "Đ22.8"),
        ("yearly_home_affairs", "year", "decree09", ("before_date", 30, 11), HOME, "Đ22.9"),
        ("quarterly_home_affairs", "quarter", "decree09", None, BOTH, "Đ28.4"),
        ("year_end_home_affairs", "year", "decree09", None, BOTH, "Đ28.4"),
        ("on_demand", None, None, None, UBND, "Đ28.3"),
        ("administrative_rules", None, None, None, ("Văn phòng Chính phủ",), "Đ24.2"),
    ],
    "binhdinh-2021": [
        ("weekly", "week", "calendar", None, UP, "Đ15.3"),
        ("monthly", "month", "decree09", (LAST, 20, None), UBND, "Đ12.6"),
        ("quarterly", "quarter", "decree09", (LAST, 20, None), UBND, "Đ12.6"),
        ("yearly", "year", "decree09", (LAST, 20, None), UBND, "Đ12.6"),
        ("half_yearly_home_affairs", "half", "decree09", None, HOME, "Đ12.7"),
        ("quarterly_home_affairs", "quarter", "decree09", None, BOTH, "Đ15.4"),
        ("on_demand", None, None, None, UBND, "Đ12.6"),
    ],
    "binhphuoc-2022": [
        ("monthly", "month", "decree09", (LAST, 30, None), UBND, "Đ15.5"),
        ("quarterly", "quarter", "decree09", (LAST, 30, None), UBND, "Đ15.5"),
        ("district_monthly", "month", "decree09", (LAST, 25, None), DISTRICT, "Đ17.6"),
        ("district_quarterly", "quarter", "decree09", (LAST, 25, None), DISTRICT, "Đ17.6"),
        ("half_yearly_review", "half", "decree09", None, ("sở, ngành, địa phương (họp giao ban)",), "Đ19"),
        ("yearly_review", "year", "decree09", None, ("sở, ngành, địa phương (tổng kết)",), "Đ19"),
        ("on_demand", None, None, None, UBND, "Đ15.5"),
    ],
}  # fmt: skip

# soctrang-2022 Đ15.3: id, figure, threshold, breached when, unit. The others classify nobody.
CLASSIFICATION = [
    ("directives", "directive_count", 3, "above", "count"),
    ("satisfaction", "satisfaction_pct", 70, "below", "percent"),
    ("unanswered_feedback", "unanswered_feedback_pct", 30, "above", "percent"),
    ("missed_calls", "missed_hotline_call_count", 5, "above", "count"),
    ("late_returns", "late_wrong_authority_return_pct", 20, "above", "percent"),
    ("results_without_content", "result_without_content_pct", 20, "above", "percent"),
    ("repeated_breaches", "repeated_report_pct", 20, "above", "percent"),
]
# soctrang-2022 Đ15.2
ESCALATIONS = [
    ("past_limit", "past_handle_limit_count", 0, "above", "count"),
    ("extended_no_result", "extended_without_result_count", 0, "above", "count"),
    ("satisfaction", "satisfaction_pct", 70, "below", "percent"),
    ("lack_of_responsibility", "missed_hotline_call_count", 0, "above", "count"),
]

# province -> (text, from, until, base, basis)
DEPLOYMENTS = {
    "94": [("soctrang-2022", "2022-01-01", "2022-11-01", None, "assumption"),
           ("soctrang-2024", "2022-11-01", "None", None, "assumption")],
    "52": [("binhdinh-2021", "2021-01-01", "None", None, "assumption")],
    "70": [("binhphuoc-2022", "2022-01-01", "None", "soctrang-2022", "assumption")],
    "NYC": [("nyc-2010", "2010-01-01", "None", None, "assumption")],
}  # fmt: skip

HOURS = {
    "94": [("2020-01-01", "None", "07:30-11:30 13:00-17:00", "assumption")],
    "52": [("2020-01-01", "None", "07:00-11:30 13:30-17:00", "decided")],
    "70": [("2020-01-01", "None", "07:00-11:30 13:30-17:00", "assumption")],
    "NYC": [("2010-01-01", "2036-01-01", "00:00-24:00", "assumption")],
}

# Weekdays off, day/month, from the list of each year; ! marks a Saturday worked.
DAYS_OFF = {
    2020: "1/1 23/1 24/1 27/1 28/1 29/1 2/4 30/4 1/5 2/9",
    2021: "1/1 10/2 11/2 12/2 15/2 16/2 21/4 30/4 3/5 2/9 3/9",
    2022: "3/1 31/1 1/2 2/2 3/2 4/2 11/4 2/5 3/5 1/9 2/9",
    2023: "2/1 20/1 23/1 24/1 25/1 26/1 1/5 2/5 3/5 1/9 4/9",
    2024: "1/1 8/2 9/2 12/2 13/2 14/2 18/4 29/4 30/4 1/5 !4/5 2/9 3/9",
    2025: "1/1 27/1 28/1 29/1 30/1 31/1 7/4 !26/4 30/4 1/5 2/5 1/9 2/9",
    2026: "1/1 2/1 !10/1 16/2 17/2 18/2 19/2 20/2 27/4 30/4 1/5 !22/8 31/8 1/9 2/9 24/11",
    2027: "1/1 4/2 5/2 8/2 9/2 10/2 16/4 30/4 3/5 2/9 3/9 24/11",
    2028: "3/1 25/1 26/1 27/1 28/1 31/1 4/4 1/5 2/5 4/9 5/9 24/11",
    2029: "1/1 12/2 13/2 14/2 15/2 16/2 23/4 30/4 1/5 3/9 4/9 26/11",
}
WORKED_FOR = {
    "4/5/2024": "29/4/2024",
    "26/4/2025": "2/5/2025",
    "10/1/2026": "2/1/2026",
    "22/8/2026": "31/8/2026",
}
UNDECIDED = {2027, 2028, 2029}
DOCUMENTS = {
    "BLLĐ 2012 Đ115", "BLLĐ 2012 Đ115; lịch nghỉ Tết 2020 được phê duyệt",
    "BLLĐ 2019 Đ112", "BLLĐ 2019 Đ111.3", "BLLĐ 2019 Đ111.3; Đ112",
    "BLLĐ 2019 Đ112; lịch nghỉ năm 2021 được phê duyệt", "BLLĐ 2019 Đ112; lịch nghỉ năm 2022 được phê duyệt",
    "BLLĐ 2019 Đ112; lịch nghỉ năm 2023 được phê duyệt", "BLLĐ 2019 Đ111.3; Đ112; lịch nghỉ năm 2023 được phê duyệt",
    "BLLĐ 2019 Đ112; lịch nghỉ năm 2024 được phê duyệt", "Công văn 2450/VPCP-KGVX",
    "Thông báo 6150/TB-BLĐTBXH", "BLLĐ 2019 Đ112; Thông báo 6150/TB-BLĐTBXH",
    "Công văn 12729/VPCP-KGVX ngày 25/12/2025", "Thông báo 9441/TB-BNV", "BLLĐ 2019 Đ112; Thông báo 9441/TB-BNV",
    "Nghị quyết 28/2026/QH16", "BLLĐ 2019 Đ111.3; Nghị quyết 28/2026/QH16", "Công văn 10065/VPCP-KGVX ngày 02/10/2026",
}  # fmt: skip

# id, kind, unit, better, article
DEFINITIONS = [
    ("received", "flow", "count", "neither", "2024 Đ7; 2022 Đ8"),
    ("dispatched", "flow", "count", "neither", "2024 Đ7.3; 2022 Đ9"),
    ("refused", "flow", "count", "neither", "2024 Đ3.6, Đ3.9; 2022 Đ8.3"),
    ("returned", "flow", "count", "lower", "2024 Đ8.1; 2022 Đ10.2a; Bình Định Đ7.3"),
    ("in_hand", "stock", "count", "neither", "2024 Đ8; 2022 Đ10"),
    ("due_soon", "stock", "count", "lower", "quy ước của sản phẩm"),
    ("overdue", "stock", "count", "lower", "2024 Đ8.5; 2022 Đ11.4"),
    ("done_on_time", "flow", "count", "higher", "2024 Đ8.3, Đ8.5; 2022 Đ10.2c, Đ11.4"),
    ("done_late", "flow", "count", "lower", "2024 Đ8.5; 2022 Đ11.4"),
    ("published", "flow", "count", "neither", "2024 Đ9; 2022 Đ12; Bình Định Đ9"),
    ("on_time_rate", "ratio", "percent", "higher", "2024 Đ8.5; 2022 Đ11.4, Đ15.2"),
    ("satisfaction", "ratio", "percent", "higher", "2024 Đ10.3; 2022 Đ14.3, Đ15.3; Bình Định Đ10.3"),
    ("rated_share", "ratio", "percent", "higher", "2024 Đ10.3; 2022 Đ14.3"),
    (
        "stage_on_time_rate",
        "ratio",
        "percent",
        "higher",
        "2024 Đ7-Đ10, Phụ lục II; 2022 Đ8-Đ17; Bình Định Đ6-Đ9",
    ),
]

# What set the office hours and the validity of the texts, in the order of the files.
HOURS_DOCUMENTS = [
    "Quy chế 2022 Đ5.2 nêu 07 giờ 30 và 17 giờ; giờ nghỉ trưa chưa có văn bản",
    "Thông báo 65/TB-SCT ngày 28/11/2018 (Sở Công Thương Bình Định)",
    "chưa có văn bản; lấy như Bình Định cho đến khi tỉnh quyết định",
    "không có lịch làm việc; thời gian tính liên tục vì hạn do kho nguồn đặt",
]
DEPLOYMENT_DOCUMENTS = [
    "dự thảo không ghi ngày", "dự thảo không ghi ngày", "bản đọc được không ghi ngày ký năm 2021",
    "bản quét không đọc được ngày ký năm 2022", "không có văn bản; hạn do kho nguồn đặt",
]  # fmt: skip

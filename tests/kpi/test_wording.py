"""Limits and steps in words, both languages."""

from datetime import datetime

import pytest

from kpi.clock import LOCAL
from kpi.deadlines import due_at
from kpi.rules import regulation
from kpi.wording import duration_text, limit_text, step_text
from kpi.worktime import calendar_for


@pytest.mark.parametrize(
    ("text", "stage", "vi", "en"),
    [
        ("soctrang-2024", "handle", "6 ngày làm việc", "6 working days"),
        ("soctrang-2024", "return_wrong", "1 ngày làm việc", "1 working day"),
        ("soctrang-2024", "receive", "4 giờ làm việc", "4 hours of office time"),
        ("binhdinh-2021", "accept", "30 phút làm việc", "30 minutes of office time"),
        ("soctrang-2022", "supply", "48 giờ liên tục theo đồng hồ", "48 hours by the clock"),
        ("soctrang-2022", "call_transfer", "20 giây liên tục theo đồng hồ", "20 seconds by the clock"),
    ],
)
def test_limits(text, stage, vi, en):
    limit = regulation(text).stage(stage)
    assert (limit_text(limit), limit_text(limit, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (5400, "1 giờ 30 phút", "1 hour 30 minutes"),
        (3661, "1 giờ 1 phút 1 giây", "1 hour 1 minute 1 second"),
        (0, "0 phút", "0 minutes"),
    ],
)
def test_durations(seconds, vi, en):
    assert (duration_text(seconds), duration_text(seconds, "en")) == (vi, en)


def told(stage: str, start: datetime, lang: str = "vi", text: str = "soctrang-2024") -> list[str]:
    limit = regulation(text).stage(stage)
    return [step_text(step, limit, lang) for step in due_at(start, limit, calendar_for("94")).steps]


def test_hours_in_words():
    assert told("receive", datetime(2024, 5, 3, 16, 0, 30, tzinfo=LOCAL)) == [
        "thứ Sáu 03/05/2024 16:00:30–17:00: tính 59 phút 30 giây, làm việc",
        "thứ Sáu 03/05/2024 17:00–24:00: không tính, đã hết giờ làm việc",
        "thứ Bảy 04/05/2024 00:00–07:30: không tính, chưa đến giờ làm việc",
        "thứ Bảy 04/05/2024 07:30–10:30:30: tính 3 giờ 30 giây, làm việc: làm bù cho ngày 29/04/2024"
        " (Công văn 2450/VPCP-KGVX)",
    ]


def test_days_in_words():
    assert told("return_wrong", datetime(2024, 4, 17, 9, tzinfo=LOCAL)) == [
        "thứ Tư 17/04/2024: không tính, ngày bắt đầu (Bộ luật Dân sự Đ147.2)",
        "thứ Năm 18/04/2024: không tính, nghỉ lễ: Giỗ Tổ Hùng Vương (BLLĐ 2019 Đ112)",
        "thứ Sáu 19/04/2024: ngày thứ 1/1, làm việc",
    ]
    assert told("return_wrong", datetime(2024, 3, 9, 9, tzinfo=LOCAL), "en") == [
        "Sat 09/03/2024: not counted, start day (Civil Code art. 147.2)",
        "Sun 10/03/2024: not counted, weekend",
        "Mon 11/03/2024: day 1 of 1, worked",
    ]


def test_the_clock_in_words():
    assert told("supply", datetime(2024, 2, 9, 10, tzinfo=LOCAL), text="soctrang-2022") == [
        "thứ Sáu 09/02/2024 10:00–10:00 11/02/2024: tính 48 giờ, tính liên tục, kể cả ngoài giờ"
    ]

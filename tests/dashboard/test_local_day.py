"""The product's day is the day in Asia/Ho_Chi_Minh: between 00:00 and 07:00 there, the day in UTC is still yesterday."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from dashboard import ask, runtime
from dashboard.exports.stamp import data_lines, scope_line
from dashboard.filterbar import offered_periods
from dashboard.names import Names
from dashboard.wall.read import trend_periods
from kpi.clock import Clock
from kpi.periods import Period
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for

# 15/11/2024 (a Friday) opens the period "Tháng 12/2024" of Nghị định 09/2019; the last closed month is then 11/2024.
EARLY = [datetime(2024, 11, 14, 17, 30, tzinfo=UTC), datetime(2024, 11, 14, 23, 59, tzinfo=UTC)]
NOBODY = Names.of({"units": [], "places": [], "categories": []})


@pytest.fixture(params=EARLY, ids=["00:30", "06:59"])
def question(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, as_role: Callable[[str], None]
) -> ask.Question:
    """What a page without a period in its address is asked at that minute."""
    holder = SimpleNamespace(
        clock=Clock(fixed_at=request.param), hub=SimpleNamespace(run_id=1, instant=lambda: request.param)
    )
    monkeypatch.setattr(runtime, "current", lambda: holder)
    as_role("leader")
    return ask.ask({"search": ""})


def test_the_default_period_is_that_of_the_local_day(question: ask.Question) -> None:
    assert question.today == date(2024, 11, 15)
    assert question.filters.period.code == "2024-11"
    assert question.filters.period.last_on == date(2024, 11, 14)


def test_the_periods_offered_begin_with_the_running_one(question: ask.Question) -> None:
    offered = offered_periods(question)
    assert offered[0].code == "2024-12"  # opened at 00:00
    assert next(period for period in offered if period.kind == "day").start_on == date(2024, 11, 15)


def test_the_walls_line_ends_with_the_month_just_closed(question: ask.Question) -> None:
    assert trend_periods(question.today)[-1].code == "2024-11"


def test_a_file_says_the_province_and_text_of_the_local_day() -> None:
    """On 1/7/2025 at 00:30 Sóc Trăng is Cần Thơ; a period that begins on 1/11/2022 stands under that day's text."""
    at = datetime(2025, 6, 30, 17, 30, tzinfo=UTC)
    assert "Cần Thơ" in scope_line(Scope("94", "leader"), NOBODY, at)[1]
    period = Period("month", 2022, 11, basis="calendar")
    window = Window.of(period, datetime(2022, 12, 5, tzinfo=UTC), calendar_for("94"))
    utc = Window(window.start_at.astimezone(UTC), window.end_at, window.at, window.soon_until)
    (text,) = [
        words for label, words in data_lines([], [], Scope("94", "leader"), utc) if label == "Văn bản áp dụng"
    ]
    assert "soctrang-2024" in text

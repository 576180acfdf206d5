"""Words, numbers, dates and working time as the screen writes them."""

import re
from datetime import UTC, date, datetime

import pytest

from dashboard import text


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1018, 0, "1.018"),
        (1234.5, 1, "1.234,5"),
        (-0.2, 1, "−0,2"),  # a true minus
        (-0.04, 1, "0,0"),  # never "−0,0"
        (0, 0, "0"),
        (1234567, 0, "1.234.567"),
        (None, 0, "–"),
    ],
)
def test_number(value, decimals, written) -> None:
    assert text.number(value, decimals) == written


def test_percent_and_points() -> None:
    assert text.percent(907 / 967) == "93,8\u00a0%"  # 907 / 967 = 0.93795
    assert text.percent(None) == "–"
    assert text.points(-0.024) == "2,4 điểm"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (9 * 8 * 3600, "9 ngày làm việc"),
        (6000, "1 giờ 40 phút làm việc"),  # 6000 s = 3600 + 2400
        (4 * 8 * 3600 + 2 * 3600 + 59 * 60, "4 ngày 2 giờ làm việc"),  # the two largest units, rounded down
        (59, "0 phút làm việc"),
    ],
)
def test_working_time(seconds, written) -> None:
    assert text.working_time(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(60, "1 phút"), (10500, "2 giờ 55 phút"), (7200, "2 giờ"), (47 * 3600, "47 giờ"), (72 * 3600, "3 ngày")],
)
def test_age(seconds, written) -> None:
    assert text.age(seconds) == written


def test_instants_are_shown_in_vietnam() -> None:
    at = datetime(2024, 11, 20, 17, 35, tzinfo=UTC)  # Thursday 21/11 00:35 at +07:00
    assert text.instant(at) == "00:35 21/11/2024"
    assert text.clock_time(at) == "00:35"
    assert text.weekday(date(2024, 11, 20)) == "Thứ Tư"
    assert text.weekday_short(date(2024, 11, 24)) == "CN"  # Sunday


def test_every_key_that_the_code_names_exists() -> None:
    """t("…") with a plain key: each must stand in words/*.yaml."""
    known = text.words()
    named = set()
    for file in text.WORDS.parent.rglob("*.py"):
        named |= set(re.findall(r'\bt\(\s*"([a-z0-9_.]+)"', file.read_text(encoding="utf-8")))
    assert len(named) > 100
    assert sorted(named - set(known)) == []


def test_placeholders_agree_in_both_languages() -> None:
    for key, entry in text.words().items():
        holes = {name: set(re.findall(r"\{(\w+)\}", words)) for name, words in entry.items()}
        assert holes["vi"] == holes["en"], key


def test_english_by_switch() -> None:
    token = text.language.set("en")
    try:
        assert text.t("state.overdue") == "Overdue"
        assert text.number(1234.5, 1) == "1.234,5"  # figures are the same in both
    finally:
        text.language.reset(token)


def test_a_working_day_is_as_long_as_in_the_deployments_province():
    """15,360 hours are 1,920 days of 8 hours, or 640 days round the clock."""
    assert text.working_amount(15_360 * 3600) == "1.920 ngày"
    text.use_working_day(24 * 3600)
    try:
        assert text.working_amount(15_360 * 3600) == "640 ngày"
    finally:
        text.use_working_day(text.WORKING_DAY_S)


def test_words_where_time_runs_round_the_clock() -> None:
    """No working hours there: 'giờ', not 'giờ làm việc'; the variants stand in words/round_the_clock.yaml."""
    known = text.words()
    variants = [key for key in known if key.endswith(".clock")]
    assert [key for key in variants if key.removesuffix(".clock") not in known] == []
    for key in variants:
        assert "làm việc" not in known[key]["vi"], key
        assert "working" not in known[key]["en"], key
    assert text.t("overview.soon_hours") == "trong 8 giờ làm việc tới"
    text.use_working_day(text.DAY_S)
    try:
        assert text.t("overview.soon_hours") == "trong 8 giờ tới"
        assert text.working_time(27 * 3600) == "1 ngày 3 giờ"  # 24 + 3
        words_left = {key for key in known if "làm việc" in text.t(key)}
        assert words_left == {"report.legend_on"}  # the legend of what is shaded: nothing is, it is not drawn
    finally:
        text.use_working_day(text.WORKING_DAY_S)


def test_words_of_a_text_that_is_none() -> None:
    assert (
        text.of_text("overview.regulation", "Sóc Trăng 2024", due_by_store=False) == "Quy chế Sóc Trăng 2024"
    )
    assert text.of_text("overview.regulation", "-", due_by_store=True) == "Hạn do kho nguồn đặt"

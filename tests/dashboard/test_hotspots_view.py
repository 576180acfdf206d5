"""Words of hot spots: verdicts in words, small p, the period that the layer opens with, the step of the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.ask import Question
from dashboard.hotspots_drawer import p_words, verdict_words, weeks_bars
from dashboard.hotspots_read import held, place_of
from dashboard.hotspots_view import cell_metres, query_for
from dashboard.static_html import to_html
from kpi.before_after import BeforeAfter, RateRatio, Verdict
from kpi.cells import Cell
from kpi.filters import FilterError, Filters
from kpi.hotspots import Weeks
from kpi.periods import Period
from kpi.queries.window import Window
from kpi.scope import Scope

NOW = datetime(2024, 11, 20, 7, 38, tzinfo=UTC)  # 14:38 in Vietnam


def question(period: Period, **filters: str) -> Question:
    window = Window(period.start_at, period.end_at, NOW, NOW)
    return Question(Scope("94", "leader"), Filters(period, **filters), window, run_id=9)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("too_early", "2 sau khi khép, 12 trước đó; mới 6 ngày, còn quá sớm để nói."),
        ("still_open", "Còn 3 phản ánh chưa khép, chưa kết luận."),
        ("fell", "Giảm rõ: 2 sau khi khép, 12 trước đó."),
        ("rose", "Tăng rõ: 2 sau khi khép, 12 trước đó."),
        ("unclear", "Chưa khác rõ: 2 sau khi khép, 12 trước đó."),
    ],
)
def test_verdict_in_words(verdict: Verdict, words: str) -> None:
    change = BeforeAfter(NOW, timedelta(days=6.9), 12, 2, 3, None, RateRatio.of(12, 2), verdict)
    assert verdict_words(change) == words


@pytest.mark.parametrize(("p", "words"), [(0.0, "dưới 0,001"), (0.00099, "dưới 0,001"), (0.0123, "0,012")])
def test_small_chances(p: float, words: str) -> None:
    assert p_words(p) == words


@pytest.mark.parametrize(
    ("period", "opens"),
    [
        (Period("month", 2024, 11), "period=2024-Q4"),  # 15/10 to 14/11, in the quarter from 15/09 to 14/12
        (Period("month", 2024, 12), "period=2024-Q4"),  # runs: today's quarter
        (Period("week", 2024, 30), "period=2024-Q3"),  # 22 to 28 July, in 15/06 to 14/09
        (Period("month", 2024, 10, "calendar"), "period=2024-Q4&basis=calendar"),
        (Period("year", 2024), "period=2024"),
        (Period("half", 2024, 1), "period=2024-H1"),
    ],
)
def test_the_layer_opens_on_a_quarter(period: Period, opens: str) -> None:
    assert query_for(question(period, district="941")) == f"{opens}&district=941"


def test_what_is_held_for_how_long() -> None:
    running, over = (
        held(question(Period("quarter", 2024, 4), field="MT")),
        held(question(Period("quarter", 2024, 3))),
    )
    assert running.at == NOW - timedelta(minutes=3)
    assert over.at == NOW - timedelta(minutes=38)
    assert (running.run_id, running.filters) == (0, Filters(Period("quarter", 2024, 4)))
    just_over = question(Period("day", 2024, 325))
    ended = replace(just_over, window=replace(just_over.window, end_at=NOW - timedelta(minutes=5)))
    assert held(ended).at == NOW - timedelta(minutes=5)  # not 38 minutes back, when it still ran
    assert not held(ended).window.is_open


@pytest.mark.parametrize("key", ["", "MT", "9.604_105.975~MT", "<script>~MT"])
def test_a_key_that_names_no_cell_is_refused(key: str) -> None:
    with pytest.raises(FilterError, match="hot="):
        place_of(key)


def test_key_and_cell() -> None:
    assert place_of("9.620_105.965~MT") == (Cell.parse("9.620_105.965"), "MT")
    assert cell_metres() == "550"


def test_weeks_are_bars_from_zero_with_every_number_in_the_table() -> None:
    weeks = Weeks(Period("month", 2024, 11).start_at, Period("month", 2024, 11).end_at)
    html = to_html(weeks_bars([1, 0, 4, 2, 4], weeks))
    assert html.count('class="hot-bar"') == 5
    assert [f"height:{n}%" in html for n in (25, 0, 100, 50)] == [True] * 4
    assert html.count("hot-top") == 1  # the first of the highest
    assert "Số phản ánh mỗi tuần từ 14/10/2024 đến 11/11/2024, nhiều nhất 4" in html  # Mondays
    assert html.count("<tr>") == 6

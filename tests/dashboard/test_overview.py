"""The overview's cards from rows: full, empty, too few, open period, English; every figure has its list."""

import json
from dataclasses import replace
from datetime import date

import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from dashboard import flows, overview_read, text
from dashboard.ask import Question, default_period, province_calendar
from dashboard.callbacks.overview import cards
from dashboard.figure_notes import Note, draw_notes
from dashboard.names import Names
from dashboard.overview_cards import View, rate_words
from dashboard.overview_places import class_of
from dashboard.overview_read import Stock
from dashboard.overview_tables import axis_low
from dashboard.overview_trend import points_of
from dashboard.overview_trend import trend as trend_card
from dashboard.time_notes import notes
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import figures
from kpi.queries.run import gather_sync
from kpi.queries.window import Window
from kpi.rates import Rate
from tests import synthetic_facts as synthetic

from .conftest import Served, scope_of

NO_NAMES = Names.of({"units": [], "places": [], "categories": []})
OCTOBER = Period("month", 2024, 10)


def question_of(role: str = "leader", period: Period = OCTOBER, province: str = "94") -> Question:
    scope = scope_of(role)
    window = Window.of(period, synthetic.NOW, province_calendar(province))
    return Question(scope, Filters(period).within(scope), window, run_id=1)


def words_in(parts: list[Component]) -> str:
    return json.dumps(
        [part.to_plotly_json() for part in parts],
        default=lambda part: part.to_plotly_json(),
        ensure_ascii=False,
    )


def view_of(served: Served, question: Question) -> View:
    rows = gather_sync(served.engine, question.scope, overview_read.statements(question))
    plain = {name: [dict(row) for row in found] for name, found in rows.items()}
    return View(question, NO_NAMES, overview_read.read(question, plain))


def empty_view(period: Period = OCTOBER) -> View:
    question = question_of(period=period)
    rows: dict[str, list] = {name: [] for name in overview_read.statements(question)}
    rows["trend"] = [
        {"place": place, "received": 0, "on_time": 0, "judged": 0}
        for place in range(overview_read.TREND_PERIODS)
    ]
    return View(question, NO_NAMES, overview_read.read(question, rows))


@pytest.mark.server
@pytest.mark.parametrize("role", ["leader", "analyst", "home_affairs", "district", "unit", "admin"])
@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "half", "nine_months", "year"])
def test_every_role_and_kind_of_period_draws(served: Served, as_role, role: str, kind: str) -> None:
    as_role(role)
    number = {"day": 325, "week": 46, "month": 10, "quarter": 3}.get(kind, 1)
    period = Period(kind, 2024, number)
    parts = cards(view_of(served, question_of(role, period)))
    assert len(parts) >= 7


@pytest.mark.server
def test_the_parts_add_up_to_the_whole(served: Served) -> None:
    figures = view_of(served, question_of()).figures
    assert figures.flow.received > 100
    assert sum(part.received for part in figures.places) == figures.flow.received
    assert sum(part.received for part in figures.fields) == figures.flow.received
    assert sum(part.on_time.denominator for part in figures.fields) == figures.flow.on_time.denominator
    assert sum(part.overdue for part in figures.units) == figures.stock.overdue
    assert sum(part.overdue for part in figures.places) == figures.stock.overdue
    assert figures.trend[-1].received == figures.flow.received
    assert figures.trend[-2].on_time == figures.previous.on_time


@pytest.mark.server
@pytest.mark.parametrize("role", ["leader", "district", "unit"])
def test_what_is_in_hand_is_counted_by_place_and_adds_up(served: Served, role: str) -> None:
    question = question_of(role)
    window, found = question.window, view_of(served, question).figures

    def counted(at: Window) -> dict:
        return gather_sync(served.engine, question.scope, {"now": figures.now(question.filters, at)})["now"][
            0
        ]

    now = counted(window)
    assert found.stock == Stock(now["in_hand"], now["due_soon"], now["overdue"], now["oldest_due_at"])
    assert found.stock.overdue > 0
    assert found.overdue_yesterday == counted(window.a_day_before())["overdue"]


@pytest.mark.server
def test_what_is_in_hand_stands_before_its_period_is_counted(served: Served, as_role) -> None:
    as_role("leader")
    question = question_of()
    whole = view_of(served, question).figures
    stocks = {n: s for n, s in overview_read.statements(question).items() if n.startswith(flows.STOCKS)}
    rows = gather_sync(served.engine, question.scope, stocks)
    found = overview_read.read(question, {name: [dict(row) for row in of] for name, of in rows.items()})
    assert (found.stock, found.overdue_yesterday) == (whole.stock, whole.overdue_yesterday)
    said = words_in(cards(View(question, NO_NAMES, found), is_counting=True))
    assert text.number(found.stock.overdue) in said
    assert '"data-counted": "first"' in said  # the page asks again
    assert "state=judged" not in said  # and shows no figure of the period
    assert "0 trên 0" not in said


@pytest.mark.server
def test_every_figure_opens_its_list(served: Served, as_role) -> None:
    as_role("leader")
    said = words_in(cards(view_of(served, question_of())))
    for state in ("received", "judged", "rated", "overdue", "due_soon"):
        assert f"/reports?period=2024-10&state={state}" in said
    assert "/reports?period=2024-10&state=stage_judged&stage=dispatch" in said


def test_a_mark_of_the_trend_chooses_its_period_and_keeps_the_other_filters(as_role) -> None:
    as_role("leader")
    view = empty_view()
    filters = view.question.filters.with_(field="giao_thong", district="941")
    points = points_of(View(replace(view.question, filters=filters), view.names, view.figures))
    kept = "district=941&field=giao_thong"
    assert points[0].count_href == points[0].rate_href == f"?period=2023-11&{kept}"
    assert points[-2].count_href == f"?period=2024-09&{kept}"
    assert points[-1].count_href == f"/reports?period=2024-10&{kept}&state=received"
    assert points[-1].rate_href == f"/reports?period=2024-10&{kept}&state=judged"


def test_marks_of_the_trend_carry_their_links_and_the_table_has_them_too(as_role) -> None:
    as_role("leader")
    card = trend_card(empty_view(Period("month", 2024, 10, "calendar")))
    (chart,) = [part for part in card._traverse() if hasattr(part, "data-figure")]
    figure = json.loads(getattr(chart, "data-figure"))
    linked = {href for trace in figure["data"] for href in trace["customdata"]}
    assert len(linked) == 11 + 2  # eleven other periods, and two lists of the chosen one
    said = {part.href for part in card._traverse() if type(part).__name__ == "A"}
    assert linked <= said  # without a pointer the same ways are open
    assert "?period=2024-09&basis=calendar" in linked


def test_an_empty_mart_is_said_never_a_false_rate(as_role) -> None:
    as_role("leader")
    said = words_in(cards(empty_view()))
    assert "Không có phản ánh quá hạn." in said
    assert "Chưa có đánh giá" in said
    assert "Không có phản ánh nào trong kỳ và địa bàn này." in said
    for false_rate in ('"0,0"', '"100,0"', "0,0\u00a0%", "100,0\u00a0%"):
        assert false_rate not in said


def test_an_open_period_is_not_compared_by_count(as_role) -> None:
    as_role("leader")
    said = words_in(cards(empty_view(Period("month", 2024, 12))))  # 15/11 to 14/12, now is 20/11
    assert "Đang mở, chốt 15/12/2024" in said
    assert "kỳ đang mở, so sánh khi chốt" in said


def test_english(as_role) -> None:
    as_role("leader")
    token = text.language.set("en")
    try:
        assert "No overdue reports." in words_in(cards(empty_view()))
    finally:
        text.language.reset(token)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Rate(907, 967), ("93,8", "%")),
        (Rate(7, 8), ("7 trên 8", "")),
        (Rate(0, 0), ("–", "")),
        (Rate(0, 10), ("0,0", "%")),
    ],
)
def test_rate_words(rate: Rate, words: tuple[str, str]) -> None:
    assert rate_words(rate) == words


@pytest.mark.parametrize(
    ("pct", "level"), [(89.9, 4), (90, 3), (92.9, 3), (93, 2), (95, 1), (96.9, 1), (97, 0), (100, 0)]
)
def test_classes_of_the_map_are_fixed(pct: float, level: int) -> None:
    assert class_of(Rate(round(pct * 10), 1000)) == level


def test_too_few_have_no_class() -> None:
    assert class_of(Rate(9, 9)) is None


@pytest.mark.parametrize(
    ("lowest", "low"), [(86.4, 80), (78.7, 70), (71.9, 60), (72.0, 70), (100.0, 80), (1.0, 0)]
)
def test_axis_of_the_dots_starts_at_a_round_value_below_the_lowest(lowest: float, low: int) -> None:
    assert axis_low([Rate(round(lowest * 10), 1000)]) == low


def test_notes_of_the_time_line() -> None:
    said = notes("94", date(2022, 1, 15), date(2022, 12, 15))
    assert [note.label for note in said] == [
        "Tết 29/01–06/02",
        "Quy chế mới",
    ]  # Saturday 29/01 to Sunday 06/02/2022
    assert said[1].from_on == date(2022, 11, 1)
    assert notes("no such province", date(2023, 3, 1), date(2023, 4, 1)) == []
    assert notes("94", date(2001, 1, 1), date(2024, 1, 1))  # no text is known for its first day


def test_default_period_is_the_last_closed_month() -> None:
    assert default_period(synthetic.NOW.date()) == Period(
        "month", 2024, 11
    )  # 15/10 to 14/11, closed on 15/11


def test_days_of_change_are_marked_on_the_time_line() -> None:
    """Sóc Trăng: Phường 9 went into Phường 1 on 1/9/2024; districts ended on 1/7/2025. Lines, in their order."""
    text.language.set("vi")
    said = notes("94", date(2024, 8, 15), date(2025, 8, 15))
    assert [note.label for note in said if note.is_line] == ["Địa giới đổi 01/09", "Bỏ cấp huyện 01/07"]
    assert [note.from_on for note in said] == sorted(note.from_on for note in said)
    assert any(note.label.startswith("Tết") for note in said)
    assert not any(note.is_line for note in notes("94", date(2025, 7, 2), date(2026, 7, 1)))


def test_a_line_stands_at_its_day_and_names_do_not_collide() -> None:
    months = [Period("month", 2025, month, "calendar") for month in range(1, 13)]
    figure = go.Figure()
    july, august = (Note(str(m), date(2025, m, 1), date(2025, m, 1), is_line=True) for m in (7, 8))
    draw_notes(
        figure,
        [(m.start_on, m.end_on) for m in months],
        [july, august],
        dict.fromkeys(("ink-2", "ink-3"), "#000"),
    )
    assert [(shape.type, shape.x0) for shape in figure.layout.shapes] == [
        ("line", 5.5),
        ("line", 6.5),
    ]  # January is 0
    first, second = figure.layout.annotations
    assert second.yshift < first.yshift

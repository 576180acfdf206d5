"""The overview's card of the last periods: chart, and the same as a table. Pure; drawn by callbacks/overview.py."""

from functools import lru_cache

from dash import html
from dash.development.base_component import Component

from dashboard import access, figures, headlines
from dashboard.components import Child, Column, card, graph, link, table
from dashboard.figure_notes import Note
from dashboard.ground_words import series_words
from dashboard.headlines import MARK_PCT, is_enough
from dashboard.overview_cards import View, period_short
from dashboard.overview_read import TrendPoint
from dashboard.overview_tables import rate_cell
from dashboard.text import language, number, t
from dashboard.time_notes import notes
from dashboard.tokens import Scheme
from kpi.periods import Period

TREND_PX = 218
CHARTS_HELD = 128


def trend(view: View) -> Component:
    """On-time rate and reports received over twelve periods."""
    points = points_of(view)
    rates = [point.on_time for point in view.figures.trend]
    period = view.question.filters.period
    title = headlines.trend(rates, period_short(period.previous()))
    marks = notes(view.question.scope.province_code, points[0].start_on, points[-1].end_on)
    chart = _chart(tuple(points), tuple(marks), access.current().scheme, language.get())
    sub = t("overview.trend_sub", count=len(points), kind=t(f"overview.trend_kind.{period.basis}"))
    ground = series_words(view.question, points[0].start_on, points[-1].end_on)
    sub = f"{sub}; {ground}" if ground else sub
    spoken = "; ".join(
        f"{point.name}: {number(point.rate_pct, 1)} %, {number(point.count)}" for point in points
    )
    drawn = graph(chart, f"{title}. {spoken}", has_links=True, height=TREND_PX)
    return card(title, [drawn, _as_table(view, title)], sub, class_name="span-6 phone-3")


@lru_cache(CHARTS_HELD)
def _chart(points: tuple[figures.Point, ...], marks: tuple[Note, ...], scheme: Scheme, _language: str) -> str:
    """The chart as JSON: made anew only where a figure, the theme or the language is another."""
    return str(figures.trend(points, marks, MARK_PCT, scheme, TREND_PX).to_json())


def points_of(view: View) -> list[figures.Point]:
    """The periods as the chart draws them. A mark chooses its period; those of the chosen one open their list."""
    chosen = view.question.filters.period
    second = view.figures.trend[1].period
    return [
        figures.Point(
            label=_tick(point.period, place, second),
            name=point.period.label(language.get()),
            start_on=point.period.start_on,
            end_on=point.period.end_on,
            count=point.received,
            rate_pct=point.on_time.pct if is_enough(point.on_time) else None,
            count_href=_list(view, point, "received") if point.period == chosen else _choice(view, point),
            rate_href=_list(view, point, "judged") if point.period == chosen else _choice(view, point),
            hint=t("overview.click_list" if point.period == chosen else "overview.click_period"),
        )
        for place, point in enumerate(view.figures.trend)
    ]


def _choice(view: View, point: TrendPoint) -> str:
    """The same page, of this period."""
    return f"?{view.question.filters.with_(period=point.period).query()}"


def _list(view: View, point: TrendPoint, state: str) -> str:
    """The reports behind a figure of this period."""
    return f"/reports?{view.question.filters.with_(period=point.period, state=state).query()}"


def _tick(period: Period, place: int, second: Period) -> str:
    """'02'; at the first place and in the first month of a year with the year below; other kinds by their number."""
    if period.kind == "month":
        has_room = second.number != 1  # two years side by side would not fit on a phone
        is_named = period.number == 1 or (place == 0 and has_room)
        return f"{period.number:02}<br>{period.year}" if is_named else f"{period.number:02}"
    if period.kind == "quarter":
        return f"Q{period.number}/{period.year % 100:02}"
    return period.code if period.kind in ("year", "half", "nine_months") else f"{period.start_on:%d/%m}"


def _as_table(view: View, title: str) -> Component:
    """The chart's figures and links for whoever cannot see or point: newest first."""
    columns = [
        Column("period", t("overview.col.period"), class_name="one-line"),
        Column("received", t("overview.col.received"), numeric=True),
        Column("rate", t("overview.col.on_time"), numeric=True),
    ]
    rows = [_row(view, point) for point in reversed(view.figures.trend)]
    summary = html.Summary(t("say.as_table"))
    return html.Details([summary, table(columns, rows, caption=title)], className="as-table")


def _row(view: View, point: TrendPoint) -> dict[str, Child]:
    return {
        "period": point.period.label(language.get()),
        "received": link(number(point.received), _list(view, point, "received"), "cell-link"),
        "rate": link(rate_cell(point.on_time), _list(view, point, "judged"), "cell-link"),
        "_href": _choice(view, point),
    }

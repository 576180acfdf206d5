"""Hot spots beside the map: the list in order of certainty, the legend. Pure."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import CURRENT, HIDDEN, attributes, empty, link, segment
from dashboard.hotspots_read import Found
from dashboard.names import Names
from dashboard.text import number, on, t
from kpi.cells import CELL_DEGREES
from kpi.clock import LOCAL
from kpi.filters import UNKNOWN
from kpi.hotspots import HotSpot, Rule
from kpi.periods import Period, period_of

MOST_SHOWN = 60
KINDS = ("month", "quarter", "half", "year")
METRES_PER_DEGREE = 110_600
"""Of latitude, about 10 to 20° N."""
QueryOf = Callable[..., str]
"""The address with some of the page's own keys changed: query_of(hot="…", report=None)."""


def cell_metres() -> str:
    """'550': side of a cell, north to south."""
    return number(round(CELL_DEGREES * METRES_PER_DEGREE, -1))


def ratio_class(spot: HotSpot, rule: Rule) -> int:
    """0, 1, 2 …: the class of its mark."""
    return sum(spot.ratio >= bound for bound in rule.ratio_classes)


def statistic(rule: Rule, weeks_needed: int) -> str:
    """The statistic by its name."""
    return t("hotspots.test", fdr=_plain(rule.false_discovery_pct), needed=weeks_needed)


# ---------------------------------------------------------------------- list


def query_for(question: Question) -> str:
    """The filters with which the layer opens: a month becomes its quarter, for it has few weeks to come back in."""
    period = question.filters.period
    if period.kind not in ("day", "week", "month"):
        return question.filters.query()
    quarter = period_of("quarter", _last_day(question), period.basis)
    return question.filters.with_(period=quarter).query()


def _last_day(question: Question) -> date:
    return min(question.filters.period.last_on, question.today)


def head(question: Question, found: Found, names: Names, query_of: QueryOf) -> list[Component]:
    """How many, of which period, by which statistic; choices of the period."""
    every, shown = len(found.every), len(found.shown)
    title = t("hotspots.list.some" if every else "hotspots.list.none", n=number(every))
    if question.filters.field or question.filters.commune:
        title = t("hotspots.list.chosen", shown=number(shown), n=number(every))
    bounds = question.filters.period
    last = min(question.window.until_at.astimezone(LOCAL).date(), bounds.last_on)
    when = t(
        "hotspots.list.period",
        start=on(bounds.start_on),
        end=on(last),
        weeks=number(found.weeks.count),
        ground=ground_words(question, names),
    )
    is_cut = bool(question.filters.unit or question.filters.state)
    more = [html.P(t("hotspots.list.left_out"))] if is_cut else []
    return [html.H2(title), html.P(when), *more, periods(question, query_of)]


def ground_words(question: Question, names: Names) -> str:
    """What every place is held against: 'toàn tỉnh', 'TP Sóc Trăng'."""
    district = question.filters.district
    if district == UNKNOWN:
        return t("name.no_place")
    return names.district(district) if district else t("hotspots.ground.province")


def periods(question: Question, query_of: QueryOf) -> Component:
    """Month, quarter, half and year about the chosen period's last day, and the one before."""
    period = question.filters.period
    offered = [period_of(kind, _last_day(question), period.basis) for kind in KINDS]
    links = [
        segment(t(f"hotspots.kind.{each.kind}"), _at(question, each, query_of), each == period)
        for each in offered
    ]
    before = link(t("hotspots.previous"), f"?{_at(question, period.previous(), query_of)}", "hot-previous")
    return html.Div([html.Div(links, className="segmented"), before], className="hot-periods")


def _at(question: Question, period: Period, query_of: QueryOf) -> str:
    return query_of(hot=None, filters=question.filters.with_(period=period).query())


def rows(found: Found, names: Names, query_of: QueryOf, chosen: str) -> list[Component]:
    """One link per spot, the least likely by chance first; says so when there is none."""
    if not found.shown:
        key = "hotspots.list.short" if found.weeks.count < found.weeks_needed else "hotspots.list.empty"
        words = t(key, needed=found.weeks_needed, weeks=found.weeks.count)
        return [html.Li(empty(words))]
    made: list[Component] = [
        html.Li(_row(spot, found, names, query_of(hot=spot.key, report=None), spot.key == chosen))
        for spot in found.shown[:MOST_SHOWN]
    ]
    rest = len(found.shown) - MOST_SHOWN
    more = html.Li(t("hotspots.list.rest", n=number(rest)), className="map-rest")
    return [*made, more] if rest > 0 else made


def _row(spot: HotSpot, found: Found, names: Names, query: str, chosen: bool) -> Component:
    weeks = t("hotspots.row.weeks", weeks=number(spot.week_count), of=number(found.weeks.count))
    last = t("hotspots.row.last", on=on(spot.group.last_at.astimezone(LOCAL).date()))
    body = [
        html.Div(count_words(spot), className="map-row-time"),
        html.Div(place_words(spot, names), className="map-row-title"),
        html.Div([week_strip(spot, found.weeks.count), weeks], className="map-row-meta hot-weeks"),
        html.Div(f"{expected_words(spot)} · {last}", className="map-row-meta"),
    ]
    current = CURRENT if chosen else {}
    mark = html.Span(className=f"hot hot-{ratio_class(spot, found.rule)}", **HIDDEN)
    return link(
        [html.Span(mark, className="hot-slot"), html.Div(body)], f"?{query}", "map-row-hot", **current
    )


def count_words(spot: HotSpot) -> str:
    """'36 phản ánh, gấp 5,8 lần'."""
    return t("hotspots.row.count", n=number(spot.group.n), ratio=number(spot.ratio, 1))


def expected_words(spot: HotSpot) -> str:
    """'mức chung 6,2'."""
    return t("hotspots.row.expected", expected=number(spot.expected, 1))


def place_words(spot: HotSpot, names: Names) -> str:
    """'Môi trường, rác thải, Phường 2, TP Sóc Trăng': where most of its reports lie."""
    return t("hotspots.place", field=names.field(spot.group.field), place=address(spot, names))


def address(spot: HotSpot, names: Names) -> str:
    """'Phường 2, TP Sóc Trăng'."""
    codes = {"commune_code": spot.group.commune_code, "district_code": spot.group.district_code}
    return names.address(codes)


def week_strip(spot: HotSpot, count: int) -> Component:
    """A tick per week of the period, filled where a report came."""
    ticks = [
        html.Span(className="hot-tick is-on" if spot.group.weeks >> week & 1 else "hot-tick")
        for week in range(count)
    ]
    return html.Span(ticks, className="hot-strip", **HIDDEN)


# -------------------------------------------------------------------- legend


def legend(rule: Rule, weeks_needed: int) -> list[Component]:
    """Shapes and colours of the classes, the cell, the statistic; assets/map_hotspots.js fills in the status."""
    bounds = [rule.least_ratio, *rule.ratio_classes]
    labels = [
        t("hotspots.legend.between", low=_plain(low), high=_plain(high)) for low, high in pairwise(bounds)
    ] + [t("hotspots.legend.from", low=_plain(bounds[-1]))]
    items = [
        html.Li([html.Span(html.Span(className=f"hot hot-{place}"), className="pin-slot"), label])
        for place, label in enumerate(labels)
    ]
    cell = t("hotspots.legend.cell", metres=cell_metres(), least=rule.least_reports)
    return [
        html.H3(t("hotspots.legend")),
        html.Ul(items),
        html.Div(cell, className="map-note"),
        html.Div(statistic(rule, weeks_needed), className="map-note"),
        html.Div(
            id="hot-status",
            className="map-note",
            role="status",
            **attributes(data_failed=t("hotspots.status.failed")),
        ),
    ]


def _plain(value: float) -> str:
    """5 for 5.0, 2,5 for 2.5."""
    return number(value, 0 if value == round(value) else 1)


def tip(spot: HotSpot, names: Names) -> list[str]:
    """The lines of a mark on the map."""
    lines: list[Any] = [names.field(spot.group.field), count_words(spot), address(spot, names)]
    return lines

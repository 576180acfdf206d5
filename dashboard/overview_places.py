"""The overview's card of places: a small map of the on-time rate and the lines that its title speaks of. Pure."""

from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import access, figures, headlines
from dashboard.components import Child, card, graph, link
from dashboard.ground import Ground
from dashboard.ground_filters import chosen_place
from dashboard.ground_words import ground_words
from dashboard.headlines import is_enough
from dashboard.overview_cards import View
from dashboard.overview_read import Part
from dashboard.overview_tables import named_of, rate_cell
from dashboard.text import number, percent, t
from dashboard.tokens import Scheme
from geo.shapes import shapes
from kpi.rates import Rate

MAP_PX = 190
CHARTS_HELD = 128
SIMPLIFY_M = 300.0


def place_shapes(ground: Ground, day: date) -> dict[str, Any]:
    """The units of a day as GeoJSON, simplified for a small map; no features where no boundaries are held.

    After a reform a former province is its share of today's communes.
    """
    own = shapes(ground.level, day, ground.province_code, SIMPLIFY_M, ground=ground.province_code)
    return own if own["features"] else shapes(ground.level, day, ground.province_code, SIMPLIFY_M)


def card_of(view: View) -> Component | None:
    """A small map of the on-time rate by place, and the lines that its title speaks of.

    Of the reports' own time the map shows the units of the period's last day.
    """
    question = view.question
    ground = question.drawn()
    day = ground.day or question.today
    parts = [part for part in view.figures.places if part.code]
    named = {part.code: named_of(part, view.names.place(part.column, part.code)) for part in parts}
    title, below = headlines.districts(list(named.values()))
    spoken = [part for part in parts if named[part.code] in below]
    spoken.sort(key=lambda part: (part.on_time.pct or 0, named[part.code].name))
    if not place_shapes(ground, day)["features"]:
        return None
    classes = {code: class_of(item.rate) for code, item in named.items()}
    hover = {
        code: f"{item.name}: {rate_cell(item.rate)} ({number(item.rate.denominator)})"
        for code, item in named.items()
    }
    marked = tuple(part.code for part in spoken[:3])
    chart = _chart(ground, day, tuple(classes.items()), marked, access.current().scheme, tuple(hover.items()))
    side = html.Div(
        [
            html.Ul(_legend(has_few=None in classes.values()), className="legend"),
            *[_line(view, part, named[part.code].name) for part in spoken[:3]],
            link(t("overview.open_map"), _map_href(view)),
        ],
        className="map-side",
    )
    spoken_words = "; ".join(hover.values())
    body = html.Div([side, graph(chart, f"{title}. {spoken_words}", height=MAP_PX)], className="mini-map")
    sub = ". ".join([t("overview.districts_sub"), *ground_words(question)])
    return card(title, body, sub, class_name="span-6 phone-8")


@lru_cache(CHARTS_HELD)
def _chart(
    ground: Ground,
    day: date,
    class_of: tuple[tuple[str, int | None], ...],
    marked: tuple[str, ...],
    scheme: Scheme,
    hover: tuple[tuple[str, str], ...],
) -> str:
    """The small map as JSON: made anew only where a figure or the theme is another."""
    shapes = place_shapes(ground, day)
    return str(figures.areas(shapes, dict(class_of), marked, scheme, MAP_PX, dict(hover)).to_json())


def _map_href(view: View) -> str:
    return f"/map?{view.question.filters.query()}"


def class_of(rate: Rate) -> int | None:
    """Class of the map: 4 (darkest) below the first bound … 0 from the last on; None = too few. The bad end is strong."""
    if not is_enough(rate):
        return None
    bounds = headlines.DISTRICT_MARKS_PCT
    return len(bounds) - sum((rate.pct or 0) >= bound for bound in bounds)


def _legend(has_few: bool) -> list[Child]:
    bounds = headlines.DISTRICT_MARKS_PCT
    words = [t("overview.below", value=bounds[0])]
    words += [t("overview.between", low=low, high=high) for low, high in pairwise(bounds)]
    words.append(t("overview.from", value=bounds[-1]))
    last = len(bounds)
    items = [
        html.Li(
            [html.Span(className="swatch", style={"background": f"var(--ramp-{last + 1 - place})"}), word]
        )
        for place, word in enumerate(words)
    ]
    few = html.Li([html.Span(className="swatch", style={"background": "var(--sunken)"}), t("overview.few")])
    return [*items, few] if has_few else items


def _line(view: View, part: Part, name: str) -> Component:
    words = [
        html.Strong(f"{name} {percent((part.on_time.pct or 0) / 100)} "),
        html.Span(
            t("overview.district_line", count=number(part.on_time.denominator)),
            className="ink-3",
        ),
    ]
    late = chosen_place(view.question.filters.with_(state="late"), part.column, part.code)
    href = f"/reports?{late.query()}"
    line = link(words, href, "cell-link") if part.has_list else html.Span(words)
    return html.Div([line], className="map-line")

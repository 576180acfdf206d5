"""What the map's browser side is told of an address: feeds, view, words; and the legend of the layer. Pure but for shapes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import hotspots_page, map_areas, map_feed, map_layers, replay_feed, text
from dashboard.ask import Question
from dashboard.components import State, link, state_mark
from dashboard.ground_filters import communes_of_former
from dashboard.runtime import Runtime
from dashboard.text import t
from geo.units import Level, epoch_start
from kpi.filters import TODAY
from kpi.queries.measures import NOW

REPLAY_WORDS = ("tag", "play", "pause", "slider", "speed", "slow", "normal", "fast", "pick", "in_hand", "loading",
                "failed", "controls", "back")  # fmt: skip
Address = dict[str, str] | None


def query_with(
    question: Question, own: Mapping[str, str], filters: str | None = None, **changes: str | None
) -> str:
    """The address with some of the page's own keys changed (None: taken away), or with other filters."""
    kept = {k: value for k, value in {**own, **changes}.items() if value is not None and k != "view"}
    chosen = question.filters.query() if filters is None else filters
    return "&".join(part for part in (chosen, urlencode(kept, safe=",")) if part)


def config(holder: Runtime, question: Question, own: Mapping[str, str]) -> dict[str, Any]:
    """Addresses of the feed, bounds, view, words: data only, nothing of a citizen."""
    province, on = question.scope.province_code, map_feed.drawn_on(question)
    filters = question.filters
    level, shade = level_of(question, own), own.get("shade", "in_hand")
    layer = "&layer=density" if map_layers.chosen(own) == map_layers.DENSITY else ""
    return {
        "feed": f"/feed/map?{filters.query()}&level={quote(level)}&shade={quote(shade)}{layer}",
        "replay": replay_address(question, own),
        "spot": own.get("spot"),
        "shapes": f"/feed/shapes?on={on.isoformat()}&build={holder.build_id}",
        "bounds": map_feed.bounds(province, on, _former_ground(question)),
        "pick": _pick(question),
        "focus": filters.commune or filters.district or None,
        "view": _view(own.get("view", "")),
        "level": level,
        "words": words(),
    }


def _former_ground(question: Question) -> tuple[str, ...]:
    """Communes of a chosen district that the map cannot draw any more: what it looks at instead; () for everything."""
    province, district = question.scope.province_code, question.filters.district
    has_districts = "district" in map_feed.levels(province, map_feed.drawn_on(question))
    return () if has_districts or not district else communes_of_former(province, district)


def _pick(question: Question) -> dict[str, str]:
    """What an area that is clicked adds to the address: where districts have ended, all that a commune's ground holds."""
    drawn = question.drawn()
    if drawn.day is None or question.filters.ground is not None or drawn.level is Level.DISTRICT:
        return {}
    is_todays = epoch_start(drawn.day) == epoch_start(question.today)
    return {"ground": TODAY} if is_todays and not question.filters.district else {}


def replay_address(question: Question, own: Mapping[str, str]) -> dict[str, Any] | None:
    """Address of the replay's feed and what it plays; None while another layer is shown. Raises FilterError."""
    if map_layers.chosen(own) != map_layers.REPLAY:
        return None
    span = replay_feed.span_of(own.get("replay", ""), question.today)
    code = replay_feed.code_of(span)
    query = question.filters.with_(state=None).query()
    return {"feed": f"/feed/replay?{query}&replay={code}", "code": code, "today": question.today.isoformat()}


def level_of(question: Question, own: Mapping[str, str]) -> str:
    """What is shaded: as the address says, else districts (where there are any), and within one its communes."""
    offered = map_feed.levels(question.scope.province_code, map_feed.drawn_on(question))
    return own.get("level") or offered[-1 if question.filters.district else 0]


def _view(given: str) -> list[float] | None:
    """[lon, lat, zoom] of the address; None when there is none or it is nonsense (then the province is shown)."""
    try:
        lon, lat, zoom = (float(part) for part in given.split(","))
    except ValueError:
        return None
    is_good = -180 <= lon <= 180 and -85 <= lat <= 85 and 0 <= zoom <= map_feed.MOST_ZOOM
    return [lon, lat, zoom] if is_good else None


def words() -> dict[str, Any]:
    """Words that the browser puts together itself."""
    states = ("in_time", "due_soon", "overdue", "done_on_time", "done_late", "other")
    keys = ("loading", "data_at", "failed", "failed_last", "signed_out")
    return {key: t(f"map.status.{key}") for key in keys} | {
        "states": [t(f"state.{state}") for state in states],
        "reports": t("map.reports"),
        "counts": t("map.counts"),
        "density": t("map.density.tip"),
        "replay": {key: t(f"map.replay.{key}") for key in REPLAY_WORDS},
    }


def legend(question: Question, own: Mapping[str, str]) -> list[Component]:
    """What the chosen layer's colours mean, and the choices of the shading where there is one."""
    layer = map_layers.chosen(own)
    if layer == map_layers.DENSITY:
        return [html.H3(t("map.density.title")), html.Div(t("map.density.unit"))]
    if layer == map_layers.REPLAY:
        return []
    hot = hotspots_page.legend(question) if layer == map_layers.HOTSPOTS else []
    return [*hot, *choices(question, own)]


OPEN_STATES: tuple[State, ...] = ("overdue", "due_soon", "in_time")
LEFT_STATES: tuple[State, ...] = ("done_on_time", "done_late", "other")
"""Marks of a choice that holds reports which have left; there is no list of "other"."""


def legend_states(question: Question, own: Mapping[str, str]) -> list[Component]:
    """Marks and words; each is a link to the reports of that state, a second time the link back to all."""
    shown = OPEN_STATES if question.filters.state in (None, *NOW) else (*OPEN_STATES, *LEFT_STATES)
    rows = []
    for state in shown:
        word = t("map.legend.due_soon") if state == "due_soon" else t(f"state.{state}")
        slot = html.Span(state_mark(state, 18), className="pin-slot")
        if state == "other":
            rows.append(html.Li([slot, word]))
            continue
        is_chosen = question.filters.state == state
        query = query_of_state(question, own, None if is_chosen else state)
        rows.append(html.Li(link([slot, word], f"?{query}", **_current(is_chosen))))
    cluster = html.Span(html.Span(className="map-legend-ring"), className="pin-slot")
    return [*rows, html.Li([cluster, t("map.legend.cluster")])]


def query_of_state(question: Question, own: Mapping[str, str], state: str | None) -> str:
    """The address with another filter of the state."""
    return query_with(replace(question, filters=question.filters.with_(state=state)), own)


def choices(question: Question, own: Mapping[str, str]) -> list[Component]:
    """Links of the shading and its level, as the legend shows them."""
    shade, level = own.get("shade", "in_hand"), level_of(question, own)
    options = [
        link(
            _shade_word(each, question),
            f"?{query_with(question, own, shade=each)}",
            **_current(each == shade),
        )
        for each in map_areas.SHADINGS
    ]
    levels = [
        link(t(f"map.level.{each}"), f"?{query_with(question, own, level=each)}", **_current(each == level))
        for each in map_feed.levels(question.scope.province_code, map_feed.drawn_on(question))
    ]
    title = f"{t('map.legend.ground')}: {_shade_word(shade, question)}"
    menu = html.Details(
        [
            html.Summary([title, html.Span(className="icon icon-caret")]),
            html.Div(options, className="options"),
        ],
        className="map-choice menu-in-place",
    )
    note = [html.Div(t("map.units_of", day=text.on(map_feed.drawn_on(question))), className="map-note")]
    if not question.scope.handles_reports:
        note.append(html.Div(t("map.legend.coarse"), className="map-note"))
    return [menu, html.Div(levels, className="map-levels"), *note]


def _shade_word(shade: str, question: Question) -> str:
    """A shading that there is not shows its code: the feed says what is wrong with it."""
    if shade not in map_areas.SHADINGS:
        return shade
    return t(f"map.shade.{map_areas.shading_of(shade, question.filters.state).id}")


def _current(is_chosen: bool) -> dict[str, str]:
    return {"aria-current": "true"} if is_chosen else {}

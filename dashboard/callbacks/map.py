"""Callbacks of pages/map.py: what the browser asks for, the list, the drawer. The marks come by dashboard/map_feed.py."""

from collections.abc import Mapping
from dataclasses import astuple, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from dash import ClientsideFunction, Input, Output, callback, clientside_callback, html, no_update
from dash.development.base_component import Component

from dashboard import (
    hotspots_page,
    map_areas,
    map_drawer,
    map_feed,
    map_layers,
    map_list,
    replay_feed,
    runtime,
    text,
)
from dashboard.ask import Question, ask
from dashboard.components import link
from dashboard.drawn import drawn, on_page
from dashboard.map_answer import Context, totals
from dashboard.map_spot import Spot
from dashboard.pages.map import PAGE, Ids
from dashboard.runtime import Runtime
from dashboard.shell import Shell
from dashboard.static_html import to_html
from dashboard.text import t
from kpi.filters import FilterError
from kpi.queries import one_report, reports
from kpi.queries.map_points import within_boxes
from kpi.worktime import to_unix

LIST_ROWS, SPOT_ROWS = 30, 200
REPLAY_WORDS = ("tag", "play", "pause", "slider", "speed", "slow", "normal", "fast", "pick", "in_hand", "loading",
                "failed", "controls", "back")  # fmt: skip
Address = dict[str, str] | None


def own_keys(address: Address) -> dict[str, str]:
    """The page's own keys of the address: view, report, shade, level. Links leave view to assets/map.js."""
    pairs = parse_qsl(((address or {}).get("search") or "").removeprefix("?"))
    return {key: value for key, value in pairs if key in map_feed.PAGE_KEYS}


def query_with(
    question: Question, own: Mapping[str, str], filters: str | None = None, **changes: str | None
) -> str:
    """The address with some of the page's own keys changed (None: taken away), or with other filters."""
    kept = {k: value for k, value in {**own, **changes}.items() if value is not None and k != "view"}
    chosen = question.filters.query() if filters is None else filters
    return "&".join(part for part in (chosen, urlencode(kept, safe=",")) if part)


@callback(Output(Ids.CONFIG, "data"), Output(Ids.CHOICES, "children"), Input(Shell.URL, "data"))
def configure(address: Address) -> tuple[Any, Any]:
    """What assets/map.js needs to ask and to draw; the choices of the shading."""
    if not on_page(PAGE, address):
        return no_update, no_update
    try:
        question = ask(address, map_feed.PAGE_KEYS)
        own = own_keys(address)
        return config(runtime.current(), question, own), legend(question, own)
    except FilterError:  # the filter bar says so by name
        return no_update, no_update


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
        "bounds": map_feed.bounds(province, on),
        "focus": filters.commune or filters.district or None,
        "view": _view(own.get("view", "")),
        "level": level,
        "words": words(),
    }


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


def choices(question: Question, own: Mapping[str, str]) -> list[Component]:
    """Links of the shading and its level, as the legend shows them."""
    shade, level = own.get("shade", "in_hand"), level_of(question, own)
    options = [
        link(t(f"map.shade.{each}"), f"?{query_with(question, own, shade=each)}", **_current(each == shade))
        for each in map_areas.SHADINGS
    ]
    levels = [
        link(t(f"map.level.{each}"), f"?{query_with(question, own, level=each)}", **_current(each == level))
        for each in map_feed.levels(question.scope.province_code, map_feed.drawn_on(question))
    ]
    title = f"{t('map.legend.ground')}: {t(f'map.shade.{shade}') if shade in map_areas.SHADINGS else shade}"
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


def _current(is_chosen: bool) -> dict[str, str]:
    return {"aria-current": "true"} if is_chosen else {}


@callback(
    Output(Ids.HEAD, "children"),
    Output(Ids.ROWS, "data-html"),
    Output(Ids.CHIPS, "children"),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
    Input(Shell.MINUTE, "data"),
)
@drawn
async def draw_list(address: Address, _version: int, _minute: int) -> tuple[Any, Any, Any]:
    """Layers, heading and rows beside the map."""
    if not on_page(PAGE, address):
        return no_update, no_update, no_update
    question, own = ask(address, map_feed.PAGE_KEYS), own_keys(address)
    query_of = partial(query_with, question, own)
    layer = map_layers.chosen(own)
    if layer == map_layers.HOTSPOTS:
        head, rows, chips = await hotspots_page.panel(question, query_of, own.get("hot", ""))
    elif layer == map_layers.REPLAY:
        head, rows, chips = replay_feed.panel(question, own.get("replay", ""), query_of), [], []
    else:
        head, rows, chips = await _report_panel(question, own)
    return [map_layers.switch(question, own, query_of), *head], to_html(rows), chips


async def _report_panel(question: Question, own: Mapping[str, str]) -> tuple[list, list, list]:
    """Reports in order of working time left: all of the choice, or those of the cluster that the address names."""
    spot = Spot.parse(own["spot"]) if own.get("spot") else None
    listed = question.filters.with_(state=question.filters.state or "in_hand")
    held = await map_feed.points_of(
        runtime.current(), question, map_feed.drawn(question, level_of(question, own))
    )
    points = held.points.where(spot.holds(held.points)) if spot else held.points
    exact = question.scope.handles_reports and not held.points.has_counts
    stmt = reports.page(listed, question.window, rows=LIST_ROWS if spot is None else SPOT_ROWS)
    if spot is not None:
        stmt = stmt.where(within_boxes([astuple(box) for box in spot.boxes()], exact=exact))
    found = (await question.gather(f"map-list-{own.get('spot', '')}", {"rows": stmt}))["rows"]
    context = context_of(question)
    counted = totals(points, points.states(to_unix(context.at), to_unix(context.soon_until)))
    query_of = partial(query_with, question, own)
    rows = map_list.rows(
        found, await question.names(), context, lambda code: query_of(report=code), own.get("report", "")
    )
    chips = map_list.chips(
        counted, lambda state: query_of_state(question, own, state), question.filters.state
    )
    if spot is not None:
        return map_list.spot_head(counted, len(found), query_of(spot=None)), rows, chips
    rest = map_list.rest(len(found), counted["all"], f"/reports?{listed.query()}")
    is_in_hand = question.filters.state in (None, "in_hand")
    return map_list.head(counted, is_in_hand), [*rows, rest], chips


def query_of_state(question: Question, own: Mapping[str, str], state: str | None) -> str:
    """The address with another filter of the state."""
    return query_with(replace(question, filters=question.filters.with_(state=state)), own)


def context_of(question: Question) -> Context:
    """What states and remaining times are judged by."""
    return Context(question.at, question.window.soon_until, {}, question.calendar)


@callback(
    Output(Ids.DRAWER, "children"),
    Output(Ids.DRAWER, "className"),
    Output(Ids.PLACE, "data"),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
)
@drawn
async def draw_drawer(address: Address, _version: int) -> tuple[Any, Any, Any]:
    """The report that the address names, in the drawer; where it lies, for the ring on the map."""
    if not on_page(PAGE, address):
        return no_update, no_update, no_update
    own = own_keys(address)
    code = own.get("report")
    question = ask(address, map_feed.PAGE_KEYS)
    if own.get("hot") and map_layers.chosen(own) == map_layers.HOTSPOTS:
        close = query_with(question, own, hot=None)
        return await hotspots_page.drawer(question, own["hot"], close), "map-drawer is-open", None
    if not code:
        return [], "map-drawer", None
    close = query_with(question, own, report=None)
    head = await question.gather(f"map-report-{code}", {"head": one_report.head(code)})
    if not head["head"]:
        return map_drawer.note(t("map.drawer.gone"), close, code), "map-drawer is-open", None
    row = head["head"][0]
    parts = await life_of(question, row["report_id"])
    body = map_drawer.drawer(row, parts, await question.names(), context_of(question), close)
    return body, "map-drawer is-open", place_of(row)


async def life_of(question: Question, report_id: int) -> dict[str, Any]:
    """Events, stages and holds of one report, from one snapshot, as this scope may see them."""
    wanted = {name: getattr(one_report, name)(report_id) for name in ("events", "stages", "holds")}
    return await question.gather(f"map-life-{report_id}", wanted)


def place_of(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """{"report", "lon", "lat"}: exact for roles that handle it, else coarse; None for a secret or placeless report."""
    lon = row["lon"] if row["lon"] is not None else row["lon_coarse"]
    lat = row["lat"] if row["lat"] is not None else row["lat_coarse"]
    if row["is_secret"] or lon is None or lat is None:
        return None
    return {"report": row["report_id"], "lon": lon, "lat": lat}


clientside_callback(ClientsideFunction("map", "configure"), Input(Ids.CONFIG, "data"))
clientside_callback(ClientsideFunction("map", "refresh"), Input(Shell.VERSION, "data"))
clientside_callback(ClientsideFunction("map", "chosen"), Input(Ids.PLACE, "data"))
clientside_callback(ClientsideFunction("hotspots", "address"), Input(Shell.URL, "data"))

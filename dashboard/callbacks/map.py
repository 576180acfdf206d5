"""Callbacks of pages/map.py: what the browser asks for, the list, the drawer. The marks come by dashboard/map_feed.py."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from dash import ClientsideFunction, Input, Output, callback, clientside_callback, html, no_update
from dash.development.base_component import Component

from dashboard import hotspots_page, map_areas, map_drawer, map_feed, map_layers, map_list, runtime, text
from dashboard.ask import Question, ask
from dashboard.components import link
from dashboard.drawn import drawn, on_page
from dashboard.map_answer import Context, totals
from dashboard.pages.map import PAGE, Ids
from dashboard.runtime import Runtime
from dashboard.shell import Shell
from dashboard.static_html import to_html
from dashboard.text import t
from kpi.filters import FilterError
from kpi.queries import one_report, reports
from kpi.worktime import to_unix

LIST_ROWS = 30
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
        hot = hotspots_page.legend(question) if map_layers.chosen(own) == map_layers.HOTSPOTS else []
        return config(runtime.current(), question, own), [*hot, *choices(question, own)]
    except FilterError:  # the filter bar says so by name
        return no_update, no_update


def config(holder: Runtime, question: Question, own: Mapping[str, str]) -> dict[str, Any]:
    """Addresses of the feed, bounds, view, words: data only, nothing of a citizen."""
    province, on = question.scope.province_code, map_feed.drawn_on(question)
    filters = question.filters
    level, shade = level_of(question, own), own.get("shade", "in_hand")
    return {
        "feed": f"/feed/map?{filters.query()}&level={quote(level)}&shade={quote(shade)}",
        "shapes": f"/feed/shapes?on={on.isoformat()}&build={holder.build_id}",
        "bounds": map_feed.bounds(province, on),
        "focus": filters.commune or filters.district or None,
        "view": _view(own.get("view", "")),
        "level": level,
        "words": words(),
    }


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
    }


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
    if map_layers.chosen(own) == map_layers.HOTSPOTS:
        head, rows, chips = await hotspots_page.panel(question, query_of, own.get("hot", ""))
    else:
        head, rows, chips = await _report_panel(question, own)
    return [map_layers.switch(question, own, query_of), *head], to_html(rows), chips


async def _report_panel(question: Question, own: Mapping[str, str]) -> tuple[list, list, list]:
    """Reports in order of working time left."""
    listed = question.filters.with_(state=question.filters.state or "in_hand")
    stmt = reports.page(listed, question.window, rows=LIST_ROWS)
    ground = map_feed.drawn(question, level_of(question, own))
    held = await map_feed.points_of(runtime.current(), question, ground)
    found = (await question.gather("map-list", {"rows": stmt}))["rows"]
    names = await question.names()
    context = context_of(question)
    states = held.points.states(to_unix(context.at), to_unix(context.soon_until))
    counted = totals(held.points, states)
    rows = map_list.rows(
        found, names, context, lambda code: query_with(question, own, report=code), own.get("report", "")
    )
    rest = map_list.rest(len(found), counted["all"], f"/reports?{listed.query()}")
    chips = map_list.chips(
        counted, lambda state: query_of_state(question, own, state), question.filters.state
    )
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

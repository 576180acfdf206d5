"""Callbacks of pages/map.py: what the browser asks for, the list, the drawer. The marks come by dashboard/map_feed.py."""

from collections.abc import Mapping
from dataclasses import astuple
from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, no_update

from dashboard import (
    hotspots_page,
    map_drawer,
    map_feed,
    map_layers,
    map_list,
    replay_feed,
    runtime,
)
from dashboard.ask import Question, ask
from dashboard.drawn import HTML, SENT, drawn, on_page, own_keys, unless_sent
from dashboard.map_answer import Context, totals
from dashboard.map_config import (
    Address,
    config,
    legend,
    legend_states,
    level_of,
    query_of_state,
    query_with,
)
from dashboard.map_spot import Spot
from dashboard.pages.map import PAGE, Ids
from dashboard.shell import Shell
from dashboard.static_html import to_html
from dashboard.text import t
from kpi.filters import FilterError, Filters
from kpi.queries import one_report, reports
from kpi.queries.map_points import in_hand_totals, within_boxes
from kpi.queries.measures import NOW
from kpi.queries.run import Rows
from kpi.worktime import to_unix

LIST_ROWS, SPOT_ROWS = 30, 200
PATIENCE_S = 1.0
"""A heading that stands on the marks' reports is drawn once for each version, so it waits for that version's; a pan never does."""


@callback(
    Output(Ids.CONFIG, "data"),
    Output(Ids.STATES, "children"),
    Output(Ids.CHOICES, "children"),
    Input(Shell.URL, "data"),
)
def configure(address: Address) -> tuple[Any, Any, Any]:
    """What assets/map.js needs to ask and to draw; marks and choices of the legend."""
    if not on_page(PAGE, address):
        return no_update, no_update, no_update
    try:
        question = ask(address, map_feed.PAGE_KEYS)
        own = own_keys(PAGE, address)
        return config(runtime.current(), question, own), legend_states(question, own), legend(question, own)
    except FilterError:  # the filter bar says so by name
        return no_update, no_update, no_update


@callback(
    Output(Ids.HEAD, HTML),
    Output(Ids.ROWS, HTML),
    Output(Ids.CHIPS, HTML),
    Output(Ids.HEAD, SENT),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
    Input(Shell.MINUTE, "data"),
    State(Ids.HEAD, SENT),
)
@drawn
async def draw_list(address: Address, _version: int, _minute: int, sent: str | None) -> tuple[Any, ...]:
    """Layers, heading and rows beside the map."""
    if not on_page(PAGE, address):
        return (no_update,) * 4
    question, own = ask(address, map_feed.PAGE_KEYS), own_keys(PAGE, address)
    query_of = partial(query_with, question, own)
    layer = map_layers.chosen(own)
    if layer == map_layers.HOTSPOTS:
        head, rows, chips = await hotspots_page.panel(question, query_of, own.get("hot", ""))
    elif layer == map_layers.REPLAY:
        head, rows, chips = replay_feed.panel(question, own.get("replay", ""), query_of), [], []
    else:
        head, rows, chips = await _report_panel(question, own)
    head = [map_layers.switch(question, own, query_of), *head]
    return unless_sent(sent, to_html(head), to_html(rows), to_html(chips))


async def _report_panel(question: Question, own: Mapping[str, str]) -> tuple[list, list, list]:
    """Reports in order of working time left: all of the choice, or those of the cluster that the address names."""
    spot = Spot.parse(own["spot"]) if own.get("spot") else None
    listed = question.filters.with_(state=question.filters.state or "in_hand")
    if spot is None and listed.state in NOW:
        counted, found = await _in_hand(question, listed)
    else:
        counted, found = await _of_points(question, own, listed, spot)
    state = question.filters.state
    chips = map_list.chips(counted, lambda state: query_of_state(question, own, state), state)
    if found is None:
        everything = f"/reports?{listed.query()}"
        return map_list.head(counted, is_in_hand=False), map_list.too_many(counted["all"], everything), chips
    query_of = partial(query_with, question, own)
    rows = map_list.rows(
        found,
        await question.names(),
        context_of(question),
        lambda code: query_of(report=code),
        own.get("report", ""),
    )
    if spot is not None:
        return map_list.spot_head(counted, len(found), query_of(spot=None)), rows, chips
    rest = map_list.rest(len(found), counted["all"], f"/reports?{listed.query()}")
    return map_list.head(counted, is_in_hand=state in (None, "in_hand")), [*rows, rest], chips


async def _in_hand(question: Question, listed: Filters) -> tuple[Mapping[str, int], Rows | None]:
    """Counts and first rows of what is in hand, of this version: the marks may still be of the one before."""
    wanted = {
        "totals": in_hand_totals(listed, question.window),
        "rows": reports.page(listed, question.window, rows=LIST_ROWS),
    }
    found = await question.gather("map-list", wanted)
    return found["totals"][0], found["rows"]


async def _of_points(
    question: Question, own: Mapping[str, str], listed: Filters, spot: Spot | None
) -> tuple[Mapping[str, int], Rows | None]:
    """Counts and first rows of what the marks stand for, or of one of them; no rows of millions: they would be sorted."""
    held = await map_feed.points_of(
        runtime.current(), question, map_feed.drawn(question, level_of(question, own)), PATIENCE_S
    )
    points = held.points.where(spot.holds(held.points)) if spot else held.points
    at_s, soon_s = to_unix(question.at), to_unix(question.window.soon_until)
    counted = totals(points, points.states(at_s, soon_s))
    if spot is None and points.has_counts:
        return counted, None
    stmt = reports.page(listed, question.window, rows=LIST_ROWS if spot is None else SPOT_ROWS)
    if spot is not None:
        exact = question.scope.handles_reports and not held.points.has_counts
        stmt = stmt.where(within_boxes([astuple(box) for box in spot.boxes()], exact=exact))
    return counted, (await question.gather(f"map-list-{own.get('spot', '')}", {"rows": stmt}))["rows"]


def context_of(question: Question) -> Context:
    """What states and remaining times are judged by."""
    return Context(question.at, question.window.soon_until, {}, question.calendar)


@callback(
    Output(Ids.DRAWER, HTML),
    Output(Ids.DRAWER, "className"),
    Output(Ids.PLACE, "data"),
    Output(Ids.DRAWER, SENT),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
    State(Ids.DRAWER, SENT),
)
@drawn
async def draw_drawer(address: Address, _version: int, sent: str | None) -> tuple[Any, ...]:
    """The report that the address names, in the drawer; where it lies, for the ring on the map."""
    if not on_page(PAGE, address):
        return (no_update,) * 4
    shown, place = await _drawer(address)
    dress = "map-drawer is-open" if shown else "map-drawer"
    return unless_sent(sent, to_html(shown), dress, place)


async def _drawer(address: Address) -> tuple[list[Any], dict[str, Any] | None]:
    """What stands in the drawer, nothing where it is closed; the place of the report. Raises FilterError."""
    own = own_keys(PAGE, address)
    code = own.get("report")
    question = ask(address, map_feed.PAGE_KEYS)
    if own.get("hot") and map_layers.chosen(own) == map_layers.HOTSPOTS:
        return await hotspots_page.drawer(question, own["hot"], query_with(question, own, hot=None)), None
    if not code:
        return [], None
    close = query_with(question, own, report=None)
    head = await question.gather(f"map-report-{code}", {"head": one_report.head(code)})
    if not head["head"]:
        return map_drawer.note(t("map.drawer.gone"), close, code), None
    row = head["head"][0]
    parts = await life_of(question, row["report_id"])
    return map_drawer.drawer(row, parts, await question.names(), context_of(question), close), place_of(row)


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

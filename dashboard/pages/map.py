"""The live map: reports by state of their deadline, areas shaded by a measure, list and drawer. Twin of callbacks/map.py."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import runtime
from dashboard.components import attributes
from dashboard.map_feed import PAGE_KEYS
from dashboard.maps import live_map
from dashboard.page import Page
from dashboard.static_html import frozen
from dashboard.text import t


class Ids:
    """Ids of the page; assets/map.js knows MAP, STATUS, RAMP, FEW, N and COUNTS."""

    MAP = "map-canvas"
    STATUS = "map-status"
    CONFIG = "map-config"
    """Store: what the browser needs to ask and to draw (callbacks.map.configure)."""
    PLACE = "map-place"
    """Store: {"report", "lon", "lat"} of the chosen report, or null."""
    HEAD = "map-list-head"
    ROWS = "map-rows"
    CHIPS = "map-chips"
    STATES = "map-states"
    CHOICES = "map-choices"
    RAMP = "map-ramp"
    FEW = "map-few"
    N = "map-n"
    COUNTS = "map-counts"
    DRAWER = "map-drawer"


def layout(**_unknown: object) -> Component:
    """Empty list, empty map, legend, closed drawer; callbacks/map.py and assets/map.js fill them."""
    settings = runtime.current().settings
    return html.Div(
        [
            dcc.Store(id=Ids.CONFIG),
            dcc.Store(id=Ids.PLACE),
            _list(),
            html.Div(
                [
                    live_map(Ids.MAP, settings.basemap_url, settings.basemap_credit),
                    _status(),
                    html.Nav(id=Ids.CHIPS, className="map-chips", **attributes(data_html="")),
                    _legend(),
                ],
                className="map-stage",
            ),
            html.Aside(
                id=Ids.DRAWER,
                className="map-drawer",
                tabIndex="-1",
                **attributes(aria_live="polite", data_html=""),
            ),
        ],
        className="map-page",
    )


def _list() -> Component:
    handle = html.Button(
        type="button", className="map-sheet-handle", **attributes(aria_label=t("map.list.handle"))
    )
    return html.Section(
        [
            handle,
            frozen(html.P(t("say.loading")), "map-list-head", id=Ids.HEAD),
            html.Ol(id=Ids.ROWS, className="map-rows", **attributes(data_html="")),
        ],
        className="map-list",
    )


def _status() -> Component:
    """Age of the map's data, and what is wrong with it: filled by assets/map.js, which runs without the server."""
    return html.Div(
        [
            html.Span(t("map.status.loading")),
            html.Button(t("say.retry"), type="button", hidden=True),
            html.A(t("map.status.sign_in"), href="/login", hidden=True),
        ],
        id=Ids.STATUS,
        className="map-status",
        role="status",
        **attributes(data_state="loading"),
    )


def _legend() -> Component:
    return html.Details(
        [
            html.Summary(t("map.legend.show")),
            html.H3(t("map.legend.marks")),
            html.Ul(id=Ids.STATES),
            html.Div(id=Ids.CHOICES),
            html.Div(id=Ids.RAMP, className="map-ramp"),
            html.Div(id=Ids.N, className="map-note"),
            html.Div(t("map.few"), id=Ids.FEW, className="map-few", hidden=True),
            html.Div(id=Ids.COUNTS, className="map-note", hidden=True),
        ],
        className="map-legend",
        open=True,
    )


PAGE = Page(
    "map",
    "/map",
    layout,
    nav_group="main",
    filters=("state", "period", "place", "ground", "field", "unit"),
    flow_filters=("period",),
    query_keys=PAGE_KEYS,
    tab=True,
)

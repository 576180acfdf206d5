"""The layers of the map, and the switch between them. Pure."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import attributes, segment
from dashboard.hotspots_view import QueryOf, query_for
from dashboard.text import t

REPORTS, DENSITY, HOTSPOTS, REPLAY = "reports", "density", "hotspots", "replay"
LAYERS = (REPORTS, DENSITY, HOTSPOTS, REPLAY)
"""Values of the page's key `layer`; the first is meant without it. Words: map.layer.<name>."""


def chosen(own: Mapping[str, str]) -> str:
    """The layer that the address asks for; an unknown one is the first."""
    given = own.get("layer", REPORTS)
    return given if given in LAYERS else REPORTS


def switch(question: Question, own: Mapping[str, str], query_of: QueryOf) -> Component:
    """'Phản ánh | Mật độ | Điểm nóng | Phát lại': each opens without the other's choice."""
    now, links = chosen(own), []
    for layer in LAYERS:
        filters = query_for(question) if layer == HOTSPOTS != now else None
        query = query_of(
            layer=None if layer == REPORTS else layer, hot=None, report=None, replay=None, filters=filters
        )
        links.append(segment(t(f"map.layer.{layer}"), query, layer == now))
    label = attributes(aria_label=t("map.layer"))
    return html.Div(links, className="segmented map-layers", role="group", **label)

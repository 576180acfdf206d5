"""All units of the period beside each other, what needs action first. Twin of callbacks/units.py."""

from dash import html
from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page


class Ids:
    """Ids of the page's frames."""

    BODY = "units-body"


def layout(**_unknown: object) -> Component:
    """A frame at its final size; callbacks/units.py fills it."""
    return html.Div([skeleton(class_name="span-12 tall")], id=Ids.BODY, className="grid")


PAGE = Page(
    "units",
    "/units",
    layout,
    nav_group="main",
    filters=("period", "place", "ground", "field", "channel"),
    query_keys=("level",),
)

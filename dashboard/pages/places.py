"""Districts and communes of the period beside each other. Twin of callbacks/places.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "places-body"


def layout(**_unknown: object) -> Component:
    """A frame at its final size; callbacks/places.py fills it."""
    return frozen([skeleton(class_name="span-12 tall")], "grid", id=Ids.BODY)


PAGE = Page(
    "places",
    "/places",
    layout,
    nav_group="main",
    filters=("period", "place", "ground", "field", "channel", "unit"),
)

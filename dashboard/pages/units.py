"""All units of the period beside each other, what needs action first. Twin of callbacks/units.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "units-body"


def layout(**_unknown: object) -> Component:
    """A frame at its final size; callbacks/units.py fills it."""
    return frozen([skeleton(class_name="span-12 tall")], "grid", id=Ids.BODY)


PAGE = Page(
    "units",
    "/units",
    layout,
    nav_group="main",
    filters=("period", "place", "ground", "field", "channel"),
    query_keys=("level",),
)

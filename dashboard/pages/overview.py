"""The overview: how things stand in the period and right now. Twin of callbacks/overview.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "overview-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/overview.py fills them."""
    frames = [
        skeleton(class_name="span-8"),
        skeleton(class_name="span-4"),
        skeleton(class_name="span-6 tall", of_chart=True),
        skeleton(class_name="span-6 tall"),
    ]
    return frozen(frames, "grid", id=Ids.BODY)


PAGE = Page(
    "overview",
    "/",
    layout,
    nav_group="main",
    filters=("period", "place", "ground", "field", "unit"),
    tab=True,
)

"""The periodic report: which period, its figures, a preview of its first annex, the file. Twin of callbacks/extracts.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "extracts-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/extracts.py fills them."""
    frames = [skeleton(class_name="span-3 tall"), skeleton(class_name="span-9 tall")]
    return frozen(frames, "grid", id=Ids.BODY)


PAGE = Page(
    "extracts",
    "/extracts",
    layout,
    nav_group="reports",
    filters=("place", "ground", "field", "channel", "unit"),
    tab=True,
)

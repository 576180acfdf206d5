"""One unit beside the others of its level, its stages, its late and its open reports. Twin of callbacks/unit.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "unit-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/unit.py fills them."""
    frames = [
        skeleton(class_name="span-12 tall"),
        skeleton(class_name="span-7 tall"),
        skeleton(class_name="span-5 tall"),
        skeleton(class_name="span-12"),
    ]
    return frozen(frames, "grid under-title", id=Ids.BODY)


PAGE = Page(
    "unit",
    "/unit",
    layout,
    nav_parent="units",
    filters=("period", "unit", "field"),
    has_title=False,
)

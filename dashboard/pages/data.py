"""Dữ liệu: how fresh and how whole the data are. Twin of callbacks/data.py."""

from dash import html
from dash.development.base_component import Component

from dashboard import access
from dashboard.components import skeleton
from dashboard.page import Page


class Ids:
    """Ids of the page's frames."""

    BODY = "data-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/data.py fills them."""
    return html.Div(
        [skeleton(class_name="span-6"), skeleton(class_name="span-6")], id=Ids.BODY, className="grid"
    )


PAGE = Page("data", "/data", layout, roles=access.PROVINCE_WIDE, nav_group="system", filters=("period",))

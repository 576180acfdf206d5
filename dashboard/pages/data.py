"""Dữ liệu: how fresh and how whole the data are. Twin of callbacks/data.py."""

from dash.development.base_component import Component

from dashboard import access
from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "data-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/data.py fills them."""
    return frozen([skeleton(class_name="span-6"), skeleton(class_name="span-6")], "grid", id=Ids.BODY)


PAGE = Page("data", "/data", layout, roles=access.PROVINCE_WIDE, nav_group="system", filters=("period",))

"""Cách tính: every figure's definition and every limit of the texts in force. Twin of callbacks/methods.py."""

from dash import html
from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page


class Ids:
    """Ids of the page's frames."""

    BODY = "methods-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/methods.py fills them."""
    return html.Div([skeleton(class_name="span-12")], id=Ids.BODY, className="grid")


PAGE = Page("methods", "/methods", layout, nav_group="system")

"""Yearly ranking of units and the conditions of the law, to take away as a file. Twin of callbacks/ranking.py."""

from dash import html
from dash.development.base_component import Component

from dashboard import access
from dashboard.components import skeleton
from dashboard.page import Page


class Ids:
    """Ids of the page's frames."""

    BODY = "ranking-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/ranking.py fills them."""
    return html.Div(
        [skeleton(class_name="span-12 tall"), skeleton(class_name="span-12")],
        id=Ids.BODY,
        className="grid under-title",
    )


PAGE = Page(
    "ranking",
    "/ranking",
    layout,
    roles=access.PROVINCE_WIDE | {"unit"},
    nav_group="reports",
    query_keys=("group",),
    has_title=False,
)

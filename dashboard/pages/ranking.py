"""Yearly ranking of units and the conditions of the law, to take away as a file. Twin of callbacks/ranking.py."""

from dash.development.base_component import Component

from dashboard import access
from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "ranking-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/ranking.py fills them."""
    return frozen(
        [skeleton(class_name="span-12 tall"), skeleton(class_name="span-12")], "grid under-title", id=Ids.BODY
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

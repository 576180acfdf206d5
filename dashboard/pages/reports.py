"""The list of reports behind any number: the filters of the address say which. Twin of callbacks/reports.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import NavEntry, Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "reports-body"


def layout(**_unknown: object) -> Component:
    """A frame at its final size; callbacks/reports.py fills it."""
    return frozen([skeleton(class_name="span-12 tall")], "grid", id=Ids.BODY)


PAGE = Page(
    "reports",
    "/reports",
    layout,
    nav_group="main",
    nav_entries=(NavEntry("overdue", "state=pressing"), NavEntry("urgent", "state=urgent")),
    filters=("state", "period", "place", "ground", "field", "unit"),
    query_keys=("after", "shown", "by"),
    tab=True,
)

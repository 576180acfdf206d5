"""One report: is it late or not, why, and who had it when; fits one A4 page. Twin of callbacks/report.py."""

from dash.development.base_component import Component

from dashboard.components import skeleton
from dashboard.page import Page
from dashboard.static_html import frozen


class Ids:
    """Ids of the page's frames."""

    BODY = "report-body"


def layout(**_unknown: object) -> Component:
    """Frames at their final size; callbacks/report.py fills them."""
    frames = [
        skeleton(class_name="span-12"),
        skeleton(class_name="span-12 tall"),
        skeleton(class_name="span-8 tall"),
        skeleton(class_name="span-4 tall"),
    ]
    return frozen(frames, "grid report-page", id=Ids.BODY)


PAGE = Page("report", "/report", layout, nav_parent="units", query_keys=("code",), has_title=False)

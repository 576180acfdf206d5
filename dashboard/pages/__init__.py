"""PAGES: the ordered list of page records. A new page is one module here, its twin in callbacks/, and one line below."""

from dashboard.page import Page
from dashboard.pages import (
    data,
    extracts,
    map,
    methods,
    overview,
    places,
    ranking,
    report,
    reports,
    unit,
    units,
)

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    map.PAGE,
    units.PAGE,
    unit.PAGE,
    places.PAGE,
    reports.PAGE,
    report.PAGE,
    ranking.PAGE,
    extracts.PAGE,
    data.PAGE,
    methods.PAGE,
)


def page_of(path: str) -> Page | None:
    """The page that stands at a path, the way Dash's router finds it; None if there is none."""
    parts = path.rstrip("/").split("/")
    for page in PAGES:
        own = page.path.rstrip("/").split("/")
        same = len(own) == len(parts) and all(
            a.startswith("<") or a == b for a, b in zip(own, parts, strict=True)
        )
        if same:
            return page
    return None

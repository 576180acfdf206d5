"""The record of a page: everything the shell has to know about it."""

from collections.abc import Callable
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import access


@dataclass(frozen=True)
class NavEntry:
    """One entry of the navigation that leads to a page with a query: id (words `page.<id>`, icon, badge) and query."""

    id: str
    query: str


@dataclass(frozen=True)
class Page:
    """One page. Its words: `page.<id>` (navigation, browser tab) and `page.<id>.title` where the title differs."""

    id: str
    path: str
    """'/map', or with variables '/units/<unit_code>' (handed to layout as keyword arguments)."""
    layout: Callable[..., Component]
    """layout(**anything): a skeleton of empty frames; no query at all. Every argument needs a default."""
    roles: frozenset[str] = access.EVERYONE
    nav_group: str | None = None
    """main | reports | system: where it stands in the navigation; None = reached by links only."""
    nav_parent: str | None = None
    """Id of the page that the navigation shows as open while this one is (for pages reached by links)."""
    filters: tuple[str, ...] = ()
    """Controls of the filter bar in their order: period, place, ground, field, channel, unit, state, urgency."""
    flow_filters: tuple[str, ...] = ()
    """Of these, the ones that only matter, and are only drawn, while the state counts what happened in a period."""
    query_keys: tuple[str, ...] = ()
    """Further keys of the query string that the page reads itself (a tab, a page number)."""
    has_title: bool = True
    """False: the page draws its own title (a unit's name); the bar holds only the filters."""
    nav_entries: tuple[NavEntry, ...] = ()
    """Entries of the navigation in place of one for the page itself; none: one entry without a query."""
    tab: bool = False
    """Whether it is one of the four tabs of the phone."""
    has_shell: bool = True
    """False: drawn without header, navigation and filter bar (the wall)."""

    @property
    def has_bar(self) -> bool:
        """Whether the filter bar stands above it (with the page's title)."""
        return self.has_title or bool(self.filters)

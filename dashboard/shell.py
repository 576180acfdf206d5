"""The shell around every page: header, navigation, filter bar, the page itself. Twins: callbacks/shell.py, callbacks/filterbar.py.

`layout` is a function of the session: a role gets links only to what it may open. Links here and on every page are
plain <a class="soft">: assets/shell.js changes the address without a reload and tells Shell.URL.
"""

from typing import Any

from dash import dcc, html, page_container
from dash.development.base_component import Component

from dashboard import access
from dashboard.components import HIDDEN, Child, attributes, icon
from dashboard.page import NavEntry, Page
from dashboard.text import t, words


class Shell:
    """Ids of the shell. Pages' callbacks listen to URL, VERSION and THEME and write none of them."""

    URL = "shell-url"
    """Store {"path", "search"}: the address, the one source of filters."""
    VERSION = "shell-version"
    """Store: run_id of the mart; changes when there is something new to draw."""
    MENUS = "shell-menus"
    """Store: changes with the names and the periods that the filter bar offers (Hub.menus)."""
    MINUTE = "shell-minute"
    """Store: grows with every minute of the clock, for figures of 'right now'."""
    THEME = "shell-theme"
    """Store 'light' | 'dark': charts are drawn again when it changes."""
    HEADER = "shell-header"
    NOTICE = "shell-notice"
    FILTERS = "shell-filters"
    NAV = "shell-nav"
    BADGES = "shell-badges"
    MAIN = "main"


NAV_GROUPS = ("main", "reports", "system")


def layout(
    pages: tuple[Page, ...], province_name: str, offset_weeks: int, run_id: int, menus: str = ""
) -> Component:
    """The whole shell for this request's session; run_id and menus are the versions of the first figures and menus."""
    session = access.current()
    allowed = tuple(page for page in pages if session.may_open(page.roles))
    return html.Div(
        [
            html.A(t("nav.skip"), href=f"#{Shell.MAIN}", className="skip-link"),
            *_stores(session, run_id, menus),
            html.Header(
                _header(session, province_name, offset_weeks),
                className="header",
                id=Shell.HEADER,
                **attributes(data_run=str(run_id), data_menus=menus),
            ),
            html.Div(id=Shell.NOTICE, className="notice-line", role="status", hidden=True),
            html.Div(
                [
                    html.Nav(
                        _nav(allowed), className="nav", id=Shell.NAV, **attributes(aria_label=t("nav.label"))
                    ),
                    html.Main(
                        [html.Div(id=Shell.FILTERS, className="filter-slot"), page_container],
                        id=Shell.MAIN,
                        className="main",
                        tabIndex="-1",
                    ),
                ],
                className="body",
            ),
            html.Nav(_tabs(allowed), className="tabs", **attributes(aria_label=t("nav.label"))),
        ],
        className=f"shell role-{session.role}",
        **attributes(data_bare=" ".join(page.path for page in pages if not page.has_shell)),
    )


def _stores(session: access.Session, run_id: int, menus: str) -> list[Child]:
    return [
        dcc.Store(id=Shell.URL),
        dcc.Store(id=Shell.VERSION, data=run_id),
        dcc.Store(id=Shell.MENUS, data=menus),
        dcc.Store(id=Shell.MINUTE, data=0),
        dcc.Store(id=Shell.THEME, data=session.scheme),
        dcc.Store(id=Shell.BADGES),
    ]


def _header(session: access.Session, province_name: str, offset_weeks: int) -> list[Child]:
    demo: list[Child] = []
    if offset_weeks:
        demo = [html.Span(t("header.demo_clock", weeks=offset_weeks), className="demo-clock")]
    return [
        html.A(
            [
                html.Span(className="brand-mark", **HIDDEN),
                html.Span([t("app.name"), " · ", html.Span(province_name, className="brand-place")]),
            ],
            href="/",
            className="brand soft",
        ),
        html.Div(demo, className="header-middle"),
        html.Div(
            [
                html.Span(
                    [html.Span(className="age-dot"), html.Span(className="age-text")],
                    className="source-age",
                    **_age_words(),
                ),
                html.Span(className="header-clock"),
                _account_menu(session),
            ],
            className="header-right",
        ),
    ]


def _age_words() -> dict[str, Any]:
    """The sentences that assets/live.js fills in, since the age grows in the browser."""
    names = ("source", "source_now", "source_short", "source_late", "source_dead", "source_never")
    units = {f"data-unit-{unit}": t(f"unit.{unit}") for unit in ("days", "hours", "minutes")}
    weekdays = {"data-weekdays": "|".join(t(f"weekday.{day}") for day in range(1, 8))}
    lost = {"data-server-gone": t("header.server_gone"), "data-mart-gone": t("header.mart_gone")}
    return {f"data-{name.replace('_', '-')}": t(f"header.{name}") for name in names} | units | weekdays | lost


def _account_menu(session: access.Session) -> Component:
    themes = [
        html.Button(t(f"header.theme.{name}"), type="button", **attributes(data_theme_choice=name))
        for name in ("auto", "light", "dark")
    ]
    languages = [
        html.Button(name, type="button", lang=code, **attributes(data_language_choice=code))
        for code, name in (("vi", "Tiếng Việt"), ("en", "English"))
    ]
    return html.Details(
        [
            html.Summary([session.display_name, icon("caret")], className="account-name"),
            html.Div(
                [
                    html.Div(t(f"role.{session.role}"), className="caption"),
                    html.Div(t("header.theme"), className="menu-label"),
                    html.Div(themes, className="segmented"),
                    html.Div(t("header.language"), className="menu-label"),
                    html.Div(languages, className="segmented"),
                    html.Button(
                        t("header.sign_out"),
                        type="button",
                        className="button",
                        **attributes(data_sign_out="1"),
                    ),
                ],
                className="popover popover-right",
            ),
        ],
        className="menu",
    )


def _nav(pages: tuple[Page, ...]) -> list[Child]:
    groups: list[Child] = []
    for group in NAV_GROUPS:
        links = [
            _nav_link(page, entry, pages)
            for page in pages
            if page.nav_group == group
            for entry in entries(page)
        ]
        if not links:
            continue
        title = t(f"nav.group.{group}")
        groups.append(
            html.Div([html.Div(title, className="nav-title")] if title else [], className="nav-head")
        )
        groups.extend(links)
    return groups


def entries(page: Page) -> tuple[NavEntry, ...]:
    """What stands in the navigation for a page."""
    return page.nav_entries or (NavEntry(page.id, ""),)


def _nav_link(page: Page, entry: NavEntry, pages: tuple[Page, ...]) -> Component:
    badge = html.Span(className="nav-badge", **attributes(data_badge=entry.id))
    label = html.Span(t(f"page.{entry.id}"), className="nav-label")
    return html.A(
        [icon(entry.id), label, badge],
        className="nav-link soft",
        href=_href(page, entry),
        **_nav_data(page, entry, pages),
    )


def _tabs(pages: tuple[Page, ...]) -> list[Child]:
    return [
        html.A(
            [icon(entry.id), html.Span(_tab_word(entry))],
            href=_href(page, entry),
            className="tab soft",
            **_nav_data(page, entry, pages),
        )
        for page in pages
        if page.tab
        for entry in entries(page)[:1]
    ]


def _tab_word(entry: NavEntry) -> str:
    """The short word of a tab where the navigation's is too long for a phone."""
    return t(f"tab.{entry.id}" if f"tab.{entry.id}" in words() else f"page.{entry.id}")


def _href(page: Page, entry: NavEntry) -> str:
    return page.path + (f"?{entry.query}" if entry.query else "")


def _nav_data(page: Page, entry: NavEntry, pages: tuple[Page, ...]) -> dict[str, Any]:
    """What assets/shell.js needs to mark the open page and to let the link carry the filters."""
    children = " ".join(child.path for child in pages if child.nav_parent == page.id)
    return {
        "data-page": entry.id,
        "data-filters": " ".join(page.filters),
        "data-query": entry.query,
        "data-children": children,
    }

"""One menu of the filter bar: a summary, and a panel of links with the whole address each."""

from collections.abc import Iterable
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import CURRENT, Child, icon, link
from dashboard.static_html import frozen
from dashboard.text import t

SEARCH_FROM = 12
"""Lists from this length get a search field."""


@dataclass(frozen=True)
class Option:
    """One choice: its words, its query string, whether it is the one that holds."""

    label: Child
    query: str
    is_chosen: bool
    group: str = ""
    is_deep: bool = False
    """Shown only when it is searched for (assets/shell.js)."""


def menu(name: str, value: Child, hint: str, options: Iterable[Option], *, extra: Child = None) -> Component:
    """One menu: what is chosen, a panel of links, with a search field over a long list (accents optional)."""
    listed = list(options)
    search: list[Child] = []
    if len(listed) >= SEARCH_FROM and name != "period":
        search = [html.Div(_search_field(), className="option-search-box")]
    summary = html.Summary(
        [
            html.Span(t(f"filter.{name}"), className="filter-name"),
            html.Span(value, className="filter-value"),
            html.Span(hint, className="filter-hint") if hint else None,
            icon("caret"),
        ]
    )
    panel = html.Div([extra, *search, frozen(_grouped(listed), "options")], className="popover")
    is_set = any(option.is_chosen and option.query for option in listed[1:])
    return html.Details([summary, panel], className=f"filter filter-{name}" + (" is-set" if is_set else ""))


def _search_field() -> Component:
    return dcc.Input(
        type="search", className="option-search", placeholder=t("filter.search"), autoComplete="off"
    )


def _grouped(options: list[Option]) -> list[Child]:
    made: list[Child] = []
    group = ""
    for option in options:
        if option.group != group:
            group = option.group
            made.append(html.Div(group, className="option-group", hidden=option.is_deep))
        chosen = CURRENT if option.is_chosen else {}
        dress = "option option-deep" if option.is_deep else "option"
        made.append(link(option.label, f"?{option.query}", dress, **chosen))
    return made


def option(question: Question, label: str, **changes: str | None) -> Option:
    """The choice of these filters; chosen when they hold already."""
    is_chosen = all(getattr(question.filters, key) == value for key, value in changes.items())
    return Option(label, question.filters.with_(**changes).query(), is_chosen)

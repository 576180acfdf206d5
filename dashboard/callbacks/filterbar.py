"""Callback of the filter bar in the shell: draws dashboard/filterbar.py for the open page and its address."""

from dash import Input, Output, callback
from dash.development.base_component import Component

from dashboard import access, filterbar
from dashboard.ask import ask
from dashboard.pages import page_of
from dashboard.shell import Shell
from kpi.filters import FilterError


@callback(Output(Shell.FILTERS, "children"), Input(Shell.URL, "data"), Input(Shell.MENUS, "data"))
async def draw(address: dict[str, str] | None, _menus: str) -> Component | None:
    """The bar of the page that stands at the address; nothing on pages without filters."""
    page = page_of((address or {}).get("path") or "/")
    if page is None or not access.current().may_open(page.roles) or not page.has_bar:
        return None
    try:
        question = ask(address, page.query_keys)
    except FilterError as error:
        return filterbar.unusable(page, str(error))
    return filterbar.bar(page, question, await question.names())

"""Callbacks of pages/methods.py: drawn from the definitions and the text in force, without a query."""

from dash import Input, Output, callback, no_update

from dashboard import access, methods_cards, runtime
from dashboard.components import Child, empty
from dashboard.drawn import drawn, on_page
from dashboard.pages.methods import PAGE, Ids
from dashboard.shell import Shell
from dashboard.text import t
from kpi.definitions import load_definitions
from kpi.effective import NotInForceError
from kpi.rules import regulation_for


@callback(Output(Ids.BODY, "children"), Input(Shell.URL, "data"))
@drawn
async def draw(address: dict[str, str] | None) -> Child:
    """The limits of the text in force today, its choices, and every definition."""
    if not on_page(PAGE, address):
        return no_update
    today = runtime.current().clock.today()
    cards: list[Child] = []
    try:
        text = regulation_for(access.current_scope().province_code, today)
        cards = [methods_cards.regulation(text, today), methods_cards.choices(text)]
    except (NotInForceError, LookupError):
        cards = [empty(t("methods.no_text"))]
    return [*cards, *methods_cards.definitions(load_definitions())]

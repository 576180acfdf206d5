"""Callbacks of pages/places.py: districts or communes, on the ground of their own time or of today."""

from dash import Input, Output, callback, no_update

from dashboard import places_view
from dashboard.ask import ask
from dashboard.components import Child
from dashboard.drawn import drawn, on_page
from dashboard.pages.places import PAGE, Ids
from dashboard.shell import Shell


@callback(
    Output(Ids.BODY, "children"),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
    Input(Shell.MINUTE, "data"),
)
@drawn
async def draw(address: dict[str, str] | None, *_: object) -> Child:
    """The table of places."""
    if not on_page(PAGE, address):
        return no_update
    question = ask(address)
    rows = await question.gather("places", places_view.statements(question))
    return places_view.page(question, await question.names(), rows)

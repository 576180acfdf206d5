"""Callbacks of pages/places.py: districts of the province, or communes of the chosen district."""

from dash import Input, Output, callback, no_update

from dashboard import places_view
from dashboard.ask import ask
from dashboard.components import Child
from dashboard.drawn import drawn, on_page
from dashboard.pages.places import PAGE, Ids
from dashboard.shell import Shell
from kpi.queries import figures


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
    level = places_view.level_of(question.filters)
    filters, window = question.filters, question.window
    rows = await question.gather(
        f"places/{level}",
        {
            "period": figures.period(filters, window, (level,)),
            "ratings": figures.ratings(filters, window, (level,)),
            "now": figures.now(filters, window, (level,)),
        },
    )
    return places_view.page(question, await question.names(), level, rows)

"""Callbacks of pages/extracts.py: the figures of the file, from the very queries and tables that write it."""

from dash import Input, Output, callback, no_update

from dashboard import extracts_view
from dashboard.ask import ask
from dashboard.components import Child
from dashboard.drawn import drawn, on_page
from dashboard.exports import period as extract
from dashboard.pages.extracts import PAGE, Ids
from dashboard.shell import Shell

NOT_SHOWN = ("overdue", "overdue_count")


@callback(Output(Ids.BODY, "children"), Input(Shell.URL, "data"), Input(Shell.VERSION, "data"))
@drawn
async def draw(address: dict[str, str] | None, *_: object) -> Child:
    """Periods to choose from, the figures, the preview."""
    if not on_page(PAGE, address):
        return no_update
    question = ask(address)
    wanted = extract.statements(question.filters, question.window, question.scope)
    shown = {name: stmt for name, stmt in wanted.items() if name not in NOT_SHOWN}
    rows = await question.gather("extracts", shown)
    return extracts_view.page(question, await question.names(), rows)

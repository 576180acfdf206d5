"""Callbacks of pages/extracts.py: the figures of the file, from the very queries and tables that write it."""

from dashboard import extracts_view
from dashboard.ask import Question
from dashboard.components import Child
from dashboard.drawn import Own, body
from dashboard.exports import period as extract
from dashboard.pages.extracts import PAGE, Ids

NOT_SHOWN = ("overdue", "overdue_count")


@body(PAGE, Ids.BODY)
async def draw(question: Question, _own: Own) -> Child:
    """Periods to choose from, the figures, the preview."""
    wanted = extract.statements(question.filters, question.window, question.scope)
    shown = {name: stmt for name, stmt in wanted.items() if name not in NOT_SHOWN}
    rows = await question.gather("extracts", shown)
    return extracts_view.page(question, await question.names(), rows)

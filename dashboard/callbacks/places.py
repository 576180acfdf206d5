"""Callbacks of pages/places.py: districts or communes, on the ground of their own time or of today."""

from dashboard import places_view
from dashboard.ask import Question
from dashboard.components import Child
from dashboard.drawn import Own, body
from dashboard.pages.places import PAGE, Ids
from dashboard.shell import Shell


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, _own: Own) -> Child:
    """The table of places."""
    rows = await question.gather("places", places_view.statements(question))
    return places_view.page(question, await question.names(), rows)

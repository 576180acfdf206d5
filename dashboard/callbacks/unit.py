"""Callbacks of pages/unit.py: one unit and the group of its level from one snapshot."""

from dashboard import unit_late, unit_now, unit_read, unit_stages, unit_view
from dashboard.ask import Question
from dashboard.components import Child, empty, link
from dashboard.drawn import Own, body
from dashboard.pages.unit import PAGE, Ids
from dashboard.shell import Shell
from dashboard.text import t


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, _own: Own) -> Child:
    """All cards of the page."""
    names = await question.names()
    if question.filters.unit not in names.units:
        return _no_unit(question)
    rows = await question.gather("unit", unit_read.one_unit(question))
    view = unit_view.View(question, names, unit_read.read(rows, names), rows)
    return [
        unit_view.head(view),
        unit_view.indicators(view),
        unit_stages.card_of(view),
        unit_late.card_of(view),
        unit_now.card_of(view),
    ]


def _no_unit(question: Question) -> list[Child]:
    words = t("unit.unknown", code=question.filters.unit) if question.filters.unit else t("unit.choose")
    return [empty(words, link(t("unit.to_units"), "/units"))]

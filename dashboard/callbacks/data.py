"""Callbacks of pages/data.py: source age, runs, quarantine, places, store against mart."""

from sqlalchemy import Executable

from dashboard import data_cards, data_reconciliation
from dashboard.ask import Question
from dashboard.components import Child
from dashboard.drawn import Own, body
from dashboard.pages.data import PAGE, Ids
from dashboard.push import RHYTHM
from dashboard.shell import Shell
from kpi.queries import operations


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, _own: Own) -> Child:
    """All cards of the page."""
    rows = await question.gather("data", statements(question))
    return [
        data_cards.sources(rows["sources"], question.at, RHYTHM),
        data_cards.runs(rows["runs"]),
        data_reconciliation.reconciliation(rows["reconciliation"], rows["reconciliation_units"]),
        data_cards.quarantine(rows["quarantine_counts"], rows["quarantine"]),
        data_cards.place_flags(rows["place_flags"]),
    ]


def statements(question: Question) -> dict[str, Executable]:
    """Every select of the page."""
    period = question.filters.period
    return {
        "sources": operations.source_states(),
        "runs": operations.runs(),
        "quarantine_counts": operations.quarantine_counts(),
        "quarantine": operations.quarantine(),
        "place_flags": operations.place_flags(question.filters, question.window),
        "reconciliation": operations.reconciliation(period.start_on, period.end_on),
        "reconciliation_units": operations.reconciliation_units(),
    }

"""Callbacks of pages/units.py: every unit of the period from one snapshot."""

from dashboard import unit_read, units_view
from dashboard.ask import Question
from dashboard.components import Child
from dashboard.drawn import Own, body
from dashboard.pages.units import PAGE, Ids
from dashboard.shell import Shell
from kpi.filters import FilterError


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, own: Own) -> Child:
    """The table of units."""
    level = _level(own)
    rows = await question.gather("units", unit_read.statements(question, question.filters))
    names = await question.names()
    return units_view.page(question, names, unit_read.read(rows, names), level)


def _level(own: Own) -> str | None:
    level = own.get("level")
    if level is not None and level not in unit_read.LEVELS:
        raise FilterError("level", level, f"use one of {', '.join(unit_read.LEVELS)}")
    return level

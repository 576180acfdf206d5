"""Callbacks of pages/units.py: every unit of the period from one snapshot."""

from urllib.parse import parse_qs

from dash import Input, Output, callback, no_update

from dashboard import unit_read, units_view
from dashboard.ask import ask
from dashboard.components import Child
from dashboard.drawn import drawn, on_page, refusing
from dashboard.pages.units import PAGE, Ids
from dashboard.shell import Shell
from kpi.filters import FilterError


@callback(
    Output(Ids.BODY, "children"),
    Input(Shell.URL, "data"),
    Input(Shell.VERSION, "data"),
    Input(Shell.MINUTE, "data"),
)
@drawn
@refusing(PAGE)
async def draw(address: dict[str, str] | None, *_: object) -> Child:
    """The table of units."""
    if not on_page(PAGE, address):
        return no_update
    question = ask(address, PAGE.query_keys)
    level = _level((address or {}).get("search") or "")
    rows = await question.gather("units", unit_read.statements(question, question.filters))
    names = await question.names()
    return units_view.page(question, names, unit_read.read(rows, names), level)


def _level(search: str) -> str | None:
    level = parse_qs(search.removeprefix("?")).get("level", [None])[0]
    if level is not None and level not in unit_read.LEVELS:
        raise FilterError("level", level, f"use one of {', '.join(unit_read.LEVELS)}")
    return level

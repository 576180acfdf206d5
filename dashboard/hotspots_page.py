"""What the map's callbacks show while its layer is hot spots: list, drawer, legend. Each reads, then builds."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import hotspots_drawer, hotspots_read, hotspots_view, map_drawer
from dashboard.ask import Question
from dashboard.hotspots_view import QueryOf
from dashboard.text import t
from kpi.filters import FilterError


async def panel(question: Question, query_of: QueryOf, chosen: str) -> tuple[list, list, list]:
    """Heading, rows and chips of the list beside the map. Raises FilterError."""
    if not hotspots_read.is_offered(question):
        return [html.P(t("hotspots.list.unit"))], [], []
    found, names = await hotspots_read.found(question), await question.names()
    head = hotspots_view.head(question, found, names, query_of)
    return head, hotspots_view.rows(found, names, query_of, chosen), []


async def drawer(question: Question, key: str, close_query: str) -> list[Any]:
    """The drawer of the spot that the address names. Raises FilterError."""
    try:
        cell, field = hotspots_read.place_of(key)
    except FilterError as error:
        return map_drawer.note(t("say.bad_filter", why=str(error)), close_query)
    found = await hotspots_read.found(question) if hotspots_read.is_offered(question) else None
    every = found.every if found else ()
    spot = next((s for s in every if (s.group.cell, s.group.field) == (cell, field)), None)
    if found is None or spot is None:
        return map_drawer.note(t("hotspots.drawer.gone"), close_query)
    life = await hotspots_read.life(question, spot)
    names = await question.names()
    return hotspots_drawer.drawer(question, spot, found, life, names, close_query)


def legend(question: Question) -> list[Component]:
    """Shapes, colours and the statistic named for the chosen period. Raises FilterError."""
    rule, weeks_needed = hotspots_read.rule_of(question)
    return hotspots_view.legend(rule, weeks_needed)

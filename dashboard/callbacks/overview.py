"""Callbacks of pages/overview.py: the whole page from one snapshot, and the badges of the navigation."""

from dash.development.base_component import Component

from dashboard import (
    flows,
    overview_cards,
    overview_phone,
    overview_places,
    overview_read,
    overview_tables,
    overview_trend,
)
from dashboard.ask import Question
from dashboard.components import skeleton
from dashboard.drawn import Own, body
from dashboard.overview_cards import View
from dashboard.pages.overview import PAGE, Ids
from dashboard.shell import Shell

FIRST_S = 2.0
"""What is in hand stands after so long at the latest, though its periods are still being counted for the first time."""


@body(PAGE, Ids.BODY, Shell.MINUTE, Shell.THEME)
async def draw(question: Question, _own: Own) -> list[Component]:
    """All cards of the page."""
    counted = await flows.gather("overview", question, overview_read.statements(question), FIRST_S)
    figures = overview_read.read(question, counted.rows)
    view = View(question, await question.names(), figures, counted.counted_at)
    return cards(view, is_counting=counted.is_counting)


def cards(view: View, *, is_counting: bool = False) -> list[Component]:
    """The cards in the order of the desk; the phone orders them by CSS. is_counting: frames in the place of those of periods."""
    made = [
        overview_cards.verdict(view),
        overview_phone.phone_now(view),
        overview_phone.phone_holders(view),
        overview_cards.still_counting(view) if is_counting else overview_cards.in_period(view),
        overview_cards.right_now(view),
        *(_waiting() if is_counting else _of_periods(view)),
    ]
    return [item for item in made if item is not None]


def _of_periods(view: View) -> list[Component | None]:
    return [
        overview_trend.trend(view),
        overview_tables.units(view),
        overview_tables.fields(view),
        overview_places.card_of(view),
    ]


def _waiting() -> list[Component]:
    return [skeleton(class_name="span-6 tall", of_chart=True), skeleton(class_name="span-6 tall")]

"""What every tile of the wall is made from: question, names, figures, screen and the place of the scene."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from dashboard.ask import Question
from dashboard.names import Names
from dashboard.text import t
from dashboard.wall import places
from dashboard.wall.read import WHOLE, Flows, Held, Stock, Stocks
from dashboard.wall.screen import Screen
from geo.units import Level

Values = dict[str, Any]
"""What a template writes."""


@dataclass(frozen=True)
class View:
    """What every tile is made from; place: WHOLE or the district of a district's scene. flows: None while they are counted."""

    question: Question
    names: Names
    stocks: Stocks
    flows: Flows | None
    screen: Screen
    place: str = WHOLE

    @property
    def stock(self) -> Stock:
        """The place right now."""
        return self.stocks.stock.get(self.place, Stock())

    @property
    def held(self) -> tuple[Held, ...]:
        """The units of the place."""
        return self.stocks.held.get(self.place, ())

    @property
    def rows(self) -> int:
        """How many rows of bars fit."""
        return self.screen.rows

    def place_name(self, code: str) -> str:
        """Name of a district, or of a commune where districts have ended."""
        is_district = code in self.names.districts or places.ground(self.question).level is Level.DISTRICT
        return self.names.district(code) if is_district else self.names.commune(code)

    def place_label(self, code: str) -> str:
        """The name as maps print it: 'Mỹ Xuyên', 'Phường 2'."""
        name = self.names.communes.get(code, {}).get("name", "")
        return name if name and not name.isdigit() else self.place_name(code)

    def titled(self, key: str, past_key: str = "") -> Values:
        """Title of a tile and what it says once the source has stopped ({at} stays for the browser)."""
        place = f", {self.place_name(self.place)}" if self.place else ""
        return {
            "title": t(key) + place,
            "past": t("wall.past", name=t(past_key or key) + place, at="{at}"),
        }


def of_period(title: str) -> Callable[[Callable[[View, Flows], Values]], Callable[[View], Values]]:
    """A tile of counts of a period: says that they are being counted where they are not there yet."""

    def around(draw: Callable[[View, Flows], Values]) -> Callable[[View], Values]:
        @wraps(draw)
        def tile(view: View) -> Values:
            if view.flows is None:
                return {**view.titled(title), "kind": "counting", "words": t("wall.counting")}
            return draw(view, view.flows)

        return tile

    return around

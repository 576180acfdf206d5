"""Small drawings of positioned spans: dots on a strip, stretches of time on a lane. Crisp at any size, and on paper.

Positions are shares 0..1 of the width. Drawings are hidden from screen readers: the numbers must stand beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.components import HIDDEN, Child


def pct(share: float) -> str:
    """A share of the width as CSS, kept within the drawing."""
    return f"{100 * min(max(share, 0.0), 1.0):.3f}%"


def strip(others: Sequence[float], own: float | None, median: float | None) -> Component:
    """One dot per unit of a group, this unit in ink, the group's median as a line."""
    parts = [html.Span(className="strip-dot", style={"left": pct(place)}) for place in others]
    if median is not None:
        parts.append(html.Span(className="strip-median", style={"left": pct(median)}))
    if own is not None:
        parts.append(html.Span(className="strip-own", style={"left": pct(own)}))
    return html.Span(parts, className="strip", **HIDDEN)


@dataclass(frozen=True)
class Stretch:
    """A coloured part of a lane: from..until, what it is (class hold-<kind>), what is said on hover and on it."""

    from_share: float
    until_share: float
    kind: str
    title: str = ""
    words: Child = None


def lane(stretches: Sequence[Stretch], marks: Sequence[Component] = ()) -> Component:
    """Stretches side by side on one line; marks lie above them."""
    drawn = [
        html.Span(
            stretch.words,
            className=f"hold hold-{stretch.kind}",
            title=stretch.title or None,
            style={
                "left": pct(stretch.from_share),
                "width": pct(max(stretch.until_share - stretch.from_share, 0.0)),
            },
        )
        for stretch in stretches
    ]
    return html.Span([*drawn, *marks], className="lane")


def upright(share: float, kind: str, words: Child = None) -> Component:
    """A line across the lanes: a limit, now."""
    return html.Span(words, className=f"upright upright-{kind}", style={"left": pct(share)})

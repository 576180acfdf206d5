"""Notes on the time line of a chart: what happened, as a band or a line with its name above. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go

Span = tuple[date, date]
"""First day of a period and of the next."""
NOTE_ROOM = 2.6
"""Periods that the names of two notes need between their middles."""


@dataclass(frozen=True)
class Note:
    """A band on the time line, or a line at its first day: something that happened, short and dated."""

    label: str
    from_on: date
    until_on: date
    is_line: bool = False


def draw_notes(
    figure: go.Figure, periods: Sequence[Span], notes: Sequence[Note], color: dict[str, str]
) -> None:
    """A band in sunken over the periods that a note touches, or a line at its day; its name above."""
    named_at = -NOTE_ROOM
    for note in notes:
        touched = [
            n
            for n, (start_on, end_on) in enumerate(periods)
            if note.from_on < end_on and note.until_on >= start_on
        ]
        if not touched:
            continue
        x0, x1 = touched[0] - 0.5, touched[-1] + 0.5
        if note.is_line:
            x0 = x1 = _x_of(note.from_on, periods, touched[0])
        figure.add_shape(
            x0=x0, x1=x1, y0=0, y1=1.06, xref="x", yref="paper", layer="below", **_look(note, color)
        )
        middle = (x0 + x1) / 2
        at: dict[str, object] = {"yshift": -1}
        if middle - named_at < NOTE_ROOM:
            at = {"xanchor": "left", "xshift": 3, "yshift": -18}
        elif middle < NOTE_ROOM / 3:  # half of the name would stand outside
            at = {"yshift": -1, "xanchor": "left", "xshift": -12}
        font = {"color": color["ink-2"]}
        figure.add_annotation(
            x=middle,
            y=1.06,
            yref="paper",
            text=note.label,
            showarrow=False,
            yanchor="bottom",
            font=font,
            **at,
        )
        named_at = middle


def _look(note: Note, color: dict[str, str]) -> dict[str, object]:
    if note.is_line:
        return {"type": "line", "line": {"color": color["ink-3"], "width": 1.2, "dash": "dash"}}
    return {"type": "rect", "fillcolor": color["sunken"], "line_width": 0}


def _x_of(day: date, periods: Sequence[Span], place: int) -> float:
    """Where a day lies on the axis whose periods have their middles at 0, 1, …"""
    start_on, end_on = periods[place]
    return place - 0.5 + (day - start_on).days / max((end_on - start_on).days, 1)

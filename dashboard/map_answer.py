"""What the map's feed says of one view: marks, totals, shading, and the three lines of each single mark. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from dashboard import map_areas, text
from dashboard.ground import Ground
from dashboard.map_cells import Box, Mark, marks
from dashboard.map_density import density
from dashboard.map_points import NO_DUE_S, OPEN, STATES, Points
from dashboard.text import t
from kpi.worktime import OutOfCalendarError, WorkCalendar, from_unix, to_unix


@dataclass(frozen=True)
class View:
    """What the browser asked for."""

    zoom: float
    box: Box
    shading: map_areas.Shading
    level: str
    """district | commune: what is shaded."""
    has_density: bool = False
    """Whether the layer of density is shown in the place of marks and shading."""


@dataclass(frozen=True)
class Context:
    """What the marks' words need: the instant, until when is soon, names of units, the calendar (None = wall clock)."""

    at: datetime
    soon_until: datetime
    unit_names: Mapping[str, str]
    calendar: WorkCalendar | None


def answer(
    points: Points,
    view: View,
    context: Context,
    ground: Ground,
    period_figures: map_areas.Figures | None = None,
) -> dict[str, Any]:
    """The feed's JSON without the age of its data.

    ground: the units that the map draws. period_figures: figures by area for a shading that is no count of the points (on-time rate, satisfaction).
    """
    states = points.states(to_unix(context.at), to_unix(context.soon_until))
    found = {
        "at": text.instant(context.at),
        "totals": totals(points, states),
        "has_counts": points.has_counts,
        "extent": extent(points),
    }
    if view.has_density:
        return found | {"marks": [], "areas": {}, "density": density(points, view.zoom, view.box)}
    shown = marks(points, states, view.zoom, view.box)
    figures = period_figures
    if figures is None:
        figures = map_areas.stock_figures(view.shading, points, states, ground)
    shade = map_areas.shade(view.shading, figures)
    return found | {
        "marks": [row(points, mark, context) for mark in shown],
        "areas": shade.pop("areas"),
        "ramp": shade,
    }


def extent(points: Points) -> list[list[float]] | None:
    """[[south, west], [north, east]] of all places: what a map without boundaries shows; None without any place."""
    if not len(points) or np.isnan(points.lon).all():
        return None
    lon, lat = points.lon, points.lat
    return [[float(np.nanmin(lat)), float(np.nanmin(lon))], [float(np.nanmax(lat)), float(np.nanmax(lon))]]


def totals(points: Points, states: np.ndarray) -> dict[str, int]:
    """All reports of the choice, on the map or not, by state; those without a place, and the secret ones among them."""
    counts = np.bincount(states, points.n, len(STATES))
    placeless = np.isnan(points.lon)
    found = {state: int(counts[place]) for place, state in enumerate(STATES)}
    found["all"] = int(points.n.sum())
    found["secret"] = int(points.n[points.is_secret].sum())
    found["no_place"] = int(points.n[placeless & ~points.is_secret].sum())
    return found


def row(points: Points, mark: Mark, context: Context) -> list[Any]:
    """[key, lon, lat, tip of a single report or null, count per state …]."""
    tip = None if mark.row < 0 else single_tip(points, mark, context)
    return [mark.key, mark.lon, mark.lat, tip, *mark.counts.tolist()]


def single_tip(points: Points, mark: Mark, context: Context) -> dict[str, Any]:
    """{"report": code, "urgent", "lines": state, time left, holder}: no word of a citizen."""
    at = mark.row
    state = int(np.argmax(mark.counts))
    is_urgent = bool(points.is_urgent[at])
    word = t(f"state.{STATES[state]}")
    left = time_left(int(points.due_s[at]), context) if points.fixed_state[at] == OPEN else ""
    holder = context.unit_names.get(points.holder_codes[points.holder[at]], "")
    lines = [f"{t('map.tip.urgent')} · {word}" if is_urgent else word, left, holder]
    return {
        "report": points.code(at),
        "urgent": is_urgent,
        "lines": [line for line in lines if line],
    }


def time_left(due_s: int, context: Context) -> str:
    """'Quá 5 giờ 35 phút làm việc', 'Còn 1 ngày 3 giờ làm việc', 'Không quy định hạn'."""
    if due_s == NO_DUE_S:
        return t("map.tip.no_limit")
    seconds = working_seconds(to_unix(context.at), due_s, context.calendar)
    key = "map.tip.left" if due_s >= to_unix(context.at) else "map.tip.over"
    if seconds is None:
        return t("map.tip.due", at=text.instant(from_unix(due_s)))
    return t(key, amount=text.working_time(seconds))


def working_seconds(at_s: int, due_s: int, calendar: WorkCalendar | None) -> int | None:
    """Working seconds between two instants; None where no calendar covers them."""
    if calendar is None:
        return None
    try:
        elapsed = calendar.elapsed_s(np.array([at_s, due_s], dtype=np.int64))
    except OutOfCalendarError:
        return None
    return abs(int(elapsed[1] - elapsed[0]))

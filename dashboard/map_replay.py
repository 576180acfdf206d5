"""The replay of a day or a month as frames: how many reports of each state lay in each cell at each instant. Pure.

A report's state at an instant is that of the product's stocks (kpi.queries.measures): in hand when it was sent before and
had not left before; then overdue when due before, due soon by working time, else in time. The limit is the one in force
today: a later extension counts from the beginning. What has left stays for LINGER frames as how it left, then is gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dashboard.map_cells import TILE_PX, Box
from dashboard.map_points import DUE_SOON, IN_TIME, OVERDUE, STATES
from dashboard.mercator import degrees, world
from kpi.periods import Period
from kpi.queries.window import DUE_SOON_WORKING_HOURS, HOUR_S
from kpi.worktime import WorkCalendar, to_unix

STEP = {"day": timedelta(minutes=15), "month": timedelta(hours=6)}
LINGER = 4
CELL_PX = 84
MARK_PX = 30
"""Largest radius of a mark: it stays that far from the edges of its cell, so that no two marks overlap."""
MOST_CHANGES = 50_000
"""Changes of a count in one answer: about 200 kB compressed. Beyond, cells are made twice as wide."""
_STRIDE = 2**27
"""More lines than any zoom has."""
NEVER_S = np.iinfo(np.int64).max
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lives:
    """Reports column by column: coarse place (NaN = none), Unix seconds (NEVER_S = not), how they left (index in STATES)."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    sent_s: Ints
    due_s: Ints
    closed_s: Ints
    closed_as: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """How many reports."""
        return len(self.sent_s)


@dataclass(frozen=True)
class Film:
    """The instants of the frames (Unix seconds, ascending), and until when something is due soon at each."""

    at_s: Ints
    soon_s: Ints

    @classmethod
    def of(cls, period: Period, now: datetime, calendar: WorkCalendar) -> "Film":
        """Frames of a day or calendar month from its beginning to its end, or to `now` while it runs."""
        step_s = int(STEP[period.kind].total_seconds())
        at_s = np.arange(to_unix(period.start_at), to_unix(period.end_at) + 1, step_s, dtype=np.int64)
        at_s = at_s[at_s <= max(to_unix(now), at_s[0])]
        soon_s = calendar.earliest_at(calendar.elapsed_s(at_s) + DUE_SOON_WORKING_HOURS * HOUR_S)
        return cls(at_s, soon_s)


def from_arrow(table: pa.Table) -> Lives:
    """Rows of kpi.queries.map_replay.lives."""

    def seconds(name: str) -> Ints:
        return np.asarray(table[name].fill_null(NEVER_S).to_numpy()).astype(np.int64)

    lon, lat = (table[name].to_numpy().astype(np.float64) for name in ("lon", "lat"))
    sent_s, due_s, closed_s = (seconds(f"{name}_s") for name in ("sent", "due", "closed"))
    return Lives(lon, lat, sent_s, due_s, closed_s, table["closed_as"].to_numpy().astype(np.int8))


def states_at(lives: Lives, at_s: int, soon_s: int) -> npt.NDArray[np.int8]:
    """State of each report at one instant: index in STATES, or -1 for one that was not in hand. The plain rule."""
    in_hand = (lives.sent_s < at_s) & (lives.closed_s >= at_s)
    asked = np.where(lives.due_s < at_s, OVERDUE, np.where(lives.due_s <= soon_s, DUE_SOON, IN_TIME))
    return np.where(in_hand, asked, -1).astype(np.int8)


def changes(lives: Lives, film: Film, cell: Ints, cells: int) -> Ints:
    """Array (frames, cells, states) of how each count differs from the frame before; the first holds the counts."""
    frames = len(film.at_s)
    sent, over, closed = (
        np.searchsorted(film.at_s, each, side="right") for each in (lives.sent_s, lives.due_s, lives.closed_s)
    )
    soon = np.searchsorted(film.soon_s, lives.due_s, side="left")
    closed = np.maximum(closed, sent)
    soon = np.clip(soon, sent, closed)
    over = np.clip(over, soon, closed)
    spans = (
        (sent, soon, np.full(len(lives), IN_TIME)),
        (soon, over, np.full(len(lives), DUE_SOON)),
        (over, closed, np.full(len(lives), OVERDUE)),
        (closed, closed + LINGER, lives.closed_as),
    )
    size = frames * cells * len(STATES)
    found = np.zeros(size, dtype=np.int64)
    for first, last, state in spans:
        is_seen = (first < last) & (first < frames)
        for frame, sign in ((first, 1), (last, -1)):
            counted = is_seen & (frame < frames)
            key = (frame * cells + cell) * len(STATES) + state
            found += sign * np.bincount(key[counted], minlength=size)
    return found.reshape(frames, cells, len(STATES))


def replay(lives: Lives, film: Film, zoom: float, box: Box) -> dict[str, Any]:
    """What the browser plays: {"cells": [lon, lat, …], "frames": [[place, change, …], …], "totals": [[per state], …]}.

    place = number of the cell · 6 + index in STATES. Totals are of the whole choice, also what has no place or lies
    outside the view.
    """
    cell_px = CELL_PX
    while True:
        cell, lon, lat = _cells(lives, zoom, box, cell_px)
        found = changes(lives, film, cell, len(lon) + 1)
        if np.count_nonzero(found[:, :-1]) <= MOST_CHANGES:
            break
        cell_px *= 2
    totals = found.sum(axis=1).cumsum(axis=0)
    return {
        "cells": np.stack([lon, lat], axis=1).round(5).ravel().tolist(),
        "frames": [_sparse(frame[:-1].ravel()) for frame in found],
        "totals": totals.tolist(),
    }


def _cells(lives: Lives, zoom: float, box: Box, cell_px: int) -> tuple[Ints, Any, Any]:
    """Number of each report's cell (the last: in none), and where its mark stands in degrees: near its reports' middle."""
    scale = TILE_PX * 2.0**zoom
    x, y = world(lives.lon, lives.lat)
    edge_x, edge_y = world(np.array([box.west, box.east]), np.array([box.north, box.south]))
    is_seen = (x >= edge_x[0]) & (x <= edge_x[1]) & (y >= edge_y[0]) & (y <= edge_y[1])
    px, py = x[is_seen] * scale, y[is_seen] * scale
    column, line = ((each // cell_px).astype(np.int64) for each in (px, py))
    key, number = np.unique(column * _STRIDE + line, return_inverse=True)
    edges = (key // _STRIDE * cell_px, key % _STRIDE * cell_px)
    count = len(key)
    n = np.maximum(np.bincount(number, minlength=count), 1)
    marks = (
        np.clip(np.bincount(number, each, count) / n, edge + MARK_PX, edge + cell_px - MARK_PX)
        for each, edge in zip((px, py), edges, strict=True)
    )
    cell = np.full(len(lives), count, dtype=np.int64)
    cell[is_seen] = number
    lon, lat = degrees(*(each / scale for each in marks))
    return cell, lon, lat


def _sparse(change: Ints) -> list[int]:
    place = np.flatnonzero(change)
    return np.stack([place, change[place]], axis=1).ravel().tolist()

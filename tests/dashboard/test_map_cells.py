"""Marks of a view: nothing lost, nothing overlapping, states by the clock, one place fanned out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import map_cells
from dashboard.map_cells import Box, Mark, marks, radius_px
from dashboard.map_points import NO_DUE_S, OPEN, STATES, Points
from kpi.queries.ground import Origin

AT_S, SOON_S = 1_000, 2_000
PROVINCE = Box(105.0, 9.0, 107.0, 10.5)


def points(
    lon: list[float], lat: list[float], due_s: list[int] | None = None, closed: list[int] | None = None
) -> Points:
    """Reports at these places; without more, all of them due after SOON_S."""
    n = len(lon)
    none, no = np.zeros(n, np.int32), np.zeros(n, bool)
    return Points(
        np.arange(n), [f"PA-{i}" for i in range(n)], np.array(lon, float), np.array(lat, float),
        np.array(due_s if due_s is not None else [SOON_S + 1] * n), np.array(closed if closed is not None else [OPEN] * n, np.int8),
        no, no, none, none, (Origin("", "", None, ""),), ("",),
    )  # fmt: skip


def pixels(mark: Mark, zoom: float) -> tuple[float, float]:
    scale = map_cells.TILE_PX * 2.0**zoom
    y = (1 - math.asinh(math.tan(math.radians(mark.lat))) / math.pi) / 2
    return (mark.lon + 180) / 360 * scale, y * scale


@pytest.mark.parametrize(
    ("due_s", "closed", "state"),
    [
        (999, OPEN, "overdue"),  # one second before now
        (1_000, OPEN, "due_soon"),  # due this very second: not overdue yet
        (2_000, OPEN, "due_soon"),  # the last second that is soon
        (2_001, OPEN, "in_time"),
        (NO_DUE_S, OPEN, "in_time"),  # no limit set
        (1, 3, "done_on_time"),  # closed ones keep what they were
        (1, 4, "done_late"),
        (1, 5, "other"),
    ],
)
def test_state_is_asked_of_the_clock(due_s: int, closed: int, state: str) -> None:
    assert STATES[points([106], [9.6], [due_s], [closed]).states(AT_S, SOON_S)[0]] == state


places = st.lists(st.tuples(st.floats(105.2, 106.8), st.floats(9.2, 10.3)), min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(places, st.sampled_from([7, 9.25, 10, 12.5, 15]))
def test_every_report_is_in_exactly_one_mark(where: list[tuple[float, float]], zoom: float) -> None:
    held = points([p[0] for p in where], [p[1] for p in where])
    found = marks(held, held.states(AT_S, SOON_S), zoom, PROVINCE)
    assert sum(mark.n for mark in found) == len(where)
    assert len({mark.key for mark in found}) == len(found)
    assert all((mark.row >= 0) == (mark.n == 1) for mark in found)


@settings(max_examples=40, deadline=None)
@given(places, st.sampled_from([9, 11.5]))
def test_no_mark_hides_the_middle_of_another(where: list[tuple[float, float]], zoom: float) -> None:
    held = points([p[0] for p in where], [p[1] for p in where])
    found = [(pixels(m, zoom), m.n) for m in marks(held, held.states(AT_S, SOON_S), zoom, PROVINCE)]
    for i, (a, n) in enumerate(found):
        for b, m in found[i + 1 :]:
            assert math.dist(a, b) > max(radius_px(n), radius_px(m)) / 2


def test_a_pan_within_the_tiles_changes_nothing() -> None:
    random = np.random.default_rng(1)
    held = points(random.uniform(105.5, 106.3, 500).tolist(), random.uniform(9.3, 9.9, 500).tolist())
    states = held.states(AT_S, SOON_S)
    one = marks(held, states, 10, Box(105.90, 9.50, 106.10, 9.70))
    other = marks(held, states, 10, Box(105.91, 9.51, 106.11, 9.71))
    assert [(m.key, m.lon, m.lat, m.n) for m in one] == [(m.key, m.lon, m.lat, m.n) for m in other]


def test_counts_of_a_cluster_are_by_state() -> None:
    held = points([106.0] * 6, [9.6] * 6, [1, 1, 1, 1_500, 3_000, 3_000])
    (cluster,) = marks(held, held.states(AT_S, SOON_S), 12, PROVINCE)
    assert dict(zip(STATES, cluster.counts.tolist(), strict=True)) == {
        "in_time": 2, "due_soon": 1, "overdue": 3, "done_on_time": 0, "done_late": 0, "other": 0,
    }  # fmt: skip
    assert (cluster.lon, cluster.lat) == (pytest.approx(106.0, abs=1e-5), pytest.approx(9.6, abs=1e-5))


def test_one_place_fans_out_when_zoomed_right_in_overdue_first() -> None:
    held = points([106.0] * 5, [9.6] * 5, [3_000, 3_000, 1, 1_500, 3_000])
    fanned = marks(held, held.states(AT_S, SOON_S), 18, Box(105.99, 9.59, 106.01, 9.61))
    assert [m.row for m in fanned] == [2, 3, 0, 1, 4]
    spots = [pixels(m, 18) for m in fanned]
    assert (
        min(math.dist(a, b) for i, a in enumerate(spots) for b in spots[i + 1 :])
        > 2 * map_cells.SINGLE_RADIUS_PX
    )


def test_too_many_at_one_place_stay_a_cluster() -> None:
    n = map_cells.FAN_OUT_MOST + 1
    held = points([106.0] * n, [9.6] * n)
    (cluster,) = marks(held, held.states(AT_S, SOON_S), 18, Box(105.99, 9.59, 106.01, 9.61))
    assert cluster.n == n


def test_without_a_place_there_is_no_mark() -> None:
    held = points([math.nan, 106.0], [math.nan, 9.6])
    (mark,) = marks(held, held.states(AT_S, SOON_S), 9, PROVINCE)
    assert mark.row == 1


@pytest.mark.parametrize(("n", "radius"), [(1, 13.0), (4, 16.2), (25, 22.5), (100, 33.0), (1_000_000, 42.0)])
def test_radius_grows_with_the_root_and_is_bounded(n: int, radius: float) -> None:
    """12 + 2,1·√n: √4 = 2, √25 = 5, √100 = 10."""
    assert radius_px(n) == pytest.approx(radius)

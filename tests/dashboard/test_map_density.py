"""Density: every placed report lies in one cell, per km² is the plain quotient, roles see the same cells, classes are fixed."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.map_cells import Box
from dashboard.map_density import LEAST_CELL_PX, area_km2, bounds_of, density, steps_per_cell
from dashboard.map_points import NO_DUE_S, OPEN, Points
from dashboard.text import language
from kpi.cells import CELL_DEGREES

WORLD = Box(-180, -85, 180, 85)


@pytest.fixture(autouse=True)
def vietnamese():
    language.set("vi")


def points(lon: list[float], lat: list[float], n: list[int] | None = None) -> Points:
    count = len(lon)
    none, no = np.zeros(count, np.int32), np.zeros(count, bool)
    return Points(
        np.arange(count), [], np.array(lon, float), np.array(lat, float), np.full(count, NO_DUE_S),
        np.full(count, OPEN, np.int8), no, no, none, none, (), (), np.array(n or [1] * count, np.int64),
    )  # fmt: skip


def cells(found: dict) -> dict[tuple[int, int], int]:
    return {
        (flat[at], flat[at + 1]): flat[at + 2] for flat in found["cells"] for at in range(0, len(flat), 3)
    }


places = st.lists(st.tuples(st.floats(105.2, 106.8), st.floats(9.2, 10.3)), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(places, st.sampled_from([7, 9.25, 11, 13.5, 18]))
def test_every_placed_report_is_in_the_cell_that_holds_its_coarse_place(where: list, zoom: float) -> None:
    found = density(points([p[0] for p in where], [p[1] for p in where]), zoom, WORLD)
    steps = steps_per_cell(zoom)
    plain = Counter(
        (round(lon / CELL_DEGREES) // steps, round(lat / CELL_DEGREES) // steps) for lon, lat in where
    )
    assert cells(found) == dict(plain)


@settings(max_examples=40, deadline=None)
@given(places, st.sampled_from([8, 12, 16]))
def test_exact_and_coarse_places_make_the_same_picture(where: list, zoom: float) -> None:
    """What a role that handles reports sees is what everybody sees: the exact place adds nothing."""
    coarse = [[round(round(v / CELL_DEGREES) * CELL_DEGREES, 6) for v in place] for place in where]
    exact = density(points([p[0] for p in where], [p[1] for p in where]), zoom, WORLD)
    assert density(points([p[0] for p in coarse], [p[1] for p in coarse]), zoom, WORLD) == exact


def test_places_far_off_on_all_sides_of_the_world_keep_their_cells() -> None:
    lon, lat = [0.0, -70.0, 106.0, 9.6], [0.0, -33.0, 9.6, 106.0 - 90]
    found = density(points(lon, lat), 14, WORLD)
    assert set(cells(found)) == {(0, 0), (-14000, -6600), (21200, 1920), (1920, 3200)}


def test_counts_weigh_and_reports_without_a_place_stay_out() -> None:
    found = density(points([106.0, 106.0, math.nan], [9.6, 9.6, math.nan], [40, 2, 9]), 14, WORLD)
    assert list(cells(found).values()) == [42]
    assert found["n"].split()[2] == "42"


def test_a_cell_at_9_6_north_has_the_area_of_the_sphere() -> None:
    """0.005° is 0.555975 km; times cos 9.6° = 0.98600: 0.3091 · 0.98600 = 0.30478 km²."""
    assert area_km2(np.array([1920]), 1)[0] == pytest.approx(0.30478, abs=1e-4)


@pytest.mark.parametrize("zoom", [7, 8.75, 10, 12.25, 14, 18])
def test_cells_are_wide_enough_to_see_and_no_wider_than_needed(zoom: float) -> None:
    side_px = steps_per_cell(zoom) * CELL_DEGREES / 360 * 256 * 2.0**zoom
    assert side_px >= LEAST_CELL_PX
    assert steps_per_cell(zoom) == 1 or side_px / 2 < LEAST_CELL_PX


@pytest.mark.parametrize(
    ("top", "bounds"),
    [
        (12.0, (1, 2, 5, 10)),
        (9.9, (0.5, 1, 2, 5)),
        (0.3, (0.02, 0.05, 0.1, 0.2)),
        (2500, (200, 500, 1000, 2000)),
    ],
)
def test_classes_are_round_numbers_under_the_densest(top: float, bounds: tuple) -> None:
    assert bounds_of(np.full(20, top)) == pytest.approx(bounds)


def test_words_of_the_classes_follow_each_other() -> None:
    found = density(points([106.0], [9.6], [6]), 14, WORLD)  # 6 / 0.305 km² = 19.7: top class from 10
    assert found["words"] == ["dưới 1", "1–2", "2–5", "5–10", "từ 10"]
    assert [len(flat) for flat in found["cells"]] == [0, 0, 0, 0, 3]


def test_nothing_to_draw_is_no_error() -> None:
    assert density(points([], []), 9, WORLD)["cells"] == [[], [], [], [], []]

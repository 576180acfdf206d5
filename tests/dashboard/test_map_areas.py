"""Shading of areas: classes in words, few data hatched, n with every rate."""

import numpy as np
import pytest

from dashboard.map_areas import SHADINGS, Figure, classes, count_by_area, shade, stock_figures
from dashboard.map_points import STATES


def figures(*values: float, n: int = 100) -> dict[str, Figure]:
    return {str(i): Figure(value, n) for i, value in enumerate(values)}


@pytest.mark.parametrize(
    ("most", "bounds"),
    [
        (69, (10, 20, 40)),
        (199, (10, 20, 40)),
        (200, (50, 100, 200)),
        (1_100, (100, 200, 400)),
        (9_000, (500, 1_000, 2_000)),
    ],
)
def test_classes_of_counts_change_by_magnitude_only(most: int, bounds: tuple[int, ...]) -> None:
    assert classes(SHADINGS["in_hand"], figures(3, most)) == bounds


def test_words_say_the_classes() -> None:
    assert shade(SHADINGS["in_hand"], figures(1, 69))["words"] == ["dưới 10", "10–19", "20–39", "từ 40"]
    assert shade(SHADINGS["overdue_share"], figures(0.3))["words"] == ["dưới 5", "5–10", "10–20", "từ 20"]


def test_where_low_is_bad_the_dark_end_stands_for_low() -> None:
    made = shade(SHADINGS["on_time_rate"], figures(0.70, 0.80, 0.92, 0.99))
    assert made["words"] == ["từ 95", "90–95", "80–90", "dưới 80"]
    assert [area["class"] for area in made["areas"].values()] == [3, 2, 1, 0]  # type: ignore[attr-defined]


def test_few_data_are_hatched_and_written_as_a_fraction() -> None:
    area = shade(SHADINGS["on_time_rate"], {"1": Figure(7 / 8, 8)})["areas"]["1"]  # type: ignore[index]
    assert area["few"]
    assert "7 trên 8" in area["text"][0]
    enough = shade(SHADINGS["on_time_rate"], {"1": Figure(0.9, 10)})["areas"]["1"]  # type: ignore[index]
    assert not enough["few"]
    assert enough["text"][1] == "9 trên 10"


def test_nothing_to_judge_is_neither_zero_nor_full() -> None:
    area = shade(SHADINGS["satisfaction"], {"1": Figure(None, 0)})["areas"]["1"]  # type: ignore[index]
    assert area["class"] == "none"


def test_stocks_are_counted_from_the_reports() -> None:
    """Area a: 1 in time, 1 due soon, 2 overdue; area '' is not known and is no area of the map."""
    states = np.array(
        [STATES.index(s) for s in ("in_time", "due_soon", "overdue", "overdue", "overdue")], np.int8
    )
    counts = count_by_area(np.array([1, 1, 1, 1, 0], np.int32), ("", "a"), states)
    assert stock_figures(SHADINGS["in_hand"], counts) == {"a": Figure(4, 4)}
    assert stock_figures(SHADINGS["overdue"], counts) == {"a": Figure(2, 4)}
    assert stock_figures(SHADINGS["overdue_share"], counts) == {"a": Figure(0.5, 4)}

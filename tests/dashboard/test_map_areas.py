"""Shading of areas: classes in words, few data hatched, n with every rate."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.ground import Ground
from dashboard.map_areas import SHADINGS, Figure, classes, shade, stock_figures
from dashboard.map_points import STATES, Points
from geo.units import Level, units_on
from kpi.queries.ground import Origin
from tests.dashboard.test_map_cells import points

BEFORE, AFTER = date(2024, 11, 1), date(2026, 11, 20)


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


def held(origins: list[Origin], states: list[str]) -> tuple[Points, np.ndarray]:
    """One report of each origin in each state, and the states as the map has them."""
    made = points([np.nan] * len(origins), [np.nan] * len(origins))
    known = tuple(dict.fromkeys(origins))
    index = np.array([known.index(origin) for origin in origins], np.int32)
    return replace(made, origin=index, origins=known), np.array([STATES.index(s) for s in states], np.int8)


def test_stocks_are_counted_from_the_reports() -> None:
    """941: 1 in time, 1 due soon, 2 overdue; '' is not known and is no area of the map."""
    open_ones = [Origin("941", "", None, "")] * 4 + [Origin("", "", None, "")]
    reports, states = held(open_ones, ["in_time", "due_soon", "overdue", "overdue", "overdue"])
    ground = Ground("94", BEFORE, Level.DISTRICT)
    found = {each: stock_figures(SHADINGS[each], reports, states, ground) for each in ("in_hand", "overdue")}
    assert found["in_hand"] == {"941": Figure(4, 4), "": Figure(1, 1)}
    assert found["overdue"] == {"941": Figure(2, 4), "": Figure(1, 1)}
    share = stock_figures(SHADINGS["overdue_share"], reports, states, ground)
    assert share["941"] == Figure(0.5, 4)
    drawn = shade(SHADINGS["in_hand"], found["in_hand"])
    assert list(drawn["areas"]) == ["941"]  # type: ignore[call-overload]
    assert drawn["n"] == "n = 5 phản ánh; 1 chưa rõ địa bàn, không tô"


# Code 31522 is Phường 9 until 31/08/2024 and Phường 1 from 01/09/2024, when Phường 9 went into it.
PHUONG_9 = Origin("941", "31522", None, "")
PHUONG_1 = Origin("941", "31522", date(2024, 9, 1), "")


def test_a_code_used_again_shades_the_unit_that_is_drawn() -> None:
    reports, states = held([PHUONG_9, PHUONG_9, PHUONG_1], ["overdue"] * 3)
    on = {
        day: stock_figures(SHADINGS["overdue"], reports, states, Ground("94", day, Level.COMMUNE))
        for day in DAYS
    }
    assert on[date(2024, 8, 31)]["31522"].value == pytest.approx(2 + on[date(2024, 8, 31)]["31522"].uncertain)
    assert (
        on[date(2024, 8, 31)]["31522"].uncertain < 1
    )  # of the report of Phường 1: it held Phường 9's ground too
    assert on[date(2024, 11, 1)] == {"31522": Figure(3, 3)}
    assert "31522" not in on[AFTER]
    assert sum(figure.n for figure in on[AFTER].values()) == 3


DAYS = [date(2024, 8, 31), date(2024, 11, 1), date(2025, 6, 30), AFTER]
ORIGINS = [
    Origin(u.parent_code if day < AFTER else "", u.code, day, "")
    for day in (date(2021, 1, 1), date(2024, 9, 1), AFTER)
    for u in units_on(day, level="commune", province_code="94")
] + [Origin("941", "", None, ""), Origin("", "", None, ""), Origin("941", "99999", None, ""), PHUONG_9]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ORIGINS), st.sampled_from(STATES)), min_size=1, max_size=60),
    st.sampled_from(DAYS),
    st.sampled_from(list(Level)[1:]),
)
def test_areas_and_what_is_not_known_add_up_to_the_choice(
    reports: list[tuple[Origin, str]], day: date, level: Level
) -> None:
    if level is Level.DISTRICT and day == AFTER:
        return  # there are none
    choice, states = held([origin for origin, _ in reports], [state for _, state in reports])
    found = stock_figures(SHADINGS["in_hand"], choice, states, Ground("94", day, level))
    assert sum(figure.n for figure in found.values()) == pytest.approx(len(reports), abs=1e-4)
    drawn = {u.code for u in units_on(day, level=level, province_code="94")}
    assert {code for code in found if code} <= drawn

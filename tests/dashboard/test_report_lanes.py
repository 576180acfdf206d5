"""The drawing of a report's life: off hours to its end, words beside the uprights."""

from typing import Any

import pytest
from dash.development.base_component import Component

from dashboard.report_lanes import axis_of, lanes
from kpi.clock import LOCAL
from kpi.explanation import Explanation
from tests.kpi.test_explain import INTAKE, LATE, explained

SLOW_INTAKE = """
2024-11-01 16:40 sent
2024-11-04 07:35 received ioc
2024-11-04 11:25 dispatched ioc>gtvt
"""


def spans_of(told: Explanation, dress: str) -> list[Any]:
    """All pieces of the drawing that carry a class, in its order."""
    found: list[Any] = []

    def walk(item: object) -> None:
        if isinstance(item, (list, tuple)):
            for child in item:
                walk(child)
        elif isinstance(item, Component):
            if dress in (getattr(item, "className", None) or "").split():
                found.append(item)
            walk(getattr(item, "children", None))

    walk(lanes(told))
    return found


def share(piece: Any) -> float:
    return float(piece.style["left"].rstrip("%")) / 100


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (INTAKE, "2024-11-06 09:00"),  # open, the deadline (12/11) lies ahead
        (INTAKE, "2024-11-20 09:00"),  # open, late
        (LATE, "2024-11-20 09:00"),  # done on 13/11
    ],
)
def test_off_hours_are_shaded_to_the_end_of_the_drawing(text: str, now: str) -> None:
    told = explained(text, now)
    end = axis_of(told).end_at
    assert (
        max(off.until_at for off in told.off_times).astimezone(LOCAL).date() >= end.astimezone(LOCAL).date()
    )


def test_words_begin_behind_an_upright_that_stands_close() -> None:
    """The IOC held it until 11:25 on Monday 04/11; its own limit, 4 working hours from 07:35, is 13:05."""
    told = explained(SLOW_INTAKE)
    upright = share(spans_of(told, "upright-limit")[0])
    words = share(spans_of(told, "lane-words")[0])
    assert words == pytest.approx(upright)
    axis = axis_of(told)
    held_until = next(lane.spans[-1].until_at for lane in told.lanes if lane.holder_kind == "ioc")
    assert 0 < upright - axis.share(held_until) < 0.02


def test_words_begin_at_the_stretch_where_no_upright_is_close() -> None:
    """The unit has it until now, 16:00: behind the IOC's limit, days before its own."""
    told = explained(INTAKE, "2024-11-04 16:00")
    held_until = next(lane.spans[-1].until_at for lane in told.lanes if lane.holder_kind == "lead")
    assert share(spans_of(told, "lane-words")[1]) == pytest.approx(axis_of(told).share(held_until), abs=1e-4)

"""A cluster in the address: its cells are read back, hold exactly the reports of the mark, and SQL lists the same ones."""

from collections.abc import Callable
from dataclasses import astuple
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from dashboard.ask import Question, province_calendar
from dashboard.ground import Ground
from dashboard.map_cells import Box, marks
from dashboard.map_read import read_points
from dashboard.map_spot import MOST_CELLS, Spot
from etl.migrate import engine_of
from geo.units import Level
from kpi.filters import FilterError, Filters
from kpi.periods import parse
from kpi.queries import reports, run
from kpi.queries.map_points import within_boxes
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import to_unix
from tests.dashboard import map_world as world
from tests.dashboard.test_map_cells import points

WORLD = Box(104.0, 8.0, 108.0, 11.0)
places = st.lists(st.tuples(st.floats(105.2, 106.8), st.floats(9.2, 10.3)), min_size=2, max_size=80)


@settings(max_examples=60, deadline=None)
@given(places, st.sampled_from([7, 9.25, 11.5, 14]))
def test_the_key_of_a_cluster_names_exactly_its_reports(where: list, zoom: float) -> None:
    held = points([p[0] for p in where], [p[1] for p in where])
    states = held.states(0, 0)
    for mark in marks(held, states, zoom, WORLD):
        if mark.row >= 0:
            continue
        inside = Spot.parse(mark.key).holds(held)
        assert np.bincount(states[inside], minlength=6).tolist() == mark.counts.tolist()


def test_reports_without_a_place_are_in_no_cluster() -> None:
    assert not Spot.parse("9:0:0").holds(points([float("nan")], [float("nan")])).any()


@pytest.mark.parametrize(
    "given",
    ["", "9", "9:1", "9:1:2,", "99:1:2", "9:1:2;drop", "9:-1:2", "9:" + ",".join(["1:2"] * (MOST_CELLS + 1))],
)
def test_nonsense_is_refused_by_name(given: str) -> None:
    with pytest.raises(FilterError, match="spot"):
        Spot.parse(given)


def test_chosen_rows_keep_their_columns() -> None:
    held = points([106.0, 106.2], [9.6, 9.7], due_s=[1, 5000])
    kept = held.where(np.array([False, True]))
    assert (len(kept), kept.report_id.tolist(), kept.due_s.tolist()) == (1, [1], [5000])


@pytest.mark.server
@pytest.mark.parametrize("role", ["analyst", "leader"])
def test_the_list_of_a_cluster_is_what_the_mark_counted(
    new_database: Callable[[str], str], role: str
) -> None:
    url = new_database("mapspot")
    world.fill(url, 300)
    scope, at = Scope("94", role), world.now()
    filters = Filters(parse("month", "2024-10", "calendar"), state="in_hand")
    asked = Question(scope, filters, Window.of(filters.period, at, province_calendar("94")), 1)
    held = read_points(make_url(url), asked, Ground("94", date(2024, 11, 1), Level.COMMUNE))
    engine = engine_of(url)
    shown = [m for m in marks(held, held.states(to_unix(at), to_unix(at)), 10, WORLD) if m.row < 0]
    assert len(shown) > 5
    for mark in shown:
        spot = Spot.parse(mark.key)
        boxes = within_boxes([astuple(box) for box in spot.boxes()], exact=scope.handles_reports)
        listed = run.rows_sync(engine, scope, reports.page(filters, asked.window, rows=400).where(boxes))
        assert {row["report_id"] for row in listed} == set(held.report_id[spot.holds(held)].tolist())
    engine.dispose()

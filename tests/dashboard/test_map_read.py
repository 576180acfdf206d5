"""A choice read as counts by coarse place is the same choice read report by report: every measure, cut and scope."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import psycopg
import pytest
from sqlalchemy.engine import make_url

from dashboard.ask import Question, province_calendar
from dashboard.ground import Ground
from dashboard.map_answer import totals
from dashboard.map_cells import Box, marks
from dashboard.map_points import STATES, Points
from dashboard.map_read import read_points
from etl.migrate import engine_of
from geo.units import Level
from kpi.filters import Filters
from kpi.periods import parse
from kpi.queries.map_cells import counted_by_half_months, has_whole_half_months
from kpi.queries.map_points import in_hand_totals
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from tests.dashboard import map_world as world

pytestmark = pytest.mark.server
AT = datetime(2024, 11, 20, 3, 0, tzinfo=UTC)
GROUND = Ground("94", date(2024, 11, 20), Level.COMMUNE)
LEADER = Scope("94", "leader")
# Ways of leaving by report_id modulo 8, and instants on both sides of the bounds of half-months in Asia/Ho_Chi_Minh.
LEFT = """
    UPDATE mart.report SET
        status = (ARRAY['done','done','done','refused','withdrawn','passed_on','merged','done'])[report_id % 8 + 1],
        outcome = (ARRAY['on_time','late','none','','','','','on_time'])[report_id % 8 + 1],
        sent_at = (ARRAY[timestamptz '2024-09-14 23:59:59+07', '2024-09-15 00:00:00+07', '2024-09-30 23:59:59+07',
                         '2024-10-01 00:00:00+07', '2023-12-15 00:00:00+07', '2024-08-31 12:00:00+07'])[report_id % 6 + 1],
        closed_at = (ARRAY[timestamptz '2024-10-14 23:59:59+07', '2024-10-15 00:00:00+07', '2024-11-14 23:59:59+07',
                           '2024-10-31 23:59:59+07', '2024-11-15 00:00:00+07'])[report_id % 5 + 1],
        rating = 3, rated_at = '2024-10-20 08:00+07'
    WHERE closed_at IS NOT NULL
"""


@pytest.fixture(scope="module")
def mart_url(new_database: Callable[[str], str]) -> str:
    url = new_database("mapread")
    world.fill(url, 120, closed_reports=480)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(LEFT)
        conn.execute("UPDATE mart.report SET sent_at = '2024-10-05 08:00+07' WHERE closed_at IS NULL")
        world.count_places(conn)
    return url


def question(scope: Scope, period: tuple[str, str, str], **cuts: str | None) -> Question:
    filters = Filters(parse(*period), **cuts).within(scope)
    return Question(scope, filters, Window.of(filters.period, AT, province_calendar("94")), 1)


def by_place(points: Points) -> Counter:
    """Reports by place, ground, state and secrecy: all that the map draws of them."""
    states = points.states(int(AT.timestamp()), int(AT.timestamp()) + 3600)
    found: Counter = Counter()
    for row in range(len(points)):
        place = None if np.isnan(points.lon[row]) else (points.lon[row], points.lat[row])
        key = (place, points.origins[points.origin[row]], STATES[states[row]], bool(points.is_secret[row]))
        found[key] += int(points.n[row])
    return found


def read(mart_url: str, asked: Question, *, as_counts: bool) -> Points:
    return read_points(make_url(mart_url), asked, GROUND, most_reports=-1 if as_counts else 10**9)


MONTH, LEGAL_YEAR, QUARTER = (
    ("month", "2024-10", "decree09"),
    ("year", "2024", "decree09"),
    ("quarter", "2024-Q4", "calendar"),
)
DAY = ("day", "2024-10-15", "calendar")


EVERY_WAY = ("received", "done", "done_on_time", "done_late", "on_time", "without_limit", "refused", "withdrawn",
             "passed_on", "merged", "missed", "judged", "satisfied", "in_hand")  # fmt: skip


@pytest.mark.parametrize(
    ("state", "period"),
    [
        *[(state, MONTH) for state in EVERY_WAY],
        ("received", LEGAL_YEAR),
        ("done", QUARTER),
        ("received", DAY),
    ],
)
def test_counts_are_the_reports_whatever_is_asked(
    mart_url: str, state: str, period: tuple[str, str, str]
) -> None:
    asked = question(LEADER, period, state=state)
    plain = by_place(read(mart_url, asked, as_counts=False))
    assert by_place(read(mart_url, asked, as_counts=True)) == plain


@pytest.mark.parametrize(
    ("scope", "cuts"),
    [
        (LEADER, {"district": "941"}),
        (LEADER, {"district": "unknown"}),
        (LEADER, {"field": "giao-thong"}),
        (LEADER, {"unit": "U3"}),
        (LEADER, {"urgency": "normal"}),
        (Scope("94", "district", district_code="941"), {}),
        (Scope("94", "unit", unit_code="U1"), {}),
        (Scope("52", "leader"), {}),
    ],
)
def test_cuts_and_scopes_hold_for_counts_too(mart_url: str, scope: Scope, cuts: dict[str, str]) -> None:
    asked = question(scope, LEGAL_YEAR, state="received", **cuts)
    plain = by_place(read(mart_url, asked, as_counts=False))
    assert by_place(read(mart_url, asked, as_counts=True)) == plain
    assert bool(plain) == (scope.province_code == "94" and cuts.get("district") != "unknown")


@pytest.mark.parametrize("state", ["in_hand", "in_time", "due_soon", "overdue"])
@pytest.mark.parametrize(
    "scope",
    [LEADER, Scope("94", "analyst"), Scope("94", "district", "941"), Scope("94", "unit", "", "U1")],
    ids=lambda scope: scope.role,
)
def test_the_heading_counts_what_the_marks_stand_for(mart_url: str, scope: Scope, state: str) -> None:
    asked = question(scope, MONTH, state=state)
    points = read(mart_url, asked, as_counts=False)
    at_s, soon_s = (int(instant.timestamp()) for instant in (asked.at, asked.window.soon_until))
    counted = totals(points, points.states(at_s, soon_s))
    stmt = in_hand_totals(asked.filters, asked.window)
    (row,) = rows_sync(engine_of(mart_url), scope, stmt)
    assert row == {name: counted[name] for name in row}
    assert set(row) == {"all", "in_time", "due_soon", "overdue", "secret", "no_place"}
    assert row["all"] > 0 or state in ("due_soon", "overdue")


def test_handlers_get_counts_at_coarse_places_and_open_reports_at_their_own(mart_url: str) -> None:
    """480 have left and are counts; 120 in hand, 3 of them secret, come one by one."""
    points = read(mart_url, question(Scope("94", "analyst"), LEGAL_YEAR, state="received"), as_counts=True)
    counted = points.report_id < 0
    assert points.n[counted].sum() == 480
    assert (~counted).sum() == 120
    steps = points.lon[counted & ~np.isnan(points.lon)] / 0.005
    assert np.abs(steps - np.round(steps)).max() < 1e-6
    exact = points.lon[~counted & ~np.isnan(points.lon)] / 0.005
    assert np.abs(exact - np.round(exact)).max() > 0.01


def test_marks_of_counts_hold_every_report_and_no_code(mart_url: str) -> None:
    points = read(mart_url, question(LEADER, LEGAL_YEAR, state="done"), as_counts=True)
    states = points.states(int(AT.timestamp()), int(AT.timestamp()))
    for zoom in (9.0, 13.0, 18.0):
        shown = marks(points, states, zoom, Box(105.0, 9.0, 107.0, 10.5))
        assert sum(mark.n for mark in shown) == points.n[~np.isnan(points.lon)].sum()
        assert all(mark.row == -1 for mark in shown)


@pytest.mark.parametrize(
    ("kind", "code", "basis", "whole"),
    [
        ("month", "2024-10", "decree09", True),  # 15/09-14/10
        ("month", "2024-10", "calendar", True),  # 01/10-31/10
        ("year", "2024", "decree09", True),
        ("day", "2024-10-14", "calendar", False),
        ("week", "2024-W42", "calendar", False),  # 14-20/10
    ],
)
def test_which_periods_are_made_of_half_months(kind: str, code: str, basis: str, *, whole: bool) -> None:
    assert has_whole_half_months(parse(kind, code, basis)) is whole


def test_a_change_of_units_within_a_half_month_is_read_from_the_reports() -> None:
    filters = Filters(parse("year", "2024", "decree09"), state="received")
    assert counted_by_half_months(filters, LEADER, [date(2024, 9, 1)])
    assert not counted_by_half_months(filters, LEADER, [date(2024, 4, 30)])

"""The replay: each frame's counts are a plain count of the reports' states at its instant, and the mart's own stocks."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from dashboard import map_replay
from dashboard.ask import province_calendar
from dashboard.map_cells import Box
from dashboard.map_points import DONE_LATE, DONE_ON_TIME, DUE_SOON, IN_TIME, OTHER, OVERDUE, STATES
from dashboard.map_replay import LINGER, NEVER_S, Film, Lives, changes, replay, states_at
from etl.migrate import engine_of
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.periods import parse
from kpi.queries import figures, run
from kpi.queries.columns import columns
from kpi.queries.grain import REPORT
from kpi.queries.map_replay import lives as lives_stmt
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import from_unix
from tests.dashboard import map_world as world

WORLD = Box(-180, -85, 180, 85)
FILM = Film(np.arange(0, 1000, 100), np.arange(0, 1000, 100) + 150)


def lives(rows: list[tuple[int, int, int, int]], lon: list[float] | None = None) -> Lives:
    """(sent, due, closed, closed_as) of each report, seconds."""
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    place = np.array(lon if lon is not None else [106.0] * len(rows), float)
    return Lives(place, np.where(np.isnan(place), np.nan, 9.6), *columns[:3], columns[3].astype(np.int8))


@pytest.mark.parametrize(
    ("at_s", "state"),
    [
        (100, -1),  # sent this very second: not in hand yet, as in the stocks
        (101, IN_TIME),
        (450, DUE_SOON),  # due at 600, soon until 600
        (600, DUE_SOON),  # due this very second: not overdue
        (601, OVERDUE),
        (800, OVERDUE),  # leaves this very second: still in hand
        (801, -1),
    ],
)
def test_state_of_a_report_at_an_instant(at_s: int, state: int) -> None:
    one = lives([(100, 600, 800, DONE_LATE)])
    assert states_at(one, at_s, at_s + 150)[0] == state


times = st.one_of(st.integers(-200, 1200), st.sampled_from([0, 100, 500, 900]))
report = st.tuples(times, st.one_of(times, st.just(NEVER_S)), st.one_of(times, st.just(NEVER_S)),
                   st.sampled_from([DONE_ON_TIME, DONE_LATE, OTHER]))  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(report, min_size=1, max_size=25))
def test_every_frame_equals_a_plain_count(rows: list[tuple[int, int, int, int]]) -> None:
    held = lives([(sent, due, max(closed, sent), how) for sent, due, closed, how in rows])
    cell = np.arange(len(held)) % 3
    counts = changes(held, FILM, cell, 3).cumsum(axis=0)
    for frame, at_s in enumerate(FILM.at_s):
        states = states_at(held, at_s, FILM.soon_s[frame])
        plain = Counter((c, s) for c, s in zip(cell.tolist(), states.tolist(), strict=True) if s >= 0)
        shown = {(c, s): counts[frame, c, s] for c in range(3) for s in (IN_TIME, DUE_SOON, OVERDUE)}
        assert shown == {key: plain[key] for key in shown}


def test_what_has_left_stays_for_some_frames_as_how_it_left() -> None:
    held = lives([(50, NEVER_S, 250, DONE_LATE)])
    counts = changes(held, FILM, np.zeros(1, np.int64), 1).cumsum(axis=0)[:, 0]
    assert counts[:, IN_TIME].tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert counts[:, DONE_LATE].tolist() == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    assert LINGER == 4


def test_totals_hold_what_has_no_place_and_cells_do_not() -> None:
    held = lives([(50, 300, NEVER_S, OTHER)] * 3, [106.0, 106.0, np.nan])
    played = replay(held, FILM, 9, WORLD)
    assert len(played["cells"]) == 2
    assert sum(played["frames"][1][1::2]) == 2
    assert sum(played["totals"][1]) == 3


def test_an_answer_is_bounded_by_coarser_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    count = 4000
    sent = random.integers(0, 900, count)
    held = Lives(
        random.uniform(105.5, 106.5, count), random.uniform(9.2, 10.0, count), sent, sent + 200, sent + 400,
        np.full(count, DONE_LATE, np.int8),
    )  # fmt: skip
    fine = replay(held, FILM, 11, WORLD)
    monkeypatch.setattr(map_replay, "MOST_CHANGES", 500)
    bounded = replay(held, FILM, 11, WORLD)
    assert sum(len(frame) // 2 for frame in bounded["frames"]) <= 500
    assert len(bounded["cells"]) < len(fine["cells"])
    assert bounded["totals"] == fine["totals"]


def test_frames_of_a_day_and_of_a_month_that_still_runs() -> None:
    calendar = province_calendar("94")
    day = Film.of(parse("day", "2024-11-20", "calendar"), datetime(2024, 12, 1, tzinfo=UTC), calendar)
    assert len(day.at_s) == 97  # every quarter of an hour, both midnights
    now = datetime(2024, 11, 3, 13, 0, tzinfo=LOCAL)
    running = Film.of(parse("month", "2024-11", "calendar"), now, calendar)
    assert from_unix(int(running.at_s[-1])) == datetime(2024, 11, 3, 12, 0, tzinfo=LOCAL)
    assert (running.soon_s > running.at_s).all()


@pytest.mark.server
def test_frames_equal_the_stocks_that_the_mart_counts(new_database: Callable[[str], str]) -> None:
    """kpi.queries asked at the same instants, under row-level security, secret reports and all."""
    url = new_database("mapreplay")
    world.fill(url, 150, closed_reports=250)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "UPDATE mart.report SET sent_at = timestamptz '2024-11-20 00:00+07' + (report_id % 40) * interval '1 hour'"
        )
        conn.execute("UPDATE mart.report SET due_at = sent_at + (report_id % 29) * interval '50 minutes'")
        conn.execute(
            "UPDATE mart.report SET closed_at = sent_at + (report_id % 17) * interval '1 hour' WHERE closed_at IS NOT NULL"
        )
    period, calendar, scope = (
        parse("day", "2024-11-20", "calendar"),
        province_calendar("94"),
        Scope("94", "leader"),
    )
    film = Film.of(period, datetime(2024, 12, 1, tzinfo=UTC), calendar)
    filters = Filters(period, district="941")
    held = map_replay.from_arrow(
        columns(make_url(url), scope, lives_stmt(filters, period.start_at, period.end_at))
    )
    totals = replay(held, film, 9, WORLD)["totals"]
    engine = engine_of(url)
    for frame in (0, 1, 30, 57, 96):
        window = Window.of(period, from_unix(int(film.at_s[frame])), calendar)
        (row,) = run.rows_sync(engine, scope, figures.counts(REPORT, filters, window, STATES[:3]))
        assert totals[frame][:3] == [row[name] for name in STATES[:3]]
    assert totals[57][OVERDUE] > 0
    engine.dispose()

"""Words of single marks in working time, totals, and the choices held in memory."""

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboard.held_sets import HeldSets
from dashboard.map_answer import Context, extent, time_left, totals
from dashboard.map_points import NO_DUE_S, Points
from kpi.worktime import calendar_for, to_unix
from tests.dashboard.test_map_cells import points

NBSP_FREE = str.maketrans("\u00a0", " ")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        # At is Friday 22/11/2024 14:35 at +07:00; office hours of Sóc Trăng 7:30–11:30 and 13:00–17:00.
        ((2024, 11, 22, 16, 35), "Còn 2 giờ làm việc"),
        ((2024, 11, 25, 10, 0), "Còn 4 giờ 55 phút làm việc"),  # 2 h 25 on Friday, 2 h 30 on Monday
        ((2024, 11, 22, 13, 35), "Quá 1 giờ làm việc"),
        ((2024, 11, 21, 14, 35), "Quá 1 ngày làm việc"),  # 2 h 25 on Thursday, 5 h 35 on Friday
    ],
)
def test_time_left_is_working_time(due: tuple[int, ...], words: str) -> None:
    at = datetime(2024, 11, 22, 7, 35, tzinfo=UTC)
    year, month, day, hour, minute = due
    due_s = to_unix(datetime(year, month, day, hour, minute, tzinfo=UTC)) - 7 * 3600
    context = Context(at, at, {}, calendar_for("94"))
    assert time_left(due_s, context).translate(NBSP_FREE) == words


def test_no_limit_is_said_so() -> None:
    at = datetime(2024, 11, 22, 7, 35, tzinfo=UTC)
    assert time_left(NO_DUE_S, Context(at, at, {}, None)) == "Không quy định hạn"


def test_totals_tell_what_is_not_on_the_map() -> None:
    held = points([np.nan, 106.0, np.nan], [np.nan, 9.6, np.nan])
    held.is_secret[2] = True
    found = totals(held, held.states(0, 0))
    assert (found["all"], found["in_time"], found["no_place"], found["secret"]) == (3, 3, 1, 1)
    assert extent(held) == [[9.6, 106.0], [9.6, 106.0]]
    assert extent(points([np.nan], [np.nan])) is None


class Source:
    """Counts how often it is read; can be made to fail."""

    def __init__(self) -> None:
        self.reads = 0
        self.is_broken = False

    async def read(self) -> Points:
        await asyncio.sleep(0)
        if self.is_broken:
            raise ConnectionError
        self.reads += 1
        return points([106.0] * self.reads, [9.6] * self.reads)


def test_one_reading_serves_all_who_ask_and_a_newer_one_comes_behind() -> None:
    async def story() -> None:
        source, clock = Source(), [0.0]
        sets = HeldSets(now_s=lambda: clock[0])
        first = await asyncio.gather(*[sets.get(("a",), 1, None, source.read) for _ in range(5)])
        assert source.reads == 1
        assert {held.run_id for held in first} == {1}
        clock[0] = 10
        old = await sets.get(("a",), 2, None, source.read)
        assert old.run_id == 1  # answered at once with what is there
        await asyncio.sleep(0.01)
        assert (await sets.get(("a",), 2, None, source.read)).run_id == 2
        assert source.reads == 2

    asyncio.run(story())


def test_what_is_held_serves_on_while_the_mart_is_gone_and_says_its_version() -> None:
    async def story() -> None:
        source, clock = Source(), [0.0]
        sets = HeldSets(now_s=lambda: clock[0])
        await sets.get(("a",), 1, None, source.read)
        source.is_broken, clock[0] = True, 10
        for _ in range(3):
            assert (await sets.get(("a",), 2, None, source.read)).run_id == 1
            await asyncio.sleep(0.01)
        with pytest.raises(ConnectionError):
            await sets.get(("b",), 2, None, source.read)
        source.is_broken = False
        await sets.get(("a",), 2, None, source.read)
        await asyncio.sleep(0.01)
        assert (await sets.get(("a",), 2, None, source.read)).run_id == 2

    asyncio.run(story())


def test_who_is_patient_gets_the_newest_version_though_an_older_reading_is_under_way() -> None:
    async def story() -> None:
        source, sets = Source(), HeldSets[Points]()
        await sets.get(("a",), 1, None, source.read)
        sets._flight(("a",), 2, None, source.read)
        assert (await sets.get(("a",), 3, None, source.read, patience_s=5)).run_id == 3
        assert source.reads == 3

    asyncio.run(story())


def test_patience_ends_with_what_is_held() -> None:
    async def story() -> None:
        source, go_on, sets = Source(), asyncio.Event(), HeldSets[Points]()

        async def slow() -> Points:
            await go_on.wait()
            return await source.read()

        await sets.get(("a",), 1, None, source.read)
        assert (await sets.get(("a",), 2, None, slow, patience_s=0.02)).run_id == 1
        go_on.set()
        assert (await sets.get(("a",), 2, None, slow, patience_s=5)).run_id == 2
        assert source.reads == 2  # the reading that nobody waited for was not begun anew
        source.is_broken = True
        assert (await sets.get(("a",), 3, None, source.read, patience_s=5)).run_id == 2

    asyncio.run(story())


def test_memory_is_bounded_by_dropping_the_least_used() -> None:
    async def story() -> None:
        source = Source()
        sets = HeldSets(most_rows=3)
        await sets.get(("a",), 1, None, source.read)  # 1 row
        await sets.get(("b",), 1, None, source.read)  # 2 rows: 3 in all
        await sets.get(("a",), 1, None, source.read)
        await sets.get(("c",), 1, None, source.read)  # 3 rows: b and a have to go
        assert source.reads == 3
        await sets.get(("c",), 1, None, source.read)
        assert source.reads == 3

    asyncio.run(story())

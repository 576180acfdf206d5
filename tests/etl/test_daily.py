"""Days of the daily counts: those of the calendar's zone, of every instant that a fact may hold."""

import random
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from etl import daily
from kpi.clock import LOCAL

pytestmark = pytest.mark.server

# Offsets of the zone changed in 1906, 1911, 1942, 1945, 1947, 1955, 1959 and last on Friday 13/06/1975.
BORDERS = [
    datetime(year, month, 1, 17, tzinfo=UTC)
    for year in (1, 1900, 1943, 1946, 1950, 1957, 1970)
    for month in (1, 7)
]
BORDERS += [datetime(1975, 6, day, hour, tzinfo=UTC) for day in (12, 13, 30) for hour in (15, 16, 17, 23)]
BORDERS += [datetime(2024, 2, 28, 17, tzinfo=UTC), datetime(2024, 2, 29, 16, 59, 59, tzinfo=UTC)]
BORDERS += [datetime(9999, 12, 29, tzinfo=UTC)]
SINCE = datetime(1975, 7, 1, tzinfo=UTC)


def _asked(mart_url, sql, instants):
    with psycopg.connect(mart_url) as conn:
        conn.execute("SET timezone = 'America/New_York'")  # the session's zone has no say
        query = f"SELECT {sql} FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS i (at, n) ORDER BY n"
        return conn.execute(query, [instants]).fetchall()


def test_days_are_those_of_the_named_zone(new_database):
    dice = random.Random(1)
    drawn = [SINCE + timedelta(seconds=dice.randrange(150 * 366 * 86_400)) for _ in range(2_000)]
    rows = _asked(
        new_database("days"),
        f"{daily.local('at')} = at AT TIME ZONE '{LOCAL.key}', {daily.day('at')}",
        BORDERS + drawn,
    )
    assert all(is_same for is_same, _ in rows)
    later = [(at, day) for at, (_, day) in zip(BORDERS + drawn, rows, strict=True) if at >= SINCE]
    assert len(later) > len(drawn)
    assert [day for _, day in later] == [at.astimezone(LOCAL).date() for at, _ in later]


def test_a_half_month_begins_on_the_1st_or_the_15th(new_database):
    days = [
        datetime(2024, month, day, 1, tzinfo=UTC)
        for month in range(1, 13)
        for day in range(1, 30)
        if day < 29 or month != 2
    ]
    rows = _asked(new_database("days"), daily.half_month(daily.day("at")), days)
    assert [on for (on,) in rows] == [day.replace(day=1 if day.day < 15 else 15).date() for day in days]

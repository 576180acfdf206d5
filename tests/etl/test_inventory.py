"""A line of the inventory is the same in SQL and in memory, and no error, whatever numbers and instants the events have."""

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etl import inventory
from etl.sources.record import EVENT, REPORT, Batch
from tests.etl import worlds

pytestmark = pytest.mark.server

US = 1_000_000
# Microseconds from 1970: 4713 BC to the last second that Arrow knows (year 294247), with fractions of seconds.
FIRST_US, LAST_US = -210_866_803_200 * US, 2**63 - 1
HALF = [US // 2, 3 * US // 2, -US // 2, 2**53 + 1, 2**62 + US - 1, 253_402_300_799 * US + US - 1]
IDS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, -1, 0, 2**47 - 115])
INSTANTS = st.none() | st.integers(FIRST_US, LAST_US) | st.sampled_from([FIRST_US, LAST_US, -1, 0, *HALF])
UNITS = st.sampled_from([None, "A", "B"])
EVENTS = st.tuples(
    IDS, st.integers(1, 4), st.sampled_from([None, "", "sent", "đã gửi"]), INSTANTS, INSTANTS, UNITS, UNITS
)
REPORTS = st.lists(st.tuples(INSTANTS, st.booleans()), min_size=1, max_size=4)

AS_TABLES = """
    CREATE TEMP TABLE r (report_id bigint, sent_us bigint, sent_at timestamptz, deleted_at timestamptz);
    CREATE TEMP TABLE e (event_id bigint, report_id bigint, kind text, at_us bigint, recorded_us bigint,
        acting_unit_code text, target_unit_code text, at timestamptz, recorded_at timestamptz)
"""
# In two steps: an interval of so many microseconds at once would be a double.
AT = "timestamptz 'epoch' + (({0} / 1000000) || ' seconds')::interval + (({0} % 1000000) || ' us')::interval"


@pytest.fixture(scope="module")
def tables(new_database):
    """A connection with empty tables r (reports) and e (events)."""
    with psycopg.connect(new_database("inventory"), autocommit=True) as conn:
        conn.execute(AS_TABLES)
        yield conn


def _in_sql(conn, but=()):
    query = inventory.select("r", "e", "true", "t.deleted_at IS NULL", but)
    columns = list(zip(*conn.execute(query).fetchall(), strict=True)) or [[]] * 5
    arrays = [pa.array(c, f.type) for c, f in zip(columns, inventory.SCHEMA, strict=True)]
    return pa.table(arrays, schema=inventory.SCHEMA)


def _batch(reports, events):
    """As sources hand it over; columns that the inventory does not read are null."""

    def table(schema, rows):
        return pa.table([pa.array([row.get(f.name) for row in rows], f.type) for f in schema], schema=schema)

    lives = [{"report_id": i, "sent_at": at, "deleted_at": 0 if gone else None} for i, (at, gone) in reports]
    names = ("event_id", "report_id", "kind", "at", "recorded_at", "acting_unit_code", "target_unit_code")
    return Batch(table(REPORT, lives), table(EVENT, [dict(zip(names, e, strict=True)) for e in events]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPORTS, st.lists(EVENTS, max_size=8), st.sets(st.integers(1, 4), max_size=2))
@example([(None, False)], [(2**63 - 1, 1, "sent", LAST_US, LAST_US, None, "A")] * 8, set())
@example([(-1, False)], [(-(2**63), 1, None, FIRST_US, FIRST_US, "A", None)] * 8, set())
def test_a_line_is_the_same_in_sql_and_in_memory(tables, reports, events, but):
    numbered = list(enumerate(reports, 1))
    tables.execute("TRUNCATE r, e")
    with tables.cursor() as cursor:
        rows = [(i, at, 0 if gone else None) for i, (at, gone) in numbered]
        cursor.executemany("INSERT INTO r SELECT %s, %s, NULL, to_timestamp(%s::bigint)", rows)
        cursor.executemany("INSERT INTO e VALUES (%s, %s, %s, %s, %s, %s, %s)", events)
    tables.execute(f"UPDATE r SET sent_at = {AT.format('sent_us')}")
    tables.execute(f"UPDATE e SET at = {AT.format('at_us')}, recorded_at = {AT.format('recorded_us')}")
    in_memory = inventory.of_batch(_batch(numbered, events), but)
    assert worlds.told(_in_sql(tables, but)) == worlds.told(in_memory)


@pytest.mark.parametrize(
    "at", ["infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "294276-12-31 23:59:59.999999+00"]
)
def test_no_instant_is_an_error(tables, at):
    """Nor the sum over many of them; an infinite one counts nothing."""
    tables.execute("TRUNCATE r, e")
    tables.execute("INSERT INTO r (report_id, sent_at) VALUES (1, %s)", [at])
    tables.execute(
        "INSERT INTO e SELECT i, 1, repeat('x', 1000), NULL, NULL, NULL, 'A', %s, %s"
        " FROM unnest(ARRAY[9223372036854775807, -9223372036854775808]) AS i, generate_series(1, 1000)",
        [at, at],
    )
    report, unit = worlds.told(_in_sql(tables))
    assert report[3:] == unit[3:]
    assert (report[2] is None) == ("infinity" in at)
    # 1,000 times the two ids, whose remainders sum up to -1, as the numbers do
    if "infinity" in at:
        rest = sum(
            i - (i // abs(i)) * (abs(i) // (2**47 - 115)) * (2**47 - 115) for i in (2**63 - 1, -(2**63))
        )
        assert report[4] == 1000 * (rest * 7_919 + 2 * 1000 * 15_485_863) % 2**62

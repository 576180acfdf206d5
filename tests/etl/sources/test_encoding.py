"""A database without an encoding (SQL_ASCII) may hold text that is not UTF-8: it is mended, told, and stops nothing."""

import psycopg
import pytest

from dashboard.demo import servers
from tests.etl import worlds

NAME = "test_store_without_encoding"
OPEN = "SELECT row_ref, field FROM mart.quarantine WHERE resolved_at IS NULL ORDER BY 1"


@pytest.fixture
def ascii_store(postgres_url):
    with psycopg.connect(servers.libpq(postgres_url), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {NAME}")
        conn.execute(f"CREATE DATABASE {NAME} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    url = servers.libpq(postgres_url.set(database=NAME))
    spoken = f"{'&' if '?' in url else '?'}client_encoding=UTF8"  # by the hand that writes, not by the reader
    found = worlds.Store(url + spoken)
    found.reader_url = found.reader_url.replace(spoken[1:] + "&", "")
    yield found
    servers.drop_database(postgres_url, NAME)


@pytest.mark.server
def test_wrong_bytes_are_replaced_and_told_by_backfill_and_follower(
    ascii_store, new_mart, backfill, following, fingerprint_of
):
    worlds.fill(ascii_store, 6)
    with ascii_store.writing() as conn:
        conn.execute("UPDATE paht.report SET title = E'v\\xe9 xe', secrecy = 'none' WHERE report_id = 2")
    mart_url, clean = new_mart(), new_mart()
    backfill(ascii_store, mart_url)
    steps = following(ascii_store, mart_url)
    with ascii_store.writing() as conn:
        conn.execute("UPDATE paht.report SET body = E'\\xff', secrecy = 'none' WHERE report_id = 3")
        conn.execute("UPDATE paht.report_event SET reason_code = E'\\xe9' WHERE event_id = 1")
        conn.execute("UPDATE paht.unit SET short_name = E'S\\xe9' WHERE unit_code = 'A'")
    while steps.step():
        pass
    with psycopg.connect(mart_url) as conn:
        words = "SELECT title, body FROM mart.report_detail WHERE report_id IN (2, 3) ORDER BY report_id"
        assert conn.execute(words).fetchall() == [("v� xe", "ổ gà trước nhà"), ("ổ gà", "�")]
        assert conn.execute("SELECT short_name FROM mart.unit WHERE unit_code = 'A'").fetchone() == ("S�",)
        assert conn.execute(OPEN).fetchall() == [
            ("report:2", "title"),
            ("report:3", "body"),
            ("report_event:1/1", "reason_code"),
        ]
        assert conn.execute("SELECT count(*) FROM mart.report").fetchone() == (6,)
    backfill(ascii_store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)

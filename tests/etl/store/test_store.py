"""What the contract's reader gets to see of a store, and what it never gets."""

import psycopg
import pytest

from etl.store import demo
from tests.etl.store.stores import NOW, REPORTS, as_reader, rows

VIEWS = ["unit", "field", "channel", "report", "report_event", "hotline_call", "directive"]


@pytest.mark.parametrize("view", VIEWS)
def test_reader_reads_every_view(filled_store: str, view: str) -> None:
    [(count,)] = rows(as_reader(filled_store), f"SELECT count(*) FROM ioc_v1.{view}")
    assert count > 0
    assert [(count,)] == rows(filled_store, f"SELECT count(*) FROM paht.{view}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT full_name FROM paht.citizen",
        "SELECT count(*) FROM paht.citizen",
        "SELECT sender_id FROM paht.report",
        "SELECT * FROM paht.report",
        "SELECT r FROM paht.report r",  # a whole row is all columns
        "SELECT count(*) FROM paht.report WHERE sender_id = 1",  # nor by asking about it
        "SELECT world FROM paht.simulation",
        "INSERT INTO ioc_v1.field VALUES ('94', 'X', 'x', 'x', 1)",
        "UPDATE ioc_v1.report SET title = ''",
        "DELETE FROM ioc_v1.report_event",
    ],
)
def test_reader_is_refused(filled_store: str, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(as_reader(filled_store), query)


def test_no_identity_in_what_the_reader_sees(filled_store: str) -> None:
    names = rows(filled_store, "SELECT full_name, phone, cccd, email FROM paht.citizen")
    secrets = {value for row in names for value in row[1:]}
    seen = rows(
        as_reader(filled_store), "SELECT title || ' ' || body || ' ' || sender_key FROM ioc_v1.report"
    )
    assert len(names) > 1000
    words = {word for (text,) in seen for word in str(text).split()}
    assert not secrets & words


def test_reader_url_logs_in_with_its_password(empty_store: str) -> None:
    url = demo.reader_url(empty_store, "p@ss/word:1")
    assert rows(url, "SELECT current_user::text") == [("ioc_reader",)]


def test_init_does_not_overwrite(filled_store: str) -> None:
    with pytest.raises(demo.StoreExistsError, match="--recreate"):
        demo.init(filled_store)
    assert rows(filled_store, "SELECT count(*) FROM paht.report") == [(REPORTS,)]


def test_init_recreates_when_told(empty_store: str) -> None:
    rows(empty_store, "INSERT INTO paht.field VALUES ('94', 'X', 'x', 'x', 1) RETURNING 1")
    demo.init(empty_store, recreate=True)
    assert rows(as_reader(empty_store), "SELECT count(*) FROM ioc_v1.field") == [(0,)]


def test_row_xid_follows_the_last_write(empty_store: str) -> None:
    with psycopg.connect(empty_store) as conn:
        conn.execute("INSERT INTO paht.field VALUES ('94', 'X', 'x', 'x', 1)")
        first = conn.execute("SELECT row_xid::text, pg_current_xact_id()::text FROM paht.field").fetchone()
        conn.commit()
        conn.execute("UPDATE paht.field SET name_vi = 'y'")
        second = conn.execute("SELECT row_xid::text, pg_current_xact_id()::text FROM paht.field").fetchone()
    assert first is not None
    assert second is not None
    assert first[0] == first[1] != second[0] == second[1]


def test_keys_are_back_after_a_fill(filled_store: str, empty_store: str) -> None:
    query = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'paht' ORDER BY 1, 2"
    triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
    assert rows(filled_store, query) == rows(empty_store, query)
    assert rows(filled_store, triggers) == rows(empty_store, triggers) == [(8,)]


def test_nothing_is_told_after_now(filled_store: str) -> None:
    [(told, happened)] = rows(filled_store, "SELECT max(recorded_at), max(at) FROM paht.report_event")
    assert told <= NOW
    assert happened <= NOW

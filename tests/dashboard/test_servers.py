"""The embedded servers are real, separate and clean up after themselves."""

import psycopg
import pytest
import redis

from dashboard.demo import servers

pytestmark = pytest.mark.server


def test_databases_are_fresh_and_utf8(new_database):
    with psycopg.connect(new_database("fresh")) as conn:
        assert conn.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_create_database_twice_keeps_what_is_in_it(postgres_url, new_database):
    url = new_database("kept")
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept (n int)")
    name = servers.make_url(url).database
    servers.create_database(postgres_url, name)
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_valkey_answers_and_stops(tmp_path):
    with servers.valkey(tmp_path) as url:
        assert redis.Redis.from_url(url).ping()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()

"""Stores, marts and followers for the ETL's tests."""

import pytest

from etl import migrate
from etl.backfill import Backfill
from etl.facts import Judging
from etl.fingerprint import fingerprint
from etl.follow import Follower
from etl.publish import Publisher
from etl.sources.pages import ROWS_PER_PAGE
from etl.sources.postgres import PostgresSource
from etl.steps import Steps
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.etl import worlds

CLOCK = Clock()


@pytest.fixture(scope="session")
def rulebook():
    return Rulebook.load(worlds.PROVINCE)


@pytest.fixture(scope="session")
def judging(rulebook):
    """The law and the units of tests.etl.worlds."""
    return Judging(worlds.PROVINCE, rulebook, worlds.IOC)


@pytest.fixture(scope="session")
def new_mart(new_database):
    """A factory of migrated, empty marts: copies of one."""
    migrated = []

    def make():
        if not migrated:
            migrated.append(new_database("mart"))
            migrate.upgrade(migrated[0])
        return new_database("mart", like=migrated[0])

    return make


@pytest.fixture(scope="session")
def new_store(new_database):
    """A factory of stores without reports: copies of one."""
    made = []

    def make():
        if not made:
            made.append(new_database("store"))
            worlds.Store(made[0])
        return worlds.Store(new_database("store", like=made[0]), is_made=True)

    return make


@pytest.fixture
def store(new_store):
    return new_store()


@pytest.fixture
def backfill(rulebook):
    """backfill(store, mart_url) builds a mart; returns the run_id."""

    def run(store, mart_url, **options):
        source = PostgresSource(store.reader_url, worlds.PROVINCE)
        try:
            return Backfill(source, mart_url, rulebook, CLOCK, **options).run()
        finally:
            source.close()

    return run


@pytest.fixture
def fingerprint_of():
    """The fingerprint of a mart by its URL."""

    def read(mart_url):
        engine = migrate.engine_of(mart_url)
        try:
            with engine.begin() as connection:
                return fingerprint(connection, worlds.PROVINCE)
        finally:
            engine.dispose()

    return read


@pytest.fixture
def following(rulebook):
    """following(store, mart_url) gives the steps of a leader; each .step() applies what a look shows."""
    open_now = []

    def start(store, mart_url, rows_per_page=ROWS_PER_PAGE, **options):
        source = PostgresSource(store.reader_url, worlds.PROVINCE, rows_per_page=rows_per_page)
        follower = Follower(source, mart_url, rulebook, CLOCK, Publisher(None, worlds.PROVINCE), **options)
        engine = migrate.engine_of(mart_url)
        connection = engine.connect()
        open_now.append((source, connection, engine))
        return Steps(follower, connection)

    yield start
    for source, connection, engine in open_now:
        source.close()
        connection.close()
        engine.dispose()

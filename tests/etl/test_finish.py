"""The end of a build: whatever way its tables are counted, they hold the same."""

import pytest

from etl import checks, finish, migrate
from tests.etl import worlds

pytestmark = pytest.mark.server


def test_counts_made_in_parts_are_the_counts_made_at_once(
    store, new_mart, backfill, fingerprint_of, monkeypatch
):
    worlds.fill(store, 40)
    at_once, in_parts = new_mart(), new_mart()
    backfill(store, at_once)
    monkeypatch.setattr(finish, "FACTS_PER_PART", 7)
    backfill(store, in_parts)
    assert fingerprint_of(in_parts) == fingerprint_of(at_once)
    engine = migrate.engine_of(in_parts)
    with engine.begin() as connection:
        recounts = [name for name in checks.ALL_RULES if name not in checks.BUILD_RULES]
        assert [checks.ask(connection, name, worlds.PROVINCE).failures for name in recounts] == [[], [], []]
    engine.dispose()

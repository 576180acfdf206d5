"""Follow gives the mart that a clean rebuild gives, in whatever portions and order the store's rows come."""

import random

import pytest

from tests.etl import worlds

pytestmark = pytest.mark.server


@pytest.fixture
def same_as_rebuilt(backfill, fingerprint_of, new_mart):
    """Assert that a followed mart equals a new one built from the same store."""

    def check(store, mart_url):
        clean = new_mart()
        backfill(store, clean)
        assert fingerprint_of(mart_url) == fingerprint_of(clean)

    return check


def _drain(steps):
    while steps.step():
        pass


def test_lives_in_random_portions(store, new_mart, backfill, following, same_as_rebuilt):
    dice = random.Random(5)
    worlds.fill(store, 30)
    mart_url = new_mart()
    backfill(store, mart_url)
    steps = following(store, mart_url)
    waiting = [[(i, row) for row in worlds.life(dice, i)] for i in range(31, 61)]
    while waiting:
        with store.writing() as conn:
            for _ in range(dice.randrange(1, 25)):
                if waiting:
                    life = dice.choice(waiting)
                    worlds.write(store, conn, *life.pop(0))
                    waiting = [w for w in waiting if w]
        steps.step()
    _drain(steps)
    same_as_rebuilt(store, mart_url)

"""Killed, cut off and doubled at random points, the mart ends equal to a clean rebuild, and nobody sees half a build.

`make soak-etl` runs the same with hundreds of kills.
"""

import contextlib
import os
import random
import threading
import time

import psycopg
import pytest

from tests.etl import children, worlds

pytestmark = [pytest.mark.server, pytest.mark.slow]
KILLS = int(os.environ.get("IOC_TEST_KILLS", "5"))
SEED = int(os.environ.get("IOC_TEST_SEED", "0")) or random.SystemRandom().randrange(10**6)


class Reader(threading.Thread):
    """Reads the mart all the time and keeps every state that it saw: (reports, rows of the daily counts' sum)."""

    def __init__(self, mart_url: str) -> None:
        super().__init__(daemon=True)
        self._mart_url, self._ended = mart_url, threading.Event()
        self.seen: set[tuple[int, int]] = set()

    def run(self) -> None:
        """Until stopped; connects again when it was cut off too."""
        while not self._ended.is_set():
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self._mart_url) as conn:
                self._read(conn)

    def _read(self, conn: psycopg.Connection) -> None:
        query = (
            "SELECT (SELECT count(*) FROM mart.report),"
            " (SELECT coalesce(sum(received_count), 0) FROM mart.daily_report)"
        )
        while not self._ended.wait(0.01):
            self.seen.add(conn.execute(query).fetchone())
            conn.commit()

    def end(self) -> set[tuple[int, int]]:
        """Stop and tell."""
        self._ended.set()
        self.join()
        return self.seen


def test_a_backfill_killed_again_and_again(store, new_mart, backfill, fingerprint_of):
    dice = random.Random(SEED)
    worlds.fill(store, 60, SEED)
    mart_url, clean = new_mart(), new_mart()
    reader = Reader(mart_url)
    reader.start()
    hits = children.kill_backfills(store.reader_url, mart_url, KILLS, dice, longest_s=4.0)
    seen = reader.end()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean), f"seed {SEED}"
    assert seen <= {(0, 0), (60, 60)}, f"seed {SEED}: somebody saw half a build"
    assert hits > 0, f"seed {SEED}: no kill hit a running backfill"
    print(f"seed {SEED}: {hits} of {KILLS} kills hit a running backfill")


def test_followers_killed_doubled_and_cut_off(store, new_mart, backfill, fingerprint_of):
    dice = random.Random(SEED)
    worlds.fill(store, 20, SEED)
    mart_url, clean = new_mart(), new_mart()
    backfill(store, mart_url)
    reader = Reader(mart_url)
    reader.start()
    followers = [children.start("follow", store.reader_url, mart_url) for _ in range(2)]
    lives = [[(i, row) for row in worlds.life(dice, i)] for i in range(21, 21 + 12 * KILLS)]
    killed = cut = at_work = 0
    for _ in range(KILLS):
        for _ in range(8):
            with store.writing() as conn:
                for _ in range(dice.randrange(1, 12)):
                    if lives:
                        life = dice.choice(lives)
                        worlds.write(store, conn, *life.pop(0))
                        lives = [rest for rest in lives if rest]
            time.sleep(dice.random() * 0.3)
        if dice.random() < 0.5:
            at_work += children.wait_for_a_step(mart_url, longest_s=10)
        victim = dice.randrange(2)
        if dice.random() < 0.6:
            children.kill(followers[victim])
            followers[victim] = children.start("follow", store.reader_url, mart_url)
            killed += 1
        else:
            cut += children.cut_connections(dice.choice((store.owner_url, mart_url)), dice)
    children.wait_until_followed(store, mart_url)
    assert all(f.is_alive() for f in followers), f"seed {SEED}: a follower gave up"
    for follower in followers:
        children.kill(follower)
    seen = reader.end()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean), f"seed {SEED}"
    assert all(reports == counted for reports, counted in seen), f"seed {SEED}: half an increment"
    print(
        f"seed {SEED}: {killed} followers killed, {cut} connections cut, {at_work} times in the middle of work"
    )


def test_two_followers_on_an_empty_mart_build_it_once(store, new_mart):
    worlds.fill(store, 10)
    mart_url = new_mart()
    followers = [children.start("follow", store.reader_url, mart_url) for _ in range(2)]
    children.wait_until_followed(store, mart_url)
    with psycopg.connect(mart_url) as conn:
        assert conn.execute("SELECT count(*) FROM mart.run WHERE kind = 'backfill'").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM mart.report").fetchone() == (10,)
    assert all(f.is_alive() for f in followers)
    for follower in followers:
        children.kill(follower)

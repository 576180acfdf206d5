"""Real ETL processes for the fault tests: started cheaply, killed hard."""

import multiprocessing
import os
import random
import signal
import time

import psycopg

from etl.backfill import Backfill
from etl.follow import Follower
from etl.publish import Publisher
from etl.sources.postgres import PostgresSource
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.etl import worlds

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.etl.children"])
PATIENCE_S = 90


def _backfill(store_url: str, mart_url: str) -> None:
    source = PostgresSource(store_url, worlds.PROVINCE)
    Backfill(source, mart_url, Rulebook.load(worlds.PROVINCE), Clock(), reports_per_range=5).run()


def _follow(store_url: str, mart_url: str) -> None:
    source = PostgresSource(store_url, worlds.PROVINCE, rows_per_page=11)
    publisher = Publisher("redis://127.0.0.1:1/0", worlds.PROVINCE)  # nobody listens there
    law = Rulebook.load(worlds.PROVINCE)
    Follower(source, mart_url, law, Clock(), publisher, reports_per_step=7).run()


def start(target: str, store_url: str, mart_url: str) -> multiprocessing.Process:
    """Start `backfill` or `follow` as a process of its own."""
    work = {"backfill": _backfill, "follow": _follow}[target]
    process = _processes.Process(target=work, args=(store_url, mart_url), daemon=True)
    process.start()
    return process


def kill(process: multiprocessing.Process) -> None:
    """SIGKILL: no clean-up, no last word."""
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def kill_backfills(store_url: str, mart_url: str, kills: int, dice: random.Random, longest_s: float) -> int:
    """Start a backfill and kill it at a random point, again and again; then let one end. Returns kills that hit."""
    hits = 0
    for _ in range(kills):
        process = start("backfill", store_url, mart_url)
        process.join(dice.random() * longest_s)
        hits += process.is_alive()
        kill(process)
    last = start("backfill", store_url, mart_url)
    last.join(PATIENCE_S)
    assert last.exitcode == 0
    return hits


def cut_connections(url: str, dice: random.Random) -> int:
    """Terminate about half of the other connections to a database; returns how many."""
    cut = 0
    with psycopg.connect(url, autocommit=True) as conn:
        others = conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
        for (pid,) in others:
            if dice.random() < 0.5:
                conn.execute("SELECT pg_terminate_backend(%s)", [pid])
                cut += 1
    return cut


def _state(mart_url: str) -> tuple | None:
    """Watermark (its transaction, its number within) and data version; None before the mart is built."""
    with psycopg.connect(mart_url) as conn:
        return conn.execute(
            "SELECT split_part(watermark, ':', 1)::bigint, watermark, run_id FROM mart.source_state"
        ).fetchone()


def wait_for_a_step(mart_url: str, longest_s: float) -> bool:
    """Until a follower has written something, so that the next kill finds it at work; whether it has."""
    before, until = _state(mart_url), time.monotonic() + longest_s
    while time.monotonic() < until:
        if _state(mart_url) != before:
            return True
        time.sleep(0.05)
    return False


def wait_until_followed(store: worlds.Store, mart_url: str) -> None:
    """Until everything that the store has committed is in the mart; fails when nothing moves any more.

    That is once the watermark stands at the first transaction that was still to come. The oldest that ran would not do:
    it may be of another database of the server, and older than the store's last.
    """
    with psycopg.connect(store.owner_url) as conn:
        (mark,) = conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    last, moved_at = _state(mart_url), time.monotonic()
    while last is None or last[0] < mark:
        assert time.monotonic() < moved_at + PATIENCE_S, f"nothing moved within {PATIENCE_S} s"
        time.sleep(0.2)
        if (now := _state(mart_url)) != last:
            last, moved_at = now, time.monotonic()

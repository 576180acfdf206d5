"""A follower of its own process under a steady rate of events: commit to commit, and how it falls behind and catches up."""

import multiprocessing
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import psycopg

from etl import logs, scheduled, side
from etl.facts import Judging
from etl.follow import Follower
from etl.migrate import engine_of
from etl.publish import Publisher
from etl.schedule import Last, load_schedules
from etl.sources.postgres import PostgresSource
from etl.version import facts_version
from kpi.clock import Clock
from kpi.rulebook import Rulebook

REPORTS = 20_000
PATIENCE_S = 180.0
LOOK_S = 0.01
WORLD = Clock()
_INSERT = """
    INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at, rating)
    SELECT %s, event_id, report_id, 'rated', now() - interval '104 weeks', now() - interval '104 weeks', 2
    FROM unnest(%s::bigint[], %s::bigint[]) AS new (event_id, report_id)
"""
_WAITING = "ioc_etl_reports_waiting "


@dataclass(frozen=True)
class Live:
    """Seconds from commit in the store to visible in the mart of every event, NaN where it never was.

    most_behind: events committed and not yet visible, at worst. most_said: what /metrics said at worst, in reports.
    caught_up_s: from the last commit until everything was visible.
    """

    lag_s: np.ndarray
    most_behind: int
    most_said: int
    caught_up_s: float

    @property
    def lost(self) -> int:
        """Events that never appeared."""
        return int(np.isnan(self.lag_s).sum())

    @property
    def p95_s(self) -> float | None:
        """None when more than one in twenty never appeared."""
        found = float(np.quantile(np.where(np.isnan(self.lag_s), np.inf, self.lag_s), 0.95))
        return found if np.isfinite(found) else None

    def line(self, events_per_s: float) -> str:
        """For people."""
        spread = "  ".join(f"p{p} {np.nanpercentile(self.lag_s, p):.2f}" for p in (50, 95, 99, 100))
        return (
            f"live, {events_per_s:,.0f} events/s, {len(self.lag_s):,} in all, s: {spread}; behind at most"
            f" {self.most_behind:,} events (/metrics said {self.most_said:,} reports); caught up"
            f" {self.caught_up_s:.1f} s after the last; never seen: {self.lost}"
        )


def _follow(
    store_url: str, mart_url: str, province: str, port: int, redis_url: str | None, clock: Clock
) -> None:
    logs.configure("warning")
    source = PostgresSource(store_url, province)
    law = Rulebook.load(province)
    _take_as_it_is(mart_url, Judging(province, law, side.ioc_unit(source.read_side((), ()))))
    _after_the_night(mart_url, province, clock)
    follower = Follower(source, mart_url, law, clock, Publisher(redis_url, province))
    follower.metrics.serve("127.0.0.1", port)
    follower.run()


def _take_as_it_is(mart_url: str, judging: Judging) -> None:
    """A mart of an earlier run is followed, not built anew, whatever has changed in the code since."""
    with psycopg.connect(mart_url) as conn:
        conn.execute("UPDATE mart.source_state SET facts_version = %s", [facts_version(judging)])


def _after_the_night(mart_url: str, province: str, clock: Clock) -> None:
    """The nightly jobs are done: what is measured is a day. Else the first minutes are those of a reconciliation."""
    engine = engine_of(mart_url)
    for job_id in load_schedules():
        scheduled.write_last(engine, province, job_id, Last(clock.now(), clock.now(), "ok"))
    engine.dispose()


@contextmanager
def following(
    store_url: str, mart_url: str, province: str, redis_url: str | None = None, clock: Clock = WORLD
) -> Iterator[str]:
    """A follower that is at work and tells Redis, if there is one; yields the address of its metrics."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    args = (store_url, mart_url, province, port, redis_url, clock)
    process = context.Process(target=_follow, args=args, daemon=True)
    with psycopg.connect(mart_url, autocommit=True) as conn:
        heard = "SELECT max(last_contact_at) FROM mart.source_state WHERE province_code = %s"
        before = conn.execute(heard, [province]).fetchone()
        process.start()
        while conn.execute(heard, [province]).fetchone() == before:
            time.sleep(0.1)
    try:
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        process.kill()
        process.join()


def run(
    store_url: str,
    mart_url: str,
    province: str,
    metrics_url: str,
    seconds: float,
    events_per_s: float,
    stop: threading.Event | None = None,
) -> Live:
    """Ratings of published reports at a steady rate, until `stop` at most; the store is left as it was found."""
    stop = stop or threading.Event()
    count = int(seconds * events_per_s)
    first_id, reports = _events_for(store_url, mart_url, province)
    committed, seen = np.full(count, np.nan), np.full(count, np.nan)
    behind, said = [0], [0]
    done = threading.Event()
    watchers = [
        threading.Thread(target=_watch, args=(mart_url, province, first_id, committed, seen, behind, done)),
        threading.Thread(target=_ask, args=(metrics_url, said, done)),
    ]
    for watcher in watchers:
        watcher.start()
    sent = _commit(store_url, province, first_id, reports, committed, events_per_s, stop)
    seen[sent:] = np.inf
    done.wait(PATIENCE_S)
    done.set()
    for watcher in watchers:
        watcher.join()
    with psycopg.connect(store_url, autocommit=True) as conn:
        conn.execute("DELETE FROM paht.report_event WHERE event_id >= %s", [first_id])
    committed, seen = committed[:sent], seen[:sent]
    caught_up_s = float(np.nanmax(seen) - committed[-1]) if not np.isnan(seen).all() else float("inf")
    return Live(seen - committed, max(behind), max(said), caught_up_s)


def _events_for(store_url: str, mart_url: str, province: str) -> tuple[int, list[int]]:
    """A free event id, and published reports that the mart holds: every event of theirs has to appear."""
    with psycopg.connect(store_url) as store:
        first_id = store.execute("SELECT max(event_id) + 1 FROM paht.report_event").fetchone()[0]
    with psycopg.connect(mart_url) as conn:
        seen_id = conn.execute(
            "SELECT max(event_id) + 1 FROM mart.event WHERE province_code = %s", [province]
        )
        first_id = max(first_id, seen_id.fetchone()[0])
        last = conn.execute("SELECT max(report_id) FROM mart.report WHERE province_code = %s", [province])
        ids = np.random.default_rng(1).integers(1, last.fetchone()[0], 4 * REPORTS).tolist()
        rows = conn.execute(
            "SELECT report_id FROM mart.report WHERE province_code = %s AND report_id = ANY (%s)"
            " AND published_at IS NOT NULL LIMIT %s",
            [province, ids, REPORTS],
        ).fetchall()
    return first_id, [report_id for (report_id,) in rows]


def _commit(
    store_url: str,
    province: str,
    first_id: int,
    reports: list[int],
    committed: np.ndarray,
    events_per_s: float,
    stop: threading.Event,
) -> int:
    """Whatever is due is one transaction: at fifty a second each event has its own. Returns how many it committed."""
    count = len(committed)
    with psycopg.connect(store_url, autocommit=True) as conn:
        started, at = time.perf_counter(), 0
        while at < count and not stop.is_set():
            time.sleep(max(0.0, started + at / events_per_s - time.perf_counter()))
            until = min(count, max(at + 1, int((time.perf_counter() - started) * events_per_s)))
            of = [reports[i % len(reports)] for i in range(at, until)]
            conn.execute(_INSERT, [province, list(range(first_id + at, first_id + until)), of])
            committed[at:until] = time.perf_counter()
            at = until
    return at


def _watch(
    mart_url: str,
    province: str,
    first_id: int,
    committed: np.ndarray,
    seen: np.ndarray,
    behind: list[int],
    done: threading.Event,
) -> None:
    """Note when each event shows up in the mart."""
    query = "SELECT event_id FROM mart.event WHERE province_code = %s AND event_id >= %s"
    with psycopg.connect(mart_url, autocommit=True) as conn:
        while not done.is_set():
            open_places = np.flatnonzero(np.isnan(seen))
            if not len(open_places):
                done.set()
                return
            rows = conn.execute(query, [province, first_id + int(open_places[0])]).fetchall()
            now = time.perf_counter()
            places = np.array([event_id - first_id for (event_id,) in rows], dtype=np.int64)
            seen[places[np.isnan(seen[places])]] = now
            behind.append(int((~np.isnan(committed)).sum() - (~np.isnan(seen)).sum()))
            time.sleep(LOOK_S)


def _ask(metrics_url: str, said: list[int], done: threading.Event) -> None:
    """Note how many reports the follower says are waiting."""
    while not done.wait(0.25):
        with urllib.request.urlopen(metrics_url, timeout=5) as answer:  # noqa: S310 - our own
            lines = answer.read().decode().splitlines()
        said.extend(int(float(line.removeprefix(_WAITING))) for line in lines if line.startswith(_WAITING))

"""The ETL beside the raw limit of this machine's driver, in one run: `make bench-etl` (or --reports N).

raw: the store's rows are read and the same fact rows written over ADBC, one after the other, with nothing between and
without keys. etl: the whole backfill as a deployment runs it, with keys, indexes, daily counts and checks. live: from
commit in the store to visible in the mart, at 50 events a second. Prints a table; the last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import resource
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg
import pyarrow as pa

from dashboard.demo import servers
from etl import load, migrate
from etl.backfill import REPORTS_PER_RANGE, Backfill
from etl.facts import REPORT_TABLES
from etl.follow import Follower
from etl.publish import Publisher
from etl.sources.postgres import PostgresSource
from etl.sources.record import Range
from etl.store import demo
from etl.store.simulator.fill import fill
from etl.store.simulator.setting import Setting
from kpi.clock import Clock
from kpi.rulebook import Rulebook

ROOT = Path(__file__).resolve().parent.parent.parent
PROVINCE = "94"
NOW = datetime(2024, 11, 24, 17, 0, tzinfo=UTC)
KB_PER_GB = 1 << 20
FOLLOW_STARTS_S = 10.0
_ALIVE = "SELECT report_id FROM paht.report WHERE deleted_at IS NULL ORDER BY random() LIMIT 500"


def store_of(server_url: object, reports: int) -> str:
    """A store of two simulated years with so many reports; kept for the next run."""
    name = f"bench_store_{reports}"
    url = servers.libpq(servers.create_database(server_url, name))
    with psycopg.connect(url) as conn:
        is_there = demo.is_there(conn)
    if not is_there:
        demo.init(url)
        setting = Setting.begin(PROVINCE, 1, reports, NOW.date() - timedelta(days=730), NOW)
        fill(url, setting, int(NOW.timestamp()), lambda _done, _all: None)
    return url


def new_mart(server_url: object, reports: int) -> str:
    """An empty mart."""
    name = f"bench_mart_{reports}"
    servers.drop_database(server_url, name)
    url = servers.libpq(servers.create_database(server_url, name))
    migrate.upgrade(url)
    return url


def in_a_process(work: object, *args: object) -> dict[str, float]:
    """Run in a process of its own, so that its peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue, *args))
    process.start()
    answer = queue.get()
    process.join()
    return answer


def run_etl(queue: object, store_url: str, mart_url: str) -> None:
    """The whole backfill: seconds, seconds by step, peak memory."""
    law = Rulebook.load(PROVINCE)
    source = PostgresSource(store_url, PROVINCE)
    job = Backfill(source, mart_url, law, Clock())
    started = time.perf_counter()
    job.run()
    spent = time.perf_counter() - started
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_GB
    queue.put({"seconds": spent, "peak_gb": peak_gb, **job.timings_s})


def run_follow(_queue: object, store_url: str, mart_url: str) -> None:
    """Follow until killed."""
    source = PostgresSource(store_url, PROVINCE)
    Follower(source, mart_url, Rulebook.load(PROVINCE), Clock(), Publisher(None, PROVINCE)).run()


def run_raw(queue: object, store_url: str, mart_url: str) -> None:
    """Read what the ETL reads and write what it wrote, range by range; only reading and writing are timed."""
    source = PostgresSource(store_url, PROVINCE)
    read_s = write_s = 0.0
    rows_read = rows_written = 0
    with psycopg.connect(mart_url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS raw CASCADE")
        conn.execute("CREATE SCHEMA raw")
        for name in REPORT_TABLES:
            conn.execute(f"CREATE TABLE raw.{name} (LIKE mart.{name})")
    with adbc.connect(mart_url) as writing, adbc.connect(mart_url) as reading:
        for within in source.ranges(REPORTS_PER_RANGE):
            started = time.perf_counter()
            batch = source.read_range(within)
            read_s += time.perf_counter() - started
            rows_read += batch.reports.num_rows + batch.events.num_rows
            for name, rows in written_by_the_etl(reading, within):
                started = time.perf_counter()
                with writing.cursor() as cursor:
                    cursor.adbc_ingest(name, rows, mode="append", db_schema_name="raw")
                write_s += time.perf_counter() - started
                rows_written += rows.num_rows
            started = time.perf_counter()
            writing.commit()
            write_s += time.perf_counter() - started
    queue.put(
        {"read": read_s, "write": write_s, "seconds": read_s + write_s, "rows": rows_read + rows_written}
    )


def written_by_the_etl(reading: object, within: Range) -> Iterator[tuple[str, pa.Table]]:
    """The fact rows of a range as they lie in the mart."""
    for name in REPORT_TABLES:
        with reading.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM {load.partition_schema(PROVINCE)}.{name}"
                f" WHERE report_id >= {within.from_id} AND report_id < {within.to_id}"
            )
            yield name, cursor.fetch_arrow_table()


def live_p95_s(store_url: str, mart_url: str, seconds: float, events_per_s: float) -> float:
    """Commit to commit, of single events at a steady rate, while a follower runs as a process of its own."""
    context = multiprocessing.get_context("spawn")
    follower = context.Process(target=run_follow, args=(None, store_url, mart_url), daemon=True)
    follower.start()
    time.sleep(FOLLOW_STARTS_S)
    with psycopg.connect(store_url) as conn:
        first_id = conn.execute("SELECT max(event_id) + 1 FROM paht.report_event").fetchone()[0]
        reports = [
            r[0] for r in conn.execute("SELECT report_id FROM paht.report ORDER BY random() LIMIT 500")
        ]
    count = int(seconds * events_per_s)
    committed = np.full(count, np.nan)
    seen = np.full(count, np.nan)
    watcher = threading.Thread(target=_watch, args=(mart_url, first_id, seen, seconds + 60))
    watcher.start()
    with psycopg.connect(store_url, autocommit=True) as conn:
        started = time.perf_counter()
        for i in range(count):
            time.sleep(max(0.0, started + i / events_per_s - time.perf_counter()))
            conn.execute(
                "INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at, rating)"
                " VALUES (%s, %s, %s, 'rated', now() - interval '104 weeks', now() - interval '104 weeks', 2)",
                [PROVINCE, first_id + i, reports[i % len(reports)]],
            )
            committed[i] = time.perf_counter()
    watcher.join()
    follower.kill()
    with psycopg.connect(store_url, autocommit=True) as conn:
        conn.execute("DELETE FROM paht.report_event WHERE event_id >= %s", [first_id])
    return float(np.quantile(seen - committed, 0.95))


def _watch(mart_url: str, first_id: int, seen: np.ndarray, patience_s: float) -> None:
    until = time.perf_counter() + patience_s
    with psycopg.connect(mart_url, autocommit=True) as conn:
        while np.isnan(seen).any() and time.perf_counter() < until:
            first_open = first_id + int(np.argmax(np.isnan(seen)))
            rows = conn.execute(
                "SELECT event_id FROM mart.event WHERE province_code = %s AND event_id >= %s",
                [PROVINCE, first_open],
            ).fetchall()
            now = time.perf_counter()
            for (event_id,) in rows:
                if np.isnan(seen[event_id - first_id]):
                    seen[event_id - first_id] = now
            time.sleep(0.01)


def main() -> None:
    """Fill, build, copy, follow; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--live-s", type=float, default=20.0)
    parser.add_argument("--events-per-s", type=float, default=50.0)
    options = parser.parse_args()
    _server, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    store_url = store_of(server_url, options.reports)
    mart_url = new_mart(server_url, options.reports)
    etl = in_a_process(run_etl, store_url, mart_url)
    raw = in_a_process(run_raw, store_url, mart_url)
    with psycopg.connect(mart_url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA raw CASCADE")
    live = live_p95_s(store_url, mart_url, options.live_s, options.events_per_s) if options.live_s else None
    rows = raw["rows"]
    print(f"{'':28}{'raw':>12}{'etl':>12}")
    print(f"{'rows read and written':28}{rows:>12,}{rows:>12,}")
    print(f"{'seconds':28}{raw['seconds']:>12.1f}{etl['seconds']:>12.1f}")
    for step in ("read", "build", "write", "finish", "swap"):
        print(f"{'  ' + step + ' s (etl: overlapping)':28}{raw.get(step, 0):>12.1f}{etl.get(step, 0):>12.1f}")
    print(f"{'rows a second':28}{rows / raw['seconds']:>12,.0f}{rows / etl['seconds']:>12,.0f}")
    result = {
        "raw_rows_per_s": round(rows / raw["seconds"]),
        "etl_rows_per_s": round(rows / etl["seconds"]),
        "ratio": round(raw["seconds"] / etl["seconds"], 3),
        "reports_per_s": round(options.reports / etl["seconds"]),
        "peak_gb": round(etl["peak_gb"], 3),
        "live_p95_s": round(live, 3) if live is not None else None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""The ETL beside the raw limit of the fastest drivers, in one run: `make bench-etl` (or --reports N).

raw: the store's rows are read (ADBC) and the same fact rows written (pgpq, binary COPY), one after the other, with nothing between and
without keys. etl: the whole backfill as a deployment runs it, with keys, indexes, daily counts and checks. live: from
commit in the store to visible in the mart, at 50 events a second; burst: the same at 2,000. Prints a table; the last
line is one JSON object.
"""

import argparse
import json
import math
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa

from dashboard.demo import servers
from etl import load, logs, migrate
from etl.backfill import REPORTS_PER_RANGE, Backfill
from etl.facts import REPORT_TABLES
from etl.sources.postgres import PostgresSource
from etl.sources.record import Range
from etl.store import demo
from etl.store.simulator.fill import fill
from etl.store.simulator.setting import Setting
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.bench.apart import in_a_process
from tests.bench.live import following, run

ROOT = Path(__file__).resolve().parent.parent.parent
PROVINCE = "94"
NOW = datetime(2024, 11, 24, 17, 0, tzinfo=UTC)
KB_PER_GB = 1 << 20


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


def mart_of(server_url: object, reports: int) -> str:
    """The mart of a store, brought to the newest schema."""
    url = servers.libpq(servers.create_database(server_url, f"bench_mart_{reports}"))
    migrate.upgrade(url)
    return url


def new_mart(server_url: object, reports: int) -> str:
    """An empty mart."""
    servers.drop_database(server_url, f"bench_mart_{reports}")
    return mart_of(server_url, reports)


def run_etl(queue: object, store_url: str, mart_url: str) -> None:
    """The whole backfill: seconds, seconds by step, peak memory, rows read and written of reports."""
    logs.configure("warning")
    law = Rulebook.load(PROVINCE)
    source = PostgresSource(store_url, PROVINCE)
    job = Backfill(source, mart_url, law, Clock())
    started, processor = time.perf_counter(), time.process_time()
    job.run()
    spent, processor = time.perf_counter() - started, time.process_time() - processor
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_GB
    with psycopg.connect(mart_url) as conn:
        (counts,) = conn.execute("SELECT counts FROM mart.run ORDER BY run_id DESC LIMIT 1").fetchone()
    with psycopg.connect(store_url) as conn:
        read = [
            conn.execute(f"SELECT count(*) FROM ioc_v1.{name}").fetchone()[0]
            for name in ("report", "report_event")
        ]
    rows = sum(counts[name] for name in REPORT_TABLES) + sum(read)
    queue.put({"seconds": spent, "peak_gb": peak_gb, "rows": rows, "processor": processor, **job.timings_s})


def run_raw(queue: object, store_url: str, mart_url: str, reports: int) -> None:
    """Read what the ETL reads and write what it wrote, range by range; only reading and writing are timed."""
    source = PostgresSource(store_url, PROVINCE)
    read_s = write_s = 0.0
    rows_read = rows_written = 0
    with psycopg.connect(mart_url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS raw CASCADE")
        conn.execute("CREATE SCHEMA raw")
        for name in REPORT_TABLES:
            conn.execute(f"CREATE TABLE raw.{name} (LIKE mart.{name})")
    engine = migrate.engine_of(mart_url)
    with engine.connect() as writing, adbc.connect(mart_url) as reading:
        for within in source.ranges(REPORTS_PER_RANGE)[: math.ceil(reports / REPORTS_PER_RANGE)]:
            started = time.perf_counter()
            batch = source.read_range(within)
            read_s += time.perf_counter() - started
            rows_read += batch.reports.num_rows + batch.events.num_rows
            for name, rows in written_by_the_etl(reading, within):
                started = time.perf_counter()
                load.copy_rows(writing, f"raw.{name}", rows)
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


def raw_limit(store_url: str, mart_url: str, reports: int) -> dict[str, float]:
    """The same rows without the ETL, of so many reports at most; what it wrote is dropped again.

    The server vacuums a fresh mart by itself: that is done first, else the raw limit would be lower for it.
    """
    with psycopg.connect(mart_url, autocommit=True) as conn:
        conn.execute("VACUUM")
    try:
        return in_a_process(run_raw, store_url, mart_url, reports)
    finally:
        with psycopg.connect(mart_url, autocommit=True) as conn:
            conn.execute("DROP SCHEMA raw CASCADE")


def print_table(raw: dict[str, float], etl: dict[str, float], raw_reports: int, reports: int) -> None:
    """Raw beside etl, then the steps of the end."""
    print(f"{'':28}{'raw':>12}{'etl':>12}")
    print(f"{'reports':28}{raw_reports:>12,}{reports:>12,}")
    print(f"{'rows read and written':28}{raw['rows']:>12,}{etl['rows']:>12,}")
    print(f"{'seconds':28}{raw['seconds']:>12.1f}{etl['seconds']:>12.1f}")
    for step in ("read", "build", "write", "finish", "swap", "statistics"):
        print(f"{'  ' + step + ' s (etl: overlapping)':28}{raw.get(step, 0):>12.1f}{etl.get(step, 0):>12.1f}")
    for step in sorted((s for s in etl if s.startswith("finish ")), key=lambda s: -etl[s]):
        print(f"{'    ' + step.removeprefix('finish '):28}{'':>12}{etl[step]:>12.2f}")
    print(f"{'etl process, processor s':28}{'':>12}{etl['processor']:>12.1f}")
    for name, found, counted in (("raw", raw, raw_reports), ("etl", etl, reports)):
        print(f"{name + ', ms a report':28}{1000 * found['seconds'] / counted:>12.4f}")


def live(store_url: str, mart_url: str, options: argparse.Namespace) -> dict[str, float | None]:
    """A steady rate, then a burst; a line for each."""
    found: dict[str, float | None] = {"live_p95_s": None}
    with following(store_url, mart_url, PROVINCE) as metrics_url:
        for name, seconds, rate in (
            ("live", options.live_s, options.events_per_s),
            ("burst", options.burst_s, options.burst_events_per_s),
        ):
            if not seconds:
                continue
            result = run(store_url, mart_url, PROVINCE, metrics_url, seconds, rate)
            print(result.line(rate))
            found |= {f"{name}_p95_s": result.p95_s, f"{name}_lost": result.lost}
            if name == "burst":
                found["burst_caught_up_s"] = result.caught_up_s
    return {key: round(value, 3) if value is not None else None for key, value in found.items()}


def main() -> None:
    """Fill, build, copy, follow; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument(
        "--raw-reports", type=int, default=1_000_000, help="at most so many for the raw limit"
    )
    parser.add_argument("--live-s", type=float, default=20.0, help="0 = not")
    parser.add_argument("--events-per-s", type=float, default=50.0)
    parser.add_argument("--burst-s", type=float, default=0.0, help="then so long at --burst-events-per-s")
    parser.add_argument("--burst-events-per-s", type=float, default=2000.0)
    parser.add_argument(
        "--follow-only", action="store_true", help="live and burst over the mart of an earlier run"
    )
    options = parser.parse_args()
    logs.configure("warning")
    _server, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    store_url = store_of(server_url, options.reports)
    if options.follow_only:
        print(json.dumps(live(store_url, mart_of(server_url, options.reports), options)))
        return
    mart_url = new_mart(server_url, options.reports)
    etl = in_a_process(run_etl, store_url, mart_url)
    raw_reports = min(options.reports, options.raw_reports)
    raw = raw_limit(store_url, mart_url, raw_reports)
    print_table(raw, etl, raw_reports, options.reports)
    raw_rows_per_s, etl_rows_per_s = (part["rows"] / part["seconds"] for part in (raw, etl))
    result = {
        "raw_rows_per_s": round(raw_rows_per_s),
        "etl_rows_per_s": round(etl_rows_per_s),
        "ratio": round(etl_rows_per_s / raw_rows_per_s, 3),
        "reports_per_s": round(options.reports / etl["seconds"]),
        "peak_gb": round(etl["peak_gb"], 3),
    }
    print(json.dumps(result | live(store_url, mart_url, options)))


if __name__ == "__main__":
    main()

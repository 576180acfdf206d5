"""A backfill in one process beside the same on one and two dask workers, and what a mart weighs: `make bench-distributed`.

All build the same store, one after the other, in one run. Seconds of the ranges (read, build, write: what workers
share) and of the end (keys, indexes, daily counts, checks, swap: what the mart's server does once) stand apart.
Prints tables; the last line is one JSON object. Option --reports N.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from typing import Any

import psycopg
from distributed import LocalCluster

from dashboard.demo import servers
from etl import load, migrate
from etl.backfill import Backfill, fill_here
from etl.distributed import Cluster
from etl.fingerprint import fingerprint
from etl.sources.postgres import PostgresSource
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.bench.bench_etl import PROVINCE, ROOT, store_of

STEPS = ("read", "build", "write")
_SIZES = """
    SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY pg_total_relation_size(c.oid) DESC
"""


def run(queue: Any, store_url: str, mart_url: str, fill: Callable, reports_per_range: int) -> None:
    """One backfill: seconds by part, and the fingerprint."""
    spent: dict[str, float] = {}

    def timed(*args: Any) -> None:
        started = time.perf_counter()
        fill(*args)
        spent["ranges"] = time.perf_counter() - started

    source = PostgresSource(store_url, PROVINCE)
    job = Backfill(source, mart_url, Rulebook.load(PROVINCE), Clock(), reports_per_range, fill=timed)
    job.run()
    source.close()
    engine = migrate.engine_of(mart_url)
    with engine.begin() as connection:
        found = fingerprint(connection, PROVINCE)["all"]
    queue.put({**job.timings_s, **spent, "fingerprint": found})


def build(store_url: str, server_url: Any, fill: Callable, reports_per_range: int) -> tuple[dict, str]:
    """In a process and a mart of its own."""
    name = f"bench_mart_distributed_{os.getpid()}"
    servers.drop_database(server_url, name)
    mart_url = servers.libpq(servers.create_database(server_url, name))
    migrate.upgrade(mart_url)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=run, args=(queue, store_url, mart_url, fill, reports_per_range))
    process.start()
    answer = queue.get()
    process.join()
    return answer, mart_url


def bytes_per_report(mart_url: str, reports: int) -> dict[str, tuple[float, float]]:
    """By table: bytes of rows and of indexes, of one report; prints them."""
    with psycopg.connect(mart_url) as conn:
        rows = conn.execute(_SIZES, [load.partition_schema(PROVINCE)]).fetchall()
    sizes = {name: (table / reports, index / reports) for name, table, index in rows}
    print(f"{'bytes a report':28}{'rows':>12}{'indexes':>12}")
    for name, (table, index) in sizes.items():
        print(f"{'  ' + name:28}{table:>12,.0f}{index:>12,.0f}")
    return sizes


def main() -> None:
    """Build three times; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=50_000)
    parser.add_argument("--reports-per-range", type=int, default=5_000)
    options = parser.parse_args()
    _server, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    store_url = store_of(server_url, options.reports)
    found = {}
    found["local"], mart_url = build(store_url, server_url, fill_here, options.reports_per_range)
    sizes = bytes_per_report(mart_url, options.reports)
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
            fill = Cluster(cluster.scheduler_address)
            found[f"workers_{workers}"], mart_url = build(
                store_url, server_url, fill, options.reports_per_range
            )
    servers.drop_database(server_url, mart_url.rsplit("/", 1)[-1].split("?")[0])
    assert len({answer["fingerprint"] for answer in found.values()}) == 1, "the marts differ"
    print(f"{'':28}" + "".join(f"{name:>12}" for name in found))
    for part in ("ranges", *STEPS, "finish", "swap"):
        print(f"{part + ' s':28}" + "".join(f"{answer.get(part, 0):>12.1f}" for answer in found.values()))
    ms = {step: 1000 * found["local"][step] / options.reports for step in STEPS}
    result = {
        "reports": options.reports,
        "same_fingerprint": True,
        "ranges_s": {name: round(answer["ranges"], 2) for name, answer in found.items()},
        "end_s": {name: round(answer["finish"] + answer["swap"], 2) for name, answer in found.items()},
        "ms_per_report": {step: round(value, 4) for step, value in ms.items()},
        "mart_bytes_per_report": {
            "rows": round(sum(a for a, _ in sizes.values())),
            "indexes": round(sum(b for _, b in sizes.values())),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

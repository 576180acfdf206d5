"""What workers cost and what they bring, beside a backfill in one process: `make bench-distributed`.

Part 1, one store: local, then one, two and four dask workers of one thread. Processor seconds of workers, leader,
scheduler and server, a report: whether a report costs more in sum when more workers share them. Seconds stand beside;
they cannot fall where the workers and the servers have no cores of their own.
Part 2, a store that answers late (its server sleeps before each range): workers wait instead of compute, so few cores
are enough. Seconds of the ranges, and how many times one worker's pace.
Part 3, slow machines: each worker may use a fixed share of a core, so that all of them together leave the servers
theirs on this machine too. Seconds of the ranges, and how many times one worker's pace.

Workers have loaded code, law and maps before; what that costs each is shown apart. All marts of a part are the same by
fingerprint. Prints tables; the last line is one JSON object. --reports, --reports-per-range; --delay-s 0: no part 2; --core-share 0: no part 3.
"""

import argparse
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from distributed import Client, LocalCluster

from dashboard.demo import servers
from etl import load, migrate
from etl.backfill import fill_here
from etl.distributed import Cluster
from tests.bench.bench_etl import PROVINCE, ROOT, store_of
from tests.bench.slowed import slowed
from tests.bench.trial import WHO, LateSource, Trial, get_ready, measure

STEPS = ("read", "build", "write")
WORKERS = (1, 2, 4)
LATE_REPORTS, LATE_PER_RANGE = 8_000, 250
LATE = {"1 worker": (1, 1), "2 workers": (2, 1), "4 workers": (4, 1), "1 of 2 threads": (1, 2)}
_SIZES = """
    SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY pg_total_relation_size(c.oid) DESC
"""


class Bench:
    """One server with one mart, which every backfill builds anew."""

    def __init__(self) -> None:
        self._handle, self.server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
        self._server = self._handle.get_pid()
        self._mart = f"bench_mart_distributed_{os.getpid()}"
        servers.drop_database(self.server_url, self._mart)
        self.mart_url = servers.libpq(servers.create_database(self.server_url, self._mart))
        migrate.upgrade(self.mart_url)

    def local(self, source: LateSource, per_range: int) -> dict[str, Any]:
        """In the leader itself."""
        return measure(Trial(source, self.mart_url, per_range, fill_here, self._server))

    def on_workers(
        self, source: LateSource, per_range: int, workers: int, threads: int, core_share: float = 1.0
    ) -> dict[str, Any]:
        """On a cluster of its own, each worker on a share of a core."""
        with LocalCluster(n_workers=workers, threads_per_worker=threads, dashboard_address=None) as cluster:
            address = cluster.scheduler_address
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers)
                pids, ready_s = client.run(os.getpid).values(), client.run(get_ready).values()
            trial = Trial(
                source, self.mart_url, per_range, Cluster(address), self._server, tuple(pids), os.getpid()
            )
            with slowed(tuple(pids), core_share):
                return {**measure(trial), "ready": max(ready_s)}

    def close(self) -> None:
        """Leaves the store for the next run."""
        servers.drop_database(self.server_url, self._mart)


@contextmanager
def bench() -> Iterator[Bench]:
    """As long as it is needed."""
    opened = Bench()
    try:
        yield opened
    finally:
        opened.close()


# ------------------------------------------------------------------------------------ part 1: what a report costs


def cost(on: Bench, reports: int, per_range: int) -> dict[str, Any]:
    """Prints part 1; for the last line."""
    source = LateSource(store_of(on.server_url, reports), 0)
    found = {"local": on.local(source, per_range)}
    sizes = bytes_per_report(on.mart_url, reports)
    for workers in WORKERS:
        found[f"workers_{workers}"] = on.on_workers(source, per_range, workers, 1)
    one_fingerprint(found)
    print_seconds(found)
    sums = print_processor(found, reports)
    steps = {step: round(1000 * found["workers_1"][step] / reports, 4) for step in STEPS}
    return {
        "reports": reports,
        "same_fingerprint": True,
        "cores": os.cpu_count(),
        "ranges_s": {name: round(one["ranges"], 2) for name, one in found.items()},
        "plan_s": {name: round(one["plan"], 2) for name, one in found.items()},
        "end_s": {name: round(one["end"], 2) for name, one in found.items()},
        "ranges_processor_ms_per_report": sums,
        "ms_per_report": steps,
        "mart_bytes_per_report": {
            "rows": round(sum(rows for rows, _ in sizes.values())),
            "indexes": round(sum(indexes for _, indexes in sizes.values())),
        },
    }


def one_fingerprint(found: dict[str, dict[str, Any]]) -> None:
    """Raises AssertionError when a mart differs."""
    assert len({one["fingerprint"] for one in found.values()}) == 1, "the marts differ"


def print_seconds(found: dict[str, dict[str, Any]]) -> None:
    """Of each part; steps of the ranges overlap between workers."""
    print(f"{'seconds':34}" + "".join(f"{name:>12}" for name in found))
    for part in ("plan", "ranges", *STEPS, "end"):
        name = f"  {part}, summed over workers" if part in STEPS else part
        print(f"{name:34}" + "".join(f"{one[part]:>12.2f}" for one in found.values()))


def print_processor(found: dict[str, dict[str, Any]], reports: int) -> dict[str, float]:
    """Milliseconds of the ranges a report by who spent them, seconds of plan and end; the sums of the ranges."""
    print("processor, ms a report of the ranges")
    ms = {
        name: {who: 1000 * one["ranges_processor"][who] / reports for who in WHO}
        for name, one in found.items()
    }
    for who in WHO:
        print(f"{'  ' + who:34}" + "".join(f"{one[who]:>12.4f}" for one in ms.values()))
    sums = {name: sum(one.values()) for name, one in ms.items()}
    print(f"{'  in sum':34}" + "".join(f"{value:>12.4f}" for value in sums.values()))
    print(f"{'  beside one worker':34}" + "".join(f"{v / sums['workers_1']:>12.2f}" for v in sums.values()))
    print("processor, seconds")
    for part in ("plan", "end"):
        spent = [sum(one[f"{part}_processor"].values()) for one in found.values()]
        print(f"{'  ' + part + ', leader and server':34}" + "".join(f"{value:>12.2f}" for value in spent))
    ready = [f"{one['ready']:>12.2f}" if "ready" in one else f"{'':>12}" for one in found.values()]
    print(f"{'  each worker once, to get ready':34}" + "".join(ready))
    return {name: round(value, 4) for name, value in sums.items()}


def bytes_per_report(mart_url: str, reports: int) -> dict[str, tuple[float, float]]:
    """By table: bytes of rows and of indexes, of one report; prints them."""
    with psycopg.connect(mart_url) as conn:
        rows = conn.execute(_SIZES, [load.partition_schema(PROVINCE)]).fetchall()
    sizes = {name: (table / reports, index / reports) for name, table, index in rows}
    print(f"{'bytes a report':34}{'rows':>12}{'indexes':>12}")
    for name, (table, index) in sizes.items():
        print(f"{'  ' + name:34}{table:>12,.0f}{index:>12,.0f}")
    return sizes


# ------------------------------------------------------------------------------- part 2: what workers bring


def late(on: Bench, delay_s: float) -> dict[str, Any]:
    """Prints part 2; for the last line."""
    source = LateSource(store_of(on.server_url, LATE_REPORTS), delay_s)
    found = {}
    for name, (workers, threads) in LATE.items():
        found[name] = on.on_workers(source, LATE_PER_RANGE, workers, threads)
    ranges = LATE_REPORTS // LATE_PER_RANGE
    print_pace(f"{ranges} ranges, each {delay_s} s late", found)
    return {"late_ranges": ranges, "late_delay_s": delay_s, **paces("late", found)}


# ----------------------------------------------------------------------------------- part 3: slow machines


def slow(on: Bench, reports: int, per_range: int, core_share: float) -> dict[str, Any]:
    """Prints part 3; for the last line."""
    source = LateSource(store_of(on.server_url, reports), 0)
    found = {_workers(count): on.on_workers(source, per_range, count, 1, core_share) for count in WORKERS}
    print_pace(f"{math.ceil(reports / per_range)} ranges, workers at {core_share} core", found)
    return {"slow_core_share": core_share, **paces("slow", found)}


def _workers(count: int) -> str:
    return f"{count} worker{'s' if count > 1 else ''}"


def pace(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    """How many times the pace of the first."""
    first = next(iter(found.values()))
    return {name: first["ranges"] / one["ranges"] for name, one in found.items()}


def paces(part: str, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Seconds of the ranges and pace, for the last line. Raises AssertionError when a mart differs."""
    one_fingerprint(found)
    return {
        f"{part}_ranges_s": {name: round(one["ranges"], 1) for name, one in found.items()},
        f"{part}_speed_up": {name: round(value, 2) for name, value in pace(found).items()},
    }


def print_pace(title: str, found: dict[str, dict[str, Any]]) -> None:
    """Seconds of the ranges, and how many times the pace of the first."""
    print(f"{title:34}" + "".join(f"{name:>16}" for name in found))
    print(f"{'  ranges, s':34}" + "".join(f"{one['ranges']:>16.1f}" for one in found.values()))
    print(f"{'  times the pace of one':34}" + "".join(f"{value:>16.2f}" for value in pace(found).values()))


def main() -> None:
    """All parts; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=60_000)
    parser.add_argument("--reports-per-range", type=int, default=5_000)
    parser.add_argument("--delay-s", type=float, default=2.0)
    parser.add_argument("--core-share", type=float, default=0.15)
    options = parser.parse_args()
    with bench() as on:
        result = cost(on, options.reports, options.reports_per_range)
        if options.delay_s:
            result |= late(on, options.delay_s)
        if options.core_share:
            result |= slow(on, options.reports, options.reports_per_range, options.core_share)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

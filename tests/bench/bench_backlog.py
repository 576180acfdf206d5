"""A follower that finds a long backlog: its memory look by look, `make bench-backlog` (or --reports N --rounds N).

A store and its mart; then one transaction touches every report and further ones of 50,000 touch some again, before a
follower starts in a process of its own. anon_mb: memory that is the process's own after a look, peak_mb: the most until
then, sampled ten times a second. Prints a table; the last line is one JSON object. Both databases are dropped.
"""

import argparse
import json
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from dashboard.demo import servers
from etl import logs, migrate
from etl.follow import Follower
from etl.publish import Publisher
from etl.sources.postgres import PostgresSource
from etl.steps import Steps
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.bench.apart import in_a_process
from tests.bench.bench_etl import PROVINCE, ROOT, new_mart, run_etl, store_of
from tests.bench.bench_files import Sampled, anon_gb

MB_PER_GB = 1024
PER_ROUND = 50_000
_TOUCH = """
    INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at, rating)
    SELECT province_code, (SELECT max(event_id) FROM paht.report_event) + row_number() OVER (), report_id, 'rated',
           sent_at + interval '90 days', sent_at + interval '90 days', 2
    FROM paht.report ORDER BY report_id LIMIT %s OFFSET %s
"""


def touch(store_url: str, reports: int, rounds: int) -> int:
    """The backlog; returns how many changed reports a follower will find, one counted in each transaction."""
    found = 0
    for number in range(rounds + 1):
        most, first = (reports, 0) if number == 0 else (PER_ROUND, (number - 1) * PER_ROUND % reports)
        with psycopg.connect(store_url) as conn:
            found += conn.execute(_TOUCH, [most, first]).rowcount
    return found


def follow(queue: Any, store_url: str, mart_url: str) -> None:
    """Look by look until nothing is new; puts a list of looks."""
    logs.configure("error")
    sampled = Sampled()
    source = PostgresSource(store_url, PROVINCE)
    follower = Follower(source, mart_url, Rulebook.load(PROVINCE), Clock(), Publisher(None, PROVINCE))
    with migrate.engine_of(mart_url).connect() as connection:
        steps = Steps(follower, connection)
        start_mb = anon_gb() * MB_PER_GB
        sampled.start()
        looks = list(_looks(steps, source, sampled))
    queue.put({"start_mb": start_mb, "looks": looks})


def _looks(steps: Steps, source: PostgresSource, sampled: Sampled) -> Iterator[dict[str, float]]:
    touched: list[int] = []
    written = source.written

    def note(changes: Any) -> None:
        touched.append(len(changes.report_ids))
        written(changes)

    source.written = note  # type: ignore[method-assign]
    is_new = True
    while is_new:
        started, worked = time.perf_counter(), time.process_time()
        is_new = steps.step()
        look = {"reports": touched[-1], "seconds": time.perf_counter() - started}
        look |= {"cpu_s": time.process_time() - worked, "anon_mb": anon_gb() * MB_PER_GB}
        look |= {"peak_mb": sampled.peak_gb * MB_PER_GB}
        print("  ".join(f"{name} {value:,.1f}" for name, value in look.items()), flush=True)
        yield look


def main() -> None:
    """One backlog, one follower."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    handle, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    names = [f"bench_{of}_{options.reports}" for of in ("store", "mart")]
    try:
        store_url, mart_url = store_of(server_url, options.reports), new_mart(server_url, options.reports)
        in_a_process(run_etl, store_url, mart_url)
        touched = touch(store_url, options.reports, options.rounds)
        found = in_a_process(follow, store_url, mart_url)
    finally:
        for name in names:
            servers.drop_database(server_url, name)
        del handle
    looks = found["looks"]
    result = {
        "reports": options.reports,
        "touched": touched,
        "looks": len(looks),
        "start_mb": found["start_mb"],
    }
    result |= {"peak_mb": looks[-1]["peak_mb"], "cpu_s": sum(look["cpu_s"] for look in looks)}
    result |= {"end_mb": looks[-1]["anon_mb"]}
    print(json.dumps({key: round(value, 1) for key, value in result.items()}))


if __name__ == "__main__":
    main()

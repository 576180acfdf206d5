"""A large file through the file source: seconds and peak memory, `make bench-files`; the file is made for it and deleted.

    python -m tests.bench.bench_files --mb 1000 [--format csv|parquet|xlsx] [--backfill]

Reading in a process of its own, so that its peak memory is its own: onto disk (spool), then every range of 20,000
reports as a backfill reads them. --backfill: the whole way into a mart instead, with its reports, the rows it put aside
(complaints) and its size. anon_gb: memory that is the process's own, sampled; rss_gb counts the mapped pages of the spool
too, which the machine may take back at any time. *_cpu_s: processor time of the process, without the mart's server.
Prints a table; the last line is one JSON object.
"""

import argparse
import csv
import json
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from dashboard.demo import servers
from etl.sources.files import FileSource
from etl.sources.mapping import load_mapping
from tests.bench.apart import in_a_process

ROOT = Path(__file__).parents[2]
MB, KB_PER_GB = 10**6, 2**20
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
HEADER = [
    "Unique Key",
    "Created Date",
    "Closed Date",
    "Agency",
    "Agency Name",
    "Complaint Type",
    "Descriptor",
    "Location Type",
    "Incident Zip",
    "Incident Address",
    "Street Name",
    "City",
    "Facility Type",
    "Status",
    "Due Date",
    "Resolution Description",
    "Community Board",
    "Borough",
    "Open Data Channel Type",
    "Park Facility Name",
    "Vehicle Type",
    "Latitude",
    "Longitude",
    "Location",
]
WORDS = (
    "The department responded and found that the condition was as it was described; work was carried out. "
    * 2
)
AGENCIES = [(f"A{n}", f"Department number {n}") for n in range(30)]
BOROUGHS = ("QUEENS", "BROOKLYN", "BRONX", "MANHATTAN", "STATEN ISLAND")


def rows() -> Iterator[list[str]]:
    """Requests of a city, one every 50 seconds, as wide as New York's export; every 50th has some dirt."""
    number = 0
    while True:
        number += 1
        at = FIRST + timedelta(seconds=50 * number)
        style = "%m/%d/%Y %I:%M:%S %p"
        is_closed = number % 7 > 0
        agency, name = AGENCIES[number % 30]
        lat = "" if number % 50 == 0 else f"{40.5 + number % 4000 / 10_000:.14f}"
        yield [
            str(10_000_000 + number * 7919 % 9_999_991), at.strftime(style),
            (at + timedelta(hours=number % 200)).strftime(style) if is_closed else "", agency, name,
            f"Complaint type {number % 200}", f"Descriptor of the request number {number}", "Street/Sidewalk", "11421",
            f"{number % 900} STREET", f"{number % 90} STREET", "CITY", "Precinct", "Closed" if is_closed else "Open",
            (at + timedelta(hours=8)).strftime(style) if number % 2 else "", WORDS, "09 QUEENS", BOROUGHS[number % 5],
            ("PHONE", "ONLINE", "MOBILE")[number % 3], "Unspecified", "", lat, f"-{73.7 + number % 5000 / 10_000:.14f}",
            f"({lat}, -73.8)",
        ]  # fmt: skip


def make(path: Path, megabytes: int) -> int:
    """A file of about so many megabytes as CSV, or of the same rows in another format; returns the rows."""
    source = path if path.suffix == ".csv" else path.with_suffix(".csv")
    count = 0
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for row in rows():
            if count % 1000 == 0 and file.tell() >= megabytes * MB:
                break
            writer.writerow(row)
            count += 1
    if source != path:
        _converted(source, path)
        source.unlink()
    return count


def _converted(source: Path, path: Path) -> None:
    if path.suffix == ".parquet":
        import pyarrow.csv as pacsv
        import pyarrow.parquet as pq

        with pacsv.open_csv(source, convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(HEADER, "string"))) as batches, pq.ParquetWriter(path, batches.schema) as writer:  # fmt: skip
            for batch in batches:
                writer.write_batch(batch)
        return
    from xlsxwriter import Workbook

    with Workbook(path, {"constant_memory": True}) as book, source.open(encoding="utf-8", newline="") as file:
        sheet = book.add_worksheet()
        for number, row in enumerate(csv.reader(file)):
            sheet.write_row(number, 0, row)


def anon_gb() -> float:
    """Anonymous memory of this process, in GB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / KB_PER_GB


class Sampled(threading.Thread):
    """The largest anonymous memory of this process, in GB, looked at ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_gb = 0.0

    def run(self) -> None:
        """Until the process ends."""
        while True:
            self.peak_gb = max(self.peak_gb, anon_gb())
            time.sleep(0.1)


def measure(queue: Any, path: Path, mart_url: str) -> None:
    """Read the file, and with a mart build it; puts one dict."""
    sampled = Sampled()
    sampled.start()
    mapping = load_mapping("nyc311")
    source = FileSource(path, mapping.model_copy(update={"file": mapping.file.model_copy(update={"pattern": "*"})}))  # type: ignore[union-attr]  # fmt: skip
    source._wait_until_settled()
    started, worked = time.perf_counter(), time.process_time()
    spool = source.held()
    found: dict[str, Any] = {"spool_s": time.perf_counter() - started}
    found["spool_cpu_s"] = time.process_time() - worked
    found["spool_gb"] = sum(p.stat().st_size for p in spool.folder.iterdir()) / 2**30
    if mart_url:
        found |= backfill(source, mart_url)
    else:
        started = time.perf_counter()
        found["reports"] = sum(source.read_range(r).reports.num_rows for r in source.ranges(20_000))
        found["ranges_s"] = time.perf_counter() - started
    source.close()
    found["rss_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_GB
    found["anon_gb"] = sampled.peak_gb
    queue.put(found)


def backfill(source: FileSource, mart_url: str) -> dict[str, Any]:
    """Into an empty mart: seconds by step (read, build and write overlap), and what stands there then."""
    from etl import logs, migrate
    from etl.backfill import Backfill
    from kpi.clock import Clock
    from kpi.rulebook import Rulebook

    logs.configure("warning")
    migrate.upgrade(mart_url)
    job = Backfill(source, mart_url, Rulebook.load("NYC"), Clock())
    started, worked = time.perf_counter(), time.process_time()
    job.run()
    found: dict[str, Any] = {"backfill_s": time.perf_counter() - started}
    found["backfill_cpu_s"] = time.process_time() - worked
    found |= {f"{step}_s": job.timings_s[step] for step in ("read", "build", "write", "finish")}
    with psycopg.connect(mart_url) as conn:
        (counts,) = conn.execute("SELECT counts FROM mart.run ORDER BY run_id DESC LIMIT 1").fetchone()
        (size,) = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    return (
        found | {name: counts[name] for name in ("report", "event", "complaint")} | {"mart_gb": size / 2**30}
    )


def main() -> None:
    """One file, one measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--format", choices=["csv", "parquet", "xlsx"], default="csv")
    parser.add_argument("--backfill", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"large.{options.format}"
        count = make(path, options.mb)
        mart_url, name = "", f"bench_mart_files_{os.getpid()}"
        if options.backfill:
            handle, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
            mart_url = servers.libpq(servers.create_database(server_url, name))
        try:
            found = in_a_process(measure, path, mart_url)
        finally:
            if options.backfill:
                servers.drop_database(server_url, name)
                del handle
        size_mb = path.stat().st_size / MB
    result = {"format": options.format, "mb": round(size_mb), "rows": count}
    result |= {key: round(value, 3) for key, value in found.items()}
    for key, value in result.items():
        print(f"{key:12} {value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()

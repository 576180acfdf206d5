"""Makes a filled build whole: keys, indexes, repeats, daily counts, statistics, checks. Steps run side by side.

Each step is one transaction and leaves its name in build_step: a build that was killed goes on with the others.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import sqlalchemy as sa
from sqlalchemy import text

from etl import checks, daily, doubled, load, repeats
from etl.facts import REPORT_TABLES
from etl.migrate import engine_of
from etl.sql import ONE_CORE
from kpi import mart

AT_ONCE = max(2, min(4, os.cpu_count() or 2))
MOMENTS_PER_PART = 1_000_000
"""What is counted in memory at once: they make half as many rows of counts, each of some 300 bytes."""
_SETTINGS = (
    "SET LOCAL maintenance_work_mem = '256MB'",
    "SET LOCAL work_mem = '256MB'",
    # Steps run beside each other; parallel workers within them only share what the others need (a seventh slower on two cores).
    "SET LOCAL max_parallel_maintenance_workers = 0",
    f"SET LOCAL {ONE_CORE}",
)
_ANALYZE_ONLY = 180000
"""From this version on a partitioned table can be sampled without its partitions being analyzed once more."""

_KINDS = ("urgency", "status", "outcome", "part", "stage", "kind", "holder_kind", "ended_by")
_NEVER_ANALYZED = """
    SELECT c.relname::text FROM pg_class AS c
    WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind = 'p' AND c.reltuples < 0
"""

Step = Callable[[sa.Connection, str, str], None]


def begin_step(connection: sa.Connection, schema: str, name: str) -> bool:
    """Claim a step in the caller's transaction; False when it was done before."""
    statement = f"INSERT INTO {schema}.build_step (name) VALUES (:name) ON CONFLICT DO NOTHING"
    return connection.execute(text(statement), {"name": name}).rowcount == 1


def run(mart_url: str, province_code: str) -> dict[str, float]:
    """All steps, then the checks; returns seconds by table and of the checks, those of other processes beside included.

    Raises checks.CheckError naming what does not hold.
    """
    engine = engine_of(mart_url, pool_size=AT_ONCE)
    schema = load.build_schema(province_code)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            steps = [pool.submit(_do, engine, schema, province_code, name, s) for name, s in _steps().items()]
            spent_s = dict(step.result() for step in steps)
            started = time.perf_counter()
            asked = [pool.submit(_ask, engine, schema, province_code, name) for name in checks.BUILD_RULES]
            failed = [result for a in asked if (result := a.result()).failures]
    finally:
        engine.dispose()
    if failed:
        raise checks.CheckError("; ".join(f"{r.name}: {', '.join(r.failures)}" for r in failed))
    return spent_s | {"checks": time.perf_counter() - started}


def _steps() -> dict[str, Step]:
    """By name, the longest first; facts before what counts them, which could not get their keys meanwhile."""
    first = ("report", "stage", "assignment", "event", "daily_report", "daily_unit", "half_monthly_place")
    tables = sorted(load.PARTITIONED, key=lambda t: first.index(t.name) if t.name in first else len(first))
    return {
        table.name: _report_and_group if table.name == "report" else partial(_table, table)
        for table in tables
        if table is not repeats.report_group
    }


def _set(connection: sa.Connection) -> None:
    for setting in _SETTINGS:
        connection.execute(text(setting))


def _do(engine: sa.Engine, schema: str, province_code: str, name: str, step: Step) -> tuple[str, float]:
    started = time.perf_counter()
    with engine.begin() as connection:
        _set(connection)
        if begin_step(connection, schema, name):
            step(connection, schema, province_code)
    return name, time.perf_counter() - started


def _table(table: sa.Table, connection: sa.Connection, schema: str, _province_code: str) -> None:
    """Fill a table of daily counts; keys, indexes and statistics of any."""
    if table.name in daily.TABLES:
        _count(table, connection, schema)
    load.add_indexes(connection, schema, table)
    doubled.complain_of_build(connection, schema, table.name)
    connection.execute(text(f"ANALYZE {schema}.{table.name}"))


def _count(table: sa.Table, connection: sa.Connection, schema: str) -> None:
    """In parts that are counted in memory (twice work_mem is for hashing): all at once, ten million reports went through
    temporary files again and again. The facts are read once, however many parts there are."""
    facts = daily.facts_of(table.name)
    written = f"SELECT sum(row_count)::bigint FROM {schema}.build_count WHERE table_name = :name"
    moments = (connection.scalar(text(written), {"name": facts}) or 0) * daily.moments_of(table.name)
    parts, from_tables = moments // MOMENTS_PER_PART + 1, [f"{schema}.{facts}"]
    if parts > 1:
        dividing, from_tables = daily.parts_of(table.name, from_tables[0], parts)
        for statement in dividing:
            connection.execute(text(statement))
    noted = f"INSERT INTO {schema}.build_count VALUES (:name, :rows)"
    for part in from_tables:
        counted = connection.execute(text(daily.insert(table.name, f"{schema}.{table.name}", part)))
        connection.execute(text(noted), {"name": table.name, "rows": counted.rowcount})


def _report_and_group(connection: sa.Connection, schema: str, province_code: str) -> None:
    """Who repeats whom, before the reports get their indexes."""
    _table(repeats.report_group, connection, schema, province_code)
    group = f"{schema}.{repeats.report_group.name}"
    connection.execute(text(repeats.update(f"{schema}.report", group, repeats.of_several(group))))
    _table(mart.report, connection, schema, province_code)


def analyze_whole(mart_url: str, *, only_missing: bool = False) -> None:
    """Statistics of the partitioned tables of facts themselves, by which joins are planned; the server makes them for partitions only.

    After the swap, in no transaction with it: without them a query of ten million reports took 38 s instead of 0.3.
    only_missing: where there are none yet, because a build ended between its swap and here.
    """
    engine = engine_of(mart_url, pool_size=AT_ONCE)
    try:
        with engine.connect() as connection:
            version = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
            never = set(connection.scalars(text(_NEVER_ANALYZED)))
        only = "ONLY " if version >= _ANALYZE_ONLY else ""
        names = [name for name in REPORT_TABLES if name in never or not only_missing]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda name: _analyze_joined(engine, only, name), names))
    finally:
        engine.dispose()


def _analyze_joined(engine: sa.Engine, only: str, name: str) -> None:
    """What joins and groups go by: keys, numbers of reports and codes. Instants are asked of the partitions."""
    table = mart.metadata.tables[f"mart.{name}"]
    columns = ", ".join(
        c.name
        for c in table.columns
        if c.primary_key or c.name.endswith(("_id", "_code")) or c.name in _KINDS
    )
    with engine.begin() as connection:
        connection.execute(text(f"ANALYZE {only}{table.fullname} ({columns})"))


def _ask(engine: sa.Engine, schema: str, province_code: str, name: str) -> checks.Result:
    with engine.begin() as connection:
        _set(connection)
        return checks.ask(connection, name, province_code, schema, counted=False)

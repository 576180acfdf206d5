"""Queries of the pages over a mart of many invented reports: `python -m tests.bench.bench_queries [reports]`.

Prints a table of milliseconds by role, and as last line one JSON object. Reads go through row-level security, as on
a page. `raw_scan_ms` counts the reports of the same month with nothing but the index on sending: the ratios of the
others to it hold on any machine.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, Executable, func, select, text

from dashboard.demo import servers
from etl.migrate import engine_of, upgrade
from kpi import mart
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import figures, reports, stages
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 3
MONTH, OLD_MONTH, YEAR = Period("month", 2024, 11), Period("month", 2023, 5), Period("year", 2024)
SCOPES = (
    Scope("94", "analyst"),
    Scope("94", "district", district_code="943"),
    Scope("94", "unit", unit_code="u7"),
)

# 24 months to 20/11/2024; 12 fields, 7 channels, 11 districts, 109 communes, 150 units; a third rated; 0.5 to 10.5
# days to handle against a limit of 8 days.
_REPORTS = """
INSERT INTO mart.report (province_code, report_id, report_code, district_code, commune_code, field_code, channel_code,
    urgency, is_secret, place_flag, regulation_id, status, stage, lead_unit_code, holder_unit_codes, sent_at,
    dispatched_at, closed_at, published_at, due_at, outcome, rating, rated_at, last_event_at, last_recorded_at)
SELECT '94', i, 'PA-' || i, '94' || h % 11, '94' || h % 109, 'f' || h % 12, 'c' || h % 7,
    CASE WHEN h % 50 = 0 THEN 'urgent' ELSE 'normal' END, h % 40 = 0, 'point', 'soctrang-2024',
    CASE WHEN done < at THEN 'done' ELSE 'open' END, '', 'u' || h % 150, ARRAY['IOC', 'u' || h % 150], sent,
    sent + interval '3 hours', CASE WHEN done < at THEN done END, CASE WHEN done < at THEN done END, due,
    CASE WHEN done >= at THEN '' WHEN done <= due THEN 'on_time' ELSE 'late' END,
    CASE WHEN h % 3 = 0 AND rated < at THEN 1 + h % 2 END, CASE WHEN h % 3 = 0 AND rated < at THEN rated END, sent, sent
FROM (SELECT *, sent + interval '8 days' AS due, done + interval '3 days' AS rated FROM (
    SELECT *, sent + interval '1 day' * (0.5 + h % 1000 / 100.0) AS done FROM (
        SELECT i, abs(hashint4(i)) % 100000 AS h, timestamptz '2024-11-20 07:35Z' AS at,
            timestamptz '2022-11-20 07:35Z' + i * (interval '731 days' / {reports}) AS sent
        FROM generate_series(1, {reports}) AS i) AS a) AS b) AS c
"""
_ASSIGNMENTS = """
INSERT INTO mart.assignment (province_code, report_id, seq, unit_code, part, district_code, commune_code, field_code,
    channel_code, urgency, from_at, ended_at, ended_by, due_at, outcome)
SELECT province_code, report_id, 1, lead_unit_code, 'lead', district_code, commune_code, field_code, channel_code,
    urgency, dispatched_at, closed_at, CASE WHEN closed_at IS NULL THEN '' ELSE 'approved' END, due_at, outcome
FROM mart.report
"""
_STAGES = """
INSERT INTO mart.stage (province_code, report_id, seq, stage, unit_code, district_code, commune_code, field_code,
    channel_code, urgency, start_at, due_at, done_at)
SELECT province_code, report_id, 1, 'dispatch', 'IOC', district_code, commune_code, field_code, channel_code, urgency,
    sent_at, sent_at + interval '4 hours', dispatched_at
FROM mart.report
"""


def fill(engine: Engine, count: int) -> None:
    """Write `count` invented reports with an assignment and a stage each."""
    with engine.begin() as conn:
        for sql in (_REPORTS.format(reports=count), _ASSIGNMENTS, _STAGES):
            conn.execute(text(sql))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))


def asked(scope: Scope) -> dict[str, Executable]:
    """What pages ask, by name."""
    calendar, at = calendar_for("94"), YEAR.end_at.replace(month=11, day=20, hour=14, minute=35)
    base = Filters(MONTH).within(scope)
    month, old, year = (Window.of(period, at, calendar) for period in (MONTH, OLD_MONTH, YEAR))
    row = [MONTH]
    while len(row) < 12:
        row.insert(0, row[0].previous())
    sent = mart.report.c.sent_at
    return {
        "raw_scan": select(func.count()).where(sent >= MONTH.start_at, sent < MONTH.end_at),
        "month": figures.period(base, month),
        "old_month": figures.period(base, old),
        "year": figures.period(base, year),
        "month_by_unit": figures.period(base, month, ("unit",)),
        "month_by_district": figures.period(base, month, ("district",)),
        "month_ratings": figures.ratings(base, month),
        "month_dispatch": stages.rates(base.with_(unit=None), month, stage="dispatch"),
        "trend_12": figures.trend(base, [month.over(period) for period in row]),
        "now": figures.now(base, month),
        "now_by_unit": figures.now_by_unit(base, month),
        "list_overdue": reports.page(base.with_(state="overdue"), month),
        "list_late": reports.page(base.with_(state="late"), month),
    }


def best_ms(run: Callable[[], object]) -> float:
    """The best of REPEATS runs, in milliseconds."""
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


def main(count: int) -> None:
    """Fill a database of its own, measure, drop it."""
    handle, server = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    database = f"bench_queries_{count}"
    url = servers.libpq(servers.create_database(server, database))
    engine = engine_of(url)
    try:
        upgrade(url)
        fill(engine, count)
        measured = {
            scope.role: {
                name: best_ms(lambda s=stmt, of=scope: rows_sync(engine, of, s))
                for name, stmt in asked(scope).items()
            }
            for scope in SCOPES
        }
    finally:
        engine.dispose()
        servers.drop_database(server, database)
        del handle
    print(f"{count} reports, best of {REPEATS}, ms".ljust(34), *[role.rjust(10) for role in measured])
    for name in measured["analyst"]:
        print(name.ljust(34), *[f"{measured[role][name]:10.1f}" for role in measured])
    print(
        json.dumps(
            {
                "reports": count,
                **{f"{role}_ms": {k: round(v, 1) for k, v in of.items()} for role, of in measured.items()},
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)

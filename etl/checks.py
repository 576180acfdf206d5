"""Data tests of a mart: what must hold of every build, asked of the database; of a build itself only what adds up."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text

from etl import daily

CHILDREN = ("assignment", "hold", "stage", "event")
"""Tables of which every row has its report."""
_SHOWN = 5


class CheckError(Exception):
    """A build does not hold; it is not put before readers. The message names the first failures."""


@dataclass(frozen=True)
class Result:
    """One check: how many things were looked at, and the first failures in words."""

    name: str
    checked: int
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"name": self.name, "checked": self.checked, "failures": self.failures}


def _child(name: str) -> str:
    return f"""SELECT c.report_id, '{name} of no report' AS what FROM {{s}}.{name} AS c
        WHERE c.province_code = :code AND NOT EXISTS (SELECT FROM {{s}}.report AS r
            WHERE r.province_code = c.province_code AND r.report_id = c.report_id)"""


# name -> (table that is looked at, SQL of the rows that break the rule); what takes longest first
_CHILD_RULES: dict[str, tuple[str, str]] = {
    f"every {name} has its report": (name, _child(name)) for name in CHILDREN
}
_RULES: dict[str, tuple[str, str]] = {
    "holds tile the life of a report": (
        "hold",
        """SELECT report_id, 'gap or overlap at hold ' || seq AS what FROM (
               SELECT h.report_id, h.seq, h.from_at, r.sent_at,
                      lag(h.to_at) OVER own AS before, row_number() OVER own AS n
               FROM {s}.hold AS h JOIN {s}.report AS r USING (province_code, report_id)
               WHERE province_code = :code WINDOW own AS (PARTITION BY h.report_id ORDER BY h.seq)) AS held
           WHERE from_at IS DISTINCT FROM CASE n WHEN 1 THEN sent_at ELSE before END
             -- between publication and a later sent_back nobody holds (docs/ledger.md)
             AND (from_at > before
                  AND EXISTS (SELECT FROM {s}.event AS e WHERE e.province_code = :code
                              AND e.report_id = held.report_id AND e.kind = 'published' AND e.at = before)
                  AND EXISTS (SELECT FROM {s}.event AS e WHERE e.province_code = :code
                              AND e.report_id = held.report_id AND e.kind = 'sent_back' AND e.at = from_at)
                 ) IS NOT TRUE""",
    ),
    "secret reports show no word and no place": (
        "report",
        """SELECT r.report_id, 'secret, but with words or a place' AS what FROM {s}.report AS r
           WHERE r.province_code = :code AND r.is_secret
             AND (r.commune_code <> '' OR r.lon_coarse IS NOT NULL OR r.lat_coarse IS NOT NULL
                  OR EXISTS (SELECT FROM {s}.report_detail AS d
                             WHERE d.province_code = r.province_code AND d.report_id = r.report_id))""",
    ),
    "open means not closed, done means approved": (
        "report",
        """SELECT report_id, concat_ws(' ', status, outcome, closed_at) AS what FROM {s}.report
           WHERE province_code = :code
             AND ((status = 'open') <> (closed_at IS NULL) OR (status = 'done') <> (outcome <> '')
                  OR (outcome = 'late') <> (late_s IS NOT NULL) OR closed_at < sent_at)""",
    ),
    "one lead unit at a time": (
        "assignment",
        """SELECT report_id, 'lead assignment ' || seq || ' begins before the one before ends' AS what FROM (
               SELECT report_id, seq, from_at, row_number() OVER own AS n, lag(ended_at) OVER own AS before
               FROM {s}.assignment WHERE province_code = :code AND part = 'lead'
               WINDOW own AS (PARTITION BY report_id ORDER BY seq)) AS led
           WHERE n > 1 AND (before IS NULL OR from_at < before)""",
    ),
}


def _recount(name: str) -> str:
    """Rows of a daily table that a recount of the facts does not give, and the other way round."""
    columns = ", ".join([*daily.keys_of(name), *daily.counts_of(name)])
    recount = daily.select(name, "{s}." + daily.facts_of(name), condition="f.province_code = :code")
    stored = f"SELECT {columns} FROM {{s}}.{name} WHERE province_code = :code"
    both = f"(SELECT {columns} FROM ({recount}) AS counted EXCEPT ALL {stored})"
    back = f"({stored} EXCEPT ALL SELECT {columns} FROM ({recount}) AS counted)"
    return f"SELECT NULL::bigint AS report_id, x::text AS what FROM ({both} UNION ALL {back}) AS x"


def _balance(counts: str, facts: str, group: str, entered: str, left: str, out: str, condition: str) -> str:
    """Carried over + received = left + in hand, by group and month: flows from the daily counts, stocks from facts.

    Facts that entered and left in the same months are counted before they are carried from month to month.
    """
    began, ended = (f"date_trunc('month', {daily.local(f'f.{at}')})" for at in (entered, left))
    return f"""
        WITH flow AS (
            SELECT {group} AS g, date_trunc('month', on_date::timestamp) AS m,
                   sum(received_count) AS received, sum({out}) AS gone
            FROM {{s}}.{counts} WHERE province_code = :code GROUP BY 1, 2),
        last AS (SELECT max(m) + interval '1 month' AS m FROM flow),
        life AS (
            SELECT {group} AS g, {began} AS began, {ended} AS ended, count(*) AS facts FROM {{s}}.{facts} AS f
            WHERE f.province_code = :code AND {condition} GROUP BY 1, 2, 3),
        stock AS (
            SELECT g, s.m, sum(facts) AS carried FROM life, last CROSS JOIN LATERAL
                generate_series(began + interval '1 month', coalesce(ended, last.m), interval '1 month') AS s (m)
            GROUP BY 1, 2),
        balance AS (
            SELECT g, m, sum(carried) AS carried, sum(in_hand) AS in_hand, sum(received) AS received, sum(gone) AS gone
            FROM (SELECT g, m, carried, 0 AS in_hand, 0 AS received, 0 AS gone FROM stock
                  UNION ALL SELECT g, m - interval '1 month', 0, carried, 0, 0 FROM stock
                  UNION ALL SELECT g, m, 0, 0, received, gone FROM flow) AS parts GROUP BY 1, 2)
        SELECT NULL::bigint AS report_id, format('%s in %s: carried over %s + received %s <> left %s + in hand %s',
               g, to_char(balance.m, 'MM/YYYY'), carried, received, gone, in_hand) AS what
        FROM balance, last WHERE balance.m < last.m AND carried + received <> gone + in_hand"""


_PLACE = "district_code || ' ' || commune_code"
"""A balance of both is one of each."""
_REPORT_OUT = (
    "done_on_time_count + done_late_count + refused_count + withdrawn_count + passed_on_count + merged_count"
)
_UNIT_OUT = "done_on_time_count + done_late_count + returned_count + moved_count"
_RECOUNTS: dict[str, tuple[str, str]] = {
    "daily counts of reports equal the facts": ("daily_report", _recount("daily_report")),
    "daily counts of units equal the facts": ("daily_unit", _recount("daily_unit")),
    "counts by place equal the facts": ("half_monthly_place", _recount("half_monthly_place")),
}
_BALANCES: dict[str, tuple[str, str]] = {
    "balance of every district, commune and month": (
        "daily_report",
        _balance("daily_report", "report", _PLACE, "sent_at", "closed_at", _REPORT_OUT, "true"),
    ),
    "balance of every unit and month": (
        "daily_unit",
        _balance(
            "daily_unit", "assignment", "unit_code", "from_at", "ended_at", _UNIT_OUT, "f.part = 'lead'"
        ),
    ),
}


BUILD_RULES = _BALANCES
"""What a build is asked: rules of each report by itself are held before it is written (etl.before_writing), and a recount
would only repeat the select that has just filled its daily counts."""
ALL_RULES = {**_CHILD_RULES, **_RULES, **_BALANCES, **_RECOUNTS}


def ask(
    connection: sa.Connection, name: str, province_code: str, schema: str = "mart", *, counted: bool = True
) -> Result:
    """One rule of ALL_RULES, over the tables of `schema`; not `counted`: how many rows were looked at is left 0."""
    table, sql = ALL_RULES[name]
    values = {"code": province_code}
    looked_at = f"SELECT count(*) FROM {schema}.{table} WHERE province_code = :code"
    checked = connection.scalar(text(looked_at), values) if counted else 0
    rows = connection.execute(text(sql.replace("{s}", schema)), values).all()
    failures = [
        f"{f'report {r.report_id}: ' if r.report_id is not None else ''}{r.what}" for r in rows[:_SHOWN]
    ]
    if len(rows) > _SHOWN:
        failures.append(f"… and {len(rows) - _SHOWN} more")
    return Result(name, checked or 0, failures)


def check(engine: sa.Engine, province_code: str) -> list[Result]:
    """All checks in SQL, and every KPI against its plain count in Python (kpi.oracle)."""
    from kpi.oracle import compare  # here: it reads all facts into memory, which a build never does

    with engine.begin() as connection:
        found = [ask(connection, name, province_code) for name in ALL_RULES]
        reports = connection.scalar(
            text("SELECT count(*) FROM mart.report WHERE province_code = :code"), {"code": province_code}
        )
    name = "each KPI equals its plain count"
    if any(result.failures for result in found):
        return [*found, Result(name, 0, ["not asked: the facts above do not hold"])]
    differences = [str(d) for d in compare(engine, province_code)]
    more = [f"… and {len(differences) - _SHOWN} more"] if len(differences) > _SHOWN else []
    return [*found, Result(name, reports or 0, differences[:_SHOWN] + more)]

"""Additive counts by day or half-month, from facts, in SQL: one select fills them whole and gives the change of some reports."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kpi import mart

_KEYS = ("district_code", "commune_code", "field_code", "channel_code", "urgency")
_ZONE = "Asia/Ho_Chi_Minh"
_SINCE = "1975-07-01 00:00:00+00"
"""From then on the zone is seven hours before UTC without a change: adding them takes a third of asking for it by name."""

# Moments of a fact: when, and as which count; {name} becomes the number of the count <name>_count.
_REPORT_MOMENTS = (
    ("f.sent_at", "{received}"),
    (
        "f.closed_at",
        "CASE f.status WHEN 'done' THEN CASE f.outcome WHEN 'late' THEN {done_late} ELSE {done_on_time} END"
        " WHEN 'refused' THEN {refused} WHEN 'withdrawn' THEN {withdrawn} WHEN 'passed_on' THEN {passed_on}"
        " WHEN 'merged' THEN {merged} END",
    ),
    ("f.published_at", "{published}"),
    ("f.due_at", "{fell_due}"),
    ("f.rated_at", "CASE f.rating WHEN 1 THEN {rating_1} WHEN 2 THEN {rating_2} WHEN 3 THEN {rating_3} END"),
)
_UNIT_MOMENTS = (
    ("f.from_at", "{received}"),
    (
        "f.ended_at",
        "CASE f.ended_by WHEN 'approved' THEN CASE f.outcome WHEN 'late' THEN {done_late} ELSE {done_on_time} END"
        " WHEN 'returned_wrong' THEN {returned} ELSE {moved} END",
    ),
    ("f.due_at", "{fell_due}"),
    ("CASE WHEN f.is_extended THEN f.from_at END", "{extended}"),
)
_LEAVING = (
    (
        "f.closed_at",
        "CASE f.status WHEN 'done' THEN CASE f.outcome WHEN 'late' THEN {late} WHEN 'on_time' THEN {on_time}"
        " WHEN 'none' THEN {without_limit} END WHEN 'refused' THEN {refused} WHEN 'withdrawn' THEN {withdrawn}"
        " WHEN 'passed_on' THEN {passed_on} WHEN 'merged' THEN {merged} END",
    ),
)


def local(at: str) -> str:
    """SQL of date and time in Asia/Ho_Chi_Minh at an instant."""
    return (
        f"(CASE WHEN {at} >= timestamptz '{_SINCE}' THEN {at} AT TIME ZONE interval '7 hours'"
        f" ELSE {at} AT TIME ZONE '{_ZONE}' END)"
    )


def day(at: str) -> str:
    """SQL of the day in Asia/Ho_Chi_Minh of an instant."""
    return f"{local(at)}::date"


def half_month(day: str) -> str:
    """First day of the half-month: the 1st or the 15th."""
    number = f"date_part('day', {day})::integer"
    return f"({day} - CASE WHEN {number} < 15 THEN {number} - 1 ELSE {number} - 15 END)"


@dataclass(frozen=True)
class _Plan:
    """How a table of counts follows from facts (alias f): moments, keys and the SQL that gives each.

    days: keys that are days of the fact; of: SQL that makes the table's days of days.
    """

    facts: str
    moments: tuple[tuple[str, str], ...]
    keys: Mapping[str, str]
    days: Mapping[str, str] = field(default_factory=dict)
    of: Callable[[str], str] = str
    condition: str = "true"

    @property
    def columns(self) -> list[str]:
        """Columns of the facts that are asked for, the keys' own apart."""
        moments = (sql for moment in self.moments for sql in moment)
        asked = " ".join([*self.keys.values(), *self.days.values(), self.condition, *moments])
        return sorted({*re.findall(r"\bf\.(\w+)", asked)} - {*self.keys})


def _codes(*names: str) -> dict[str, str]:
    return {name: f"coalesce(f.{name}, '')" for name in names}


_PLANS = {
    "daily_report": _Plan("report", _REPORT_MOMENTS, _codes(*_KEYS)),
    "daily_unit": _Plan(
        "assignment", _UNIT_MOMENTS, _codes("unit_code", *_KEYS), condition="f.part = 'lead'"
    ),
    "half_monthly_place": _Plan(
        "report",
        _LEAVING,
        {
            **_codes("district_code", "commune_code"),
            "lon_coarse": "coalesce(f.lon_coarse, 0)",
            "lat_coarse": "coalesce(f.lat_coarse, 0)",
            "is_secret": "f.is_secret",
        },
        days={"sent_on": day("f.sent_at")},
        of=half_month,
    ),
}
TABLES = tuple(_PLANS)


def counts_of(table: str) -> list[str]:
    """Names of the count columns of a daily table."""
    return [c.name for c in mart.metadata.tables[f"mart.{table}"].columns if c.name.endswith("_count")]


def keys_of(table: str) -> list[str]:
    """Names of the key columns of a daily table."""
    return [c.name for c in mart.metadata.tables[f"mart.{table}"].primary_key.columns]


def facts_of(table: str) -> str:
    """Name of the fact table that a daily table counts."""
    return _PLANS[table].facts


def moments_of(table: str) -> int:
    """How many moments of each fact a daily table counts at most."""
    return len(_PLANS[table].moments)


def select(table: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that counts `facts` (a qualified table, alias f) by day; columns: keys, then counts times `sign`."""
    plan, names = _PLANS[table], counts_of(table)
    counted = ", ".join(
        f"({sign} * count(*) FILTER (WHERE m.what = {number}))::integer AS {name}"
        for number, name in enumerate(names)
    )
    days = {name: plan.of(f"m.{name}") for name in (*plan.days, "on_date")}
    keys = ["m.province_code", *(f"m.{name}" for name in plan.keys), *days.values()]
    shown = [
        "m.province_code",
        *(f"m.{name}" for name in plan.keys),
        *(f"{d} AS {n}" for n, d in days.items()),
    ]
    return f"""
        SELECT {", ".join(shown)}, {counted}
        FROM ({_moments(plan, names, facts, condition)}) AS m
        GROUP BY {", ".join(keys)}
    """


def _moments(plan: _Plan, counts: list[str], facts: str, condition: str) -> str:
    """SQL of one row per fact and moment: keys, days, and the number of the count that it adds to.

    Moments are told by number and not as rows of expressions, which the server would prepare anew for every fact.
    """
    numbers = {name.removesuffix("_count"): number for number, name in enumerate(counts)}
    at = _by_number([at for at, _ in plan.moments])
    what = _by_number([what.format_map(numbers) for _, what in plan.moments])
    columns = [*(f"{sql} AS {name}" for name, sql in {**plan.keys, **plan.days}.items())]
    rows = ", ".join(f"({number})" for number in range(len(plan.moments)))
    return f"""
        SELECT f.province_code, {", ".join(columns)}, {day("f.at")} AS on_date, f.what
        FROM (SELECT f.*, {at} AS at, {what} AS what
              FROM {facts} AS f CROSS JOIN (VALUES {rows}) AS k (n)
              WHERE {plan.condition} AND {condition} AND {at} IS NOT NULL OFFSET 0) AS f
    """


def _by_number(values: list[str]) -> str:
    cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(values))
    return f"CASE k.n {cases} END"


def insert(table: str, target: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that appends the counts of `select` to `target` (columns as the daily table, in any order)."""
    plan = _PLANS[table]
    names = ", ".join(["province_code", *plan.keys, *plan.days, "on_date", *counts_of(table)])
    return f"INSERT INTO {target} ({names}) {select(table, facts, sign=sign, condition=condition)}"


def parts_of(table: str, facts: str, parts: int) -> tuple[list[str], list[str]]:
    """SQL that divides what a table counts of `facts` over so many temporary tables of about one size, and their names.

    Whatever is counted together lies in one part. They are as wide as the counts need and live as long as the transaction.
    """
    plan, whole = _PLANS[table], f"pg_temp.{table}_parts"
    names = [f"{whole}_{number}" for number in range(parts)]
    keys = ", ".join(f"{sql} AS {name}" for name, sql in plan.keys.items())
    asked = ", ".join(f"f.{name}" for name in plan.columns)
    rows = f"SELECT f.province_code, {keys}, {asked} FROM {facts} AS f WHERE {plan.condition}"
    return [
        f"CREATE TEMPORARY TABLE {table}_row ON COMMIT DROP AS {rows} WITH NO DATA",
        f"CREATE TEMPORARY TABLE {whole} (LIKE {table}_row) PARTITION BY HASH ({', '.join(plan.keys)}) ON COMMIT DROP",
        *(
            f"CREATE TEMPORARY TABLE {name} PARTITION OF {whole}"
            f" FOR VALUES WITH (MODULUS {parts}, REMAINDER {number}) ON COMMIT DROP"
            for number, name in enumerate(names)
        ),
        f"INSERT INTO {whole} {rows}",
    ], names


def apply(table: str, changes: str) -> tuple[str, str]:
    """SQL that adds the counts collected in `changes` to the mart's daily table, and drops rows that fell to zero."""
    keys, counts = keys_of(table), counts_of(table)
    names = ", ".join([*keys, *counts])
    sums = ", ".join(f"sum({c})::integer" for c in counts)
    is_changed = " OR ".join(f"sum({c}) <> 0" for c in counts)
    add = f"""
        INSERT INTO mart.{table} AS d ({names})
        SELECT {", ".join(keys)}, {sums} FROM {changes} GROUP BY {", ".join(keys)} HAVING {is_changed}
        ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {", ".join(f"{c} = d.{c} + excluded.{c}" for c in counts)}
    """
    drop = f"""
        DELETE FROM mart.{table} AS d USING (SELECT DISTINCT {", ".join(keys)} FROM {changes}) AS c
        WHERE {" AND ".join(f"d.{k} = c.{k}" for k in keys)} AND {" AND ".join(f"d.{c} = 0" for c in counts)}
    """
    return add, drop

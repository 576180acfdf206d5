"""Additive counts by day or half-month, from facts, in SQL: one select fills them whole and gives the change of some reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from kpi import mart

_KEYS = ("district_code", "commune_code", "field_code", "channel_code", "urgency")
_ZONE = "Asia/Ho_Chi_Minh"

_REPORT_MOMENTS = """
    (f.sent_at, 'received'),
    (f.closed_at, CASE f.status WHEN 'done' THEN CASE f.outcome WHEN 'late' THEN 'done_late' ELSE 'done_on_time' END
                  ELSE f.status END),
    (f.published_at, 'published'),
    (f.due_at, 'fell_due'),
    (f.rated_at, 'rating_' || f.rating)
"""
_UNIT_MOMENTS = """
    (f.from_at, 'received'),
    (f.ended_at, CASE f.ended_by
                 WHEN 'approved' THEN CASE f.outcome WHEN 'late' THEN 'done_late' ELSE 'done_on_time' END
                 WHEN 'returned_wrong' THEN 'returned' ELSE 'moved' END),
    (f.due_at, 'fell_due'),
    (CASE WHEN f.is_extended THEN f.from_at END, 'extended')
"""
_LEFT_AS = (
    "CASE f.status WHEN 'done' THEN CASE f.outcome WHEN 'none' THEN 'without_limit' ELSE f.outcome END"
    " ELSE f.status END"
)


def _day(at: str) -> str:
    return f"({at} AT TIME ZONE '{_ZONE}')::date"


def _half_month(at: str) -> str:
    """First day of the half-month: the 1st or the 15th."""
    local = f"{at} AT TIME ZONE '{_ZONE}'"
    second = f"CASE WHEN extract(day FROM {local}) >= 15 THEN interval '14 days' ELSE interval '0' END"
    return f"(date_trunc('month', {local}) + {second})::date"


@dataclass(frozen=True)
class _Plan:
    """How a table of counts follows from facts (alias f): moments (at, what), keys and the SQL that gives each."""

    facts: str
    moments: str
    keys: Mapping[str, str]
    day: str = _day("m.at")
    condition: str = "true"


def _codes(*names: str) -> dict[str, str]:
    return {name: f"coalesce(f.{name}, '')" for name in names}


_PLANS = {
    "daily_report": _Plan("report", _REPORT_MOMENTS, _codes(*_KEYS)),
    "daily_unit": _Plan(
        "assignment", _UNIT_MOMENTS, _codes("unit_code", *_KEYS), condition="f.part = 'lead'"
    ),
    "half_monthly_place": _Plan(
        "report",
        f"(f.closed_at, {_LEFT_AS})",
        {
            "sent_on": _half_month("f.sent_at"),
            **_codes("district_code", "commune_code"),
            "lon_coarse": "coalesce(f.lon_coarse, 0)",
            "lat_coarse": "coalesce(f.lat_coarse, 0)",
            "is_secret": "f.is_secret",
        },
        day=_half_month("m.at"),
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


def select(table: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that counts `facts` (a qualified table, alias f) by day; columns: keys, then counts times `sign`."""
    plan = _PLANS[table]
    counted = ", ".join(
        f"({sign} * count(*) FILTER (WHERE m.what = '{name.removesuffix('_count')}'))::integer AS {name}"
        for name in counts_of(table)
    )
    keys = ", ".join(f"{expression} AS {name}" for name, expression in plan.keys.items())
    return f"""
        SELECT f.province_code, {keys}, {plan.day} AS on_date, {counted}
        FROM {facts} AS f CROSS JOIN LATERAL (VALUES {plan.moments}) AS m (at, what)
        WHERE m.at IS NOT NULL AND {plan.condition} AND {condition}
        GROUP BY f.province_code, {", ".join(plan.keys.values())}, {plan.day}
    """


def insert(table: str, target: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that appends the counts of `select` to `target` (columns as the daily table, in any order)."""
    names = ", ".join(["province_code", *_PLANS[table].keys, "on_date", *counts_of(table)])
    return f"INSERT INTO {target} ({names}) {select(table, facts, sign=sign, condition=condition)}"


def part(number: int, parts: int) -> str:
    """Condition on facts f: one of so many parts; whatever is counted together lies in one part."""
    return f"(hashtext(coalesce(f.commune_code, '')) & 2147483647) % {parts} = {number}"


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

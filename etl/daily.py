"""Daily additive counts, from facts, in SQL: the same select fills them whole and gives the change of some reports."""

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
# table of counts -> (table of facts, moments that count, extra key, condition)
_PLANS = {
    "daily_report": ("report", _REPORT_MOMENTS, (), "true"),
    "daily_unit": ("assignment", _UNIT_MOMENTS, ("unit_code",), "f.part = 'lead'"),
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
    return _PLANS[table][0]


def select(table: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that counts `facts` (a qualified table, alias f) by day; columns: keys, then counts times `sign`."""
    _, moments, extra, own_condition = _PLANS[table]
    keys = ["province_code", *extra, *_KEYS]
    counted = ", ".join(
        f"({sign} * count(*) FILTER (WHERE m.what = '{name.removesuffix('_count')}'))::integer AS {name}"
        for name in counts_of(table)
    )
    return f"""
        SELECT {", ".join("f.province_code" if k == "province_code" else f"coalesce(f.{k}, '') AS {k}" for k in keys)},
               (m.at AT TIME ZONE '{_ZONE}')::date AS on_date, {counted}
        FROM {facts} AS f CROSS JOIN LATERAL (VALUES {moments}) AS m (at, what)
        WHERE m.at IS NOT NULL AND {own_condition} AND {condition}
        GROUP BY {", ".join(f"f.{k}" if k == "province_code" else f"coalesce(f.{k}, '')" for k in keys)}, on_date
    """


def insert(table: str, target: str, facts: str, *, sign: int = 1, condition: str = "true") -> str:
    """SQL that appends the counts of `select` to `target` (columns as the daily table, in any order)."""
    names = ", ".join(["province_code", *_PLANS[table][2], *_KEYS, "on_date", *counts_of(table)])
    return f"INSERT INTO {target} ({names}) {select(table, facts, sign=sign, condition=condition)}"


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

"""Does what a store's rows say keep the contract? Only asked of views that have its columns and types."""

from collections.abc import Iterator, Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

from etl.store.contract import ALLOWED, KEYS, View
from etl.store.defect import Defect

_SHOWN = 5
REFERENCES = (
    ("report", "channel_code", "channel"),
    ("report", "field_code", "field"),
    ("report_event", "report_id", "report"),
    ("report_event", "acting_unit_code", "unit"),
    ("report_event", "target_unit_code", "unit"),
    ("hotline_call", "unit_code", "unit"),
    ("directive", "unit_code", "unit"),
)
"""(view, column, the view whose key it names). The target of `passed_on` may be outside: it is not looked up."""

_ONLY: dict[tuple[str, str], LiteralString] = {
    ("report", "channel_code"): "AND f.deleted_at IS NULL",
    ("report", "field_code"): "AND f.deleted_at IS NULL",
    ("report_event", "target_unit_code"): "AND f.kind IN ('dispatched', 'forwarded', 'designated')",
}


def rows(conn: psycopg.Connection, schema: str, views: Sequence[View], province: str) -> Iterator[Defect]:
    """Nulls where there must be none, unknown values, keys that stand twice, references that lead nowhere."""
    for view in views:
        yield from _values(conn, schema, view)
        yield from _keys(conn, schema, view)
    names = {view.name for view in views}
    for of, column, to in REFERENCES:
        if {of, to} <= names:
            yield from _references(conn, schema, of, column, to)
    if {"report", "unit"} <= names:
        yield from _world(conn, schema, province)


def _values(conn: psycopg.Connection, schema: str, view: View) -> Iterator[Defect]:
    """Nulls where there must be none, values that the contract does not know, keys that are there twice."""
    table = sql.Identifier(schema, view.name)
    needed = [c.name for c in view.columns if not c.is_nullable]
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {} IS NULL)").format(sql.Identifier(n)) for n in needed
    )
    row = conn.execute(sql.SQL("SELECT {} FROM {}").format(counts, table)).fetchone() or ()
    for name, count in zip(needed, row, strict=True):
        if count:
            yield Defect(
                "null", f"{schema}.{view.name}.{name}", f"is null in {count} rows: it must have a value"
            )
    for (of, column), allowed in ALLOWED.items():
        if of != view.name:
            continue
        query = sql.SQL(
            "SELECT {0}::text, count(*) FROM {1} WHERE {0}::text <> ALL(%s) GROUP BY 1 ORDER BY 2 DESC LIMIT {2}"
        )
        for value, count in conn.execute(
            query.format(sql.Identifier(column), table, _SHOWN), [allowed]
        ).fetchall():
            yield Defect(
                "value", f"{schema}.{of}.{column}", f"{value!r} in {count} rows; known: {', '.join(allowed)}"
            )


def _keys(conn: psycopg.Connection, schema: str, view: View) -> Iterator[Defect]:
    table = sql.Identifier(schema, view.name)
    key = KEYS[view.name]
    query = sql.SQL(
        "SELECT province_code, {0}::text, count(*) FROM {1} GROUP BY 1, 2 HAVING count(*) > 1 LIMIT {2}"
    )
    for province, value, count in conn.execute(query.format(sql.Identifier(key), table, _SHOWN)).fetchall():
        yield Defect(
            "key_twice",
            f"{schema}.{view.name}.{key}",
            f"{value} of province {province} stands {count} times: keys are unique",
        )


def _references(conn: psycopg.Connection, schema: str, of: str, column: str, to: str) -> Iterator[Defect]:
    """Deleted reports may name what is gone."""
    query = sql.SQL(
        "SELECT f.{0}::text, count(*) FROM {1} AS f WHERE f.{0} IS NOT NULL {2} AND NOT EXISTS ("
        " SELECT FROM {3} AS t WHERE t.province_code = f.province_code AND t.{4} = f.{0})"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {5}"
    ).format(
        sql.Identifier(column),
        sql.Identifier(schema, of),
        sql.SQL(_ONLY.get((of, column), "")),
        sql.Identifier(schema, to),
        sql.Identifier(KEYS[to]),
        _SHOWN,
    )
    for value, count in conn.execute(query).fetchall():
        yield Defect(
            "reference", f"{schema}.{of}.{column}", f"{value!r} in {count} rows is in no row of view {to}"
        )


def _world(conn: psycopg.Connection, schema: str, province: str) -> Iterator[Defect]:
    """What only all rows together show: whose they are, and that somebody is the IOC."""
    reports, units = sql.Identifier(schema, "report"), sql.Identifier(schema, "unit")
    found = conn.execute(
        sql.SQL(
            "SELECT r.province_code, EXISTS (SELECT FROM {1} AS u WHERE u.province_code = r.province_code"
            " AND u.level = 'ioc') FROM (SELECT DISTINCT province_code FROM {0}) AS r ORDER BY 1"
        ).format(reports, units)
    ).fetchall()
    for code, has_ioc in found:
        if not has_ioc:
            yield Defect(
                "no_ioc",
                f"{schema}.unit.level",
                f"province {code} has no unit of level ioc: who receives and publishes?",
            )
    if province and found and province not in {code for code, _ in found}:
        there = ", ".join(str(code) for code, _ in found)
        yield Defect(
            "province",
            f"{schema}.report.province_code",
            f"has rows of {there}, none of {province}, which is asked for",
        )

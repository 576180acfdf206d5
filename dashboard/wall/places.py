"""The places of the wall: districts, or communes where districts have ended; counts whole, each in one place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from dashboard.ask import Question, Rows
from dashboard.ground import (
    Ground,
    Origin,
    changed_on,
    ground_of,
    is_offered,
    main_place,
    origin_of,
    values_of,
)
from kpi.filters import TODAY
from kpi.queries.grain import REPORT, Grain
from kpi.queries.ground import with_origin

KEYS = ("place", "unit", "field", "urgency")
"""What counts are cut by; everything else in a row is a count or an instant."""


def ground(question: Question) -> Ground:
    """Today's units, whatever ground the filters choose; the reports' own codes where no boundaries are held."""
    province = question.scope.province_code
    chosen = question.filters.with_(ground=TODAY if is_offered(province) else None)
    return ground_of(chosen, province, question.today)


def placed(question: Question, stmt: Select, grain: Grain = REPORT) -> Select:
    """Counts by the reports' own place as `by_place` reads them."""
    province = question.scope.province_code
    return with_origin(stmt, grain, changed_on(province), ground(question).divided())


def by_place(question: Question, rows: Rows) -> Rows:
    """Rows of `placed` -> one row per place ('' not known) and the KEYS that they have: sums, and the instant of `added`."""
    drawn = ground(question)
    main: dict[Origin, str] = {}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        origin = origin_of(row)
        if origin not in main:
            main[origin] = main_place(drawn, origin)
        values = {"place": main[origin]} | {name: row[name] for name in values_of(row)}
        key = tuple(values[name] for name in KEYS if name in values)
        found[key] = added(found[key], values) if key in found else values
    return list(found.values())


def added(to: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Two rows as one, under the KEYS of the first: counts summed, the earliest instant, the latest of a `latest_…`."""
    return {name: value if name in KEYS else _both(name, value, row[name]) for name, value in to.items()}


def _both(name: str, one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    if not isinstance(one, datetime):
        return one + other
    return max(one, other) if name.startswith("latest_") else min(one, other)

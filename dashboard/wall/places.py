"""The places of the wall: districts, or communes where districts have ended; counts whole, each in one place."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from dashboard.ask import Question, Rows
from dashboard.ground import Ground, changed_on, ground_of, is_offered, main_place, origin_of, values_of
from kpi.filters import TODAY
from kpi.queries.grain import REPORT, Grain
from kpi.queries.ground import with_origin

COUNT_KEYS = ("unit", "field")
"""What counts are cut by beside the place."""


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
    """Rows of `placed` -> one row per place ('' not known) and COUNT_KEYS: sums, and the earliest instant."""
    drawn = ground(question)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (main_place(drawn, origin_of(row)), *(row[name] for name in COUNT_KEYS if name in row))
        values = {name: row[name] for name in values_of(row)}
        found[key] = _added(found[key], values) if key in found else values | {"place": key[0]}
    return list(found.values())


def _added(to: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    both = {name: (to[name], value) for name, value in values.items() if name not in COUNT_KEYS}
    return to | {name: _sum_or_earliest(pair) for name, pair in both.items()}


def _sum_or_earliest(pair: Iterable[Any]) -> Any:
    known = [value for value in pair if value is not None]
    if not known:
        return None
    return min(known) if isinstance(known[0], datetime) else sum(known)

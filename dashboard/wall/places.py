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
from kpi.queries.grain import REPORT
from kpi.queries.ground import with_origin
from kpi.queries.in_hand import cuts

KEYS = ("place", "unit", "field", "urgency")
"""What counts are cut by; everything else in a row is a count or an instant."""


def ground(question: Question) -> Ground:
    """Today's units, whatever ground the filters choose; the reports' own codes where no boundaries are held."""
    province = question.scope.province_code
    chosen = question.filters.with_(ground=TODAY if is_offered(province) else None)
    return ground_of(chosen, province, question.today)


def placed(question: Question, stmt: Select) -> Select:
    """Counts by report and its own place as `by_place` reads them."""
    province = question.scope.province_code
    return with_origin(stmt, REPORT, changed_on(province), ground(question).divided())


def in_hand(question: Question) -> Select:
    """kpi.queries.in_hand.cuts, compared with a day ago, by the reports' own place as `by_place` reads it."""
    window, province = question.window, question.scope.province_code
    day, divided = changed_on(province), ground(question).divided()
    return cuts(question.filters, window, window.a_day_before(), day, divided)


def by_place(question: Question, rows: Rows) -> Rows:
    """Rows of `placed` -> one row per place ('' not known) and the KEYS that they have: sums, and the instant of `add`."""
    drawn = ground(question)
    main: dict[Origin, str] = {}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        origin = origin_of(row)
        if origin not in main:
            main[origin] = main_place(drawn, origin)
        values = {"place": main[origin]} | {name: row[name] for name in values_of(row)}
        key = tuple(values[name] for name in KEYS if name in values)
        if key in found:
            add(found[key], values)
        else:
            found[key] = values
    return list(found.values())


def add(to: dict[str, Any], row: Mapping[str, Any]) -> None:
    """Take a row of the same columns into one: counts summed, the earliest instant, the latest of a `latest_…`."""
    for name, value in row.items():
        if name not in KEYS and value:
            to[name] = _both(name, to[name], value)


def _both(name: str, one: Any, other: Any) -> Any:
    if one is None:
        return other
    if not isinstance(one, datetime):
        return one + other
    return max(one, other) if name.startswith("latest_") else min(one, other)

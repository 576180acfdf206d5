"""Which list stands behind a number of the periodic report: the address of its reports. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.exports import summary
from kpi.filters import Filters
from kpi.queries.measures import MEASURES

Href = Callable[[Mapping[str, Any], str], str | None]
"""(row, column) -> address of the list behind the cell; None where no one list makes the number."""

_STAGE = {"dispatch_on_time": "stage_on_time", "dispatch_judged": "stage_judged"}
_DENOMINATOR = {
    "on_time_pct": "judged",
    "satisfied_pct": "rated",
    "rated_pct": "done",
    "dispatch_pct": "dispatch_judged",
}
"""A rate opens what it was judged on."""


def of_summary(filters: Filters) -> Href:
    """Links of the sheet that `summary.summary` makes: rows carry `measure`, columns are periods."""
    periods = summary.periods(filters.period)

    def href(row: Mapping[str, Any], column: str) -> str | None:
        if column not in periods:
            return None
        return _list(filters.with_(period=periods[column]), row["measure"])

    return href


def of_units(filters: Filters) -> Href:
    """Links of the sheet that `annexes.by_unit` makes: rows carry `unit`; the total has none and counts assignments."""

    def href(row: Mapping[str, Any], column: str) -> str | None:
        unit = row.get("unit", filters.unit)
        found = _list(filters.with_(unit=unit), column)
        return found if unit or not found else f"{found}&by=unit"

    return href


def _list(filters: Filters, key: str) -> str | None:
    key = _DENOMINATOR.get(key, key)
    if key in _STAGE:
        return f"/reports?{filters.with_(stage='dispatch', state=_STAGE[key], unit=None).query()}"
    return f"/reports?{filters.with_(stage=None, state=key).query()}" if key in MEASURES else None

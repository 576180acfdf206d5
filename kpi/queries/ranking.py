"""What the yearly ranking is made of: the queries to run in one snapshot, and the counts by unit that they give."""

from collections.abc import Mapping

from sqlalchemy import Executable

from kpi.filters import Filters
from kpi.queries import conditions, dimensions, figures
from kpi.queries.run import Rows
from kpi.queries.window import Window
from kpi.ranking import UnitCounts
from kpi.rates import Rate

PARTS = {
    "satisfaction": ("satisfied", "rated"),
    "results_without_content": ("without_content", "results"),
}
"""Column names of numerator and denominator where a condition's query has its own."""


def statements(filters: Filters, window: Window) -> dict[str, Executable]:
    """Queries of one year (filters.period) and of the year before, by name, for kpi.queries.run.gather."""
    before = window.over(filters.period.same_last_year())
    return {
        "units": dimensions.every_unit(),
        "on_time": figures.period(filters, window, ("unit",)),
        "last_year": figures.period(filters, before, ("unit",)),
        **{f"condition {name}": stmt for name, stmt in conditions.everything(filters, window).items()},
    }


def unit_counts(found: Mapping[str, Rows]) -> list[UnitCounts]:
    """Counts by unit, in the order of names, out of the rows that `statements` gave."""
    on_time, last_year = _rates(found["on_time"]), _rates(found["last_year"])
    by_condition = {
        name.removeprefix("condition "): _condition(name.removeprefix("condition "), rows)
        for name, rows in found.items()
        if name.startswith("condition ")
    }
    nothing = Rate(0, 0)
    return [
        UnitCounts(
            unit_code=row["unit_code"],
            name=row["name"],
            level=row["level"],
            on_time=on_time.get(row["unit_code"], nothing),
            satisfaction=by_condition["satisfaction"].get(row["unit_code"], nothing),
            last_year=last_year.get(row["unit_code"], nothing),
            conditions={name: rates.get(row["unit_code"], nothing) for name, rates in by_condition.items()},
        )
        for row in found["units"]
    ]


def _rates(rows: Rows) -> dict[str, Rate]:
    return {row["unit"]: Rate(row["on_time"], row["judged"]) for row in rows}


def _condition(name: str, rows: Rows) -> dict[str, Rate]:
    top, bottom = PARTS.get(name, ("numerator", "denominator"))
    return {row["unit"]: Rate(row[top], row.get(bottom, 0)) for row in rows}

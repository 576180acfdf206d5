"""The overview's queries, and their rows read into one frozen record. No words, no components."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable

from dashboard.ask import Question, Rows
from dashboard.ground import Ground, changed_on
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import figures, stages
from kpi.queries.grain import grain_of
from kpi.queries.ground import Origin, counts, stocks
from kpi.queries.window import Window
from kpi.rates import Rate

TREND_PERIODS = 12
DISPATCH = "dispatch"
SPANS = ("this", "previous")
PLACE_COUNTS = ("received", "on_time", "judged")


@dataclass(frozen=True)
class Part:
    """One unit, field or place in the period, and its overdue reports right now. column: district | commune of a place."""

    code: str
    received: int
    on_time: Rate
    overdue: int = 0
    oldest_due_at: datetime | None = None
    column: str = ""
    has_list: bool = True
    """Whether the list of reports with its code holds what it counts; not where reports of former units were carried."""


@dataclass(frozen=True)
class Flow:
    """The figures of one period."""

    received: int
    on_time: Rate
    satisfaction: Rate
    rated: Rate
    dispatch: Rate


@dataclass(frozen=True)
class Stock:
    """The figures of one instant."""

    in_hand: int
    due_soon: int
    overdue: int
    oldest_due_at: datetime | None


@dataclass(frozen=True)
class TrendPoint:
    """One period of the trend."""

    period: Period
    received: int
    on_time: Rate


@dataclass(frozen=True)
class Overview:
    """All that the page shows."""

    flow: Flow
    previous: Flow
    received_last_year: int
    stock: Stock
    overdue_yesterday: int
    trend: tuple[TrendPoint, ...]
    units: tuple[Part, ...]
    fields: tuple[Part, ...]
    places: tuple[Part, ...]


def trend_periods(period: Period) -> list[Period]:
    """The period and those before it, oldest first."""
    row = [period]
    while len(row) < TREND_PERIODS:
        row.insert(0, row[0].previous())
    return row


def statements(question: Question) -> dict[str, Executable]:
    """Every select of the page; all are answered from one snapshot."""
    filters, window, ground = question.filters, question.window, question.drawn()
    found = dict(_of_periods(filters, question.scope.unit_code, _settled(window), ground))
    days, divided = changed_on(ground.province_code), ground.divided()
    found["now_by_unit"] = figures.now_by_unit(filters, window)
    found["now_by_place"] = stocks(grain_of(filters), filters, window, window.a_day_before(), days, divided)
    return found


@lru_cache(64)
def _of_periods(
    filters: Filters, own_unit: str, window: Window, ground: Ground
) -> tuple[tuple[str, Executable], ...]:
    """Names and selects of what is counted in periods: to write them costs more than to draw the page."""
    spans = dict(zip(SPANS, (window, window.over(filters.period.previous())), strict=True))
    all_units = filters.with_(unit=own_unit or None)  # dispatching is the IOC's own stage: no unit cuts it
    last_year = window.over(filters.period.same_last_year())
    received = figures.counts(grain_of(filters), filters, last_year, ("received",))
    found: dict[str, Executable] = {"last_year": received}
    for name, span in spans.items():
        found[f"{name}_ratings"] = figures.ratings(filters, span)
    found["dispatch"] = stages.rates_over(all_units, tuple(spans.values()), DISPATCH)
    found["trend"] = figures.trend(filters, [window.over(period) for period in trend_periods(filters.period)])
    for slicer in ("unit", "field"):
        found[f"by_{slicer}"] = figures.flow(filters, window, (slicer,))
    days, divided = changed_on(ground.province_code), ground.divided()
    found["by_place"] = counts(grain_of(filters), filters, window, PLACE_COUNTS, days, divided)
    return tuple(found.items())


def _settled(window: Window) -> Window:
    """The same instant for every question about a period that is over: what was counted in it is asked up to its end."""
    return window if window.is_open else replace(window, at=window.end_at, soon_until=window.end_at)


def read(question: Question, rows: Mapping[str, Rows]) -> Overview:
    """Rows of `statements` -> Overview; without those of periods (dashboard.flows) only what is in hand means anything."""
    rows = defaultdict(list, rows)
    trend = sorted(rows["trend"], key=lambda row: row["place"])
    periods = trend_periods(question.filters.period)
    previous, this = trend[-2:] or ({}, {})
    return Overview(
        flow=_flow(rows, this, "this"),
        previous=_flow(rows, previous, "previous"),
        received_last_year=_first(rows["last_year"]).get("received", 0),
        stock=_stock(rows["now_by_place"]),
        overdue_yesterday=sum(row["overdue_before"] for row in rows["now_by_place"]),
        trend=tuple(
            TrendPoint(period, row["received"], _on_time(row))
            for period, row in zip(periods, trend, strict=bool(trend))
        ),
        units=_parts("unit", rows["by_unit"], rows["now_by_unit"]),
        fields=_parts("field", rows["by_field"], ()),
        places=_places(question, rows["by_place"], rows["now_by_place"]),
    )


def _first(rows: Rows) -> Mapping[str, Any]:
    return rows[0] if rows else {}


def _on_time(row: Mapping[str, Any]) -> Rate:
    return Rate(row.get("on_time", 0), row.get("judged", 0))


def _flow(rows: Mapping[str, Rows], period: Mapping[str, Any], name: str) -> Flow:
    """period: the row of the trend."""
    ratings = _first(rows[f"{name}_ratings"])
    dispatch, place = _first(rows["dispatch"]), SPANS.index(name)
    return Flow(
        received=period.get("received", 0),
        on_time=_on_time(period),
        satisfaction=Rate(ratings.get("satisfied", 0), ratings.get("rated", 0)),
        rated=Rate(ratings.get("done_rated", 0), ratings.get("done", 0)),
        dispatch=Rate(dispatch.get(f"stage_on_time_{place}", 0), dispatch.get(f"stage_judged_{place}", 0)),
    )


def _stock(by_place: Rows) -> Stock:
    """Places add up: each report in hand lies in one row."""
    in_hand, due_soon, overdue = (
        sum(row[name] for row in by_place) for name in ("in_hand", "due_soon", "overdue")
    )
    due_at = [row["oldest_due_at"] for row in by_place if row["oldest_due_at"] is not None]
    return Stock(in_hand, due_soon, overdue, min(due_at, default=None))


def _parts(slicer: str, flow: Rows, stock: Iterable[Mapping[str, Any]]) -> tuple[Part, ...]:
    now = {row[slicer] or "": row for row in stock}
    seen = {row[slicer] or "": row for row in flow}
    made = []
    for code in seen.keys() | now.keys():
        row, here = seen.get(code, {}), now.get(code, {})
        made.append(
            Part(
                code, row.get("received", 0), _on_time(row), here.get("overdue", 0), here.get("oldest_due_at")
            )
        )
    return tuple(sorted(made, key=lambda part: (-part.on_time.denominator, part.code)))


def _places(question: Question, flow: Rows, stock: Rows) -> tuple[Part, ...]:
    """Districts or communes that the card draws; counts that a split divided are rounded, each place by itself."""
    ground = question.drawn()
    own = replace(ground, day=None) if question.filters.ground is None else ground
    overdue = [{name: row[name] for name in (*Origin._fields, "overdue")} for row in stock if row["in_hand"]]
    seen, now, listed = _by_place(ground, flow), _by_place(ground, overdue), _by_place(own, flow)
    made = []
    for column, code in seen.keys() | now.keys():
        row, here = seen.get((column, code), {}), now.get((column, code), {})
        rate = Rate(round(row.get("on_time", 0)), round(row.get("judged", 0)))
        counted = (round(row.get("received", 0)), rate, round(here.get("overdue", 0)))
        has_list = listed.get((column, code), {}).get("judged", 0) == row.get("judged", 0)
        made.append(Part(code, *counted, column=column, has_list=has_list))
    return tuple(sorted(made, key=lambda part: (-part.on_time.denominator, part.code)))


def _by_place(ground: Ground, rows: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["column"], row["place"]): row for row in ground.rows(rows)}

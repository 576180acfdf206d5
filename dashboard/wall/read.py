"""The wall's queries, and their rows read into one frozen record. No words, no drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable

from dashboard.ask import Question, Rows
from dashboard.overview_read import DISPATCH, TREND_PERIODS
from dashboard.wall import places
from kpi.periods import Period, period_of
from kpi.queries import figures, stages
from kpi.queries.grain import ASSIGNMENT
from kpi.queries.ground import PLACE
from kpi.rates import Rate

WHOLE = ""
"""Key of the whole province beside the places' codes."""
URGENT = ("urgent", "instant")
UNKNOWN_PLACE = "-"
"""Key of what has no known place."""


@dataclass(frozen=True)
class Stock:
    """One place (or the whole province) right now, and its overdue reports 24 hours ago."""

    in_hand: int = 0
    due_soon: int = 0
    overdue: int = 0
    oldest_due_at: datetime | None = None
    overdue_yesterday: int = 0


@dataclass(frozen=True)
class Held:
    """What one unit holds right now."""

    unit: str
    overdue: int
    due_soon: int
    in_hand: int
    oldest_due_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """All that the scenes show. By place: WHOLE, or the code of a district (of a commune, where districts ended)."""

    on_time: Mapping[str, Rate]
    on_time_before: Mapping[str, Rate]
    satisfaction: Rate
    satisfaction_before: Rate
    rated: Rate
    dispatch: Rate
    dispatch_before: Rate
    stock: Mapping[str, Stock]
    held: Mapping[str, tuple[Held, ...]]
    overdue_fields: Mapping[str, Mapping[str, int]]
    on_time_fields: Mapping[str, Rate]
    urgent: Mapping[str, int]
    """In hand right now, by the unit that leads."""
    urgent_received: int
    """In the period so far: grows with every new one."""
    trend: tuple[tuple[Period, Rate], ...]


def trend_periods(today: date) -> list[Period]:
    """The last closed months on a local day, oldest first."""
    row = [period_of("month", today).previous()]
    while len(row) < TREND_PERIODS:
        row.insert(0, row[0].previous())
    return row


def statements(question: Question) -> dict[str, Executable]:
    """Every select; all are answered from one snapshot, in the scope of the screen."""
    filters, window = question.filters, question.window
    before, yesterday = window.over(filters.period.previous()), window.a_day_before()
    found: dict[str, Executable] = {
        "trend": figures.trend(filters, [window.over(each) for each in trend_periods(question.today)])
    }
    for name, span in (("this", window), ("before", before)):
        found[f"{name}_period"] = figures.period(filters, span)
        found[f"{name}_by_place"] = places.placed(question, figures.period(filters, span, PLACE))
        found[f"{name}_ratings"] = figures.ratings(filters, span)
        found[f"{name}_dispatch"] = stages.rates(filters, span, stage=DISPATCH)
    found["by_field"] = figures.period(filters, window, ("field",))
    for name, span in (("now", window), ("yesterday", yesterday)):
        found[name] = figures.now(filters, span)
        found[f"{name}_by_place"] = places.placed(question, figures.now(filters, span, PLACE))
    found["now_by_unit"] = figures.now_by_unit(filters, window)
    by_unit = figures.now(filters, window, (*PLACE, "unit"))
    found["now_by_place_unit"] = places.placed(question, by_unit, ASSIGNMENT)
    found["now_by_field"] = figures.now(filters, window, ("field",))
    found["now_by_place_field"] = places.placed(question, figures.now(filters, window, (*PLACE, "field")))
    for urgency in URGENT:
        chosen = filters.with_(urgency=urgency)
        found[f"{urgency}_by_unit"] = figures.now_by_unit(chosen, window)
        found[f"{urgency}_received"] = figures.period(chosen, window)
    return found


def read(question: Question, rows: dict[str, Rows]) -> Figures:
    """Rows of `statements` -> Figures."""
    rows = rows | {name: places.by_place(question, rows[name]) for name in rows if "_by_place" in name}
    stock = _stocks(rows)
    ratings, ratings_before = _first(rows["this_ratings"]), _first(rows["before_ratings"])
    trend = sorted(rows["trend"], key=lambda row: row["place"])
    return Figures(
        on_time=_rates(rows["this_period"], rows["this_by_place"]),
        on_time_before=_rates(rows["before_period"], rows["before_by_place"]),
        satisfaction=Rate(ratings.get("satisfied", 0), ratings.get("rated", 0)),
        satisfaction_before=Rate(ratings_before.get("satisfied", 0), ratings_before.get("rated", 0)),
        rated=Rate(ratings.get("done_rated", 0), ratings.get("done", 0)),
        dispatch=_dispatch(rows["this_dispatch"]),
        dispatch_before=_dispatch(rows["before_dispatch"]),
        stock=stock,
        held=_held(rows, stock),
        overdue_fields=_fields(rows),
        on_time_fields={row["field"] or "": _rate(row) for row in rows["by_field"]},
        urgent=_urgent(rows),
        urgent_received=sum(_first(rows[f"{urgency}_received"]).get("received", 0) for urgency in URGENT),
        trend=tuple(
            (period, _rate(row)) for period, row in zip(trend_periods(question.today), trend, strict=True)
        ),
    )


def _first(rows: Rows) -> Mapping[str, Any]:
    return rows[0] if rows else {}


def _rate(row: Mapping[str, Any]) -> Rate:
    return Rate(row.get("on_time", 0), row.get("judged", 0))


def _dispatch(rows: Rows) -> Rate:
    row = _first(rows)
    return Rate(row.get("stage_on_time", 0), row.get("stage_judged", 0))


def _place(row: Mapping[str, Any]) -> str:
    return row["place"] or UNKNOWN_PLACE


def _rates(whole: Rows, by_place: Rows) -> dict[str, Rate]:
    return {WHOLE: _rate(_first(whole))} | {_place(row): _rate(row) for row in by_place}


def _stocks(rows: Mapping[str, Rows]) -> dict[str, Stock]:
    now = {WHOLE: _first(rows["now"])} | {_place(row): row for row in rows["now_by_place"]}
    then = {WHOLE: _first(rows["yesterday"])} | {_place(row): row for row in rows["yesterday_by_place"]}
    return {
        place: Stock(
            row.get("in_hand", 0),
            row.get("due_soon", 0),
            row.get("overdue", 0),
            row.get("oldest_due_at"),
            then.get(place, {}).get("overdue", 0),
        )
        for place, row in now.items()
    }


def _unit(row: Mapping[str, Any]) -> Held:
    return Held(row["unit"] or "", row["overdue"], row["due_soon"], row["in_hand"], row.get("oldest_due_at"))


def _held(rows: Mapping[str, Rows], stock: Mapping[str, Stock]) -> dict[str, tuple[Held, ...]]:
    """By place, the units and what no unit holds yet; what they hold adds up to the place's own stock."""
    by_place: dict[str, list[Held]] = {WHOLE: [_unit(row) for row in rows["now_by_unit"]]}
    for row in rows["now_by_place_unit"]:
        by_place.setdefault(_place(row), []).append(_unit(row))
    for place, units in by_place.items():
        if place != WHOLE:
            units.append(_without_lead(stock.get(place, Stock()), units))
    return {place: tuple(units) for place, units in by_place.items()}


def _without_lead(stock: Stock, units: Iterable[Held]) -> Held:
    """What the place has in hand beyond what its units hold: reports that wait to be dispatched."""
    rest = {
        name: max(getattr(stock, name) - sum(getattr(unit, name) for unit in units), 0)
        for name in ("overdue", "due_soon", "in_hand")
    }
    return Held("", **rest, oldest_due_at=None)


def _fields(rows: Mapping[str, Rows]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {
        WHOLE: {row["field"] or "": row["overdue"] for row in rows["now_by_field"]}
    }
    for row in rows["now_by_place_field"]:
        found.setdefault(_place(row), {})[row["field"] or ""] = row["overdue"]
    return found


def _urgent(rows: Mapping[str, Rows]) -> dict[str, int]:
    held: dict[str, int] = {}
    for urgency in URGENT:
        for row in rows[f"{urgency}_by_unit"]:
            held[row["unit"] or ""] = held.get(row["unit"] or "", 0) + row["in_hand"]
    return {unit: count for unit, count in held.items() if count}

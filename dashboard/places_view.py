"""The table of districts, or of one district's communes. Pure; drawn by callbacks/places.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question, Rows
from dashboard.components import Child, Column, card, empty, link, table
from dashboard.headlines import Named, is_enough
from dashboard.headlines import districts as districts_title
from dashboard.names import Names
from dashboard.overview_tables import axis_low
from dashboard.text import number, on, t
from dashboard.units_view import rate_cell, rate_dot
from kpi.filters import UNKNOWN, Filters
from kpi.rates import Rate


@dataclass(frozen=True)
class Place:
    """One district or commune; code '' where the place is not known."""

    code: str
    received: int
    on_time: Rate
    satisfaction: Rate
    in_hand: int
    due_soon: int
    overdue: int


def level_of(filters: Filters) -> str:
    """Communes once a district is chosen, districts otherwise."""
    return "commune" if filters.district and filters.district != UNKNOWN else "district"


def read(level: str, rows: Mapping[str, Rows]) -> list[Place]:
    """One record per place, most overdue first, then the lowest rate."""
    by = {part: {row[level]: row for row in found} for part, found in rows.items()}
    found = [
        Place(
            code,
            by["period"].get(code, {}).get("received", 0),
            Rate(by["period"].get(code, {}).get("on_time", 0), by["period"].get(code, {}).get("judged", 0)),
            Rate(
                by["ratings"].get(code, {}).get("satisfied", 0), by["ratings"].get(code, {}).get("rated", 0)
            ),
            *(by["now"].get(code, {}).get(name, 0) for name in ("in_hand", "due_soon", "overdue")),
        )
        for code in by["period"].keys() | by["now"].keys()
    ]
    return sorted(
        found, key=lambda p: (-p.overdue, p.on_time.pct if p.on_time.pct is not None else 101, p.code)
    )


def page(question: Question, names: Names, level: str, rows: Mapping[str, Rows]) -> list[Component]:
    """The way back up, and the table with its total on top."""
    places = [
        place for place in read(level, rows) if place.received or place.on_time.denominator or place.in_hand
    ]
    if not places:
        return [card(None, empty(t("say.empty")), class_name="span-12")]
    title, _ = districts_title([_named(names, level, place) for place in places if place.code])
    if level == "commune":
        title = t("places.communes_of", district=names.district(question.filters.district))
    period = question.filters.period
    sub = t("places.sub", start=on(period.start_on), end=on(period.last_on))
    up = None
    if level == "commune" and not question.scope.district_code:
        up = link(t("places.up"), f"/places?{question.filters.with_(district=None, commune=None).query()}")
    return [card(title, _table(question, names, level, places), sub, action=up, class_name="span-12")]


def _named(names: Names, level: str, place: Place) -> Named:
    name = names.district(place.code) if level == "district" else names.commune(place.code)
    return Named(name, place.received, place.on_time)


def _sum(rates: Sequence[Rate]) -> Rate:
    return Rate(sum(rate.numerator for rate in rates), sum(rate.denominator for rate in rates))


def _table(question: Question, names: Names, level: str, places: Sequence[Place]) -> Component:
    whole = _sum([place.on_time for place in places])
    low = axis_low([place.on_time for place in places if is_enough(place.on_time)])
    ends = html.Span([html.Span(number(low)), html.Span("100")], className="axis-ends")
    columns = [
        Column("place", t(f"places.col.{level}")),
        Column("overdue", t("units.col.overdue"), numeric=True),
        Column("soon", t("units.col.soon"), numeric=True, class_name="phone-gone"),
        Column("in_hand", t("places.col.in_hand"), numeric=True, class_name="phone-gone"),
        Column("received", t("overview.col.received"), numeric=True, class_name="phone-gone"),
        Column("due", t("units.col.due"), numeric=True, class_name="phone-gone"),
        Column("rate", t("overview.col.on_time"), numeric=True),
        Column("dot", ends, class_name="phone-gone"),
        Column("late", t("units.col.late"), numeric=True, class_name="phone-gone"),
        Column("satisfied", t("units.col.satisfied"), numeric=True, class_name="phone-gone"),
    ]
    total = Place(
        "",
        sum(p.received for p in places),
        whole,
        _sum([p.satisfaction for p in places]),
        *(sum(getattr(p, name) for p in places) for name in ("in_hand", "due_soon", "overdue")),
    )
    rows = [_row(question, names, level, total, whole, low, is_total=True)] if len(places) > 1 else []
    rows += [_row(question, names, level, place, whole, low) for place in places]
    return table(columns, rows, class_name="unit-table")


def _row(
    question: Question,
    names: Names,
    level: str,
    place: Place,
    whole: Rate,
    low: int,
    *,
    is_total: bool = False,
) -> dict[str, Child]:
    chosen = question.filters if is_total else question.filters.with_(**{level: place.code or UNKNOWN})
    name = _named(names, level, place).name
    late = place.on_time.denominator - place.on_time.numerator

    def figure(count: int, state: str, dress: str = "cell-link") -> Child:
        href = f"/reports?{chosen.with_(state=state).query()}"
        return link(number(count), href, dress) if count else html.Span("0", className="ink-3")

    row: dict[str, Child] = {
        "place": t("places.total") if is_total else name,
        "overdue": figure(place.overdue, "overdue", "cell-link overdue-text"),
        "soon": figure(place.due_soon, "due_soon"),
        "in_hand": figure(place.in_hand, "in_hand"),
        "received": figure(place.received, "received"),
        "due": figure(place.on_time.denominator, "judged"),
        "rate": html.Span(rate_cell(place.on_time), className="strong"),
        "dot": "" if is_total else rate_dot(place.on_time, whole, low),
        "late": figure(late, "late"),
        "satisfied": rate_cell(place.satisfaction),
    }
    if is_total:
        row["_class"] = "is-total"
    elif level == "district" and place.code:
        row["_href"] = f"/places?{chosen.query()}"
    return row

"""The table of districts, or of communes, on one ground. Pure; drawn by callbacks/places.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component
from sqlalchemy import Executable

from dashboard.ask import Question, Rows
from dashboard.components import Child, Column, card, empty, link, table
from dashboard.ground import Ground, changed_on
from dashboard.ground_filters import chosen_place
from dashboard.ground_words import count_words, ground_words
from dashboard.headlines import Named, is_enough
from dashboard.headlines import districts as districts_title
from dashboard.names import Names
from dashboard.overview_tables import axis_low
from dashboard.text import number, on, t
from dashboard.units_view import rate_cell, rate_dot
from kpi.queries.grain import REPORT, grain_of
from kpi.queries.ground import counts
from kpi.rates import Rate


@dataclass(frozen=True)
class Place:
    """One district or commune (column says which); code '' where the place is not known.

    Counts are whole but where a split divided them by area; uncertain: the divided part of `received`.
    """

    column: str
    code: str
    received: float
    on_time: Rate
    satisfaction: Rate
    in_hand: float
    due_soon: float
    overdue: float
    uncertain: float = 0


def statements(question: Question) -> dict[str, Executable]:
    """The page's selects: counts by the units of the reports' own time."""
    filters, window = question.filters, question.window
    days, divided = changed_on(question.scope.province_code), question.ground().divided()
    grain = grain_of(filters)
    return {
        "period": counts(grain, filters, window, ("received", "on_time", "judged"), days, divided),
        "ratings": counts(REPORT, filters, window, ("satisfied", "rated"), days, divided),
        "now": counts(grain, filters, window, ("in_hand", "due_soon", "overdue"), days, divided),
    }


def read(ground: Ground, rows: Mapping[str, Rows]) -> list[Place]:
    """One record per place of the ground, most overdue first, then the lowest rate."""
    by = {part: {(row["column"], row["place"]): row for row in ground.rows(rows[part])} for part in rows}
    found = []
    for key in by["period"].keys() | by["now"].keys():
        flow, rated, now = (by[part].get(key, {}) for part in ("period", "ratings", "now"))
        found.append(
            Place(
                *key,
                received=flow.get("received", 0),
                on_time=Rate(round(flow.get("on_time", 0)), round(flow.get("judged", 0))),
                satisfaction=Rate(round(rated.get("satisfied", 0)), round(rated.get("rated", 0))),
                in_hand=now.get("in_hand", 0),
                due_soon=now.get("due_soon", 0),
                overdue=now.get("overdue", 0),
                uncertain=flow.get("received_uncertain", 0),
            )
        )
    return sorted(
        found, key=lambda p: (-p.overdue, p.on_time.pct if p.on_time.pct is not None else 101, p.code)
    )


def page(question: Question, names: Names, rows: Mapping[str, Rows]) -> list[Component]:
    """The way back up, and the table with its total on top."""
    ground = question.ground()
    places = [
        place for place in read(ground, rows) if place.received or place.on_time.denominator or place.in_hand
    ]
    if not places:
        return [card(None, empty(t("say.empty")), class_name="span-12")]
    level = str(ground.level)
    title, _ = districts_title([_named(names, place) for place in places if place.code])
    chosen = question.filters.district
    if chosen:
        title = t("places.communes_of", district=names.district(chosen))
    period = question.filters.period
    sub = [
        t("places.sub", start=on(period.start_on), end=on(period.last_on)),
        *_ground_words(question, places),
    ]
    up = None
    if chosen and not question.scope.district_code:
        up = link(t("places.up"), f"/places?{question.filters.with_(district=None, commune=None).query()}")
    shown = {place.column for place in places if place.code} or {level}
    table = _table(question, names, "any" if len(shown) > 1 else shown.pop(), places)
    return [card(title, table, " ".join(sub), action=up, class_name="span-12")]


def _ground_words(question: Question, places: Sequence[Place]) -> list[str]:
    """On which units the table stands, what was divided by area, and that districts have ended."""
    words = [*ground_words(question)]
    if divided := sum(place.uncertain for place in places):
        words.append(t("ground.divided", count=number(round(divided, 1), 1)))
    return words


def _named(names: Names, place: Place) -> Named:
    return Named(names.place(place.column, place.code), round(place.received), place.on_time)


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
        "",
        sum(p.received for p in places),
        whole,
        _sum([p.satisfaction for p in places]),
        *(sum(getattr(p, name) for p in places) for name in ("in_hand", "due_soon", "overdue")),
    )
    rows = [_row(question, names, total, whole, low, is_total=True)] if len(places) > 1 else []
    rows += [_row(question, names, place, whole, low) for place in places]
    return table(columns, rows, class_name="unit-table")


def _row(
    question: Question,
    names: Names,
    place: Place,
    whole: Rate,
    low: int,
    *,
    is_total: bool = False,
) -> dict[str, Child]:
    chosen = question.filters
    if not is_total:
        chosen = chosen_place(chosen, place.column, place.code)
    name = _named(names, place).name
    late = place.on_time.denominator - place.on_time.numerator

    def figure(count: float, state: str, dress: str = "cell-link") -> Child:
        href = f"/reports?{chosen.with_(state=state).query()}"
        return link(count_words(count), href, dress) if count else html.Span("0", className="ink-3")

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
    elif place.column == "district" and place.code:
        row["_href"] = f"/places?{chosen.query()}"
    return row

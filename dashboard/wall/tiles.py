"""What each tile of a scene shows: a View -> the values that its template writes. Nothing here is HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard import headlines
from dashboard.ask import Question
from dashboard.names import Names
from dashboard.text import number, percent, t
from dashboard.time_notes import notes
from dashboard.wall import places, trend_drawing, words
from dashboard.wall.read import UNKNOWN_PLACE, WHOLE, Figures, Held, Stock
from dashboard.wall.screen import Screen
from geo.units import Level
from kpi.rates import Rate

Values = dict[str, Any]
TREND_WIDTH_PX = 1728.0
LABEL_ARC_MINUTES = 17.0
LONG_NAME = 21
"""Names of units with more letters are set in the condensed face."""


@dataclass(frozen=True)
class View:
    """What every tile is made from; place: WHOLE or the district of a district's scene."""

    question: Question
    names: Names
    figures: Figures
    screen: Screen
    place: str = WHOLE

    @property
    def stock(self) -> Stock:
        """The place right now."""
        return self.figures.stock.get(self.place, Stock())

    @property
    def held(self) -> tuple[Held, ...]:
        """The units of the place."""
        return self.figures.held.get(self.place, ())

    @property
    def rows(self) -> int:
        """How many rows of bars fit."""
        return self.screen.rows

    def place_name(self, code: str) -> str:
        """Name of a district, or of a commune where districts have ended."""
        is_district = code in self.names.districts or places.ground(self.question).level is Level.DISTRICT
        return self.names.district(code) if is_district else self.names.commune(code)

    def place_label(self, code: str) -> str:
        """The name as maps print it: 'Mỹ Xuyên', 'Phường 2'."""
        name = self.names.communes.get(code, {}).get("name", "")
        return name if name and not name.isdigit() else self.place_name(code)

    def titled(self, key: str, past_key: str = "") -> Values:
        """Title of a tile and what it says once the source has stopped ({at} stays for the browser)."""
        place = f", {self.place_name(self.place)}" if self.place else ""
        return {
            "title": t(key) + place,
            "past": t("wall.past", name=t(past_key or key) + place, at="{at}"),
        }


def on_time(view: View) -> Values:
    """On-time rate of the quarter so far."""
    rates, before = view.figures.on_time, view.figures.on_time_before
    rate = rates.get(view.place, Rate(0, 0))
    period = view.question.filters.period.previous()
    change = words.rate_change(rate, before.get(view.place, Rate(0, 0)), period)
    beside = words.points_from(rate, rates[WHOLE], t("wall.whole_province")) if view.place else ""
    return _rate_tile(view, "wall.on_time", rate, beside or change, "wall.of_due")


def dispatch(view: View) -> Values:
    """The IOC's own stage: reports dispatched in time."""
    period = view.question.filters.period.previous()
    rate = view.figures.dispatch
    change = words.rate_change(rate, view.figures.dispatch_before, period)
    return _rate_tile(view, "wall.dispatch", rate, change, "wall.of_dispatches")


def _rate_tile(view: View, key: str, rate: Rate, change: str, of: str) -> Values:
    figure, unit = words.rate(rate)
    part = t(of, part=number(rate.numerator), whole=number(rate.denominator)) if rate.denominator else ""
    return {
        **view.titled(key),
        "kind": "figure",
        "figure": figure,
        "unit": unit,
        "strong": change,
        "plain": part,
    }


def satisfaction(view: View) -> Values:
    """Satisfied of all ratings, with n and the share of closed reports that were rated."""
    rate, period = view.figures.satisfaction, view.question.filters.period.previous()
    change = words.rate_change(rate, view.figures.satisfaction_before, period)
    return {**view.titled("wall.satisfaction"), "kind": "figure", "strong": change, **_satisfied(view, " ")}


def _satisfied(view: View, between: str) -> Values:
    rate = view.figures.satisfaction
    if not rate.denominator:
        return {"figure": "–", "unit": "", "plain": t("say.no_rating"), "lines": [t("say.no_rating")]}
    figure, unit = words.rate(rate)
    rated = view.figures.rated
    lines = [
        t("wall.ratings", count=number(rate.denominator)),
        t("wall.rated", share=percent(rated.numerator / rated.denominator, 0) if rated.denominator else "–"),
    ]
    return {"figure": figure, "unit": unit, "plain": between.join(lines), "lines": lines}


def overdue(view: View) -> Values:
    """Overdue right now, against yesterday; what comes next; what is urgent."""
    stock = view.stock
    more, than = words.count_change(stock.overdue, stock.overdue_yesterday)
    until = words.until(view.question.window.soon_until, view.question.at)
    return {
        **view.titled("wall.overdue", "wall.overdue_past"),
        "kind": "overdue",
        "figure": number(stock.overdue),
        "is_zero": stock.overdue == 0,
        "strong": more,
        "plain": [than, t("wall.of_in_hand", whole=number(stock.in_hand))],
        "soon": t("wall.soon", count=number(stock.due_soon), until=until),
        "urgent": "" if view.place else _urgent_words(view),
    }


def _urgent_words(view: View) -> str:
    held = view.figures.urgent
    count = number(sum(held.values()))
    if not held:
        return t("wall.no_urgent")
    if len(held) > 1:
        return t("wall.urgent_many", count=count, units=number(len(held)))
    (unit,) = held
    return (
        t("wall.urgent_one", count=count, unit=view.names.unit(unit))
        if unit
        else t("wall.urgent_waiting", count=count)
    )


def holders(view: View) -> Values:
    """Who holds what is overdue; the units that the title speaks of are marked."""
    held = sorted((each for each in view.held if each.overdue), key=lambda each: (-each.overdue, each.unit))
    named = [(view.names.unit(each.unit), each.overdue) for each in held]
    title, _ = headlines.who_holds(named) if named else (t("say.no_overdue").rstrip("."), "")
    spoken = headlines.FEW_UNITS if sum(n for _, n in named[:3]) * 3 >= sum(n for _, n in named) else 0
    title = title.removesuffix(",").split(", ")[0]
    return {
        "kind": "bars",
        "title": title,
        "rows": _bars(named, view.rows, spoken, "hot", "wall.other_units"),
        "foot": _oldest(view, held),
    }


def _oldest(view: View, held: list[Held]) -> str:
    late = [(each.oldest_due_at, each.unit) for each in held if each.oldest_due_at]
    if not late:
        return ""
    due_at, unit = min(late)
    amount = words.overdue_for(view.question.calendar, due_at, view.question.at)
    return t("wall.oldest_unit", amount=amount, unit=view.names.unit(unit))


def due_soon(view: View) -> Values:
    """Who has what falls due within the next working day."""
    held = sorted((each for each in view.held if each.due_soon), key=lambda each: (-each.due_soon, each.unit))
    named = [(view.names.unit(each.unit), each.due_soon) for each in held]
    until = words.until(view.question.window.soon_until, view.question.at)
    count = number(sum(n for _, n in named))
    return {
        "kind": "bars",
        "title": t("wall.soon", count=count, until=until),
        "rows": _bars(named, view.rows, 0, "soon", "wall.other_units"),
        "foot": t("wall.within_hours"),
    }


def overdue_fields(view: View) -> Values:
    """Overdue by field; a field with one or two stands among the others: it could point to a person."""
    counts = view.figures.overdue_fields.get(view.place, {})
    named = sorted(
        ((view.names.field(code), count) for code, count in counts.items() if count >= words.LEAST_SHOWN),
        key=_most_first,
    )
    small = sum(count for count in counts.values() if 0 < count < words.LEAST_SHOWN)
    rows = _bars(named, view.rows - bool(small), 0, "bar", "wall.other_fields")
    if small:
        rows.append(_row(t("wall.other_fields"), small, max([small, *[n for _, n in named]]), "quiet"))
        rows[-1]["value"] = words.guarded(small)
    most = t("wall.most_field", field=named[0][0]) if len(named) > 1 and named[0][1] > named[1][1] else ""
    title = most or t("wall.overdue_fields") if counts and any(counts.values()) else t("say.no_overdue")
    return {"kind": "bars", "title": title.rstrip("."), "rows": rows, "foot": ""}


def on_time_fields(view: View) -> Values:
    """On-time rate of the quarter by field, lowest first; fields with too few cases stand apart, unspoken."""
    rates = {view.names.field(code): rate for code, rate in view.figures.on_time_fields.items()}
    spoken = sorted(
        ((name, rate) for name, rate in rates.items() if headlines.is_enough(rate)),
        key=lambda pair: (pair[1].pct or 0, pair[0]),
    )
    rows = [
        {
            "name": name,
            "is_long": len(name) > LONG_NAME,
            "value": percent((rate.pct or 0) / 100),
            "share": (rate.pct or 0) / 100,
            "tone": "bar",
        }
        for name, rate in spoken[: view.rows]
    ]
    title = t("wall.worst_field", field=spoken[0][0]) if len(spoken) > 1 else t("wall.on_time_fields")
    foot = t("wall.on_time_fields") if len(spoken) > 1 else ""
    return {"kind": "bars", "title": title, "rows": rows, "foot": foot}


def _most_first(named: tuple[str, int]) -> tuple[int, str]:
    return -named[1], named[0]


def _bars(named: list[tuple[str, int]], rows: int, spoken: int, tone: str, others: str) -> list[Values]:
    """Most first; when they do not fit, the last row is all others together."""
    shown = named if len(named) <= rows else named[: rows - 1]
    rest = named[len(shown) :]
    most = max([count for _, count in shown] + [sum(count for _, count in rest)], default=1)
    bars = [
        _row(name, count, most, tone if not spoken or place < spoken else "bar")
        for place, (name, count) in enumerate(shown)
    ]
    if rest:
        bars.append(_row(t(others, count=len(rest)), sum(count for _, count in rest), most, "quiet"))
    return bars


def _row(name: str, count: int, most: int, tone: str) -> Values:
    return {
        "name": name,
        "is_long": len(name) > LONG_NAME,
        "value": number(count),
        "share": count / max(most, 1),
        "tone": tone,
    }


def overdue_map(view: View) -> Values:
    """Where what is overdue lies; in a district's scene that district stands out."""
    stock = view.figures.stock
    known = [
        (view.place_label(code), each.overdue)
        for code, each in stock.items()
        if code not in (WHOLE, UNKNOWN_PLACE)
    ]
    title, spoken = words.where(known, stock[WHOLE].overdue)
    held = [pair for pair in known if pair[1]]
    unknown = stock[UNKNOWN_PLACE].overdue if UNKNOWN_PLACE in stock else 0
    if view.place:
        spoken = [view.place_label(view.place)]
        part, whole = number(view.stock.overdue), number(stock[WHOLE].overdue)
        title = t("wall.place_of", place=spoken[0], part=part, whole=whole)
    legend = [t("wall.legend_1"), t("wall.legend_2")]
    return {
        "kind": "map",
        "title": title,
        "spoken": spoken,
        "legend": [t("wall.no_place", count=number(unknown)), *legend] if unknown else legend,
        "rows": _bars(sorted(held, key=_most_first), view.rows, 0, "hot", "wall.other_places"),
    }


def trend(view: View) -> Values:
    """On-time rate over the last twelve closed months; below it what citizens say of it."""
    months = view.figures.trend
    between = notes(view.question.scope.province_code, months[0][0].start_on, months[-1][0].end_on)
    font_px = view.screen.px(LABEL_ARC_MINUTES)
    mark = headlines.MARK_PCT
    drawn = trend_drawing.draw(months, between, mark, (TREND_WIDTH_PX, view.screen.trend_height_px), font_px)
    last = months[-1][1]
    return {
        "kind": "trend",
        "title": words.trend_title([rate for _, rate in months], months[-2][0]),
        "drawn": drawn,
        "last": percent((last.pct or 0) / 100) if headlines.is_enough(last) else "",
        "mark": t("wall.mark", mark=mark),
        "font_px": font_px,
        "satisfaction": {"title": t("wall.satisfaction"), **_satisfied(view, " ")},
    }


TILES: Mapping[str, Callable[[View], Values]] = {
    each.__name__: each
    for each in (
        on_time,
        overdue,
        due_soon,
        overdue_map,
        trend,
        holders,
        overdue_fields,
        satisfaction,
        dispatch,
        on_time_fields,
    )
}

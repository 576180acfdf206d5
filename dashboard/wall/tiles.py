"""What each tile of a scene shows: a View -> the values that its template writes. Nothing here is HTML."""

from collections.abc import Callable, Mapping

from dashboard import headlines
from dashboard.text import number, percent, t
from dashboard.time_notes import notes
from dashboard.wall import trend_drawing, words
from dashboard.wall.bars import bars, due_soon, holders, most_first, on_time_fields, overdue_fields
from dashboard.wall.read import UNKNOWN_PLACE, WHOLE, Flows
from dashboard.wall.view import Values, View, of_period
from kpi.rates import Rate

TREND_WIDTH_PX = 1728.0
LABEL_ARC_MINUTES = 17.0


@of_period("wall.on_time")
def on_time(view: View, flows: Flows) -> Values:
    """On-time rate of the quarter so far."""
    rates, before = flows.on_time, flows.on_time_before
    rate = rates.get(view.place, Rate(0, 0))
    period = view.question.filters.period.previous()
    change = words.rate_change(rate, before.get(view.place, Rate(0, 0)), period)
    beside = words.points_from(rate, rates[WHOLE], t("wall.whole_province")) if view.place else ""
    return _rate_tile(view, "wall.on_time", rate, beside or change, "wall.of_due")


@of_period("wall.dispatch")
def dispatch(view: View, flows: Flows) -> Values:
    """The IOC's own stage: reports dispatched in time."""
    period = view.question.filters.period.previous()
    rate = flows.dispatch
    change = words.rate_change(rate, flows.dispatch_before, period)
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


@of_period("wall.satisfaction")
def satisfaction(view: View, flows: Flows) -> Values:
    """Satisfied of all ratings, with n and the share of closed reports that were rated."""
    period = view.question.filters.period.previous()
    change = words.rate_change(flows.satisfaction, flows.satisfaction_before, period)
    return {**view.titled("wall.satisfaction"), "kind": "figure", "strong": change, **_satisfied(flows, " ")}


def _satisfied(flows: Flows, between: str) -> Values:
    rate = flows.satisfaction
    if not rate.denominator:
        return {"figure": "–", "unit": "", "plain": t("say.no_rating"), "lines": [t("say.no_rating")]}
    figure, unit = words.rate(rate)
    rated = flows.rated
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
    held = view.stocks.urgent
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


def overdue_map(view: View) -> Values:
    """Where what is overdue lies; in a district's scene that district stands out."""
    stock = view.stocks.stock
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
        "rows": bars(sorted(held, key=most_first), view.rows, 0, "hot", "wall.other_places"),
    }


@of_period("wall.trend_plain")
def trend(view: View, flows: Flows) -> Values:
    """On-time rate over the last twelve closed months; below it what citizens say of it."""
    months = flows.trend
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
        "satisfaction": {"title": t("wall.satisfaction"), **_satisfied(flows, " ")},
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

"""The overview's tables: units and fields. Pure; drawn by callbacks/overview.py."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import headlines
from dashboard.components import Child, Column, bar, card, dot, link, table
from dashboard.headlines import MARK_PCT, Named, is_enough
from dashboard.overview_cards import View
from dashboard.overview_read import Part
from dashboard.text import number, percent, t
from kpi.rates import Rate

UNITS_SHOWN = 7
FIELDS_SHOWN = 5
MANY_OVERDUE = 5
"""From here on the count of a unit stands out in its table."""


def units(view: View) -> Component:
    """The units with most reports due, lowest on-time rate first, on one axis."""
    most = [part for part in view.figures.units if part.code and is_enough(part.on_time)][:UNITS_SHOWN]
    shown = sorted(most, key=lambda part: (part.on_time.pct or 0, part.code))
    whole = view.figures.flow.on_time
    low = axis_low([part.on_time for part in shown])
    columns = [
        Column("unit", t("overview.col.unit"), class_name="one-line"),
        Column("due", t("overview.col.due"), numeric=True),
        Column("rate", t("overview.col.on_time"), numeric=True),
        Column(
            "dot",
            html.Span([html.Span(number(low)), html.Span("100")], className="axis-ends"),
            class_name="phone-gone",
        ),
        Column("overdue", t("overview.col.overdue"), numeric=True),
    ]
    rows = [_unit_row(view, part, whole, low) for part in shown]
    title = headlines.units([named_of(part, view.names.unit(part.code)) for part in shown])
    chosen = view.question.filters.district
    sub = t(
        "overview.units_sub",
        count=len(shown),
        whole=view.names.district(chosen) if chosen else t("overview.whole_province"),
        rate=percent(whole.pct / 100 if whole.pct is not None else None),
    )
    body = table(columns, rows, caption=title) if rows else html.P(t("say.empty"), className="empty")
    return card(title, body, sub, class_name="span-6 phone-6")


def _unit_row(view: View, part: Part, whole: Rate, low: int) -> dict[str, Child]:
    def place(pct: float | None) -> float | None:
        return None if pct is None else (pct - low) / (100 - low)

    is_low = (part.on_time.pct or 0) < MARK_PCT
    interval = part.on_time.wilson_pct()
    ends = [place(max(low, end)) for end in interval] if interval else [None, None]
    overdue = number(part.overdue)
    style = "cell-link overdue-text" if part.overdue >= MANY_OVERDUE else "cell-link"
    rate = html.Span(number(part.on_time.pct, 1), className="strong")
    return {
        "unit": view.names.unit(part.code),
        "due": link(number(part.on_time.denominator), view.href("judged", unit=part.code), "cell-link"),
        "rate": link(rate, view.href("late", unit=part.code), "cell-link"),
        "dot": dot(place(part.on_time.pct), place(whole.pct), strong=is_low, low=ends[0], high=ends[1]),
        "overdue": link(overdue, view.href("overdue", unit=part.code), style) if part.overdue else overdue,
        "_href": f"/unit?{view.question.filters.with_(unit=part.code).query()}",
    }


def axis_low(rates: Sequence[Rate]) -> int:
    """The left end of the dots' axis: the ten below the lowest rate, never above 80."""
    lowest = min((rate.pct for rate in rates if rate.pct is not None), default=80.0)
    return int(min(80, max(0, (lowest - 2) // 10 * 10)))


def fields(view: View) -> Component:
    """Reports received and on-time rate by field; the small ones together."""
    parts = sorted(view.figures.fields, key=lambda part: (-part.received, part.code))
    shown, rest = (
        (parts, []) if len(parts) <= FIELDS_SHOWN + 1 else (parts[:FIELDS_SHOWN], parts[FIELDS_SHOWN:])
    )
    title = headlines.fields([named_of(part, view.names.field(part.code)) for part in shown])
    largest = max([part.received for part in shown] + [sum(part.received for part in rest)], default=0) or 1
    lowest = min((part.on_time.pct or 0 for part in shown if is_enough(part.on_time)), default=None)
    rows = [_field_row(view, part, largest, lowest) for part in shown]
    if rest:
        rows.append(_other_fields(rest, largest))
    columns = [
        Column("field", t("overview.col.field")),
        Column("bar", "", class_name="bar-cell phone-gone"),
        Column("received", t("overview.col.received"), numeric=True),
        Column("rate", t("overview.col.on_time"), numeric=True),
    ]
    body = table(columns, rows, caption=title) if rows else html.P(t("say.empty"), className="empty")
    return card(title, body, t("overview.fields_sub"), class_name="span-6 phone-7")


def _field_row(view: View, part: Part, largest: int, lowest: float | None) -> dict[str, Child]:
    rate: Child = rate_cell(part.on_time)
    if lowest is not None and part.on_time.pct == lowest and is_enough(part.on_time):
        rate = html.Span(rate, className="strong")
    return {
        "field": view.names.field(part.code),
        "bar": bar(part.received / largest),
        "received": link(number(part.received), view.href("received", field=part.code), "cell-link"),
        "rate": link(rate, view.href("judged", field=part.code), "cell-link"),
        "_href": f"?{view.question.filters.with_(field=part.code).query()}",
    }


def _other_fields(rest: Sequence[Part], largest: int) -> dict[str, Child]:
    received = sum(part.received for part in rest)
    together = Rate(
        sum(part.on_time.numerator for part in rest), sum(part.on_time.denominator for part in rest)
    )
    return {
        "field": f"{t('overview.other_fields')} ({len(rest)})",
        "bar": bar(received / largest),
        "received": number(received),
        "rate": rate_cell(together),
    }


def rate_cell(rate: Rate) -> str:
    """A rate in a table: per cent, or a fraction where there is too little to speak of one."""
    if not rate.denominator:
        return "–"
    return (
        number(rate.pct, 1)
        if is_enough(rate)
        else t("say.part_of", part=rate.numerator, whole=rate.denominator)
    )


def named_of(part: Part, name: str) -> Named:
    """What a headline is made from."""
    return Named(name, part.received, part.on_time)

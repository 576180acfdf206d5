"""The table of all units: what needs action first. Pure; drawn by callbacks/units.py."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import Child, Column, attributes, card, dot, empty, link, table
from dashboard.headlines import MARK_PCT, is_enough
from dashboard.names import Names
from dashboard.overview_tables import axis_low
from dashboard.text import DASH, number, on, percent, small_number, t
from dashboard.unit_read import LEVELS, UnitFigures
from kpi.rates import Rate


def page(
    question: Question, names: Names, units: Sequence[UnitFigures], level: str | None
) -> list[Component]:
    """The switch of levels, the table, and the units that have nothing to show."""
    chosen = [unit for unit in units if level in (None, unit.level)]
    shown = sorted((unit for unit in chosen if unit.has_any), key=action_order)
    quiet = [unit for unit in chosen if not unit.has_any]
    body: list[Child] = [_table(question, names, shown) if shown else empty(t("say.empty"))]
    if quiet:
        body.append(_quiet(question, names, quiet))
    return [
        html.Div(_levels(question, units, level), className="span-12"),
        card(_title(shown), body, _sub(question, shown), class_name="span-12"),
    ]


def action_order(unit: UnitFigures) -> tuple[int, float, int, str]:
    """Most overdue first, then the lowest on-time rate, then the most reports due."""
    rate = unit.on_time.pct if is_enough(unit.on_time) and unit.on_time.pct is not None else 101.0
    return -unit.overdue, rate, -unit.on_time.denominator, unit.code


def _levels(question: Question, units: Sequence[UnitFigures], level: str | None) -> Component:
    query = question.filters.query()
    choices: list[tuple[str | None, str, int]] = [(None, t("say.all"), len(units))]
    choices += [(name, t(f"level.{name}"), sum(unit.level == name for unit in units)) for name in LEVELS]
    links = [
        link(
            [label, html.Span(f" {number(count)}", className="ink-3")],
            f"?{query}" + (f"&level={name}" if name else ""),
            **(attributes(aria_current="true") if name == level else {}),
        )
        for name, label, count in choices
        if count
    ]
    return html.Nav(links, className="segmented levels", **attributes(aria_label=t("units.levels")))


def _title(shown: Sequence[UnitFigures]) -> str:
    below = [unit for unit in shown if is_enough(unit.on_time) and (unit.on_time.pct or 0) < MARK_PCT]
    holding = [unit for unit in shown if unit.overdue]
    if holding:
        overdue = sum(unit.overdue for unit in holding)
        return t("units.title_overdue", units=small_number(len(holding)), count=number(overdue))
    if below:
        return t("head.units_below", count=small_number(len(below)), mark=MARK_PCT)
    return t("head.units_plain")


def _sub(question: Question, shown: Sequence[UnitFigures]) -> str:
    period = question.filters.period
    whole = _sum(shown)
    rate = percent(whole.pct / 100) if whole.pct is not None else DASH
    return t(
        "units.sub", start=on(period.start_on), end=on(period.last_on), count=number(len(shown)), rate=rate
    )


def _sum(units: Sequence[UnitFigures]) -> Rate:
    return Rate(sum(u.on_time.numerator for u in units), sum(u.on_time.denominator for u in units))


def _table(question: Question, names: Names, shown: Sequence[UnitFigures]) -> Component:
    low = axis_low([unit.on_time for unit in shown if is_enough(unit.on_time)])
    ends = html.Span([html.Span(number(low)), html.Span("100")], className="axis-ends")
    columns = [
        Column("unit", t("overview.col.unit")),
        Column("level", t("units.col.level"), class_name="phone-gone"),
        Column("overdue", t("units.col.overdue"), numeric=True),
        Column("soon", t("units.col.soon"), numeric=True, class_name="phone-gone"),
        Column("in_hand", t("units.col.in_hand"), numeric=True, class_name="phone-gone"),
        Column("received", t("units.col.received"), numeric=True, class_name="phone-gone"),
        Column("due", t("units.col.due"), numeric=True, class_name="phone-gone"),
        Column("rate", t("overview.col.on_time"), numeric=True),
        Column("dot", ends, class_name="phone-gone"),
        Column("late", t("units.col.late"), numeric=True, class_name="phone-gone"),
        Column("satisfied", t("units.col.satisfied"), numeric=True, class_name="phone-gone"),
    ]
    whole = _sum(shown)
    rows = [_total(shown, whole)] if len(shown) > 1 else []
    rows += [_row(question, names, unit, whole, low) for unit in shown]
    return table(columns, rows, caption=_title(shown), class_name="unit-table")


def _total(shown: Sequence[UnitFigures], whole: Rate) -> dict[str, Child]:
    rated = Rate(sum(u.satisfaction.numerator for u in shown), sum(u.satisfaction.denominator for u in shown))
    return {
        "unit": t("units.total", count=number(len(shown))),
        "overdue": number(sum(u.overdue for u in shown)),
        "soon": number(sum(u.due_soon for u in shown)),
        "in_hand": number(sum(u.in_hand for u in shown)),
        "received": number(sum(u.received for u in shown)),
        "due": number(whole.denominator),
        "rate": rate_cell(whole),
        "late": number(whole.denominator - whole.numerator),
        "satisfied": rate_cell(rated),
        "_class": "is-total",
    }


def _row(question: Question, names: Names, unit: UnitFigures, whole: Rate, low: int) -> dict[str, Child]:
    late = unit.on_time.denominator - unit.on_time.numerator

    def figure(count: int, state: str, dress: str = "cell-link") -> Child:
        href = f"/reports?{question.filters.with_(unit=unit.code, state=state).query()}"
        return link(number(count), href, dress) if count else html.Span("0", className="ink-3")

    return {
        "unit": names.unit(unit.code),
        "level": html.Span(t(f"level.{unit.level}"), className="ink-3"),
        "overdue": figure(unit.overdue, "overdue", "cell-link overdue-text"),
        "soon": figure(unit.due_soon, "due_soon"),
        "in_hand": figure(unit.in_hand, "in_hand"),
        "received": figure(unit.received, "received"),
        "due": figure(unit.on_time.denominator, "judged"),
        "rate": html.Span(
            rate_cell(unit.on_time), className="strong" if is_enough(unit.on_time) else "ink-3"
        ),
        "dot": rate_dot(unit.on_time, whole, low),
        "late": figure(late, "late"),
        "satisfied": rate_cell(unit.satisfaction) if unit.satisfaction.denominator else _no_rating(),
        "_href": unit_href(question, unit.code),
    }


def unit_href(question: Question, code: str) -> str:
    """The page of one unit, with the filters of this one."""
    return f"/unit?{question.filters.with_(unit=code, state=None, stage=None).query()}"


def _no_rating() -> Component:
    return html.Span(DASH, title=t("say.no_rating"), className="ink-3")


def rate_cell(rate: Rate) -> str:
    """'93,8'; '7 trên 8' where there are too few for a rate; a dash where there is nothing."""
    if not rate.denominator:
        return DASH
    if not is_enough(rate):
        return t("say.part_of", part=number(rate.numerator), whole=number(rate.denominator))
    return number(rate.pct, 1)


def rate_dot(rate: Rate, whole: Rate, low: int) -> Child:
    """A rate as a dot with its 95 % interval on an axis from `low` to 100, the whole as a dotted mark."""

    def place(pct: float | None) -> float | None:
        return None if pct is None else (max(pct, low) - low) / (100 - low)

    if not is_enough(rate):
        return dot(None, place(whole.pct))
    ends = rate.wilson_pct() or (low, 100)
    is_low = (rate.pct or 0) < MARK_PCT
    return dot(place(rate.pct), place(whole.pct), strong=is_low, low=place(ends[0]), high=place(ends[1]))


def _quiet(question: Question, names: Names, quiet: Sequence[UnitFigures]) -> Component:
    links: list[Child] = []
    for unit in quiet:
        links += [link(names.unit(unit.code), unit_href(question, unit.code)), ", "]
    return html.Details(
        [html.Summary(t("units.quiet", count=number(len(quiet)))), html.P(links[:-1])],
        className="quiet-units",
    )

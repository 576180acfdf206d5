"""The page of one unit: heading, indicators beside its group, stages. Pure; drawn by callbacks/unit.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question, Rows
from dashboard.components import Child, Column, card, link, table
from dashboard.drawings import strip
from dashboard.headlines import MIN_DIFFERENCE_PCT, is_enough
from dashboard.names import Names
from dashboard.text import DASH, NBSP, number, on, points, t, working_amount
from dashboard.unit_read import UnitFigures
from dashboard.units_view import rate_cell
from kpi.ranking import rank_ranges
from kpi.rates import Rate

MIN_RANK_COUNT = 30
"""Fewer cases are shown, not ranked (design guide, section 7)."""


@dataclass(frozen=True)
class View:
    """What every card of the page is made from. units: all that the scope sees; rows: those of unit_read.one_unit."""

    question: Question
    names: Names
    units: Sequence[UnitFigures]
    rows: Mapping[str, Rows]

    @property
    def own(self) -> UnitFigures:
        """This unit."""
        return next(unit for unit in self.units if unit.code == self.question.filters.unit)

    @property
    def group(self) -> list[UnitFigures]:
        """The units of its level that have anything to show, this one among them."""
        return [unit for unit in self.units if unit.level == self.own.level and unit.has_any]

    def href(self, state: str, stage: str | None = None) -> str:
        """The list of this unit's reports behind a figure."""
        return f"/reports?{self.question.filters.with_(state=state, stage=stage).query()}"


def head(view: View) -> Component:
    """Where we are, and the unit's full name."""
    unit = view.names.units[view.own.code]
    level = t(f"level.{view.own.level}")
    count = sum(other.level == view.own.level for other in view.units)
    crumbs: list[Child] = [level]
    if not view.question.scope.unit_code:
        query = view.question.filters.with_(unit=None).query()
        group = link(f"{level} ({count})", f"/units?{query}&level={view.own.level}")
        crumbs = [link(t("page.units"), f"/units?{query}"), " / ", group]
    return html.Div(
        [html.Div(crumbs, className="crumbs"), html.H1(unit["name"], className="page-title")],
        className="page-head span-12",
    )


# -------------------------------------------------------------- indicators


@dataclass(frozen=True)
class Indicator:
    """One line of the comparison. rate_of gives a rate (the share that is good or bad), value_of a plain number."""

    key: str
    count_of: Callable[[UnitFigures], int]
    rate_of: Callable[[UnitFigures], Rate] | None = None
    value_of: Callable[[UnitFigures], float | None] | None = None
    higher_is_better: bool = False
    state: str = ""
    stage: str | None = None

    def value(self, unit: UnitFigures) -> float | None:
        """What is drawn: per cent, or working seconds; None where there is too little for it."""
        if self.rate_of:
            rate = self.rate_of(unit)
            return rate.pct if is_enough(rate) else None
        return self.value_of(unit) if self.value_of else None

    def good(self, unit: UnitFigures) -> Rate:
        """The rate that a better unit has more of."""
        rate = self.rate_of(unit) if self.rate_of else Rate(0, 0)
        return rate if self.higher_is_better else Rate(rate.denominator - rate.numerator, rate.denominator)


INDICATORS = (
    Indicator("on_time", lambda u: u.on_time.denominator, lambda u: u.on_time, None, True, "judged"),
    Indicator("satisfaction", lambda u: u.satisfaction.denominator, lambda u: u.satisfaction, None, True, "rated"),
    Indicator("median_time", lambda u: u.done, None, lambda u: u.median_held_s, False, "done"),
    Indicator(
        "late_returns", lambda u: u.late_returns.denominator, lambda u: u.late_returns, None, False, "stage_judged",
        "return_wrong",
    ),
    Indicator("without_content", lambda u: u.without_content.denominator, lambda u: u.without_content),
)  # fmt: skip


def indicators(view: View) -> Component:
    """This unit among the units of its level, one line per indicator."""
    has_group = len(view.group) > 1
    columns = [Column("name", t("unit.col.indicator")), Column("own", t("unit.col.own"), numeric=True)]
    columns.append(Column("count", t("unit.col.of")))
    if has_group:
        columns += [
            Column("strip", t("unit.col.group", count=len(view.group)), class_name="strip-cell phone-gone"),
            Column("median", t("unit.col.median"), numeric=True, class_name="phone-gone"),
            Column("rank", t("unit.col.rank"), numeric=True, class_name="phone-gone"),
        ]
    rows = [_indicator_row(view, indicator) for indicator in INDICATORS]
    sub = t("unit.indicators_sub") if has_group else t("unit.indicators_alone")
    period = view.question.filters.period
    sub = f"{t('reports.in_period', start=on(period.start_on), end=on(period.last_on))}. {sub}"
    body = table(columns, rows, caption=_title(view), class_name="indicators")
    return card(_title(view), body, sub, class_name="span-12")


def _title(view: View) -> str:
    """'Đúng hạn thấp hơn nhóm 8,1 điểm', where it differs by enough and from enough units."""
    first = INDICATORS[0]
    own, others = first.value(view.own), _values(view, first)
    if own is None or len(others) < 3:
        return t("unit.title_plain")
    difference_pct = own - median(others)
    if abs(difference_pct) < MIN_DIFFERENCE_PCT:
        return t("unit.title_same")
    key = "unit.title_higher" if difference_pct > 0 else "unit.title_lower"
    return t(key, amount=points(difference_pct / 100))


def _values(view: View, indicator: Indicator) -> list[float]:
    values = [indicator.value(unit) for unit in view.group]
    return [value for value in values if value is not None]


def _indicator_row(view: View, indicator: Indicator) -> dict[str, Child]:
    values, own = _values(view, indicator), indicator.value(view.own)
    middle = median(values) if len(values) > 2 else None
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    width = (high - low) or 1.0

    def place(value: float | None) -> float | None:
        return None if value is None else 0.03 + 0.94 * (value - low) / width

    others = [place(indicator.value(u)) for u in view.group if u.code != view.own.code]
    known = [other for other in others if other is not None]
    return {
        "name": t(f"unit.indicator.{indicator.key}"),
        "own": html.Span(_shown(indicator, view.own), className="own-value"),
        "count": _count(view, indicator),
        "strip": strip(known, place(own), place(middle))
        if known
        else html.Span(t("unit.too_few"), className="ink-3"),
        "median": _words(indicator, middle),
        "rank": _rank(view, indicator),
    }


def _shown(indicator: Indicator, unit: UnitFigures) -> str:
    if indicator.rate_of and not is_enough(indicator.rate_of(unit)):
        return rate_cell(indicator.rate_of(unit))
    return _words(indicator, indicator.value(unit))


def _words(indicator: Indicator, value: float | None) -> str:
    if value is None:
        return DASH
    return f"{number(value, 1)}{NBSP}%" if indicator.rate_of else working_amount(value)


def _count(view: View, indicator: Indicator) -> Child:
    count = indicator.count_of(view.own)
    if not count:
        return html.Span(t("unit.none_yet"), className="ink-3")
    words = t(f"unit.count.{indicator.key}", count=number(count))
    if indicator.rate_of and is_enough(indicator.rate_of(view.own)):
        rate = indicator.rate_of(view.own)
        words = t("say.part_of", part=number(rate.numerator), whole=number(rate.denominator))
    return link(words, view.href(indicator.state, indicator.stage), "cell-link") if indicator.state else words


def _rank(view: View, indicator: Indicator) -> Child:
    """'12–18 trên 19' by the 95 % intervals; a plain place for times; nothing under the least sample."""
    if indicator.rate_of is None:
        values, own = sorted(_values(view, indicator)), indicator.value(view.own)
        if own is None or len(values) < 3:
            return DASH
        return t("unit.rank", place=str(values.index(own) + 1), count=len(values))
    ranked = [u for u in view.group if indicator.good(u).denominator >= MIN_RANK_COUNT]
    if view.own not in ranked or len(ranked) < 2:
        return html.Span(t("unit.few_for_rank", count=MIN_RANK_COUNT), className="ink-3")
    best, worst = rank_ranges([indicator.good(u) for u in ranked])[ranked.index(view.own)]
    return t("unit.rank", place=str(best) if best == worst else f"{best}{DASH}{worst}", count=len(ranked))

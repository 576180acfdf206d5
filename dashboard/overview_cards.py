"""The overview's cards: figures of a frozen Overview -> components. Pure; drawn by callbacks/overview.py."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard import headlines
from dashboard.ask import Question
from dashboard.components import Child, Figure, attributes, figure, frame, link, notice, state_mark
from dashboard.names import Names
from dashboard.overview_read import Overview, Part
from dashboard.text import (
    clock_time,
    day_month,
    language,
    number,
    of_text,
    on,
    percent,
    t,
    weekday,
    working_amount,
    working_time,
)
from kpi.clock import LOCAL
from kpi.effective import NotInForceError
from kpi.periods import Period
from kpi.rates import Rate
from kpi.rules import Regulation, regulation_for
from kpi.worktime import to_unix


@dataclass(frozen=True)
class View:
    """What every card is made from."""

    question: Question
    names: Names
    figures: Overview
    counted_at: datetime | None = None
    """Of the figures of periods, where they are older than those of right now (dashboard.flows)."""

    def href(self, state: str, **more: str | None) -> str:
        """The list of reports behind a figure."""
        return f"/reports?{self.question.filters.with_(state=state, **more).query()}"


# ------------------------------------------------------------------- words


def rate_words(rate: Rate) -> tuple[str, str]:
    """(value, unit) of a rate: ('93,8', '%'), or a fraction where there is too little to speak of a rate."""
    if not rate.denominator:
        return "–", ""
    if not headlines.is_enough(rate):
        return t("say.part_of", part=number(rate.numerator), whole=number(rate.denominator)), ""
    return number(rate.pct, 1), "%"


def period_short(period: Period) -> str:
    """How a sentence names a period: 'tháng 9', 'Quý III/2026'."""
    label = period.label(language.get())
    if period.kind == "month" and language.get() == "vi":
        return f"tháng {period.number}"
    return label[:1].lower() + label[1:] if language.get() == "vi" and period.kind != "quarter" else label


def since(view: View, due_at: datetime | None) -> str:
    """Working time since a limit fell due: '9 ngày làm việc'; '' when there is none."""
    if due_at is None:
        return ""
    return working_time(working_s(view, due_at))


def working_s(view: View, due_at: datetime) -> float:
    """Working seconds since a limit fell due."""
    ends = np.array([to_unix(due_at), to_unix(view.question.at)])
    due_s, now_s = view.question.calendar.elapsed_s(ends)
    return float(now_s - due_s)


def soon_words(view: View) -> str:
    """'đến 17:00 hôm nay', 'đến 14:35 Thứ Hai 23/11'."""
    until, at = view.question.window.soon_until.astimezone(LOCAL), view.question.at.astimezone(LOCAL)
    day = (
        t("overview.today")
        if until.date() == at.date()
        else f"{weekday(until.date())} {day_month(until.date())}"
    )
    return t("overview.soon_until", at=f"{clock_time(until)} {day}")


# ------------------------------------------------------------------ verdict


def holders(view: View) -> list[Part]:
    """Units that hold overdue reports, most first."""
    held = [part for part in view.figures.units if part.overdue]
    return sorted(held, key=lambda part: (-part.overdue, view.names.unit(part.code)))


def verdict(view: View) -> Component:
    """The banner: who holds what is overdue."""
    point, names = headlines.who_holds([(view.names.unit(part.code), part.overdue) for part in holders(view)])
    if not names:
        return html.Div(notice(point), className="span-12 desk-only")
    words = [state_mark("overdue", 18), html.Strong(f"{point}: "), f"{names}."]
    action = link(t("overview.open_list"), view.href("overdue"))
    return html.Div(notice(words, "overdue", action), className="span-12 desk-only")


# ------------------------------------------------------------------- frames


def in_period(view: View) -> Component:
    """The frame of the period's figures."""
    made = [_received(view), _on_time(view), _satisfaction(view), _dispatch(view)]
    return frame(_in_period(view), _tags(view), [figure(item) for item in made], "span-8 phone-4")


def still_counting(view: View) -> Component:
    """The same frame while its figures are counted for the first time; assets/live.js asks for them."""
    tag = html.Span(t("overview.counting"), **attributes(data_counted="first"))
    why = html.P(t("overview.counting_why"), className="card-sub")
    return frame(_in_period(view), [tag], why, "span-8 phone-4")


def _in_period(view: View) -> str:
    period = view.question.filters.period
    return t("overview.in_period", bounds=f"{day_month(period.start_on)}–{on(period.last_on)}")


def _tags(view: View) -> list[Child]:
    period = view.question.filters.period
    key, mark = ("open", "ring-open") if view.question.window.is_open else ("closed", "lock")
    tags: list[Child] = [
        [html.Span(className=f"tag-icon {mark}"), t(f"overview.{key}", on=on(period.end_on))]
    ]
    if view.counted_at is not None:
        words = t("overview.counted_at", at=clock_time(view.counted_at.astimezone(LOCAL)))
        tags.append(html.Span(words, **attributes(data_counted="before")))  # assets/live.js asks again
    text = regulation_of(view)
    if text is not None:
        words = of_text("overview.regulation", text.short_title, due_by_store=text.due_by_store)
        tags.append(link(words, "/methods#regulation"))
    return tags


def regulation_of(view: View) -> Regulation | None:
    """The text in force at the period's end; None where the deployment knows none (another city's file)."""
    try:
        return regulation_for(view.question.scope.province_code, view.question.filters.period.last_on)
    except (NotInForceError, LookupError):
        return None


def _received(view: View) -> Figure:
    flow, period = view.figures.flow, view.question.filters.period
    comparison = t("overview.still_open")
    if not view.question.window.is_open:
        comparison = headlines.change_of_count(
            flow.received, view.figures.previous.received, period_short(period.previous())
        )
    last_year = period.same_last_year()
    detail = t("overview.same_last_year", year=last_year.year, value=number(view.figures.received_last_year))
    label = t("overview.received_unit" if view.question.filters.unit else "overview.received")
    return Figure(label, number(flow.received), "", comparison, detail, view.href("received"), "received")


def _rate_figure(
    view: View, label: str, pair: tuple[Rate, Rate], detail: str, state: str, method: str, **more: str | None
) -> Figure:
    rate, before = pair
    value, unit = rate_words(rate)
    comparison = headlines.change_of_rate(rate, before, period_short(view.question.filters.period.previous()))
    return Figure(label, value, unit, comparison, detail, view.href(state, **more), method)


def _on_time(view: View) -> Figure:
    rate = view.figures.flow.on_time
    detail = t("overview.of_due", part=number(rate.numerator), whole=number(rate.denominator))
    pair = (rate, view.figures.previous.on_time)
    return _rate_figure(view, t("overview.on_time"), pair, detail, "judged", "on_time_rate")


def _satisfaction(view: View) -> Figure:
    flow = view.figures.flow
    if not flow.satisfaction.denominator:
        return Figure(t("overview.satisfaction"), "–", "", t("say.no_rating"), "", "", "satisfaction")
    share = percent(flow.rated.pct / 100, 0) if flow.rated.pct is not None else "–"
    detail = t("overview.ratings", count=number(flow.satisfaction.denominator), share=share)
    pair = (flow.satisfaction, view.figures.previous.satisfaction)
    return _rate_figure(view, t("overview.satisfaction"), pair, detail, "rated", "satisfaction")


def _dispatch(view: View) -> Figure:
    text = regulation_of(view)
    limit = text.stage("dispatch") if text else None
    label = t("overview.dispatch_plain")
    if limit is not None:
        label = t("overview.dispatch", amount=working_amount(limit.amount_s))
    rate = view.figures.flow.dispatch
    if limit is None and not rate.denominator:
        return Figure(label, "–", "", t("say.no_limit"), "", "", "stage_on_time")
    detail = t("overview.of_dispatches", part=number(rate.numerator), whole=number(rate.denominator))
    pair = (rate, view.figures.previous.dispatch)
    return _rate_figure(
        view, label, pair, detail, "stage_judged", "stage_on_time", stage="dispatch", unit=None
    )


def right_now(view: View) -> Component:
    """The frame of the stocks at this instant."""
    stock = view.figures.stock
    title = t("overview.now", at=clock_time(view.question.at))
    comparison = headlines.change_of_count(stock.overdue, view.figures.overdue_yesterday, t("head.yesterday"))
    oldest = since(view, stock.oldest_due_at)
    overdue = Figure(
        t("overview.overdue"),
        number(stock.overdue),
        t("overview.out_of", whole=number(stock.in_hand)),
        comparison,
        t("overview.oldest", amount=oldest) if oldest else "",
        view.href("overdue"),
        "overdue",
        state="overdue" if stock.overdue else None,
    )
    soon = Figure(
        t("overview.due_soon"),
        number(stock.due_soon),
        "",
        soon_words(view),
        t("overview.soon_hours"),
        view.href("due_soon"),
        "due_soon",
        state="due_soon",
    )
    return frame(title, [t("overview.not_by_period")], [figure(overdue), figure(soon)], "span-4 desk-only")

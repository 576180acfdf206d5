"""The overview's cards of a phone: what is burning, who holds it, whom to call. Pure; drawn by callbacks/overview.py."""

from typing import Literal

from dash import html
from dash.development.base_component import Component

from dashboard import headlines
from dashboard.components import State, icon, link, state_mark
from dashboard.overview_cards import View, holders, soon_words, working_s
from dashboard.overview_read import Part
from dashboard.text import clock_time, number, t, working_amount

PHONE_UNITS = 3


def phone_holders(view: View) -> Component | None:
    """The same on a phone: three rows, each the way to its list."""
    top = holders(view)[:PHONE_UNITS]
    if not top:
        return None
    point, _ = headlines.who_holds([(view.names.unit(part.code), part.overdue) for part in holders(view)])
    rows = [
        link(
            [
                state_mark("overdue", 22),
                html.Span(
                    [view.names.unit(part.code), html.Span(_longest(view, part), className="row-caption")],
                    className="row-name",
                ),
                html.Span(number(part.overdue), className="row-figure overdue-text"),
                icon("chevron"),
            ],
            view.href("overdue", unit=part.code or None),
            "row-link",
        )
        for part in top
    ]
    more = link(t("overview.open_list"), view.href("overdue"), "row-more")
    return html.Section(
        [html.H2(point, className="card-title"), *rows, more], className="card phone-only phone-2"
    )


def _longest(view: View, part: Part) -> str:
    if part.oldest_due_at is None:
        return ""
    return t("overview.longest", amount=working_amount(working_s(view, part.oldest_due_at)))


def phone_now(view: View) -> Component:
    """The first card of a phone: what is burning."""
    stock = view.figures.stock
    cells = [
        _phone_figure(
            view,
            "overdue",
            stock.overdue,
            "overview.overdue_short",
            "big overdue-text" if stock.overdue else "big",
        ),
        _phone_figure(view, "due_soon", stock.due_soon, "overview.due_soon_short", ""),
        _phone_figure(view, "in_hand", stock.in_hand, "overview.in_hand", ""),
    ]
    comparison = headlines.change_of_count(stock.overdue, view.figures.overdue_yesterday, t("head.yesterday"))
    caption = f"{t('overview.overdue')}: {comparison[:1].lower()}{comparison[1:]}. {number(stock.due_soon)} {t('overview.due_soon_short')} {soon_words(view)}."
    hot = " is-hot" if stock.overdue else ""
    title = html.H2(t("overview.now", at=clock_time(view.question.at)), className="frame-title")
    body = [title, html.Div(cells, className="phone-figures"), html.P(caption, className="card-sub")]
    return html.Section(body, className=f"card phone-only phone-1{hot}")


def _phone_figure(
    view: View, state: State | Literal["in_hand"], count: int, word: str, class_name: str
) -> Component:
    mark = [] if state == "in_hand" else [state_mark(state, 18)]
    value = html.Span(number(count), className=f"phone-figure {class_name}")
    return link([value, html.Span([*mark, t(word)], className="phone-word")], view.href(state))

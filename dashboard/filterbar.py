"""The filter bar: title of the page and one menu per filter, in which every choice is a link with the whole address.

No control keeps a state of its own: the address does. Drawn by callbacks/filterbar.py; closed and searched in
assets/shell.js.
"""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from dashboard import filter_places
from dashboard.ask import Question
from dashboard.components import attributes, link, notice, segment
from dashboard.filter_menu import Option, menu, option
from dashboard.names import Names
from dashboard.page import Page
from dashboard.text import day_month, language, t, words
from kpi.filters import URGENCIES
from kpi.periods import BadPeriodError, Period, period_of
from kpi.queries.measures import NOW

MONTHS_OFFERED = 13
OTHER_OFFERED = 6
STATES_OFFERED = ("overdue", "due_soon", "in_time", "received", "done_on_time", "done_late", "refused")


def bar(page: Page, question: Question, names: Names) -> Component:
    """Title and menus of a page."""
    draw = {
        "period": _period_menu,
        "place": filter_places.place_menu,
        "ground": filter_places.ground_menu,
        "field": _field_menu,
        "channel": _channel_menu,
        "unit": _unit_menu,
        "state": _state_menu,
        "urgency": _urgency_menu,
    }
    idle = page.flow_filters if question.filters.state in (None, *NOW) else ()
    shown = [name for name in page.filters if name not in idle]
    menus = [menu for name in shown if (menu := draw[name](page, question, names)) is not None]
    title = [html.H1(t(f"page.{page.id}"), className="page-title")] if page.has_title else []
    return html.Div(
        [
            *title,
            html.Div(
                [
                    *menus,
                    html.Button(
                        t("filter.copy"),
                        type="button",
                        className="button filter-copy",
                        **attributes(data_copy_link="1", data_copied=t("filter.copied")),
                    ),
                ],
                className="filters",
            ),
        ],
        className="filter-bar",
    )


def unusable(page: Page, why: str) -> Component:
    """The address holds a filter that cannot be understood: said by name, with the way back."""
    words = t("say.bad_filter", why=why)
    return html.Div(
        [
            html.Div([html.H1(t(f"page.{page.id}"), className="page-title")], className="filter-bar"),
            notice(words, "soon", link(t("say.back_to_default"), "?")),
        ]
    )


# -------------------------------------------------------------------- period


def _period_menu(page: Page, question: Question, _names: Names) -> Component:
    period = question.filters.period
    options = [
        Option(
            [html.Span(offered.label(language.get())), html.Span(_bounds(offered), className="filter-hint")],
            question.filters.with_(period=offered).query(),
            offered == period,
            t(f"filter.kind.{offered.kind}"),
        )
        for offered in offered_periods(question)
    ]
    return menu(
        "period", period.label(language.get()), _bounds(period), options, extra=_basis_switch(page, question)
    )


def _bounds(period: Period) -> str:
    if period.kind == "day":
        return ""
    return f"{day_month(period.start_on)}–{day_month(period.last_on)}"


def offered_periods(question: Question) -> list[Period]:
    """Of each kind the running period and those before it, newest first; the chosen one is always among them."""
    today, chosen = question.today, question.filters.period
    offered: list[Period] = []
    for kind in ("month", "quarter", "half", "nine_months", "year", "week", "day"):
        many = MONTHS_OFFERED if kind == "month" else OTHER_OFFERED
        try:
            period = period_of(kind, today, chosen.basis)
        except BadPeriodError:  # nine_months leaves the last quarter out
            period = Period(kind, today.year, 1, chosen.basis)
        row = [period]
        while len(row) < many:
            row.append(row[-1].previous())
        if chosen.kind == kind and chosen not in row:
            row.append(chosen)
        offered += row
    return offered


def _basis_switch(page: Page, question: Question) -> Component:
    period = question.filters.period
    choices = []
    for basis in ("decree09", "calendar"):
        other = Period(period.kind, period.year, period.number, basis)
        query = question.filters.with_(period=other).query()
        choices.append(segment(t(f"filter.basis.{basis}"), query, basis == period.basis))
    return html.Div(
        [html.Div(t("filter.basis"), className="menu-label"), html.Div(choices, className="segmented")],
        className="basis-switch",
    )


# -------------------------------------------------------- what figures are cut by


def _field_menu(page: Page, question: Question, names: Names) -> Component:
    return _list_menu(
        page, question, "field", [(code, names.field(code)) for code in names.fields], names.field
    )


def _channel_menu(page: Page, question: Question, names: Names) -> Component:
    return _list_menu(
        page, question, "channel", [(code, names.channel(code)) for code in names.channels], names.channel
    )


def _unit_menu(page: Page, question: Question, names: Names) -> Component | None:
    if question.scope.unit_code:
        return None
    shown = [(code, names.unit(code)) for code in names.units]
    return _list_menu(page, question, "unit", shown, names.unit)


def _state_menu(page: Page, question: Question, _names: Names) -> Component:
    shown = [(code, t(f"state.{code}")) for code in STATES_OFFERED]
    return _list_menu(page, question, "state", shown, _state_name)


def _state_name(code: str | None) -> str:
    """A list that has no name shows its code: the page says what is wrong with it."""
    return t(f"state.{code}") if f"state.{code}" in words() else str(code)


def _urgency_menu(page: Page, question: Question, _names: Names) -> Component:
    shown = [(code, t(f"urgency.{code}")) for code in URGENCIES]
    return _list_menu(page, question, "urgency", shown, lambda code: t(f"urgency.{code}"))


def _list_menu(
    page: Page,
    question: Question,
    key: str,
    shown: list[tuple[str, str]],
    name_of: Callable[[str | None], str],
) -> Component:
    chosen = getattr(question.filters, key)
    options = [option(question, t("say.all"), **{key: None})]
    options += [option(question, label, **{key: code}) for code, label in shown]
    return menu(key, name_of(chosen) if chosen else t("say.all"), "", options)

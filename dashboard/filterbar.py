"""The filter bar: title of the page and one menu per filter, in which every choice is a link with the whole address.

No control keeps a state of its own: the address does. Drawn by callbacks/filterbar.py; closed and searched in
assets/shell.js.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import ground
from dashboard.ask import Question
from dashboard.components import Child, attributes, icon, link, notice
from dashboard.names import Names
from dashboard.page import Page
from dashboard.text import day_month, language, on, t, words
from kpi.filters import GROUNDS, OWN, URGENCIES
from kpi.periods import BadPeriodError, Period, period_of

MONTHS_OFFERED = 13
OTHER_OFFERED = 6
CURRENT = attributes(aria_current="true")
STATES_OFFERED = ("overdue", "due_soon", "in_time", "done_on_time", "done_late", "refused")
SEARCH_FROM = 12
"""Lists from this length get a search field."""


@dataclass(frozen=True)
class Option:
    """One choice: its words, its query string, whether it is the one that holds."""

    label: Child
    query: str
    is_chosen: bool
    group: str = ""


def bar(page: Page, question: Question, names: Names) -> Component:
    """Title and menus of a page."""
    draw = {
        "period": _period_menu,
        "place": _place_menu,
        "ground": _ground_menu,
        "field": _field_menu,
        "channel": _channel_menu,
        "unit": _unit_menu,
        "state": _state_menu,
        "urgency": _urgency_menu,
    }
    menus = [menu for name in page.filters if (menu := draw[name](page, question, names)) is not None]
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


def _menu(name: str, value: Child, hint: str, options: Iterable[Option], *, extra: Child = None) -> Component:
    listed = list(options)
    search: list[Child] = []
    if len(listed) >= SEARCH_FROM and name != "period":
        search = [html.Div(_search_field(), className="option-search-box")]
    summary = html.Summary(
        [
            html.Span(t(f"filter.{name}"), className="filter-name"),
            html.Span(value, className="filter-value"),
            html.Span(hint, className="filter-hint") if hint else None,
            icon("caret"),
        ]
    )
    panel = html.Div([extra, *search, html.Div(_grouped(listed), className="options")], className="popover")
    is_set = any(option.is_chosen and option.query for option in listed[1:])
    return html.Details([summary, panel], className=f"filter filter-{name}" + (" is-set" if is_set else ""))


def _search_field() -> Component:
    return dcc.Input(
        type="search", className="option-search", placeholder=t("filter.search"), autoComplete="off"
    )


def _grouped(options: list[Option]) -> list[Child]:
    made: list[Child] = []
    group = ""
    for option in options:
        if option.group != group:
            group = option.group
            made.append(html.Div(group, className="option-group"))
        chosen = CURRENT if option.is_chosen else {}
        made.append(link(option.label, f"?{option.query}", "option", **chosen))
    return made


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
    return _menu(
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
        chosen = CURRENT if basis == period.basis else {}
        choices.append(link(t(f"filter.basis.{basis}"), f"?{query}", "segment", **chosen))
    return html.Div(
        [html.Div(t("filter.basis"), className="menu-label"), html.Div(choices, className="segmented")],
        className="basis-switch",
    )


# -------------------------------------------------------- what figures are cut by


def _place_menu(page: Page, question: Question, names: Names) -> Component:
    filters, own = question.filters, question.scope.district_code
    districts = {own: names.districts[own]} if own in names.districts else names.districts
    options = [] if own else [_option(page, question, t("filter.all_area"), district=None, commune=None)]
    for code in districts:
        options.append(_option(page, question, names.district(code), district=code, commune=None))
    group = names.district(filters.district) if filters.district else ""
    for code, row in names.communes.items():
        if row["parent_code"] == filters.district or not names.districts:
            made = _option(page, question, names.commune(code), district=filters.district, commune=code)
            options.append(Option(made.label, made.query, made.is_chosen, group))
    value = names.commune(filters.commune) if filters.commune else names.district(filters.district)
    is_chosen = filters.district or filters.commune
    return _menu("district", value if is_chosen else t("filter.all_area"), "", options)


def _ground_menu(page: Page, question: Question, _names: Names) -> Component | None:
    """Units of the reports' own time or of today; nothing to choose where no boundaries are held."""
    if not ground.is_offered(question.scope.province_code):
        return None
    chosen = question.filters.ground or OWN
    options = [
        Option(
            [
                html.Span(t(f"filter.ground.{each}")),
                html.Span(t(f"filter.ground.{each}_hint", day=on(question.today)), className="filter-hint"),
            ],
            question.filters.with_(ground=each, commune=None).query(),
            each == chosen,
        )
        for each in GROUNDS
    ]
    return _menu("ground", t(f"filter.ground.{chosen}"), "", options)


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
    options = [_option(page, question, t("say.all"), **{key: None})]
    options += [_option(page, question, label, **{key: code}) for code, label in shown]
    return _menu(key, name_of(chosen) if chosen else t("say.all"), "", options)


def _option(page: Page, question: Question, label: str, **changes: str | None) -> Option:
    is_chosen = all(getattr(question.filters, key) == value for key, value in changes.items())
    return Option(label, question.filters.with_(**changes).query(), is_chosen)

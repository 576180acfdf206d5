"""The periodic report on the screen: list of periods, summary, preview of annex I. Pure; callbacks/extracts.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question, Rows
from dashboard.components import Child, Column, attributes, card, icon, link, table
from dashboard.exports import annexes, sheet, summary
from dashboard.extracts_links import Href, of_summary, of_units
from dashboard.names import Names
from dashboard.text import DASH, day_month, instant, language, number, on, t
from kpi.clock import LOCAL
from kpi.periods import BadPeriodError, Period, period_of
from kpi.report_schedule import ReportDue, reports_due
from kpi.rules import regulation_for
from kpi.wording import gloss

PREVIEW_ROWS = 15
OFFERED = (("month", 6), ("quarter", 3), ("half", 2), ("year", 2))


def page(question: Question, names: Names, rows: Mapping[str, Rows]) -> list[Component]:
    """The three parts of the page."""
    filters, window = question.filters, question.window
    whole = summary.summary(filters, window, rows)
    sees_all = not (question.scope.district_code or question.scope.unit_code)
    annex = annexes.by_unit(filters, rows, names, is_ranked=sees_all)
    return [
        _periods(question),
        html.Div(
            [
                _head(question),
                *_official_form(),
                card(whole.title, sheet_table(whole, of_summary(filters)), whole.subtitle),
                _preview(annex, of_units(filters)),
            ],
            className="span-9 extract-middle",
        ),
    ]


def _official_form() -> list[Component]:
    """Under English: why what follows is Vietnamese."""
    if language.get() == "vi":
        return []
    return [html.P(t("extracts.official"), className="caption screen-only")]


def _periods(question: Question) -> Component:
    chosen = question.filters.period
    offered: list[Period] = []
    for kind, count in OFFERED:
        row = [_current(kind, question, chosen.basis)]
        while len(row) < count:
            row.append(row[-1].previous())
        if chosen.kind == kind and chosen not in row:
            row.append(chosen)
        offered += row
    links = [_period_link(question, period, period == chosen) for period in offered]
    other = "calendar" if chosen.basis == "decree09" else "decree09"
    switched = Period(chosen.kind, chosen.year, chosen.number, other)
    switch = link(
        t("extracts.to_calendar" if other == "calendar" else "extracts.to_decree"),
        f"?{question.filters.with_(period=switched).query()}",
    )
    basis = t("extracts.by_decree" if chosen.basis == "decree09" else "extracts.by_calendar")
    return card(
        t("extracts.periods"),
        [html.Nav(links, className="period-list"), html.P([basis, " ", switch], className="caption")],
        class_name="span-3 screen-only",
    )


def _current(kind: str, question: Question, basis: str) -> Period:
    try:
        return period_of(kind, question.at.astimezone(LOCAL).date(), basis)
    except BadPeriodError:
        return Period(kind, question.at.astimezone(LOCAL).year, 1, basis)


def _period_link(question: Question, period: Period, is_chosen: bool) -> Component:
    is_open = period.end_at > question.at
    sign: Component = html.Span(className="open-ring") if is_open else icon("lock")
    state: list[Child] = [sign, t("extracts.open" if is_open else "extracts.closed")]
    bounds = f"{day_month(period.start_on)}{DASH}{day_month(period.last_on)}"
    closes = t("extracts.closes", on=on(period.end_on)) if is_open else on(period.end_on)
    body = [
        html.Div(
            [html.Strong(period.label(language.get())), html.Span(state, className="period-state")],
            className="period-line",
        ),
        html.Div([html.Span(bounds), html.Span(closes)], className="period-line caption"),
    ]
    current = attributes(aria_current="true") if is_chosen else {}
    return link(body, f"?{question.filters.with_(period=period).query()}", "period-option", **current)


def _head(question: Question) -> Component:
    period = question.filters.period
    run = number(question.run_id)
    said = t("extracts.counted", at=instant(question.at), run=run)
    if question.window.is_open:
        said = t("extracts.still_open", at=instant(question.at))
    download = html.A(
        [icon("download"), t("extracts.download")],
        href=f"/download/extract.xlsx?{question.filters.query()}",
        className="button button-primary",
        download="",
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H2(period.label(language.get()), className="verdict-title"),
                    html.P(
                        t("extracts.bounds", start=on(period.start_on), end=on(period.last_on)),
                        className="ink-3",
                    ),
                    html.Dl(
                        [
                            part
                            for due in _dues(question)
                            for part in (html.Dt(t("extracts.due")), html.Dd(due))
                        ],
                        className="facts-plain",
                    ),
                    html.P(said, className="caption"),
                ]
            ),
            html.Div(
                [download, html.P(t("extracts.sheets"), className="caption")], className="extract-actions"
            ),
        ],
        className="card extract-head",
    )


def _dues(question: Question) -> list[str]:
    """When the report of the period is due to whom, by the text in force; 'không quy định' where it does not say."""
    period = question.filters.period
    text = regulation_for(question.scope.province_code, period.last_on)
    return [_due_words(due) for due in reports_due(period, text, question.calendar)]


def _due_words(due: ReportDue) -> str:
    to, article = ", ".join(due.to), gloss(due.article, language.get())
    if due.before_on:
        return t("extracts.due_before", to=to, on=on(due.before_on), article=article)
    if due.by_at:
        return t("extracts.due_by", to=to, on=instant(due.by_at), article=article)
    return t("extracts.due_not_set", to=to, article=article)


def _preview(annex: sheet.Table, href: Href) -> Component:
    shown = replace(annex, rows=annex.rows[:PREVIEW_ROWS])
    sub = t("extracts.rows", count=number(len(shown.rows)), whole=number(len(annex.rows)))
    notes = [html.P(note, className="caption") for note in annex.notes]
    body = html.Div(
        [html.P(annex.title, className="paper-title"), sheet_table(shown, href), *notes], className="paper"
    )
    return card(t("extracts.preview"), body, sub)


def sheet_table(given: sheet.Table, href: Href) -> Component:
    """A sheet of the file as a table on the screen: same columns, same rows, the total on top; numbers open their lists."""
    columns = [Column(column.key, column.header, numeric=column.kind != "text") for column in given.columns]
    rows = [_cells(given, given.total, href, "is-total")] if given.total else []
    rows += [_cells(given, row, href, "") for row in given.rows]
    return table(columns, rows, caption=given.title, class_name="sheet-table")


def _cells(given: sheet.Table, row: Mapping[str, Any], href: Href, dress: str) -> dict[str, Child]:
    cells: dict[str, Child] = {"_class": dress}
    for column in given.columns:
        value = row.get(column.key)
        said = _cell(column, value, row.get(given.row_kind, ""))
        opens = href(row, column.key) if value and not isinstance(value, str) else None
        cells[column.key] = link(said, opens) if opens else said
    return cells


def _cell(column: sheet.Column, value: Any, row_kind: str) -> Child:
    kind = row_kind if column.kind == "row" else column.kind
    if value is None:
        return ""
    if kind == "text" or isinstance(value, str):
        said = str(value)
        return html.Span(said.strip(), className="indent") if said.startswith("  ") else said
    return number(value, {"percent": 1, "points": 2, "hours": 1}.get(kind, 0))

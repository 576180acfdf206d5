"""The page of one report: verdict, lanes, the steps of the calculation, who held it how long. Pure; callbacks/report.py.

The citizen's words come from report_detail, which the database shows only to roles that handle the report; they go
out as text, never as HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import report_tables
from dashboard.ask import Question, Rows
from dashboard.components import Child, State, attributes, card, link, state_mark
from dashboard.names import Names
from dashboard.report_lanes import lanes
from dashboard.report_list import place_words
from dashboard.text import DASH, instant, t
from kpi.explanation import Explanation

MARKS: dict[str, State] = {
    "in_time": "in_time",
    "due_soon": "due_soon",
    "overdue": "overdue",
    "done_on_time": "done_on_time",
    "done_late": "done_late",
    "done_without_limit": "done_on_time",
    "no_limit": "in_time",
    "paused": "in_time",
}
"""Mark of each state of an explanation; any other is 'other'."""


@dataclass(frozen=True)
class View:
    """What the page is made from: head and parts are rows of kpi.queries.one_report."""

    question: Question
    names: Names
    head: Mapping[str, Any]
    parts: Mapping[str, Rows]
    told: Explanation


def secret(head: Mapping[str, Any]) -> list[Component]:
    """A secret report: the padlock and one sentence, nothing more."""
    return [
        html.Div(
            [_crumbs(None, head["report_code"]), html.H1(t("state.secret"), className="page-title")],
            className="span-12",
        ),
        html.Section(
            [state_mark("secret", 28), html.P(t("report.secret"))], className="card span-12 refusal"
        ),
    ]


def page(view: View) -> list[Component]:
    """All cards, from the verdict to the milestones."""
    return [
        _head(view),
        _verdict(view),
        card([t("report.lanes"), *_legend(view)], lanes(view.told), class_name="span-12 lanes-card"),
        report_tables.steps(view.told),
        report_tables.shares(view.told),
        report_tables.stages(view.told),
        _words(view),
        _milestones(view),
        html.Footer(_footer(view), className="print-only span-12 caption"),
    ]


def _legend(view: View) -> list[Component]:
    """What is shaded in the lanes; nothing is where time runs round the clock."""
    if view.told.is_round_the_clock:
        return []
    kinds = (("on", t("report.legend_on")), ("off", t("report.legend_off")))
    swatches = [html.Span([html.Span(className=f"swatch swatch-{kind}"), words]) for kind, words in kinds]
    return [html.Span(swatches, className="lanes-legend")]


def _crumbs(view: View | None, code: str) -> Component:
    parts: list[Child] = [link(t("page.reports"), "/reports")]
    if view is not None and view.told.charged_unit_code:
        unit = view.told.charged_unit_code
        parts += [" / ", link(view.names.unit(unit), f"/unit?unit={unit}")]
    return html.Div([*parts, " / ", code], className="crumbs")


def _head(view: View) -> Component:
    field = view.names.field(view.head["field_code"])
    title = view.head["title"] or f"{field}, {place_words(view.head, view.names)}"
    copy = html.Button(
        t("filter.copy"),
        type="button",
        className="button",
        **attributes(data_copy_link="1", data_copied=t("filter.copied")),
    )
    print_ = html.Button(t("report.print"), type="button", className="button", **attributes(data_print="1"))
    return html.Div(
        [
            html.Div([_crumbs(view, view.head["report_code"]), html.H1(title, className="page-title")]),
            html.Div([copy, print_], className="report-actions"),
        ],
        className="report-head span-12",
    )


def _verdict(view: View) -> Component:
    told, head = view.told, view.head
    state = MARKS.get(told.state, "other")
    urgency = t(f"urgency.{head['urgency']}")
    urgent = [html.Strong(f"{urgency}. ")] if head["urgency"] != "normal" else []
    words = [
        html.H2(told.headline, className="verdict-title"),
        html.P(
            [*urgent, told.sentence.removesuffix("."), " (", link(told.article, "/methods"), ")."]
            if told.article
            else told.sentence
        ),
    ]
    facts: list[tuple[str, str]] = [
        (t("report.charged"), told.charged_unit or DASH),
        (t("report.field"), view.names.field(head["field_code"])),
        (t("report.place"), place_words(head, view.names)),
        (t("report.channel"), view.names.channel(head["channel_code"])),
    ]
    listed = html.Dl(
        [part for name, value in facts for part in (html.Dt(name), html.Dd(value))], className="facts"
    )
    return html.Section(
        [state_mark(state, 28), html.Div(words, className="verdict-words"), listed],
        className=f"card span-12 verdict verdict-{state.replace('_', '-')}",
    )


def _words(view: View) -> Component:
    head = view.head
    body: Child = html.P(t("report.no_words"), className="ink-3")
    if head["has_detail"]:
        body = html.P(head["body"] or DASH, className="citizen-words")
    return card(
        t("report.words"),
        body,
        t("report.words_sub") if head["has_detail"] else None,
        class_name="span-7 screen-only",
    )


def _milestones(view: View) -> Component:
    rows = [
        html.Li([html.Time(instant(point.at), dateTime=point.at.isoformat()), html.Span(_event(view, point))])
        for point in view.told.points
    ]
    repeats = view.parts["repeats"]
    later: list[Child] = []
    if repeats:
        codes = [link(row["report_code"], f"/report?code={row['report_code']}") for row in repeats]
        later = [html.P([t("report.repeated"), " ", *[part for code in codes for part in (code, " ")]])]
    return card(
        t("report.milestones"),
        [html.Ol(rows, className="milestones"), *later],
        class_name="span-5 screen-only",
    )


def _event(view: View, point: Any) -> str:
    name = t(f"event.{point.kind}")
    unit = view.names.unit(point.unit_code) if point.unit_code else ""
    detail = point.label if point.kind == "rated" else ""
    return ", ".join(part for part in (detail or name, unit) if part)


def _footer(view: View) -> str:
    return t(
        "report.footer",
        code=view.head["report_code"],
        rules=view.told.rules_version,
        data=instant(view.head["last_recorded_at"]),
        at=instant(view.question.at),
    )

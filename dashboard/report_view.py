"""The page of one report: verdict, lanes, the steps of the calculation, who held it how long. Pure; callbacks/report.py.

The citizen's words come from report_detail, which the database shows only to roles that handle the report; they go
out as text, never as HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question, Rows
from dashboard.components import Child, Column, State, attributes, bar, card, link, state_mark, table
from dashboard.names import Names
from dashboard.report_lanes import lanes
from dashboard.report_list import place_words
from dashboard.text import DASH, HOUR_S, clock_time, instant, number, t
from kpi.explanation import Explanation, StageExplained

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
    legend = html.Span(
        [
            html.Span([html.Span(className="swatch swatch-on"), t("report.legend_on")]),
            html.Span([html.Span(className="swatch swatch-off"), t("report.legend_off")]),
        ],
        className="lanes-legend",
    )
    return [
        _head(view),
        _verdict(view),
        card([t("report.lanes"), legend], lanes(view.told), class_name="span-12 lanes-card"),
        _steps(view.told),
        _shares(view.told),
        _stages(view.told),
        _words(view),
        _milestones(view),
        html.Footer(_footer(view), className="print-only span-12 caption"),
    ]


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
            [*urgent, told.sentence, " (", link(told.article, "/methods"), ")."]
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


def _steps(told: Explanation) -> Component:
    columns = [
        Column("place", ""),
        Column("step", t("report.col.step")),
        Column("when", t("report.col.when")),
        Column("why", t("report.col.why")),
        Column("article", t("report.col.article")),
    ]
    rows = [
        {
            "place": html.Span(str(place), className="ink-3"),
            "step": line.step,
            "when": html.Span(line.when, className="strong"),
            "why": html.Span(line.why, className="ink-2"),
            "article": html.Span(line.article, className="ink-2"),
        }
        for place, line in enumerate(told.steps, 1)
    ]
    body: Child = table(columns, rows, caption=t("report.steps")) if rows else html.P(t("report.no_steps"))
    caveats = [html.P(caveat, className="caption") for caveat in told.caveats]
    return card(t("report.steps"), [body, *caveats], class_name="span-7 steps")


def hours(seconds: int) -> str:
    """Working seconds as '45:45'."""
    return f"{number(seconds // HOUR_S)}:{seconds % HOUR_S // 60:02}"


def _shares(told: Explanation) -> Component:
    longest_s = max((share.worked_s for share in told.shares), default=0) or 1
    columns = [
        Column("holder", t("report.col.holder")),
        Column("bar", "", class_name="bar-cell"),
        Column("hours", t("report.col.hours"), numeric=True),
        Column("late", t("report.col.late"), numeric=True),
        Column("share", t("report.col.share"), numeric=True),
    ]
    rows: list[dict[str, Child]] = [
        {
            "holder": share.label,
            "bar": html.Span(
                bar(share.worked_s / longest_s, quiet=False), className=f"share-{share.holder_kind}"
            ),
            "hours": html.Span(hours(share.worked_s), className="strong"),
            "late": html.Span(hours(share.late_s), className="overdue-text") if share.late_s else "",
            "share": f"{number(share.share_pct)} %",
        }
        for share in told.shares
    ]
    title = t("report.shares", amount=hours(told.total_worked_s))
    notes = [*told.notes, *[f"{rejected.field}: {rejected.reason}" for rejected in told.rejected]]
    return card(
        title,
        [table(columns, rows, caption=title), *[html.P(note, className="caption note") for note in notes]],
        class_name="span-5 shares",
    )


def _stages(told: Explanation) -> Component:
    columns = [
        Column("stage", t("unit.col.stage")),
        Column("unit", t("report.col.unit"), class_name="phone-gone"),
        Column("start", t("report.col.start"), numeric=True, class_name="phone-gone"),
        Column("limit", t("unit.col.limit")),
        Column("due", t("report.col.due"), numeric=True, class_name="phone-gone"),
        Column("done", t("report.col.done"), numeric=True, class_name="phone-gone"),
        Column("verdict", t("report.col.verdict")),
        Column("count", t("report.col.count"), class_name="phone-gone"),
    ]
    rows = [_stage_row(stage) for stage in told.stages]
    return card(
        t("report.stages"),
        table(columns, rows, caption=t("report.stages")),
        t("unit.stages_sub", name=told.text_short),
        class_name="span-12 screen-only",
    )


def _stage_row(stage: StageExplained) -> dict[str, Child]:
    tone = {"late": "late-text", "overdue": "overdue-text", "none": "ink-3"}.get(stage.state, "")
    borrowed = f" {t('unit.borrowed', name=stage.borrowed_from)}" if stage.borrowed_from else ""
    lines = [*stage.steps, *stage.pauses, *stage.caveats]
    return {
        "stage": t(f"stage.{stage.stage}"),
        "unit": stage.unit,
        "start": instant(stage.start_at),
        "limit": [stage.limit, " ", html.Span(f"{stage.article}{borrowed}", className="caption")],
        "due": instant(stage.due_at),
        "done": instant(stage.done_at),
        "verdict": html.Span(stage.verdict, className=tone),
        "count": html.Details([html.Summary(t("report.how")), html.Ul([html.Li(line) for line in lines])])
        if lines
        else "",
    }


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
        at=clock_time(view.question.at) + f" {view.question.at:%d/%m/%Y}",
    )

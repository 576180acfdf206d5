"""Tables of one report: the steps of the calculation, hours per holder, stages. Pure; part of pages/report.py."""

from dash import html
from dash.development.base_component import Component

from dashboard.components import Child, Column, bar, card, table
from dashboard.text import HOUR_S, instant, number, of_text, t
from kpi.explanation import Explanation, StageExplained


def steps(told: Explanation) -> Component:
    """How the limit is counted, step by step, each with its article."""
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


def shares(told: Explanation) -> Component:
    """How many working hours each holder had it, and how many of them past the limit."""
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


def stages(told: Explanation) -> Component:
    """Each stage against its own limit, with its count day by day."""
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
        of_text("unit.stages_sub", told.text_short, due_by_store=told.is_due_by_store),
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

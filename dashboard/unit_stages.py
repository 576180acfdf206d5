"""The stages that a unit is charged with, each against its own limit. Pure; part of pages/unit.py."""

from dash import html
from dash.development.base_component import Component

from dashboard.components import Child, Column, bar, card, link, table
from dashboard.headlines import is_enough
from dashboard.text import DASH, language, number, of_text, percent, t
from dashboard.unit_view import View
from dashboard.units_view import rate_cell
from kpi.rates import Rate
from kpi.rules import Regulation, StageLimit, regulation_for
from kpi.stages import STAGES
from kpi.wording import gloss, limit_text

UNIT_HOLDERS = ("lead_unit", "coordinating_unit")
ALWAYS_SHOWN = ("accept", "return_wrong", "handle", "approve", "clarify")
"""Stages of every unit; the others stand only where the unit went through them."""


def card_of(view: View) -> Component:
    """Each stage that the unit is charged with: its limit, article, and how often it was kept."""
    text = regulation_for(view.question.scope.province_code, view.question.filters.period.last_on)
    counted = {row["stage"]: row for row in view.rows["stages"]}
    limits = text.stages()
    shown = [
        stage
        for stage in STAGES
        if stage in counted or (stage in ALWAYS_SHOWN and limits_of_unit(limits.get(stage)))
    ]
    rates = {s: Rate(counted[s]["stage_on_time"], counted[s]["stage_judged"]) for s in shown if s in counted}
    enough = {stage: rate for stage, rate in rates.items() if is_enough(rate)}
    worst = min(enough, key=lambda stage: enough[stage].pct or 0.0, default=None)
    if worst is not None and (enough[worst].pct or 0.0) >= 100:
        worst = None
    columns = [
        Column("stage", t("unit.col.stage")),
        Column("limit", t("unit.col.limit")),
        Column("bar", "", class_name="bar-cell phone-gone"),
        Column("rate", t("overview.col.on_time"), numeric=True),
        Column("count", t("unit.col.of_number"), numeric=True),
    ]
    rows = [_stage_row(view, stage, text, rates.get(stage, Rate(0, 0)), stage == worst) for stage in shown]
    title = t("unit.stages_worst", stage=t(f"stage.{worst}")) if worst else t("unit.stages_plain")
    sub = of_text("unit.stages_sub", text.short_title, due_by_store=text.due_by_store)
    return card(title, table(columns, rows, caption=title), sub, class_name="span-7")


def limits_of_unit(limit: StageLimit | None) -> bool:
    """Whether the stage is the unit's to keep; one without a limit is shown as 'không quy định'."""
    return limit is None or limit.holder in UNIT_HOLDERS


def _stage_row(view: View, stage: str, text: Regulation, rate: Rate, is_worst: bool) -> dict[str, Child]:
    name, limit = t(f"stage.{stage}"), text.stage(stage)
    if limit is None and not rate.denominator:
        return {"stage": name, "limit": html.Span(t("say.no_limit"), className="ink-3")}
    share = (rate.pct or 0.0) / 100
    return {
        "stage": [name, *_article(limit)],
        "limit": _limit_words(text, limit),
        "bar": bar(share, quiet=not is_worst, title=percent(share)) if is_enough(rate) else "",
        "rate": html.Span(rate_cell(rate), className="strong")
        if rate.denominator
        else html.Span(DASH, className="ink-3"),
        "count": _stage_count(view, stage, rate),
    }


def _limit_words(text: Regulation, limit: StageLimit | None) -> str:
    """The limit; 'không quy định' also of a stage that an earlier text of the period limited."""
    if limit is not None:
        return limit_text(limit, language.get())
    return t("unit.limit_of_store" if text.due_by_store else "say.no_limit")


def _article(limit: StageLimit | None) -> list[Child]:
    if limit is None:
        return []
    borrowed = [f" {t('unit.borrowed', name=limit.borrowed_from)}"] if limit.borrowed_from else []
    return [" ", html.Span([gloss(limit.article, language.get()), *borrowed], className="caption")]


def _stage_count(view: View, stage: str, rate: Rate) -> Child:
    if not rate.denominator:
        return ""
    words = t("say.part_of", part=number(rate.numerator), whole=number(rate.denominator))
    return link(words, view.href("stage_judged", stage), "cell-link")

"""The cards of the page Cách tính: definitions of figures and limits of the texts -> components. Pure, no query."""

from collections.abc import Iterable, Mapping
from datetime import date

from dash import html
from dash.development.base_component import Component

from dashboard.components import Child, Column, card, table
from dashboard.text import language, of_text, on, t
from kpi.definitions import KpiDefinition, Words
from kpi.rules import Regulation, StageLimit
from kpi.stages import STAGES
from kpi.wording import gloss, limit_text


def words_of(words: Words | str | None) -> str:
    """Words in the language of the request; an id of another definition as it stands."""
    if words is None or isinstance(words, str):
        return words or ""
    return words.vi if language.get() == "vi" else words.en


def regulation(text: Regulation, since: date | None) -> Component:
    """The text in force: its limits, in the order of a report's life; what it does not set is said so."""
    columns = [
        Column("stage", t("methods.col.stage")),
        Column("limit", t("methods.col.limit")),
        Column("starts", t("methods.col.starts")),
        Column("stops", t("methods.col.stops")),
        Column("article", t("methods.col.article")),
    ]
    rows = [_limit_row(stage, text.stage(stage)) for stage in STAGES]
    sub = [gloss(text.title, language.get()) if text.due_by_store else text.title]
    if since is not None:
        sub.append(t("methods.since", on=on(since)))
    if text.status == "draft":
        sub.append(t("methods.draft"))
    return card(
        of_text("methods.regulation", text.short_title, due_by_store=text.due_by_store),
        table(columns, rows),
        " · ".join(sub),
        class_name="span-12",
        id="regulation",
    )


def _limit_row(stage: str, limit: StageLimit | None) -> dict[str, Child]:
    name = t(f"stage.{stage}")
    if limit is None:
        return {"stage": name, "limit": html.Span(t("say.no_limit"), className="ink-3")}
    amount: Child = limit_text(limit, language.get())
    if limit.borrowed_from:
        amount = html.Span(
            [amount, html.Span(f" {t('methods.borrowed', name=limit.borrowed_from)}", className="tag")]
        )
    return {
        "stage": name,
        "limit": amount,
        "starts": t(f"event.{limit.starts_from}"),
        "stops": t(f"event.{limit.stops_on}"),
        "article": gloss(limit.article, language.get()),
    }


def choices(text: Regulation) -> Component | None:
    """Where the text leaves a choice: what this deployment chose, and why."""
    if not text.choices:
        return None
    columns = [
        Column("choice", t("methods.col.choice")),
        Column("chosen", t("methods.col.chosen")),
        Column("why", t("methods.col.why")),
        Column("article", t("methods.col.article")),
    ]
    rows: list[dict[str, Child]] = [
        {
            "choice": name,
            "chosen": text.chosen.get(name, record.default),
            "why": gloss(record.why, language.get()),
            "article": gloss(record.article, language.get()),
        }
        for name, record in text.choices.items()
    ]
    return card(t("methods.choices"), table(columns, rows), t("methods.choices_sub"), class_name="span-12")


def definitions(found: Mapping[str, KpiDefinition]) -> list[Component]:
    """One card per figure: what is counted, out of what, what is left out, the article."""
    return [_definition(item, found) for item in found.values()]


def _definition(item: KpiDefinition, found: Mapping[str, KpiDefinition]) -> Component:
    lines: list[tuple[str, Child]] = [(t("methods.counts"), words_of(item.counts))]
    if item.kind == "ratio":
        lines.append((t("methods.numerator"), _part(item.numerator, found)))
        lines.append((t("methods.denominator"), _part(item.denominator, found)))
    if item.exclusions:
        lines.append(
            (t("methods.exclusions"), html.Ul([html.Li(words_of(words)) for words in item.exclusions]))
        )
    lines.append((t("methods.col.article"), gloss(item.article, language.get())))
    kind = f"{t(f'methods.kind.{item.kind}')} · {t(f'methods.better.{item.better}')}"
    return card(words_of(item.label), _list(lines), kind, class_name="span-6 definition", id=item.id)


def _part(words: Words | str | None, found: Mapping[str, KpiDefinition]) -> str:
    if isinstance(words, str) and words in found:
        return words_of(found[words].label)
    return words_of(words)


def _list(lines: Iterable[tuple[str, Child]]) -> Component:
    made: list[Child] = []
    for name, value in lines:
        made += [html.Dt(name), html.Dd(value)]
    return html.Dl(made, className="definition-list")

"""The matrix of the yearly ranking: rate with its interval, rank as a range, the conditions of the law. Pure."""

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import access
from dashboard.ask import Question
from dashboard.components import Child, Column, attributes, card, dot, empty, link, state_mark, table
from dashboard.names import Names
from dashboard.overview_tables import axis_low
from dashboard.text import DASH, language, number, percent, t
from dashboard.units_view import unit_href
from kpi.clock import LOCAL
from kpi.periods import Period
from kpi.ranking import Breach, RankedUnit, Ranking
from kpi.rules import load_regulations
from kpi.rules_schema import ConditionRecord
from kpi.wording import gloss

YEARS_OFFERED = 3


def page(question: Question, names: Names, ranking: Ranking) -> list[Component]:
    """Heading with year and group, the matrix, the units with too few cases."""
    rows = ranking.ranked
    made = [_head(question, ranking)]
    if rows:
        made.append(
            card(
                _title(ranking),
                _matrix(question, names, ranking),
                _sub(ranking),
                class_name="span-12 ranking-card",
            )
        )
    else:
        made.append(card(t("ranking.none"), empty(t("ranking.none_sub")), class_name="span-12"))
    if ranking.unranked:
        made.append(_apart(question, names, ranking))
    return made


def _head(question: Question, ranking: Ranking) -> Component:
    year = question.filters.period
    latest = question.at.year + (
        1
        if question.at.astimezone(LOCAL).date() >= Period("year", question.at.year, 1, year.basis).end_on
        else 0
    )
    years = [Period("year", number_, 1, year.basis) for number_ in range(latest, latest - YEARS_OFFERED, -1)]
    year_links = [
        _choice(period.label(language.get()), question, period, ranking.group.id, period == year)
        for period in years
    ]
    group_links = [
        _choice(getattr(group.label, language.get()), question, year, group.id, group.id == ranking.group.id)
        for group in ranking.scheme.groups
    ]
    tools: list[Child] = [
        html.Nav(year_links, className="segmented", **attributes(aria_label=t("filter.period"))),
        html.Nav(group_links, className="segmented", **attributes(aria_label=t("units.levels"))),
    ]
    if access.current().may_open(access.PROVINCE_WIDE):
        href = f"/download/ranking.xlsx?{question.filters.query()}"
        tools.append(html.A(t("ranking.download"), href=href, className="button button-primary", download=""))
    title = html.Div(
        [
            html.Div(t("nav.group.reports"), className="crumbs"),
            html.H1(t("page.ranking"), className="page-title"),
        ]
    )
    return html.Div([title, html.Div(tools, className="report-actions")], className="report-head span-12")


def _choice(label: str, question: Question, year: Period, group: str, is_chosen: bool) -> Component:
    query = f"{question.filters.with_(period=year).query()}&{urlencode({'group': group})}"
    return link(label, f"?{query}", **(attributes(aria_current="true") if is_chosen else {}))


def _title(ranking: Ranking) -> str:
    """'9 đơn vị đầu chưa tách được nhau; 3 đơn vị thấp hơn hẳn mức chung; 2 đơn vị vướng điều kiện xét'."""
    whole_pct = ranking.whole.pct or 0.0
    first = sum(row.best == 1 for row in ranking.ranked)
    below = sum((row.counts.on_time.wilson_pct() or (0, 100))[1] < whole_pct for row in ranking.ranked)
    breached = sum(bool(row.breached) for row in (*ranking.ranked, *ranking.unranked))
    parts = []
    if first > 1:
        parts.append(t("ranking.title_first", count=first))
    if below:
        parts.append(t("ranking.title_below", count=below))
    if breached:
        parts.append(t("ranking.title_breached", count=breached))
    said = "; ".join(parts)
    return said[:1].upper() + said[1:] if said else t("ranking.title_plain", count=len(ranking.ranked))


def _sub(ranking: Ranking) -> str:
    share = percent(ranking.whole.pct / 100) if ranking.whole.pct is not None else DASH
    return t("ranking.sub", rate=share, sample=number(ranking.scheme.minimum_sample))


def _matrix(question: Question, names: Names, ranking: Ranking) -> Component:
    low = axis_low([row.counts.on_time for row in ranking.ranked])
    ends = html.Span([html.Span(number(low)), html.Span("100")], className="axis-ends")
    records = ranking.conditions.records
    columns = [
        Column("rank", t("ranking.col.rank"), class_name="rank-cell"),
        Column("unit", t("overview.col.unit")),
        Column(
            "steps", t("ranking.col.steps", year=question.filters.period.year - 1), class_name="phone-gone"
        ),
        Column("rate", t("overview.col.on_time"), numeric=True),
        Column("dot", ends, class_name="phone-gone"),
        Column("count", t("unit.col.of_number"), numeric=True, class_name="phone-gone"),
        *[
            Column(record.id, _condition_head(place, record), class_name="condition phone-gone")
            for place, record in enumerate(records, 1)
        ],
        Column("verdict", t("ranking.col.verdict")),
    ]
    rows = [_threshold_row(ranking)] if records else []
    whole_pct = ranking.whole.pct
    rows += [_row(question, names, row, low, whole_pct) for row in ranking.ranked]
    return table(columns, rows, caption=_title(ranking), class_name="ranking-table")


def _condition_head(place: int, record: ConditionRecord) -> Component:
    return html.Span(
        [html.Span(str(place), className="number-badge"), html.Span(t(f"condition.{record.id}"))],
        className="condition-head",
        title=gloss(record.label, language.get()),
    )


def _threshold_row(ranking: Ranking) -> dict[str, Child]:
    conditions = ranking.conditions
    text = load_regulations()[conditions.borrowed_from or conditions.regulation_id]
    borrowed = (
        f" {t('unit.borrowed', name=text.short_title)}"
        if conditions.borrowed_from
        else f", {text.short_title}"
    )
    words = t("ranking.threshold", article=gloss(conditions.records[0].article, language.get())) + borrowed
    return {
        "rank": "",
        "unit": html.Span(words, className="threshold-words"),
        **{record.id: _threshold(record) for record in conditions.records},
        "_class": "threshold-row",
    }


def _threshold(record: ConditionRecord) -> str:
    amount = number(record.threshold)
    if record.unit == "percent":
        amount += "\u00a0%"
    return t(f"ranking.{record.breached_when}", amount=amount)


def _row(
    question: Question, names: Names, row: RankedUnit, low: int, whole_pct: float | None
) -> dict[str, Child]:
    def place(pct: float | None) -> float | None:
        return None if pct is None else (max(pct, low) - low) / (100 - low)

    rate = row.counts.on_time
    ends = rate.wilson_pct() or (low, 100)
    return {
        "rank": html.Span(_rank_words(question, row), className="ink-3"),
        "unit": link(_name(names, row), unit_href(question, row.counts.unit_code), "cell-link strong"),
        "steps": _steps(row.steps_up),
        "rate": html.Span(number(rate.pct, 1), className="strong"),
        "dot": dot(place(rate.pct), place(whole_pct), strong=True, low=place(ends[0]), high=place(ends[1])),
        "count": link(number(rate.denominator), _judged(question, row), "cell-link ink-3"),
        **{breach.condition.id: _figure(breach) for breach in row.breaches},
        "verdict": _verdict(row),
    }


def _name(names: Names, row: RankedUnit) -> str:
    """The short name; a unit that is no more keeps its own."""
    return names.unit(row.counts.unit_code) if row.counts.unit_code in names.units else row.counts.name


def _judged(question: Question, row: RankedUnit) -> str:
    return f"/reports?{question.filters.with_(unit=row.counts.unit_code, state='judged').query()}"


def _rank_words(question: Question, row: RankedUnit) -> str:
    """The range of ranks; a dash for who sees one unit only, since a rank among one says nothing."""
    if question.scope.unit_code or row.best is None:
        return DASH
    return str(row.best) if row.best == row.worst else f"{row.best}{DASH}{row.worst}"


def _steps(steps_up: int | None) -> Child:
    if steps_up is None:
        return html.Span(DASH, className="ink-3")
    if steps_up == 0:
        return html.Span(t("ranking.same"), className="ink-3")
    return t("ranking.up" if steps_up > 0 else "ranking.down", count=abs(steps_up))


def _figure(breach: Breach) -> Child:
    value = breach.value
    if value is None:
        return html.Span(DASH, className="ink-3", title=t("ranking.no_case"))
    words = number(value) if breach.condition.unit == "count" else f"{number(value)}\u00a0%"
    figure = breach.figure
    said = (
        number(figure.numerator)
        if not figure.denominator
        else t("say.part_of", part=number(figure.numerator), whole=number(figure.denominator))
    )
    if breach.holds:
        return html.Span([state_mark("overdue", 14), words], className="breach", title=said)
    return html.Span(words, title=said)


def _verdict(row: RankedUnit) -> Child:
    if not row.breaches:
        return html.Span(t("say.no_limit"), className="ink-3")
    if not row.breached:
        return t("ranking.considered")
    numbers = ", ".join(str(place) for place in row.breached)
    return [html.Strong(t("ranking.not_considered")), html.Span(f" ({numbers})", className="ink-3")]


def _apart(question: Question, names: Names, ranking: Ranking) -> Component:
    having = [row for row in ranking.unranked if row.counts.on_time.denominator]
    without = len(ranking.unranked) - len(having)
    breached = [row for row in ranking.unranked if row.breached]
    items: list[Child] = [
        html.Li(
            [
                link(_name(names, row), unit_href(question, row.counts.unit_code), "cell-link"),
                html.Span(f" {t('ranking.on_time_of', rate=_fraction(row))}", className="ink-3"),
                html.Span(_verdict(row), className="apart-verdict") if row.breached else None,
            ]
        )
        for row in having
    ]
    return card(
        t("ranking.apart", sample=number(ranking.scheme.minimum_sample)),
        [
            html.Ul(items, className="apart"),
            html.P(t("ranking.without", count=number(without)), className="caption") if without else None,
        ],
        t("ranking.apart_sub", count=number(len(breached))),
        class_name="span-12",
    )


def _fraction(row: RankedUnit) -> str:
    """'20 trên 21': always as a fraction, since the unit is apart for having too few."""
    rate = row.counts.on_time
    return t("say.part_of", part=number(rate.numerator), whole=number(rate.denominator))

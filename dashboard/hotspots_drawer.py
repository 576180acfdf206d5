"""The drawer of a hot spot: verdict, figures, the rule in words, weeks, before and after its closing. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import HIDDEN, attributes, link
from dashboard.hotspots_read import Found, Life, behind
from dashboard.hotspots_view import address, cell_metres, ground_words, ratio_class, statistic
from dashboard.map_drawer import top
from dashboard.names import Names
from dashboard.text import day_month, instant, number, on, percent, t
from kpi.before_after import BeforeAfter
from kpi.clock import LOCAL
from kpi.hotspots import HotSpot, Weeks

LEAST_SHOWN_P = 0.001
DAY = timedelta(days=1)


def drawer(
    question: Question, spot: HotSpot, found: Found, life: Life, names: Names, close_query: str
) -> list[Component]:
    """Everything of one spot; the button opens exactly the reports that it counts."""
    cell = spot.group.cell
    place = t("hotspots.drawer.cell", lat=number(cell.lat, 3), lon=number(cell.lon, 3))
    body = [
        top(place, close_query),
        html.H2(f"{names.field(spot.group.field)}: {address(spot, names)}"),
        _verdict(spot, found),
        _facts(question, spot, found, life, names),
        html.H3(t("hotspots.drawer.weeks")),
        weeks_bars(life.by_week, found.weeks),
        html.H3(t("hotspots.after")),
        *_before_after(life),
        html.H3(t("hotspots.drawer.rule")),
        _rule(found),
    ]
    href = f"/reports?{behind(question.filters, spot).query()}"
    button = link(t("hotspots.drawer.open", n=number(spot.group.n)), href, "map-button")
    return [html.Div(body, className="map-drawer-body"), html.Div(button, className="map-drawer-foot")]


def _verdict(spot: HotSpot, found: Found) -> Component:
    strong = t("hotspots.drawer.verdict", n=number(spot.group.n), ratio=number(spot.ratio, 1))
    sub = t(
        "hotspots.drawer.sub",
        expected=number(spot.expected, 1),
        weeks=number(spot.week_count),
        of=number(found.weeks.count),
    )
    mark = html.Span(className=f"hot hot-{ratio_class(spot, found.rule)}", **HIDDEN)
    words = html.Div([html.Strong(strong), html.Span(sub, className="map-row-meta")])
    return html.Div([html.Span(mark, className="hot-slot"), words], className="map-verdict map-verdict-hot")


def _facts(question: Question, spot: HotSpot, found: Found, life: Life, names: Names) -> Component:
    group, period = spot.group, question.filters.period
    until_on = min(question.window.until_at.astimezone(LOCAL).date(), period.last_on)
    lead = (
        t("hotspots.drawer.lead_count", unit=names.unit(life.lead_unit_code), n=number(life.lead_count))
        if life.lead_unit_code
        else names.unit("")
    )
    facts = [
        ("period", f"{on(period.start_on)}–{on(until_on)}"),
        ("here", _share(group.n, group.cell_n)),
        ("chance", t("hotspots.drawer.p", p=p_words(spot.p), q=p_words(spot.q))),
        ("last", instant(group.last_at)),
        ("lead", lead),
    ]
    told = [(t(f"hotspots.drawer.{key}"), value) for key, value in facts]
    ground = ground_words(question, names)
    told.insert(2, (ground[:1].upper() + ground[1:], _share(group.field_n, found.family.reports)))
    parts: list[Any] = []
    for label, value in told:
        parts += [html.Dt(label), html.Dd(value)]
    return html.Dl(parts, className="map-facts")


def _share(part: int, whole: int) -> str:
    return t("hotspots.drawer.share", part=number(part), whole=number(whole), share=percent(part / whole))


def p_words(p: float) -> str:
    """'dưới 0,001', '0,004'."""
    return t("hotspots.drawer.under") if p < LEAST_SHOWN_P else number(p, 3)


def weeks_bars(counts: Sequence[int], weeks: Weeks) -> Component:
    """A bar per week from zero; the largest and the ends named, all of them in the table."""
    most = max(counts, default=0) or 1
    starts = [(weeks.first_at + timedelta(weeks=place)).date() for place in range(len(counts))]
    highest = counts.index(max(counts)) if counts else -1
    bars = [
        html.Span(
            html.Span(
                html.Span(number(n), className="hot-top") if place == highest else None,
                className="hot-bar",
                style={"height": f"{100 * n / most:.0f}%"},
            ),
            title=f"{t('hotspots.drawer.week', on=on(start))}: {number(n)}",
        )
        for place, (start, n) in enumerate(zip(starts, counts, strict=True))
    ]
    label = t("hotspots.drawer.weeks_label", start=on(starts[0]), end=on(starts[-1]), most=number(most))
    ends = html.Div([html.Span(day_month(starts[0])), html.Span(day_month(starts[-1]))], className="hot-ends")
    chart = html.Div(bars, className="hot-bars", role="img", **attributes(aria_label=label))
    return html.Div([chart, ends, _week_table(starts, counts)])


def _week_table(starts: Sequence[Any], counts: Sequence[int]) -> Component:
    lines = [
        html.Tr([html.Td(on(start)), html.Td(number(n))]) for start, n in zip(starts, counts, strict=True)
    ]
    head = html.Tr([html.Th(t("hotspots.drawer.week", on="").strip()), html.Th(t("hotspots.drawer.n"))])
    table = html.Table([html.Thead(head), html.Tbody(lines)], className="hot-table")
    return html.Details([html.Summary(t("say.as_table")), table], className="as-table")


def _rule(found: Found) -> Component:
    rule, family = found.rule, found.family
    words = [
        t("hotspots.drawer.rule_usual"),
        t(
            "hotspots.drawer.rule_test",
            test=statistic(rule, found.weeks_needed),
            tests=number(family.tests),
            cells=number(family.cells),
            fields=number(family.fields),
        ),
        t(
            "hotspots.drawer.rule_least",
            least=rule.least_reports,
            ratio=number(rule.least_ratio),
            needed=found.weeks_needed,
        ),
        t("hotspots.legend.cell", metres=cell_metres(), least=rule.least_reports) + ".",
    ]
    return html.Ul([html.Li(each) for each in words], className="hot-rule")


# -------------------------------------------------------------- before, after


def _before_after(life: Life) -> list[Component]:
    change = life.change
    if change is None:
        return [html.P(t("hotspots.after.none"), className="quiet")]
    days = change.window // DAY
    returned = (
        t("hotspots.after.returned", on=on(change.returned_at.astimezone(LOCAL).date()))
        if change.returned_at
        else t("hotspots.after.not_returned")
    )
    said = [f"{verdict_words(change)} {returned}", *_comparisons(change, life.elsewhere)]
    return [
        html.P(
            t("hotspots.after.closed", at=instant(change.closed_at), days=number(days)), className="quiet"
        ),
        _two_bars(change),
        html.P(html.Strong(said[0])),
        *[html.P(each) for each in said[1:]],
        html.P(t("hotspots.after.caution"), className="quiet"),
    ]


def verdict_words(change: BeforeAfter) -> str:
    """'2 sau khi khép, 12 trước đó; mới 6 ngày, còn quá sớm để nói.'"""
    counts = {"after": number(change.after), "before": number(change.before)}
    return t(
        f"hotspots.after.{change.verdict}",
        **counts,
        n=number(change.open_count),
        days=number(change.window // DAY),
    )


def _comparisons(change: BeforeAfter, elsewhere: tuple[int, int] | None) -> list[str]:
    rate = change.rate
    said = []
    if rate.ratio is not None and change.verdict in ("fell", "rose", "unclear"):
        high = number(rate.high, 2) if rate.high is not None else t("hotspots.after.no_bound")
        said.append(
            t("hotspots.after.ratio", ratio=number(rate.ratio, 2), low=number(rate.low, 2), high=high)
        )
    if elsewhere is not None:
        before, after = (number(each) for each in elsewhere)
        said.append(t("hotspots.after.elsewhere", before=before, after=after))
    return said


def _two_bars(change: BeforeAfter) -> Component:
    most = max(change.before, change.after, 1)
    lines = []
    for key, n, start, end in (
        ("before", change.before, change.from_at, change.closed_at),
        ("after", change.after, change.closed_at, change.until_at),
    ):
        span = f"{day_month(start.astimezone(LOCAL).date())}–{day_month(end.astimezone(LOCAL).date())}"
        fill = html.Span(className=f"hot-fill hot-fill-{key}", style={"width": f"{100 * n / most:.0f}%"})
        label = html.Span([t(f"hotspots.after.{key}"), html.Span(span, className="hot-span")])
        lines.append(html.Div([label, html.Span(fill, className="hot-track"), html.Strong(number(n))]))
    return html.Div(lines, className="hot-two")

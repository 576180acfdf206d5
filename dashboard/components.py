"""The building blocks of pages: card, figure, table, marks of deadline states, notices. Functions, no classes.

Everything here takes values that are already words (dashboard.text) and returns components; no query, no clock.
Citizens' words need no escaping here: Dash puts strings into the page as text, never as HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dash import html
from dash.development.base_component import Component

from dashboard.text import t

State = Literal["in_time", "due_soon", "overdue", "done_on_time", "done_late", "other", "secret"]
STATES: tuple[State, ...] = ("overdue", "due_soon", "in_time", "done_late", "done_on_time", "other", "secret")
Child = Any
"""A component, a string, a number or a list of them."""


def attributes(**names: str) -> dict[str, Any]:
    """Attributes with dashes: attributes(data_page="map", aria_label="…") -> {"data-page": "map", "aria-label": "…"}."""
    return {name.replace("_", "-"): value for name, value in names.items()}


HIDDEN = attributes(aria_hidden="true")
"""Decoration: not for screen readers."""
CURRENT = attributes(aria_current="true")
"""The chosen one of several links."""


def icon(name: str) -> Component:
    """A drawn icon by name (assets/icons.css); decoration only, so hidden from screen readers."""
    return html.Span(className=f"icon icon-{name}", **HIDDEN)


def state_mark(state: State, size: int = 16) -> Component:
    """The shape and colour of a deadline state (design guide, section 2); the word must stand beside it."""
    style = {"width": size, "height": size}
    return html.Span(className=f"mark mark-{state.replace('_', '-')}", style=style, **HIDDEN)


def state_word(state: State) -> Component:
    """Mark and word of a state, as tables and lists show it."""
    return html.Span(
        [state_mark(state), t(f"state.{state}")], className=f"state state-{state.replace('_', '-')}"
    )


def link(children: Child, href: str, class_name: str = "", **more: Any) -> Component:
    """A link within the product: no reload (assets/shell.js)."""
    return html.A(children, href=href, className=f"soft {class_name}".strip(), **more)


def segment(words: str, query: str, is_chosen: bool) -> Component:
    """One choice of several side by side: a link that changes the query of the address."""
    return link(words, f"?{query}", "segment", **(CURRENT if is_chosen else {}))


def card(
    title: Child = None,
    body: Child = None,
    sub: Child = None,
    *,
    action: Child = None,
    class_name: str = "",
    **more: Any,
) -> Component:
    """A frame: title that says the point, sub-line that says what is drawn, body; `action` stands top right."""
    head: list[Component] = []
    if title is not None:
        line: list[Child] = [html.H2(title, className="card-title")]
        if action is not None:
            line.append(html.Div(action, className="card-action"))
        head.append(html.Div(line, className="card-head"))
    if sub is not None:
        head.append(html.Div(sub, className="card-sub"))
    return html.Section(
        [*head, html.Div(body, className="card-body")], className=f"card {class_name}".strip(), **more
    )


def frame(title: Child, tags: Sequence[Child], body: Child, class_name: str = "", **more: Any) -> Component:
    """A frame of figures with a heading and tags ('Trong kỳ …', 'Ngay lúc này …')."""
    head = html.Div(
        [html.H2(title, className="frame-title"), *[html.Span(tag, className="tag") for tag in tags]],
        className="frame-head",
    )
    return html.Section(
        [head, html.Div(body, className="frame-body")], className=f"card frame {class_name}".strip(), **more
    )


@dataclass(frozen=True)
class Figure:
    """One figure with all that it must not stand without (design guide, section 6)."""

    label: str
    value: str
    unit: str = ""
    comparison: str = ""
    """In words: 'Tăng 2,4 điểm so với tháng 9'."""
    detail: str = ""
    """n, denominator, age: '907 trên 967 đã đến hạn'."""
    href: str = ""
    """List of the reports behind it."""
    method: str = ""
    """Id of the KPI definition; gives the link 'Cách tính'."""
    state: State | None = None
    hover: str = ""
    """What is shown on hover: same period of last year."""


def figure(item: Figure) -> Component:
    """A KPI: label, value and unit, comparison in words, n. The whole is the link to its reports."""
    tone = f" figure-{item.state}" if item.state else ""
    label = [state_mark(item.state)] if item.state else []
    body = [
        html.Div([*label, item.label], className="figure-label"),
        html.Div(
            [
                html.Span(item.value, className="figure-value"),
                html.Span(f" {item.unit}", className="figure-unit"),
            ],
            className="figure-line",
        ),
        html.Div(item.comparison, className="figure-comparison"),
        html.Div(item.detail, className="figure-detail"),
    ]
    main = link(body, item.href, "figure-link", title=item.hover or None) if item.href else html.Div(body)
    method = [method_link(item.method)] if item.method else []
    return html.Div([main, *method], className=f"figure{tone.replace('_', '-')}")


def method_link(definition_id: str) -> Component:
    """The small 'Cách tính' beside a figure: definition, article, rule version."""
    return link(t("say.how_counted"), f"/methods#{definition_id}", "method-link")


@dataclass(frozen=True)
class Column:
    """A column of `table`: header, kind and how a row gives its cell."""

    key: str
    title: Child
    numeric: bool = False
    class_name: str = ""


def table(
    columns: Sequence[Column], rows: Sequence[dict[str, Child]], *, caption: str = "", class_name: str = ""
) -> Component:
    """A plain table. A row is {column key: cell}; '_href' makes the first cell a link, '_class' dresses the row."""

    def cells(row: dict[str, Child]) -> list[Child]:
        made: list[Child] = []
        for place, column in enumerate(columns):
            value = row.get(column.key, "")
            if place == 0 and row.get("_href"):
                value = link(value, row["_href"])
            kind = html.Th if place == 0 else html.Td
            more: dict[str, Any] = {"scope": "row"} if place == 0 else {}
            made.append(kind(value, className=_cell_class(column), **more))
        return made

    head = html.Tr([html.Th(c.title, className=_cell_class(c), scope="col") for c in columns])
    body = [html.Tr(cells(row), className=row.get("_class", "")) for row in rows]
    hidden = [html.Caption(caption, className="visually-hidden")] if caption else []
    drawn = html.Table([*hidden, html.Thead(head), html.Tbody(body)], className=f"table {class_name}".strip())
    return html.Div(drawn, className="table-scroll")


def _cell_class(column: Column) -> str:
    return " ".join(part for part in ("numeric" if column.numeric else "", column.class_name) if part)


def bar(share: float, *, quiet: bool = True, title: str = "") -> Component:
    """A mini bar inside a cell, 0..1 of its column's largest value; the number must stand beside it."""
    width = f"{100 * min(max(share, 0.0), 1.0):.1f}%"
    fill = html.Span(className="mini-bar-fill" + (" quiet" if quiet else ""), style={"width": width})
    return html.Span(fill, className="mini-bar", title=title or None)


def dot(
    position: float | None,
    mark: float | None = None,
    *,
    strong: bool = False,
    low: float | None = None,
    high: float | None = None,
) -> Component:
    """A dot on a shared axis inside a cell (positions 0..1); `mark` draws the dotted line of the whole,
    low..high a grey bar (95 % interval)."""
    parts: list[Component] = []
    if low is not None and high is not None:
        span = {"left": f"{100 * low:.1f}%", "width": f"{100 * max(high - low, 0):.1f}%"}
        parts.append(html.Span(className="dot-interval", style=span))
    if mark is not None:
        parts.append(html.Span(className="dot-mark", style={"left": f"{100 * mark:.1f}%"}))
    if position is not None:
        style = {"left": f"{100 * min(max(position, 0.0), 1.0):.1f}%"}
        parts.append(html.Span(className="dot-point" + (" strong" if strong else ""), style=style))
    return html.Span(parts, className="dot-axis", **HIDDEN)


def notice(
    children: Child, kind: Literal["plain", "overdue", "soon", "done"] = "plain", action: Child = None
) -> Component:
    """A line across the page; 'overdue' is the verdict banner."""
    return html.Div(
        [
            html.Div(children, className="notice-text"),
            html.Div(action, className="notice-action") if action else None,
        ],
        className=f"notice notice-{kind}",
    )


def empty(sentence: str, action: Child = None) -> Component:
    """The frame without rows: a sentence and what to change."""
    return html.Div([html.P(sentence), action], className="empty")


def refusal(what: str) -> Component:
    """No permission: says what this account may see and who can help; never a hole or a zero."""
    return html.Div(
        [icon("lock"), html.P(t("say.no_permission", what=what))], className="card refusal", role="alert"
    )


def problem(sentence: str, at: str = "") -> Component:
    """A card that could not be filled: the last figures' time if there is one, and 'Thử lại'."""
    words = t("say.not_loaded_last", at=at) if at else f"{t('say.not_loaded')} {sentence}".strip()
    retry = html.Button(t("say.retry"), type="button", className="link-button", **attributes(data_retry="1"))
    return html.Div([html.P(words), retry], className="problem", role="alert")


def graph(figure: str, label: str, *, has_links: bool = False, height: int = 240) -> Component:
    """A chart, drawn by assets/charts.js after the figures around it; `label` is its sentence for screen readers.

    figure: JSON of a Plotly figure. has_links: the customdata of a mark is the address that a click on it opens; the
    same links must stand in HTML for who has no pointer.
    """
    return html.Div(
        role="img",
        className="chart has-links" if has_links else "chart",
        style={"height": height},
        **attributes(aria_label=label, data_figure=figure),
    )


def skeleton(title: str = "", class_name: str = "", *, of_chart: bool = False) -> Component:
    """A frame at its final size while its first figures are on the way; of a chart: the chart library is loaded meanwhile."""
    more = attributes(data_chart="soon") if of_chart else {}
    return html.Section(
        [html.Div(title or t("say.loading"), className="card-sub")],
        className=f"card loading {class_name}".strip(),
        **more,
    )

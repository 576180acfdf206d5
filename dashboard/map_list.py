"""The list beside the map: heading with the totals, rows in order of working time left, chips for the phone. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import State, empty, link, state_mark
from dashboard.map_answer import Context, time_left
from dashboard.map_points import NO_DUE_S
from dashboard.names import Names
from dashboard.text import number, t
from kpi.worktime import to_unix

OPEN_STATES: tuple[State, ...] = ("overdue", "due_soon", "in_time")


def head(totals: Mapping[str, int], is_in_hand: bool) -> list[Component]:
    """'236 đang xử lý', what is overdue and due soon, and what has no place on the map."""
    key = "map.list.in_hand" if is_in_hand else "map.list.other"
    lines: list[Component] = [html.H2(t(key, n=number(totals["all"])))]
    if is_in_hand:
        sub = "map.list.sub" if totals["overdue"] else "map.list.sub_quiet"
        lines.append(html.P(t(sub, overdue=number(totals["overdue"]), soon=number(totals["due_soon"]))))
    if totals["no_place"] or totals["secret"]:
        words = t("map.list.no_place", n=number(totals["no_place"]), secret=number(totals["secret"]))
        lines.append(html.P(words))
    return lines


def spot_head(totals: Mapping[str, int], shown: int, clear_query: str) -> list[Component]:
    """'69 phản ánh trong cụm đã chọn', what is overdue and due soon among them, the way back to all."""
    lines: list[Component] = [html.H2(t("map.spot.head", n=number(totals["all"])))]
    if totals["overdue"] or totals["due_soon"]:
        lines.append(
            html.P(t("map.list.sub", overdue=number(totals["overdue"]), soon=number(totals["due_soon"])))
        )
    if shown < totals["all"]:
        lines.append(html.P(t("map.spot.more", shown=number(shown), n=number(totals["all"]))))
    return [*lines, html.P(link(t("map.spot.clear"), f"?{clear_query}"))]


def rows(
    found: Sequence[Mapping[str, Any]],
    names: Names,
    context: Context,
    query_of: Callable[[str], str],
    chosen: str,
) -> list[Component]:
    """One link per report; `query_of(report_code)` is the address that opens its drawer."""
    if not found:
        return [html.Li(empty(t("say.empty")))]
    return [
        html.Li(_row(row, names, context, query_of(row["report_code"]), row["report_code"] == chosen))
        for row in found
    ]


def _row(row: Mapping[str, Any], names: Names, context: Context, query: str, is_chosen: bool) -> Component:
    state = state_of(row, context)
    time = row_time(row, state, context)
    urgent = (
        [html.Span(f"{t('map.tip.urgent')} · ", className="map-row-urgent")]
        if row["urgency"] != "normal"
        else []
    )
    body = [
        html.Div([*urgent, time], className="map-row-time"),
        html.Div(title_of(row, names), className="map-row-title"),
        html.Div(
            " · ".join((holder_of(row, names), names.where(row))),
            className="map-row-meta",
        ),
    ]
    current = {"aria-current": "true"} if is_chosen else {}
    dress = f"map-row-{state.replace('_', '-')}"
    return link([state_mark(state, 18), html.Div(body)], f"?{query}", dress, **current)


def title_of(row: Mapping[str, Any], names: Names) -> str:
    """The citizen's title for roles that handle it, the word for secret, else the field."""
    if row["is_secret"]:
        return t("state.secret")
    return row["title"] or names.field(row["field_code"])


def holder_of(row: Mapping[str, Any], names: Names) -> str:
    """Who has it now, else who had it last."""
    return names.unit(row["holder_unit_code"] or row["lead_unit_code"])


def state_of(row: Mapping[str, Any], context: Context) -> State:
    """Deadline state of a row at the context's instant, by the same rule as kpi.queries.measures."""
    if row["is_secret"]:
        return "secret"
    if row["status"] == "done":
        return "done_late" if row["outcome"] == "late" else "done_on_time"
    if row["status"] != "open":
        return "other"
    due_at = row["due_at"]
    if due_at is None or due_at > context.soon_until:
        return "in_time"
    return "overdue" if due_at < context.at else "due_soon"


def row_time(row: Mapping[str, Any], state: State, context: Context) -> str:
    """'Quá 9 ngày làm việc' of an open report, the word of the state of a closed one."""
    if row["status"] != "open":
        return t(f"state.{state}")
    return time_left(NO_DUE_S if row["due_at"] is None else to_unix(row["due_at"]), context)


def rest(shown: int, total: int, href: str) -> Component | None:
    """The way to the reports that do not stand in the list."""
    if total <= shown:
        return None
    return html.Li(link(t("map.list.rest", n=number(total - shown)), href, "map-rest"))


def too_many(total: int, href: str) -> list[Component]:
    """In the place of rows: what makes the choice small enough to list, and the way to all of it."""
    return [
        html.Li(empty(t("map.list.too_many"))),
        html.Li(link(t("map.list.all", n=number(total)), href, "map-rest")),
    ]


def chips(
    totals: Mapping[str, int], query_of_state: Callable[[str | None], str], chosen: str | None
) -> list[Component]:
    """State chips of the phone: mark, word, count; a second tap takes the filter away."""
    made = []
    for state in OPEN_STATES:
        current = {"aria-current": "true"} if state == chosen else {}
        query = query_of_state(None if state == chosen else state)
        words = f"{t(f'map.chip.{state}')} {number(totals[state])}"
        made.append(link([state_mark(state, 16), words], f"?{query}", **current))
    return made

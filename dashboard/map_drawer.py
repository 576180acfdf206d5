"""The drawer of the map: one report's verdict, facts, words and life. Pure; citizens' words go out as text, never as HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import text
from dashboard.components import link, state_mark
from dashboard.map_answer import Context
from dashboard.map_list import holder_of, row_time, state_of, title_of
from dashboard.names import Names
from dashboard.text import t
from kpi.clock import LOCAL

Row = Mapping[str, Any]


def drawer(
    head: Row, parts: Mapping[str, Sequence[Row]], names: Names, context: Context, close_query: str
) -> list[Component]:
    """Everything of one report that this session may see. parts: "events", "stages", "holds" of the report."""
    body = [
        top(head["report_code"], close_query),
        html.H2(title_of(head, names)),
        _verdict(head, parts["stages"], context),
    ]
    if head["is_secret"]:
        body.append(html.P(t("map.drawer.secret"), className="quiet"))
    else:
        body += [_facts(head, parts["holds"], names), *_words(head)]
    body += [html.H3(t("map.drawer.life")), _life(head, parts["events"], names, context)]
    foot = link(t("map.drawer.open"), f"/report?code={head['report_code']}", "map-button")
    return [html.Div(body, className="map-drawer-body"), html.Div(foot, className="map-drawer-foot")]


def note(sentence: str, close_query: str, code: str = "") -> list[Component]:
    """A drawer that can only say one thing: gone, or not loaded."""
    return [html.Div([top(code, close_query), html.P(sentence)], className="map-drawer-body")]


def top(code: str, close_query: str) -> Component:
    """The line with the code and the way out."""
    close = link(
        "×",
        f"?{close_query}",
        "map-drawer-close",
        title=t("map.drawer.close"),
        **{"aria-label": t("map.drawer.close")},
    )
    return html.Div([html.Span(code), close], className="map-drawer-top")


def _verdict(head: Row, stages: Sequence[Row], context: Context) -> Component:
    state = state_of(head, context)
    line = row_time(head, state, context)
    if state == "done_late" and head["late_s"]:
        line = f"{t('state.done_late')}, {t('map.drawer.late', amount=text.working_time(head['late_s'])).lower()}"
    elif state == "overdue":
        line = t("state.overdue") + line.removeprefix(t("map.tip.over", amount="").strip())
    words = [html.Strong(line), html.Span(_due_words(head, stages), className="map-row-meta")]
    dress = f"map-verdict map-verdict-{state.replace('_', '-')}"
    return html.Div([state_mark(state, 18), html.Div(words)], className=dress)


def _due_words(head: Row, stages: Sequence[Row]) -> str:
    due_at = head["due_at"]
    if due_at is None:
        return t("map.drawer.no_limit")
    local = due_at.astimezone(LOCAL)
    due = t("map.drawer.due", at=text.instant(due_at), weekday=text.weekday(local.date()))
    article = next((s["article"] for s in reversed(stages) if s["due_at"] == due_at and s["article"]), "")
    return t("map.drawer.article", due=due, article=article) if article else due


def _facts(head: Row, holds: Sequence[Row], names: Names) -> Component:
    since = next((h["from_at"] for h in reversed(holds) if h["to_at"] is None), None)
    holder: list[Any] = [holder_of(head, names)]
    if since is not None:
        holder += [" ", html.Span(t("map.drawer.since", at=_short(since)), className="quiet")]
    facts: list[tuple[str, Any]] = [
        ("holder", holder),
        ("place", names.address(head)),
        ("field", names.field(head["field_code"])),
        ("channel", names.channel(head["channel_code"])),
        ("sender", html.Span(t("map.drawer.sender_hidden"), className="quiet")),
    ]
    return html.Dl(
        [part for key, value in facts for part in (html.Dt(t(f"map.drawer.{key}")), html.Dd(value))],
        className="map-facts",
    )


def _words(head: Row) -> list[Component]:
    heading = html.H3(t("map.drawer.body"))
    if not head["has_detail"]:
        return [heading, html.P(t("map.drawer.no_words"), className="quiet")]
    return [heading, html.P(head["body"], className="map-words")]


def _life(head: Row, events: Sequence[Row], names: Names, context: Context) -> Component:
    gone = {e["replaces_event_id"] for e in events if e["replaces_event_id"] is not None}
    told = [e for e in events if e["event_id"] not in gone and e["kind"] != "voided"]
    lines: list[tuple[datetime, Component, str]] = [
        (e["at"], html.Div(_event_words(e, names), className="what"), "") for e in told
    ]
    due_at = head["due_at"]
    if due_at is not None and head["status"] == "open":
        dress = "is-overdue" if due_at < context.at else "is-due"
        lines.append((due_at, html.Strong(t("map.drawer.expired"), className="what"), dress))
    lines.sort(key=lambda line: line[0])
    return html.Ul(
        [
            html.Li([html.Time(_short(at), dateTime=at.isoformat()), what], className=dress)
            for at, what, dress in lines
        ],
        className="map-life",
    )


def _event_words(event: Row, names: Names) -> str:
    units = {"unit": event["acting_unit_code"], "target": event["target_unit_code"]}
    return t(
        f"map.event.{event['kind']}", **{key: names.unit(code) if code else "" for key, code in units.items()}
    ).strip()


def _short(at: datetime) -> str:
    """'11/11 08:40' in Asia/Ho_Chi_Minh."""
    return f"{at.astimezone(LOCAL):%d/%m %H:%M}"

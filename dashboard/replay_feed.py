"""The map's replay: /feed/replay (frames of a day or a month), and what stands beside the map while it plays."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component
from fastapi import FastAPI, Request, Response

from dashboard import map_feed, text
from dashboard.ask import Question, ask
from dashboard.components import link, segment
from dashboard.feeds import answered
from dashboard.held_sets import Held, HeldSets
from dashboard.map_replay import Film, Lives, from_arrow, replay
from dashboard.runtime import Runtime
from dashboard.text import t
from kpi.clock import LOCAL
from kpi.filters import FilterError, Filters
from kpi.periods import FORMS, BadPeriodError, Period, parse, period_of
from kpi.queries.columns import columns
from kpi.queries.map_replay import lives
from kpi.worktime import from_unix

LAYER = "replay"
_sets: HeldSets[Lives] = HeldSets()


def register(server: FastAPI, runtime: Runtime) -> None:
    """Add the route; the guard protects it, row-level security bounds it."""

    @server.get("/feed/replay", include_in_schema=False)
    async def feed_replay(request: Request) -> Response:
        async def make() -> dict[str, Any]:
            question = ask({"search": request.url.query}, map_feed.FEED_KEYS)
            view = map_feed.view_of(request.query_params)
            span = span_of(request.query_params.get(LAYER, ""), question.today)
            return await frames(runtime, question, span, view)

        return await answered("replay", make)


def span_of(given: str, today: date) -> Period:
    """'2024-11-20' or '2024-11' as the day or calendar month that is played; '' is yesterday. Raises FilterError."""
    if not given:
        return period_of("day", today - timedelta(days=1), "calendar")
    for kind in ("day", "month"):
        try:
            found = parse(kind, given, "calendar")
        except BadPeriodError:
            continue
        if found.start_on > today:
            raise FilterError(LAYER, given, f"lies after today, {today.isoformat()}")
        return found
    raise FilterError(LAYER, given, f"write a day or a month: {FORMS['day'][1]} or {FORMS['month'][1]}")


def code_of(span: Period) -> str:
    """What `span_of` reads back."""
    return span.start_on.isoformat() if span.kind == "day" else f"{span.start_on:%Y-%m}"


async def frames(runtime: Runtime, question: Question, span: Period, view: map_feed.View) -> dict[str, Any]:
    """What the browser plays, with the words of its clock and the age of its data."""
    held = await _lives_of(runtime, question, span)
    film = Film.of(span, question.at, question.calendar)
    found = await asyncio.to_thread(replay, held.points, film, view.zoom, view.box)
    return found | map_feed.age(runtime, held) | {"clock": [_clock(int(at_s)) for at_s in film.at_s]}


async def _lives_of(runtime: Runtime, question: Question, span: Period) -> Held[Lives]:
    scope, url = question.scope, runtime.engine.url
    stmt = lives(question.filters, span.start_at, span.end_at)

    async def read() -> Lives:
        return from_arrow(await asyncio.to_thread(columns, url, scope, stmt))

    key = (scope.key(), _cuts(question.filters), code_of(span))
    return await _sets.get(key, question.run_id, map_feed.source_at(runtime), read)


def _cuts(filters: Filters) -> str:
    """What a replay depends on: its own span, not the filters' period and state."""
    return filters.with_(state=None).query()


def _clock(at_s: int) -> list[str]:
    """['14:30', 'Thứ Tư 20/11/2024'] in Asia/Ho_Chi_Minh."""
    at = from_unix(at_s)
    day = at.astimezone(LOCAL).date()
    return [text.clock_time(at), f"{text.weekday(day)} {text.on(day)}"]


def said(span: Period) -> str:
    """'ngày 20/11/2024', 'tháng 11/2024'."""
    if span.kind == "day":
        return t("map.replay.day", day=text.on(span.start_on))
    return t("map.replay.month", month=f"{span.start_on:%m/%Y}")


def panel(question: Question, chosen: str, query_of: Callable[..., str]) -> list[Component]:
    """Beside the map: what is played, other spans, the way back. The list of now would lie beside it."""
    today = question.today
    span = span_of(chosen, today)
    first = today.replace(day=1)
    offered = {
        "today": today.isoformat(),
        "yesterday": (today - timedelta(days=1)).isoformat(),
        "this_month": f"{first:%Y-%m}",
        "last_month": f"{first - timedelta(days=1):%Y-%m}",
    }
    code = code_of(span)
    links = [
        segment(t(f"map.replay.{name}"), query_of(replay=each), each == code)
        for name, each in offered.items()
    ]
    return [
        html.H2(t("map.replay.title", span=said(span))),
        html.P(t("map.replay.sub")),
        html.Div(links, className="segmented map-replay-spans"),
        html.P(link(t("map.replay.back"), f"?{query_of(layer=None, replay=None)}")),
    ]

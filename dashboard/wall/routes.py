"""/wall: the page of a screen, and /wall/show, the pictures that it turns. A screen's token enters at /wall/enter."""

import asyncio
import json
from dataclasses import asdict
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy import select, update

from dashboard import access, freshness, push
from dashboard.ask import Question, province_calendar
from dashboard.drawn import MART_GONE
from dashboard.provinces import province_name
from dashboard.runtime import Runtime
from dashboard.text import t, words
from dashboard.wall import figures, show
from dashboard.wall.fragments import Told, templates
from dashboard.wall.screen import BadScreenError, Screen, screen_of
from dashboard.wall.view import View
from kpi.accounts import wall_device
from kpi.filters import Filters
from kpi.periods import period_of
from kpi.queries.window import Window
from kpi.scope import enter_role

log = structlog.get_logger(__name__)

PREVIEWERS = access.PROVINCE_WIDE | {"wall"}
"""Roles that may look at the wall: the screens, and who sees the whole province anyway."""
HEARTBEAT_S = 60.0
LOST_AMBER_S, LOST_RED_S = 60, 120
"""A screen without its server: a tick comes every ten seconds, so three and twelve of them with some air."""
COUNTING_S, BEHIND_S = 1, 10
"""A screen asks again though nothing has changed while counts of periods are missing, or older than the rest."""


def register(server: FastAPI, runtime: Runtime) -> None:
    """Add /wall and /wall/show to the server; the guard lets screens reach nothing else."""
    beats, told = Heartbeats(runtime), Told()

    @server.get("/wall", include_in_schema=False)
    async def page() -> Response:
        if not access.current().may_open(PREVIEWERS):
            return HTMLResponse(t("say.no_permission_plain"), 403)
        return HTMLResponse(_page(runtime))

    @server.get("/wall/show", include_in_schema=False)
    async def pictures(width: int = 0, height: int = 0, known: str = "") -> Response:
        session = access.current()
        if not session.may_open(PREVIEWERS):
            return JSONResponse({"error": "not allowed"}, 403)
        try:
            stored = await beats.settings_of(session) if session.is_device else {}
            screen = screen_of(stored, session.username, (width, height))
            return JSONResponse(await _show(runtime, session, screen, told, known))
        except BadScreenError as error:
            log.warning("bad_wall_screen", error=str(error))
            return JSONResponse({"problem": str(error)}, 409)
        except MART_GONE as error:
            log.warning("mart_gone", route="/wall/show", error=type(error).__name__)
            return JSONResponse({"error": "mart gone"}, 503)


async def _show(
    runtime: Runtime, session: access.Session, screen: Screen, told: Told, known: str
) -> dict[str, Any]:
    """What a browser turns; `known` names the answer that it holds, so that only what has changed is sent again."""
    question = _question(runtime, session)
    stocks, counted, names = await asyncio.gather(
        figures.stocks(question), figures.flows(question), question.names()
    )
    made = show.show(View(question, names, stocks, counted.found, screen))
    province = province_name(session.scope.province_code, question.today)
    weeks_behind = runtime.settings.clock_offset_weeks
    header = show.header(province, question.filters.period, weeks_behind, counted.counted_at)
    answer, new = told.new_to(known, made.fragments())
    urgent_at = stocks.urgent_sent_at
    return {
        "run_id": question.run_id,
        "build": runtime.build_id,
        "canvas": _canvas(screen),
        "header": asdict(header),
        "urgent": {
            "count": sum(stocks.urgent.values()),
            "sent_at": urgent_at.isoformat() if urgent_at else "",
        },
        "ask_again_s": COUNTING_S if counted.found is None else BEHIND_S if counted.counted_at else None,
        "turns": show.as_json(made.turns),
        "ground": made.ground.name if made.ground else None,
        "answer": answer,
        "new": new,
    }


def _canvas(screen: Screen) -> dict[str, Any]:
    arrangement = screen.arrangement
    return {
        "id": arrangement.id,
        "width": arrangement.width_px,
        "height": arrangement.height_px,
        "minute_px": round(screen.minute_px, 4),
        "hero": screen.hero,
    }


def _question(runtime: Runtime, session: access.Session) -> Question:
    """The quarter that runs (Nghị định 09/2019), asked at the instant of the newest event, in the session's rows."""
    at = runtime.hub.instant()
    filters = Filters(period_of("quarter", runtime.clock.today())).within(session.scope)
    window = Window.of(filters.period, at, province_calendar(session.scope.province_code))
    return Question(session.scope, filters, window, runtime.hub.run_id)


def _page(runtime: Runtime) -> str:
    said = {key.removeprefix("wall."): t(key) for key in words() if key.startswith("wall.")}
    said |= {unit: t(f"unit.{unit}") for unit in ("minutes", "hours", "days")}
    limits = {
        "source": [
            max(freshness.AMBER_AGE, freshness.AMBER_RHYTHMS * push.RHYTHM).total_seconds(),
            max(freshness.RED_AGE, freshness.RED_RHYTHMS * push.RHYTHM).total_seconds(),
        ],
        "server": [LOST_AMBER_S, LOST_RED_S],
        "mart": [LOST_AMBER_S, LOST_RED_S],
    }
    return (
        templates()
        .get_template("page.html")
        .render(
            title=t("app.name"), words=json.dumps(said), limits=json.dumps(limits), build=runtime.build_id
        )
    )


class Heartbeats:
    """Settings of a screen, and when it was last seen: written at most once a minute for each screen."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._last_at: dict[str, float] = {}

    async def settings_of(self, session: access.Session) -> dict[str, Any]:
        """The stored settings of the session's screen; notes that it lives."""
        now = self._runtime.world.now()
        is_due = now.timestamp() - self._last_at.get(session.username, 0.0) >= HEARTBEAT_S
        table = wall_device
        async with self._runtime.engine.begin() as connection:
            await connection.execute(enter_role())
            own = table.c.device_id == session.username
            if is_due:
                await connection.execute(update(table).where(own).values(last_seen_at=now))
                self._last_at[session.username] = now.timestamp()
            found = (await connection.execute(select(table.c.settings).where(own))).scalar_one_or_none()
        return dict(found or {})

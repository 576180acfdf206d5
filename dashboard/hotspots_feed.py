"""/feed/hotspots: the marks of the map's hot-spot layer, as JSON."""

from typing import Any

from fastapi import FastAPI, Request, Response

from dashboard import hotspots_read, hotspots_view, map_feed, text
from dashboard.ask import Question, ask
from dashboard.feeds import answered
from dashboard.runtime import Runtime
from dashboard.text import t


def register(server: FastAPI, runtime: Runtime) -> None:
    """Add the route; the guard protects it, row-level security bounds it."""

    @server.get("/feed/hotspots", include_in_schema=False)
    async def feed_hotspots(request: Request) -> Response:
        async def make() -> dict[str, Any]:
            return await marks(ask({"search": request.url.query}, map_feed.PAGE_KEYS))

        return await answered("hotspots", make)


async def marks(question: Question) -> dict[str, Any]:
    """{"at", "said", "spots": [{key, lat, lon, n, class, lines}]}: counts and names, no word of a citizen."""
    at = text.instant(hotspots_read.held(question).at)
    answer: dict[str, Any] = {
        "at": at,
        "said": t("hotspots.status.at", at=at),
        "failed_last": t("hotspots.status.failed_last", at=at),
        "spots": [],
    }
    if not hotspots_read.is_offered(question):
        return answer
    found, names = await hotspots_read.found(question), await question.names()
    answer["spots"] = [
        {
            "key": spot.key,
            "lat": spot.group.cell.lat,
            "lon": spot.group.cell.lon,
            "n": spot.group.n,
            "class": hotspots_view.ratio_class(spot, found.rule),
            "lines": hotspots_view.tip(spot, names),
        }
        for spot in found.shown[: hotspots_view.MOST_SHOWN]
    ]
    return answer

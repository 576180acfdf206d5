"""The map's HTTP feed: /feed/map (marks, totals and shading of a view) and /feed/shapes (boundaries of a day).

Scope comes from the session on the server; the figures from points that are held per scope, filters and data version.
"""

import asyncio
import json
import math
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request, Response

from dashboard import map_areas, text
from dashboard.ask import Question, ask
from dashboard.feeds import answered
from dashboard.ground import Ground, changed_on
from dashboard.held_sets import Held, HeldSets
from dashboard.map_answer import Context, View, answer
from dashboard.map_cells import Box
from dashboard.map_points import Points
from dashboard.map_read import read_points
from dashboard.runtime import Runtime
from geo.shapes import shapes
from geo.units import Level
from kpi.filters import FilterError
from kpi.queries.grain import REPORT
from kpi.queries.ground import counts

LEVELS = ("district", "commune")
PAGE_KEYS = ("view", "report", "shade", "level", "layer", "hot", "replay", "spot")
"""Keys of the page's own address; the feed leaves view, report and hot spot aside."""
FEED_KEYS = (*PAGE_KEYS, "zoom", "box")
MOST_ZOOM = 19
SIMPLIFY_M = 25
SHORT_KINDS = {"thành phố": "TP", "thị xã": "TX", "thị trấn": "TT"}

_sets: HeldSets[Points] = HeldSets()


def register(server: FastAPI, runtime: Runtime) -> None:
    """Add the feed's routes; the guard protects them."""

    @server.get("/feed/map", include_in_schema=False)
    async def feed_map(request: Request) -> Response:
        async def make() -> dict[str, Any]:
            question = ask({"search": request.url.query}, FEED_KEYS)
            return await look(runtime, question, view_of(request.query_params))

        return await answered("map", make)

    @server.get("/feed/shapes", include_in_schema=False)
    async def feed_shapes(on: date) -> Response:
        body = await asyncio.to_thread(shapes_json, runtime.settings.province, on)
        headers = {"Cache-Control": "private, max-age=86400"}
        return Response(body, media_type="application/json", headers=headers)


def view_of(query: Any) -> View:
    """Zoom, box, shading and level of the address. Raises FilterError naming the key."""
    level = _one_of("level", query.get("level", "district"), LEVELS)
    shade = _one_of("shade", query.get("shade", "in_hand"), tuple(map_areas.SHADINGS))
    shading = map_areas.shading_of(shade, query.get("state"))
    (zoom,) = _numbers("zoom", query.get("zoom", ""), 1)
    if not 0 <= zoom <= MOST_ZOOM:
        raise FilterError("zoom", str(zoom), f"must lie between 0 and {MOST_ZOOM}")
    west, south, east, north = _numbers("box", query.get("box", ""), 4)
    if not (west < east and south < north):
        raise FilterError("box", query["box"], "must be west,south,east,north in degrees")
    has_density = query.get("layer") == "density"
    return View(zoom, Box(west, south, east, north), shading, level, has_density=has_density)


def _numbers(key: str, given: str, count: int) -> list[float]:
    try:
        numbers = [float(part) for part in given.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise FilterError(key, given, f"must be {count} number{'s' * (count > 1)}, separated by commas")
    return numbers


def _one_of(key: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise FilterError(key, value, f"use one of {', '.join(known)}")
    return value


async def look(runtime: Runtime, question: Question, view: View) -> dict[str, Any]:
    """The answer to one view, with the age of its data."""
    ground = drawn(question, view.level)
    held = await points_of(runtime, question, ground)
    names = await question.names()
    unit_names = {code: names.unit(code) for code in names.units}
    context = Context(question.at, question.window.soon_until, unit_names, question.calendar)
    rates = await _period_figures(question, view.shading, ground)
    found = await asyncio.to_thread(answer, held.points, view, context, ground, rates)
    return found | age(runtime, held)


async def points_of(
    runtime: Runtime, question: Question, ground: Ground, patience_s: float = 0.0
) -> Held[Points]:
    """All reports of a choice, as this scope may see them; the pieces of divided communes on the ground that is drawn.

    patience_s: how long a newer version is waited for, where an older one is held.
    """
    scope, url = question.scope, runtime.engine.url

    async def read() -> Points:
        return await asyncio.to_thread(read_points, url, question, ground)

    # The open ones are judged by the clock when they are drawn; a period moves only what has left.
    key = (scope.key(), question.filters.query(), f"{ground.day} {ground.level}" if ground.divided() else "")
    return await _sets.get(key, question.run_id, source_at(runtime), read, patience_s)


def drawn(question: Question, level: str) -> Ground:
    """The units that the map draws at a level. Raises FilterError where there are none of that level."""
    code, on = question.scope.province_code, drawn_on(question)
    if level not in levels(code, on):
        raise FilterError("level", level, f"there is no such level on {on.isoformat()}")
    return question.drawn(Level(level))


async def _period_figures(
    question: Question, shading: map_areas.Shading, ground: Ground
) -> map_areas.Figures | None:
    """Rates of the period by area drawn; None for the shadings that the points themselves give."""
    wanted = map_areas.PERIOD_COUNTS.get(shading.id)
    if wanted is None:
        return None
    filters = question.filters.with_(state=None)
    days = changed_on(question.scope.province_code)
    stmt = counts(REPORT, filters, question.window, wanted, days, ground.divided())
    rows = (await question.gather(f"map-{shading.id}-{ground.level}", {"rates": stmt}))["rates"]
    return map_areas.period_figures(shading, ground.rows(rows))


def source_at(runtime: Runtime) -> datetime | None:
    at = runtime.hub.tick()["source_at"]
    return datetime.fromisoformat(at) if at else None


def age(runtime: Runtime, held: Held[Any]) -> dict[str, Any]:
    """When the source last spoke before these points were read; the browser lets the age grow by itself."""
    is_newest = held.run_id == runtime.hub.run_id
    at = source_at(runtime) if is_newest else held.source_at
    if at is None:
        return {"data_at": "", "age_s": None, "run_id": held.run_id, "is_newest": is_newest}
    age_s = max((runtime.clock.now() - at).total_seconds(), 0)
    return {"data_at": text.clock_time(at), "age_s": age_s, "run_id": held.run_id, "is_newest": is_newest}


@lru_cache(maxsize=8)
def ground(province_code: str, on: date) -> dict[str, dict[str, Any]]:
    """{"province", "district", "commune"}: FeatureCollections of a day; each may be empty.

    After 2025-07-01 the ground of a former province is its share of today's communes, without the new province's outline.
    """
    found = {
        level: shapes(level, on, province_code, SIMPLIFY_M) for level in ("province", "district", "commune")
    }
    own = shapes("commune", on, province_code, SIMPLIFY_M, ground=province_code)
    if own["features"] and len(own["features"]) < len(found["commune"]["features"]):
        found |= {"commune": own, "province": {"type": "FeatureCollection", "features": []}}
    return {level: _named(collection) for level, collection in found.items()}


@lru_cache(maxsize=8)
def shapes_json(province_code: str, on: date) -> bytes:
    """`ground` as the browser reads it; {"empty": true} where no boundaries are held."""
    found = ground(province_code, on)
    if not any(collection["features"] for collection in found.values()):
        return b'{"empty":true}'
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def levels(province_code: str, on: date) -> tuple[str, ...]:
    """Levels that can be shaded on a day: there are no districts since 2025-07-01."""
    found = tuple(level for level in LEVELS if ground(province_code, on)[level]["features"])
    return found or LEVELS


def _named(collection: dict[str, Any]) -> dict[str, Any]:
    """The same shapes with the names that maps print: 'TP Sóc Trăng', 'Mỹ Xuyên', 'Phường 2'."""
    features = []
    for feature in collection["features"]:
        given = feature["properties"]
        short = SHORT_KINDS.get(given["kind"].lower())
        name = f"{short} {given['name']}" if short else given["name"]
        shown = given["full_name"] if given["name"].isdigit() else name
        kept = {key: given[key] for key in ("code", "parent_code", "label_lon", "label_lat")}
        features.append(
            {"type": "Feature", "properties": {**kept, "name": shown}, "geometry": feature["geometry"]}
        )
    return {"type": "FeatureCollection", "features": features}


@lru_cache(maxsize=64)
def bounds(province_code: str, on: date, communes: tuple[str, ...] = ()) -> list[list[float]] | None:
    """[[south, west], [north, east]] of the ground on a day, or of some communes of it; None without boundaries."""
    features = ground(province_code, on)["commune"]["features"]
    features = [each for each in features if each["properties"]["code"] in communes] or features
    corners = [_corners(feature["geometry"]["coordinates"]) for feature in features]
    if not corners:
        return None
    west, south, east, north = zip(*corners, strict=True)
    return [[min(south), min(west)], [max(north), max(east)]]


def _corners(coordinates: Any) -> tuple[float, float, float, float]:
    if isinstance(coordinates[0], int | float):
        return coordinates[0], coordinates[1], coordinates[0], coordinates[1]
    west, south, east, north = zip(*map(_corners, coordinates), strict=True)
    return min(west), min(south), max(east), max(north)


def drawn_on(question: Question) -> date:
    """The day whose boundaries are shown; a place without boundaries has none, then today's."""
    return question.drawn().day or question.today

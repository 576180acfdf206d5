"""Scenes of one screen as HTML fragments, from one snapshot of the mart. Templates escape every value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.text import clock_time, day_month, language, t
from dashboard.wall import map_drawing, places
from dashboard.wall.map_drawing import Box, DrawnMap, Frame, bezel_bands
from dashboard.wall.read import UNKNOWN_PLACE, WHOLE
from dashboard.wall.scenes import LEAST_S, Scene, chosen
from dashboard.wall.screen import Screen
from dashboard.wall.tiles import LABEL_ARC_MINUTES, TILES
from dashboard.wall.view import Values, View
from geo.shapes import shapes
from geo.units import Level
from kpi.clock import LOCAL
from kpi.periods import Period

SIMPLIFY_M = 120.0
INSET_PX = 96
MOST_SCENES = 15
"""Places that get a picture of their own: every district of a province has room, not every commune."""
MOST_NAMED = 7
"""Communes that the map names: those with most overdue; districts are all named."""
LEGEND_PX = (760, 260)
"""Corner of the map's place that its legend takes."""


@dataclass(frozen=True)
class Turn:
    """One picture of the show and how long it stays."""

    id: str
    seconds: int
    html: str


@cache
def templates() -> Environment:
    """The wall's templates; everything written into them is escaped."""
    folder = Path(__file__).with_name("templates")
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def entrance(build: str) -> str:
    """The page that signs a screen in; assets/wall_enter.js takes the token from the address' fragment."""
    said = {name: t(f"login.{key}") for name, key in _ENTRANCE.items()}
    return templates().get_template("enter.html").render(title=t("app.name"), build=build, **said)


_ENTRANCE = {"entering": "entering", "waiting": "waiting", "refused": "bad_device"}


def turns(view: View) -> list[Turn]:
    """Every picture of the show, in its order."""
    at = view.question.at.astimezone(LOCAL)
    drawn = _draw_map(view)
    made: list[Turn] = []
    for scene in chosen(view.screen.scenes, at.time()):
        for place in _places(scene, view):
            made += _scene_turns(scene, replace(view, place=place), drawn)
    return made


def _places(scene: Scene, view: View) -> list[str]:
    """The whole province, or each of the places with most overdue, most first."""
    if scene.each is None:
        return [WHOLE]
    held = {code: each.overdue for code, each in view.figures.stock.items() if each.overdue}
    return most({code: n for code, n in held.items() if code not in (WHOLE, UNKNOWN_PLACE)}, MOST_SCENES)


def most(counts: Mapping[str, int], limit: int) -> list[str]:
    """The codes with the highest counts, highest first."""
    return sorted(counts, key=lambda code: (-counts[code], code))[:limit]


def _scene_turns(scene: Scene, view: View, drawn: DrawnMap | None) -> list[Turn]:
    made = []
    for place, slots in enumerate(view.screen.arrangement.turns):
        tiles = [
            _tile(slot, TILES[scene.slots[slot]](view), view, drawn) for slot in slots if slot in scene.slots
        ]
        name = "/".join(part for part in (scene.id, view.place, str(place) if place else "") if part)
        if tiles:
            html = templates().get_template("scene.html").render(tiles=tiles, slots=slots)
            made.append(Turn(name, scene.seconds if not place else LEAST_S, html))
    return made


def _tile(slot: str, values: Values, view: View, drawn: DrawnMap | None) -> Markup:
    more: dict[str, Any] = {}
    if values["kind"] == "map":
        more = {"drawn": drawn, "place": _map_frame(view.screen), "font_px": _font_px(view.screen)}
    html = templates().get_template(f"{values['kind']}.html").render(slot=slot, **values, **more)
    return Markup(html)  # noqa: S704 made by a template that escaped every value


def _font_px(screen: Screen) -> float:
    return screen.px(LABEL_ARC_MINUTES)


@dataclass(frozen=True)
class MapPlace:
    """Size of the map's place and the part of it that the map may fill, in pixels."""

    width: int
    height: int
    frame: Frame


def _map_frame(screen: Screen) -> MapPlace:
    arrangement = screen.arrangement
    width, height = arrangement.map_px
    left = arrangement.width_px - width
    xs, ys = arrangement.bezels_px
    bands = bezel_bands([x - left for x in xs], ys, (width, height))
    legend = Box(width - LEGEND_PX[0], height - LEGEND_PX[1], width, height)
    area = Box(INSET_PX, arrangement.map_top_px, width - INSET_PX, height - INSET_PX * 0.75)
    return MapPlace(width, height, Frame(area, [*bands, legend], _font_px(screen)))


def _draw_map(view: View) -> DrawnMap | None:
    """Districts, or communes where districts ended, with their counts, the fullest ones named; None where no boundaries are held (a list stands instead)."""
    ground, province = places.ground(view.question), view.question.scope.province_code
    day = ground.day or view.question.today
    areas = shapes(ground.level, day, province, SIMPLIFY_M, ground=province)
    areas = areas if areas["features"] else shapes(ground.level, day, province, SIMPLIFY_M)
    if not areas["features"] or not view.screen.arrangement.has_map:
        return None
    counts = {code: each.overdue for code, each in view.figures.stock.items() if each.overdue}
    drawn = {feature["id"] for feature in areas["features"]}
    counts = {code: count for code, count in counts.items() if code in drawn}
    named = drawn if ground.level is Level.DISTRICT else most(counts, MOST_NAMED)
    names = {code: view.place_label(code) for code in named}
    return map_drawing.draw(areas, counts, names, _map_frame(view.screen).frame)


@dataclass(frozen=True)
class Header:
    """The words of the header band, the same in all scenes."""

    name: str
    period: str
    demo: str


def header(province: str, period: Period, weeks_behind: int, counted_at: datetime | None = None) -> Header:
    """Name of the province, period (with the time of its counts where they are older), how far the demo's clock is behind."""
    since = day_month(period.start_on)
    name = province[:1].lower() + province[1:] if language.get() == "vi" else province
    words = [t("wall.period", period=period.label(language.get()), since=since)]
    if counted_at is not None:
        words.append(t("wall.counted_at", at=clock_time(counted_at.astimezone(LOCAL))))
    return Header(
        t("wall.title", province=name),
        " · ".join(words),
        t("wall.demo_clock", weeks=weeks_behind) if weeks_behind else "",
    )


def as_json(made: Sequence[Turn]) -> list[dict[str, Any]]:
    """Turns as the browser reads them."""
    return [{"id": turn.id, "seconds": turn.seconds, "html": turn.html} for turn in made]

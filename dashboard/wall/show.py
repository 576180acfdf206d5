"""Scenes of one screen: its turns, and the tiles that stand in each of them as fragments of HTML. Templates escape every value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from dashboard.ground import Ground
from dashboard.text import clock_time, day_month, language, t
from dashboard.wall import map_drawing, places
from dashboard.wall.fragments import Fragment, fragment, templates
from dashboard.wall.map_drawing import Box, DrawnMap, Frame, bezel_bands
from dashboard.wall.read import UNKNOWN_PLACE, WHOLE
from dashboard.wall.scenes import LEAST_S, Scene, chosen
from dashboard.wall.screen import Arrangement, Screen
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
    """One picture of the show and how long it stays: the slots of its arrangement, and its tiles."""

    id: str
    seconds: int
    slots: str
    tiles: tuple[Fragment, ...]


@dataclass(frozen=True)
class Show:
    """Every picture, in its order; ground: the shapes that their maps refer to."""

    turns: tuple[Turn, ...]
    ground: Fragment | None

    def fragments(self) -> dict[str, str]:
        """All that is shown: HTML by name, each once."""
        tiles = [tile for turn in self.turns for tile in turn.tiles]
        return dict([*tiles, *([self.ground] if self.ground else [])])


def entrance(build: str) -> str:
    """The page that signs a screen in; assets/wall_enter.js takes the token from the address' fragment."""
    said = {name: t(f"login.{key}") for name, key in _ENTRANCE.items()}
    return templates().get_template("enter.html").render(title=t("app.name"), build=build, **said)


_ENTRANCE = {"entering": "entering", "waiting": "waiting", "refused": "bad_device"}


def show(view: View) -> Show:
    """Every picture of the screen, in its order."""
    at = view.question.at.astimezone(LOCAL)
    drawn = _draw_map(view)
    made: list[Turn] = []
    for scene in chosen(view.screen.scenes, at.time()):
        for place in _places(scene, view):
            made += _scene_turns(scene, replace(view, place=place), drawn)
    return Show(tuple(made), fragment("ground", paths=drawn.paths) if drawn else None)


def _places(scene: Scene, view: View) -> list[str]:
    """The whole province, or each of the places with most overdue, most first."""
    if scene.each is None:
        return [WHOLE]
    held = {code: each.overdue for code, each in view.stocks.stock.items() if each.overdue}
    return most({code: n for code, n in held.items() if code not in (WHOLE, UNKNOWN_PLACE)}, MOST_SCENES)


def most(counts: Mapping[str, int], limit: int) -> list[str]:
    """The codes with the highest counts, highest first."""
    return sorted(counts, key=lambda code: (-counts[code], code))[:limit]


def _scene_turns(scene: Scene, view: View, drawn: DrawnMap | None) -> list[Turn]:
    made = []
    for place, slots in enumerate(view.screen.arrangement.turns):
        tiles = tuple(
            _tile(slot, TILES[scene.slots[slot]](view), view.screen, drawn)
            for slot in slots
            if slot in scene.slots
        )
        name = "/".join(part for part in (scene.id, view.place, str(place) if place else "") if part)
        if tiles:
            made.append(Turn(name, scene.seconds if not place else LEAST_S, "".join(slots), tiles))
    return made


def _tile(slot: str, values: Values, screen: Screen, drawn: DrawnMap | None) -> Fragment:
    more: dict[str, Any] = {}
    if values["kind"] == "map":
        more = {"drawn": drawn, "place": screen.arrangement.map_px, "font_px": _font_px(screen)}
    return fragment(values["kind"], slot=slot, **values, **more)


def _font_px(screen: Screen) -> float:
    return screen.px(LABEL_ARC_MINUTES)


@lru_cache(maxsize=8)
def _map_frame(arrangement: Arrangement, font_px: float) -> Frame:
    """The part of its place that the map may fill, in pixels of that place."""
    width, height = arrangement.map_px
    left = arrangement.width_px - width
    xs, ys = arrangement.bezels_px
    bands = bezel_bands([x - left for x in xs], ys, (width, height))
    legend = Box(width - LEGEND_PX[0], height - LEGEND_PX[1], width, height)
    area = Box(INSET_PX, arrangement.map_top_px, width - INSET_PX, height - INSET_PX * 0.75)
    return Frame(area, (*bands, legend), font_px)


def _draw_map(view: View) -> DrawnMap | None:
    """Districts, or communes where districts ended, with their counts, the fullest ones named; None where no boundaries are held (a list stands instead)."""
    if not view.screen.arrangement.has_map:
        return None
    ground = places.ground(view.question)
    areas = _areas(ground, ground.day or view.question.today)
    if not areas["features"]:
        return None
    drawn = {feature["id"] for feature in areas["features"]}
    counts = {
        code: each.overdue for code, each in view.stocks.stock.items() if each.overdue and code in drawn
    }
    named = drawn if ground.level is Level.DISTRICT else most(counts, MOST_NAMED)
    names = tuple((code, view.place_label(code)) for code in sorted(named))
    frame = _map_frame(view.screen.arrangement, _font_px(view.screen))
    return _drawn_map(ground, ground.day or view.question.today, tuple(sorted(counts.items())), names, frame)


@lru_cache(maxsize=8)
def _areas(ground: Ground, day: date) -> Mapping[str, Any]:
    """Shapes of the province's units on a day; of those known at all where the province itself has none."""
    province = ground.province_code
    areas = shapes(ground.level, day, province, SIMPLIFY_M, ground=province)
    return areas if areas["features"] else shapes(ground.level, day, province, SIMPLIFY_M)


@lru_cache(maxsize=32)
def _drawn_map(
    ground: Ground,
    day: date,
    counts: tuple[tuple[str, int], ...],
    names: tuple[tuple[str, str], ...],
    frame: Frame,
) -> DrawnMap:
    """Finding room for all names takes longer than all else of a version: done again only where a count has changed."""
    return map_drawing.draw(_areas(ground, day), dict(counts), dict(names), frame)


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
    """Turns as the browser reads them: tiles by their names."""
    return [
        {
            "id": turn.id,
            "seconds": turn.seconds,
            "slots": turn.slots,
            "tiles": [name for name, _ in turn.tiles],
        }
        for turn in made
    ]

"""A wall screen: how far it hangs, how big its pixels are, which composition it gets. Sizes follow from arc minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, pi
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dashboard.wall.scenes import all_scenes

CAPITAL_EM = 0.698
"""Height of a capital of IBM Plex Sans; the floor is meant for capitals (ISO 9241-303 as commonly cited)."""
MM_PER_ARC_MINUTE_AT_1_M = pi / 180 / 60 * 1000
FLOOR_ARC_MINUTES = 16


class BadScreenError(ValueError):
    """Settings of a wall device that cannot be used; names the device, the field and what to do."""


class Settings(BaseModel):
    """`auth.wall_device.settings`. scenes: ids of scenes.yaml in their order; none: all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    distance_m: float = Field(6.0, gt=0.5, lt=50)
    mm_per_px: float = Field(0.63, gt=0.05, lt=10)
    width_px: int = Field(5760, ge=640, le=15360)
    height_px: int = Field(2160, ge=360, le=8640)
    scenes: tuple[str, ...] = ()

    @field_validator("scenes")
    @classmethod
    def _are_known(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        known = [scene.id for scene in all_scenes()]
        if strange := [each for each in ids if each not in known]:
            raise ValueError(f"no scene {strange[0]!r}; scenes.yaml has {', '.join(known)}")
        return ids


@dataclass(frozen=True)
class Arrangement:
    """How a canvas is cut. turns: what stands together, in turn; each names slots of a scene.

    map_px: size of the place of the map; map_top_px: where it may begin, under its title.
    figure_px, bars_px, trend_px: free height for a figure, a list of bars, the trend, from its title to the edge.
    until_minute_px: for screens whose arc minute is at most so many pixels; others get the next arrangement.
    """

    id: str
    width_px: int
    height_px: int
    turns: tuple[tuple[str, ...], ...]
    map_px: tuple[int, int]
    map_top_px: int
    figure_px: int
    bars_px: int
    trend_px: int
    bezels_px: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """x and y of the bezels on the canvas."""
    until_minute_px: float = inf
    has_map: bool = True
    """False: too small for the names of all districts; a list stands instead."""


PANELS = Arrangement(
    "panels",
    5760,
    2160,
    (("a", "b", "map", "d", "e"),),
    (1920, 2160),
    500,
    figure_px=762,
    bars_px=958,
    trend_px=958,
    bezels_px=((1920, 3840), (1080,)),
)
LARGE = Arrangement(
    "large",
    3840,
    2160,
    (("a", "b", "e", "map"), ("b", "d", "map")),
    (1920, 2160),
    560,
    figure_px=570,
    bars_px=705,
    trend_px=1100,
    until_minute_px=4.1,
)
LARGE_FAR = replace(
    LARGE,
    id="large is-far",
    turns=(("a", "b", "map"), ("b", "e", "map"), ("d", "map")),
    figure_px=850,
    bars_px=850,
    until_minute_px=inf,
)
SINGLE = Arrangement(
    "single",
    1920,
    1080,
    (("b",), ("a",), ("e",), ("map",), ("d",)),
    (1920, 1080),
    360,
    figure_px=794,
    bars_px=794,
    trend_px=794,
    has_map=False,
)
ARRANGEMENTS = (PANELS, LARGE, LARGE_FAR, SINGLE)

# Heights in arc minutes of what stands in a tile, from assets/wall.css: they decide how large and how many.
HERO_MOST, HERO_LINE, AROUND_HERO = 100, 1.12, 82
BAR_ROW, AROUND_BARS = 27.7, 64
AROUND_TREND, TREND_MOST_PX = 120, 400


@dataclass(frozen=True)
class Screen:
    """One screen as it is drawn: a canvas in pixels, and how many of them make one arc minute of a capital."""

    arrangement: Arrangement
    minute_px: float
    scenes: tuple[str, ...] = ()

    @property
    def hero(self) -> float:
        """Size of the main figure in arc minutes: as large as the tile holds."""
        free = self.arrangement.figure_px / self.minute_px - AROUND_HERO
        return round(min(HERO_MOST, max(free / HERO_LINE, 50)), 1)

    @property
    def rows(self) -> int:
        """Rows of a list of bars that fit, the last one being all others."""
        return max(int((self.arrangement.bars_px / self.minute_px - AROUND_BARS) / BAR_ROW), 3)

    @property
    def trend_height_px(self) -> float:
        """Height of the on-time line."""
        return min(TREND_MOST_PX, self.arrangement.trend_px - AROUND_TREND * self.minute_px)

    def px(self, arc_minutes: float) -> float:
        """Font size whose capitals are so high to somebody at the screen's distance."""
        return self.minute_px * arc_minutes


def minute_px(distance_m: float, mm_per_px: float) -> float:
    """Font size in px whose capital is one arc minute high: 3,97 at 6 m and 0,63 mm per px."""
    return MM_PER_ARC_MINUTE_AT_1_M * distance_m / (mm_per_px * CAPITAL_EM)


def screen_of(stored: Mapping[str, Any], name: str, size_px: tuple[int, int] | None = None) -> Screen:
    """The screen of a device. `size_px`: the window that really shows it, where it is one that we compose for.

    Any other window gets the composition nearest to the device's own shape, scaled to fit (a preview at a desk).
    Raises BadScreenError.
    """
    try:
        settings = Settings.model_validate(dict(stored))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadScreenError(
            f"wall screen {name!r}: {field}: {first['msg']}; register it again: ioc wall-device add"
        ) from error
    minute = minute_px(settings.distance_m, settings.mm_per_px)
    fitting = [each for each in ARRANGEMENTS if minute <= each.until_minute_px]
    exact = [each for each in fitting if (each.width_px, each.height_px) == size_px]
    chosen = exact[0] if exact else _nearest(fitting, settings.width_px, settings.height_px)
    return Screen(chosen, minute, settings.scenes)


def _nearest(fitting: Sequence[Arrangement], width_px: int, height_px: int) -> Arrangement:
    """The widest that is not larger than the device."""
    within = [each for each in fitting if each.width_px <= width_px and each.height_px <= height_px]
    return max(within or [SINGLE], key=lambda each: each.width_px)

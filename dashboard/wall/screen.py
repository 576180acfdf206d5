"""A wall screen: how far it hangs, how big its pixels are, which composition it gets. Sizes follow from arc minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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


@dataclass(frozen=True)
class Arrangement:
    """How a canvas is cut. turns: what stands together, in turn; each names slots of a scene.

    map_px: size of the place of the map. rows: rows of a list of bars, the last one being all others.
    """

    id: str
    width_px: int
    height_px: int
    turns: tuple[tuple[str, ...], ...]
    map_px: tuple[int, int]
    map_top_px: int
    rows: int
    bezels_px: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """x and y of the bezels on the canvas."""


PANELS = Arrangement(
    "panels", 5760, 2160, (("a", "b", "map", "d", "e"),), (1920, 2160), 520, 6, ((1920, 3840), (1080,))
)
LARGE = Arrangement("large", 3840, 2160, (("a", "b", "e", "map"), ("b", "d", "map")), (1920, 2160), 600, 4)
SINGLE = Arrangement("single", 1920, 1080, (("b",), ("a",), ("e",), ("map",), ("d",)), (1920, 1080), 380, 6)
ARRANGEMENTS = (PANELS, LARGE, SINGLE)


@dataclass(frozen=True)
class Screen:
    """One screen as it is drawn: a canvas in pixels, and how many of them make one arc minute of a capital."""

    arrangement: Arrangement
    minute_px: float
    scenes: tuple[str, ...] = ()

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
    exact = {(each.width_px, each.height_px): each for each in ARRANGEMENTS}
    chosen = exact.get(size_px or (0, 0)) or _nearest(settings.width_px, settings.height_px)
    return Screen(chosen, minute_px(settings.distance_m, settings.mm_per_px), settings.scenes)


def _nearest(width_px: int, height_px: int) -> Arrangement:
    """The same shape if there is one, else the widest that is not wider in pixels."""
    fitting = [each for each in ARRANGEMENTS if each.width_px <= width_px and each.height_px <= height_px]
    return max(fitting or [SINGLE], key=lambda each: each.width_px)

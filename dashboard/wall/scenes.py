"""Scenes of the wall, read strictly from scenes.yaml."""

from datetime import time
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kpi.strict_yaml import Strict, load

LEAST_S = 20
"""Nobody reads a scene in less."""

Slot = Literal["a", "b", "map", "d", "e"]
Tile = Literal[
    "on_time",
    "overdue",
    "due_soon",
    "overdue_map",
    "trend",
    "holders",
    "overdue_fields",
    "satisfaction",
    "dispatch",
    "on_time_fields",
]


class Scene(Strict):
    """One scene: its tiles by slot, how long it stays, whether it comes once per district, its hours (local)."""

    id: str
    seconds: int = Field(ge=LEAST_S)
    slots: dict[Slot, Tile]
    each: Literal["district"] | None = None
    from_: str = Field("00:00", alias="from", pattern=r"^\d\d:\d\d$")
    until: str = Field("24:00", pattern=r"^\d\d:\d\d$")

    def is_on(self, at: time) -> bool:
        """Whether it is shown at this local time of day."""
        return self.from_ <= f"{at:%H:%M}" < self.until


class _File(Strict):
    scenes: tuple[Scene, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "_File":
        ids = [scene.id for scene in self.scenes]
        if len(set(ids)) < len(ids):
            raise ValueError("two scenes have the same id")
        return self


@cache
def all_scenes() -> tuple[Scene, ...]:
    """Every scene of scenes.yaml. Raises kpi.strict_yaml.DataError naming line and field."""
    return load(Path(__file__).with_name("scenes.yaml"), _File)[0].scenes


def chosen(ids: tuple[str, ...], at: time) -> list[Scene]:
    """The scenes of a screen that are on at this local time; without ids all. Never none: the first is the fallback.

    Raises KeyError for an id that is none (dashboard.wall.screen refuses these).
    """
    known = {scene.id: scene for scene in all_scenes()}
    row = [known[each] for each in ids or known]
    return [scene for scene in row if scene.is_on(at)] or row[:1]

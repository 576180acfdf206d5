"""Flags of a point and the rule behind each, from rules.yaml."""

from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from geo.places import PlaceDataError


class Flag(StrEnum):
    """What is said of a point; each has its rule in rules.yaml and its count on the data page."""

    INSIDE = "inside"
    ON_BOUNDARY = "on_boundary"
    UNCERTAIN = "uncertain"
    STORE_DISAGREES = "store_disagrees"
    JUST_OUTSIDE = "just_outside"
    OUTSIDE_PROVINCE = "outside_province"
    AT_SEA_OR_ABROAD = "at_sea_or_abroad"
    SWAPPED = "swapped"
    ZERO = "zero"
    MISSING = "missing"
    INVALID = "invalid"
    NO_BOUNDARIES = "no_boundaries"


class CommuneFrom(StrEnum):
    """Whose commune counts for a point."""

    POINT = "point"
    STORE = "store"
    STORE_ELSE_POINT = "store_else_point"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Strict):
    """Distances of the rules, in metres and degrees."""

    approximate_margin_m: float = Field(gt=0)
    just_outside_m: float = Field(gt=0)
    zero_degrees: float = Field(gt=0)
    country_box: tuple[float, float, float, float] = Field(description="west, south, east, north")


class FlagRule(_Strict):
    """Words and rule of one flag."""

    vi: str
    en: str
    rule: str
    commune_from: CommuneFrom


class Rules(_Strict):
    """Everything in rules.yaml; a flag without a rule, or a rule without a flag, is refused."""

    limits: Limits
    flags: dict[Flag, FlagRule]

    @model_validator(mode="after")
    def _every_flag_has_its_rule(self) -> "Rules":
        missing = sorted(set(Flag) - set(self.flags))
        if missing:
            raise ValueError(f"no rule for the flags {missing}")
        return self


@cache
def rules() -> Rules:
    """The shipped rules. Raises `PlaceDataError` when the file does not fit the model."""
    path = Path(__file__).parent / "rules.yaml"
    try:
        return Rules.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValueError as error:
        raise PlaceDataError(f"{path.name}: {error}") from error

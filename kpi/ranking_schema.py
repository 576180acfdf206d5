"""What kpi/ranking.yaml may say, read strictly: schemes by validity, criteria with their scoring, groups of units."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kpi.definitions import Words
from kpi.effective import BadValidityError, Dated, Span
from kpi.rates import Rate
from kpi.strict_yaml import Strict, load

FILE = Path(__file__).parent / "ranking.yaml"
Percent = Annotated[float, Field(ge=0, le=100)]
Text = Annotated[str, Field(min_length=1)]
Level = Literal["ioc", "department", "district", "commune", "central", "utility"]


class Tier(Strict):
    """From `from_pct` of the rate up: so many points."""

    from_pct: Percent
    points: Annotated[float, Field(ge=0)]


class Criterion(Strict):
    """One criterion of the scoring table."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    label: Words
    figure: Literal["on_time_rate", "satisfaction"]
    max: Annotated[float, Field(gt=0)]
    method: Literal["linear", "capped_linear", "tiered"]
    zero: Literal["full", "zero", "not_applicable"]
    article: Text
    full_at_pct: Annotated[float, Field(gt=0, le=100)] | None = None
    tiers: tuple[Tier, ...] = ()

    @model_validator(mode="after")
    def _has_what_the_method_needs(self) -> "Criterion":
        needs = (self.method == "capped_linear", self.method == "tiered")
        if (self.full_at_pct is not None, bool(self.tiers)) != needs:
            raise ValueError(f"method {self.method} needs full_at_pct: {needs[0]}, tiers: {needs[1]}")
        bounds = [tier.from_pct for tier in self.tiers]
        if bounds != sorted(bounds, reverse=True) or len(set(bounds)) != len(bounds):
            raise ValueError("tiers go from the highest from_pct down, each once")
        if any(tier.points > self.max for tier in self.tiers):
            raise ValueError(f"a tier gives more than max {self.max}")
        return self

    def points(self, rate: Rate) -> float | None:
        """Points for a rate, unrounded; None: the criterion does not apply to a unit without cases."""
        if rate.pct is None:
            return {"full": self.max, "zero": 0.0, "not_applicable": None}[self.zero]
        if self.method == "tiered":
            return next((tier.points for tier in self.tiers if rate.pct >= tier.from_pct), 0.0)
        full_at_pct = self.full_at_pct or 100
        return self.max * min(rate.pct, full_at_pct) / full_at_pct


class Group(Strict):
    """Units that are ranked against each other."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    label: Words
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class Scheme(Strict):
    """One scoring table. minimum_sample: fewer judged cases are not ranked."""

    id: Text
    valid_from: date
    valid_to: date | None
    source: Text
    minimum_sample: Annotated[int, Field(ge=1)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]

    def group(self, group_id: str) -> Group:
        """The group of that id. Raises LookupError naming those that are known."""
        for group in self.groups:
            if group.id == group_id:
                return group
        raise LookupError(f"unknown group {group_id!r}; use one of {', '.join(g.id for g in self.groups)}")


class _File(Strict):
    schemes: Annotated[tuple[Scheme, ...], Field(min_length=1)]


def read_schemes(path: Path = FILE) -> Dated[Scheme]:
    """The schemes by day. Raises strict_yaml.DataError with file, line and field."""
    record, located = load(path, _File)
    try:
        return Dated("ranking scheme", [Span(s.valid_from, s.valid_to, s) for s in record.schemes])
    except BadValidityError as error:
        raise located.error(("schemes", error.index), str(error)) from error


@cache
def load_schemes() -> Dated[Scheme]:
    """The shipped ranking.yaml."""
    return read_schemes()

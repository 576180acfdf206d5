"""What each KPI means: definitions.yaml -> one frozen KpiDefinition per figure. SQL and screens follow these words."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kpi.strict_yaml import Strict, parse

FILE = Path(__file__).parent / "definitions.yaml"
Text = Annotated[str, Field(min_length=1)]


class Words(Strict):
    """The same words in both languages of the screen."""

    vi: Text
    en: Text


class KpiDefinition(Strict):
    """One figure. A ratio says its numerator and denominator: the id of another KPI, or the set in words."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    label: Words
    kind: Literal["flow", "stock", "ratio"]
    unit: Literal["count", "percent"]
    better: Literal["higher", "lower", "neither"]
    counts: Words
    numerator: Words | str | None = None
    denominator: Words | str | None = None
    exclusions: tuple[Words, ...] = ()
    article: Text

    @model_validator(mode="after")
    def _ratio_has_both_parts(self) -> "KpiDefinition":
        has_both = self.numerator is not None and self.denominator is not None
        has_none = self.numerator is None and self.denominator is None
        if not (has_both if self.kind == "ratio" else has_none):
            raise ValueError("a ratio has a numerator and a denominator, a count has neither")
        if (self.kind == "ratio") != (self.unit == "percent"):
            raise ValueError(f"unit {self.unit!r} does not go with kind {self.kind!r}")
        return self


class _File(Strict):
    kpis: Annotated[tuple[KpiDefinition, ...], Field(min_length=1)]


def parse_definitions(text: str, file: str) -> Mapping[str, KpiDefinition]:
    """Read the definitions, by id in their order. Raises strict_yaml.DataError with file, line and field."""
    record, located = parse(text, file, _File)
    ids = [kpi.id for kpi in record.kpis]
    for place, kpi in enumerate(record.kpis):
        if kpi.id in ids[:place]:
            raise located.error(("kpis", place, "id"), f"{kpi.id} stands twice")
        for field in ("numerator", "denominator"):
            part = getattr(kpi, field)
            if isinstance(part, str) and part not in ids:
                raise located.error(("kpis", place, field), f"no KPI {part!r}")
    return MappingProxyType({kpi.id: kpi for kpi in record.kpis})


@cache
def load_definitions() -> Mapping[str, KpiDefinition]:
    """The shipped definitions.yaml."""
    return parse_definitions(FILE.read_text(encoding="utf-8"), FILE.name)

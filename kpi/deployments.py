"""Which text a province applies on which day: deployments.yaml, with no overlap and no gap."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kpi.calendar_data import ProvinceCode
from kpi.effective import BadValidityError, Dated, Span
from kpi.rules_schema import ChoiceRecord
from kpi.strict_yaml import Loc, Located, Strict, parse

FILE = Path(__file__).parent / "deployments.yaml"
Texts = Mapping[str, Mapping[str, ChoiceRecord]]


class Applied(Strict):
    """A text in force in a province from a day, and the base text that lends what it does not set."""

    regulation: Annotated[str, Field(min_length=1)]
    from_on: Annotated[date, Field(alias="from")]
    until_on: Annotated[date | None, Field(alias="until")]
    base: str | None
    choices: Annotated[dict[str, str], Field(default_factory=dict)]
    basis: Literal["decided", "assumption"]
    document: Annotated[str, Field(min_length=1)]


class _Province(Strict):
    province: ProvinceCode
    texts: tuple[Applied, ...]


class _File(Strict):
    deployments: tuple[_Province, ...]


def parse_deployments(text: str, file: str, known: Texts) -> Mapping[str, Dated[Applied]]:
    """province_code -> texts by day; `known`: the choices of each text, by its id. Raises strict_yaml.DataError."""
    record, located = parse(text, file, _File)
    found: dict[str, Dated[Applied]] = {}
    for place, province in enumerate(record.deployments):
        loc = ("deployments", place, "texts")
        for index, applied in enumerate(province.texts):
            _check(applied, located, (*loc, index), known)
        if province.province in found:
            raise located.error(("deployments", place, "province"), f"{province.province} stands twice")
        try:
            spans = [Span(applied.from_on, applied.until_on, applied) for applied in province.texts]
            found[province.province] = Dated(f"text of province {province.province}", spans)
        except BadValidityError as error:
            raise located.error((*loc, error.index, "from"), str(error)) from error
    return found


def _check(applied: Applied, located: Located, loc: Loc, known: Texts) -> None:
    """The texts named exist, and so do the readings chosen."""
    for field, name in (("regulation", applied.regulation), ("base", applied.base)):
        if name is not None and name not in known:
            raise located.error(
                (*loc, field), f"unknown regulation {name!r}; known: {', '.join(sorted(known))}"
            )
    choices = known[applied.regulation]
    for name, value in applied.choices.items():
        if name not in choices:
            raise located.error((*loc, "choices", name), f"{applied.regulation} leaves no such choice open")
        if value not in choices[name].allowed:
            raise located.error(
                (*loc, "choices", name), f"{value!r} is not one of {', '.join(choices[name].allowed)}"
            )


def load_deployments(known: Texts) -> Mapping[str, Dated[Applied]]:
    """The shipped deployments.yaml; see kpi.rules.deployments, which knows the texts."""
    return parse_deployments(FILE.read_text(encoding="utf-8"), FILE.name, known)

"""Which text a province applies on which day: deployments.yaml, with no overlap and no gap."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kpi.effective import BadValidityError, Dated, Span
from kpi.strict_yaml import Strict, parse

FILE = Path(__file__).parent / "deployments.yaml"


class Applied(Strict):
    """A text in force in a province from a day, and the base text that lends what it does not set."""

    regulation: Annotated[str, Field(min_length=1)]
    from_on: Annotated[date, Field(alias="from")]
    until_on: Annotated[date | None, Field(alias="until")]
    base: str | None
    basis: Literal["decided", "assumption"]
    document: Annotated[str, Field(min_length=1)]


class _Province(Strict):
    province: Annotated[str, Field(pattern=r"^\d{2}$")]
    texts: tuple[Applied, ...]


class _File(Strict):
    deployments: tuple[_Province, ...]


def parse_deployments(text: str, file: str, known: frozenset[str]) -> Mapping[str, Dated[Applied]]:
    """province_code -> texts by day; `known` are the ids of the texts. Raises strict_yaml.DataError."""
    record, located = parse(text, file, _File)
    found: dict[str, Dated[Applied]] = {}
    for place, province in enumerate(record.deployments):
        loc = ("deployments", place, "texts")
        for index, applied in enumerate(province.texts):
            for field, name in (("regulation", applied.regulation), ("base", applied.base)):
                if name is not None and name not in known:
                    raise located.error(
                        (*loc, index, field),
                        f"unknown regulation {name!r}; known: {', '.join(sorted(known))}",
                    )
        if province.province in found:
            raise located.error(("deployments", place, "province"), f"{province.province} stands twice")
        try:
            spans = [Span(applied.from_on, applied.until_on, applied) for applied in province.texts]
            found[province.province] = Dated(f"text of province {province.province}", spans)
        except BadValidityError as error:
            raise located.error((*loc, error.index, "from"), str(error)) from error
    return found


@cache
def load_deployments(known: frozenset[str]) -> Mapping[str, Dated[Applied]]:
    """province_code -> the texts it applies, by day; `known` are the ids of all texts."""
    return parse_deployments(FILE.read_text(encoding="utf-8"), FILE.name, known)

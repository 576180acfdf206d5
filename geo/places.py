"""Which provinces have boundaries, and on which days: the coverages of data/places.yaml."""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from geo.text import fold

SHIPPED = Path(__file__).parent / "data"
_folder = SHIPPED
"""The folder of places.yaml, units.csv, succession.csv and boundaries/."""


class PlaceDataError(ValueError):
    """The shipped place data contradict themselves; the message names the file and the entry."""


def boundary_file(name: str) -> Path:
    """A file of boundaries."""
    return _folder / "boundaries" / name


def rows_of(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(where: "units.csv line 7", row) of a table of the folder. Raises `PlaceDataError` when it cannot be read."""
    path = _folder / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                yield f"{name} line {line}", row
    except OSError as error:
        raise PlaceDataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise PlaceDataError(f"{path}: is not UTF-8") from error


def use_folder(folder: Path) -> None:
    """Read places from another folder: `ioc geo check --data`, before anything is read (readings are kept)."""
    global _folder  # noqa: PLW0603 one folder per process, chosen at its start
    _folder = folder


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Coverage(_Strict):
    """A province with boundaries on the days [valid_from, valid_to).

    `succeeded_by` is the name of the coverage that holds its ground afterwards.
    `approximate_kinds`: borders that touch a unit of these kinds are approximate unless the next coverage has them too.
    """

    province_code: str
    name: str
    valid_from: date
    valid_to: date | None = None
    boundaries: str
    succeeded_by: str | None = None
    approximate_kinds: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether these boundaries answer for `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Country(_Strict):
    """The outline of the whole country, for overview maps."""

    name: str
    boundaries: str
    valid_from: date


class Places(_Strict):
    """Everything in places.yaml. `credit` is the line that every map of these boundaries shows."""

    credit: str
    coverages: tuple[Coverage, ...]
    country: Country

    @model_validator(mode="after")
    def _names_resolve(self) -> "Places":
        names = [c.name for c in self.coverages]
        if len(set(names)) != len(names):
            raise ValueError("two coverages have the same name")
        unknown = {c.succeeded_by for c in self.coverages} - {None, *names}
        if unknown:
            raise ValueError(f"succeeded_by names no coverage: {sorted(map(str, unknown))}")
        return self


@cache
def places() -> Places:
    """The shipped coverages. Raises `PlaceDataError` when places.yaml does not fit the model."""
    path = _folder / "places.yaml"
    try:
        return Places.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise PlaceDataError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, yaml.YAMLError) as error:
        raise PlaceDataError(f"{path.name}: {error}") from error


def coverages_of(key: str) -> tuple[Coverage, ...]:
    """Every coverage that `key` leads to: those of that code or name, and what succeeded them.

    `key` is a province code ("94") or name with or without diacritics and blanks ("soctrang"). Empty: no boundaries.
    """
    wanted = _plain(key)
    found = [c for c in places().coverages if wanted in (c.province_code, _plain(c.name))]
    for coverage in found:
        found += [c for c in places().coverages if c.name == coverage.succeeded_by and c not in found]
    return tuple(found)


def coverage_on(key: str, day: date) -> Coverage | None:
    """The coverage that answers for `key` on `day`; None when there are no boundaries.

    A code or name of that day comes first; else what succeeded it: "94" in 2026 leads to Cần Thơ, whose ground
    includes it. Nothing leads backwards: "92" in 2024 is the old Cần Thơ, for which no boundaries are held.
    """
    return next((c for c in coverages_of(key) if c.holds_on(day)), None)


def coverages_on(day: date) -> tuple[Coverage, ...]:
    """All coverages that answer for `day`, in the order of places.yaml."""
    return tuple(c for c in places().coverages if c.holds_on(day))


def _plain(text: str) -> str:
    return fold(text).replace(" ", "")

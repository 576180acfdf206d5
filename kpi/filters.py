"""What a page is asked to show, as the address says it: period, place, unit, field, channel, state, urgency.

The address is the only place where filters are kept. A value that cannot be understood is refused by name; it is
never replaced by a default in silence.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from kpi.cells import BadCellError, Cell
from kpi.periods import FORMS, BadPeriodError, Period, parse
from kpi.scope import Scope

SLICES = ("district", "commune", "unit", "field", "channel", "urgency")
"""Filters that are a code of the mart; every one cuts every figure."""

UNKNOWN = "unknown"
"""Value of district or commune for reports whose place is not known."""

URGENCIES = ("normal", "urgent", "instant")
OWN, TODAY, BEFORE = "own", "today", "before"
GROUNDS = (OWN, TODAY, BEFORE)
"""Units that figures by place stand on: each report's own time, the product's today, or the last day of districts."""
NOT_KEYS = ("period", "carried")
"""Fields that are not written as a key and its value."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
DEFAULT_BASIS = "decree09"


class FilterError(ValueError):
    """A filter of the address that cannot be understood: key, value and what to do."""

    def __init__(self, key: str, value: str, problem: str) -> None:
        self.key, self.value, self.problem = key, value, problem
        super().__init__(f"{key}={value}: {problem}")


@dataclass(frozen=True)
class Piece:
    """A part of a divided unit: the unit of another day that it lies in, and a polygon "((lon,lat),…)" around it."""

    code: str
    polygon: str


@dataclass(frozen=True)
class SentFrom:
    """Reports of one district or commune (column) of its own time, sent between two instants (None: open).

    pieces: of a commune that was divided; then only the reports in the pieces `inside` ('': in none of them) are meant.
    """

    column: str
    code: str
    from_at: datetime | None
    to_at: datetime | None
    pieces: tuple[Piece, ...] = ()
    inside: tuple[str, ...] = ()


Carried = tuple[tuple[str, tuple[SentFrom, ...]], ...]
"""By filter (district | commune): the units of the reports' own time that it stands for."""


@dataclass(frozen=True)
class Filters:
    """One choice of what to count. None means all.

    period: with its basis. state: a measure of kpi.queries.measures or of kpi.queries.stages; stage: a stage id, for
    the latter. district and commune may be UNKNOWN. ground: TODAY, BEFORE, or None for each report's own time; on the
    ground of a day, district and commune are units of it and `carried` says which units of their own time they are.
    cell: one of kpi.cells; reports without a place and secret ones lie in none.
    """

    period: Period
    district: str | None = None
    commune: str | None = None
    unit: str | None = None
    field: str | None = None
    channel: str | None = None
    urgency: str | None = None
    state: str | None = None
    stage: str | None = None
    ground: str | None = None
    cell: str | None = None
    carried: Carried = ()
    """Follows from the other fields and the day (dashboard.ground); no part of the address."""

    def __post_init__(self) -> None:
        _one_of("ground", self.ground, GROUNDS)
        if self.ground == OWN:
            object.__setattr__(self, "ground", None)
        for key in (*SLICES, "state", "stage"):
            value = getattr(self, key)
            if value is not None and not CODE.fullmatch(value):
                raise FilterError(key, value, "is not a code: letters, digits, - _ . only, at most 40")
        _one_of("urgency", self.urgency, URGENCIES)
        if self.cell is not None:
            _cell(self.cell)

    def slices(self) -> dict[str, str]:
        """The chosen SLICES as the mart writes them: a place that is not known is ''. Without what is `carried`."""
        carried = dict(self.carried)
        chosen = {name: getattr(self, name) for name in SLICES if getattr(self, name) is not None}
        chosen = {name: value for name, value in chosen.items() if name not in carried}
        return {name: "" if value == UNKNOWN else value for name, value in chosen.items()}

    def with_(self, **changes: object) -> "Filters":
        """The same filters with some of them changed (None: all). Raises FilterError."""
        if changes.keys() & {"district", "commune", "ground"}:  # what was carried belonged to the old ones
            changes = {"carried": (), **changes}
        return replace(self, **changes)  # type: ignore[arg-type]

    def within(self, scope: Scope) -> "Filters":
        """The same filters bound to what the scope may see: a district IOC to its district, a unit to itself.

        Raises FilterError when they ask for somebody else's rows.
        """
        bound = self
        for key, own in (("district", scope.district_code), ("unit", scope.unit_code)):
            if own and getattr(bound, key) not in (None, own):
                raise FilterError(key, getattr(bound, key), f"this account sees {own} only")
            bound = bound.with_(**{key: own}) if own else bound
        return bound

    def check(self, known: Mapping[str, Collection[str]]) -> None:
        """Raise FilterError for a code that is not in `known` (by key, such as district); keys left out pass."""
        for key, codes in known.items():
            value = getattr(self, key)
            if value is not None and value != UNKNOWN and value not in codes:
                raise FilterError(key, value, f"there is no such {key}")

    def query(self) -> str:
        """The canonical query string, without '?': keys in a fixed order, nothing that says 'all'."""
        pairs = [("period", _period_code(self.period))]
        if self.period.basis != DEFAULT_BASIS:
            pairs.append(("basis", self.period.basis))
        chosen = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in NOT_KEYS]
        return urlencode([*pairs, *[(key, value) for key, value in chosen if value is not None]])

    @classmethod
    def from_query(cls, query: str, current: Period, also: Iterable[str] = ()) -> "Filters":
        """Read a query string (with or without '?'). Without the key period, `current` is meant.

        also: further keys that the page reads itself. Raises FilterError for an unknown or doubled key, or a value
        that cannot be understood; whether a code exists is `check`'s business.
        """
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
        given: dict[str, str] = {}
        for key, value in pairs:
            if key in given:
                raise FilterError(key, value, "stands twice in the address")
            given[key] = value
        own = {f.name for f in fields(cls)} - {"carried"} | {"basis"}
        if unknown := sorted(set(given) - own - set(also)):
            known = ", ".join(sorted(own))
            raise FilterError(unknown[0], given[unknown[0]], f"unknown filter; known are {known}")
        chosen: dict[str, Any] = {
            key: value for key, value in given.items() if key in own and key not in ("period", "basis")
        }
        return cls(period=_period(given, current), **chosen)


def _period(given: Mapping[str, str], current: Period) -> Period:
    basis = given.get("basis", DEFAULT_BASIS if "period" in given else current.basis)
    if "period" not in given:
        if "basis" in given and basis != current.basis:
            raise FilterError("basis", basis, "stands without a period; name the period too")
        return current
    code = given["period"]
    for kind, (pattern, _) in FORMS.items():
        if re.fullmatch(pattern, code) and (kind != "nine_months" or code.endswith("-9M")):
            try:
                return parse(kind, code, basis)
            except BadPeriodError as error:
                raise FilterError("period", code, str(error)) from error
    forms = ", ".join(example for _, example in FORMS.values())
    raise FilterError("period", code, f"is no period; write it as one of {forms} or 2024-9M")


def _period_code(period: Period) -> str:
    return f"{period.code}-9M" if period.kind == "nine_months" else period.code


def _cell(code: str) -> None:
    try:
        Cell.parse(code)
    except BadCellError as error:
        raise FilterError("cell", code, str(error)) from error


def _one_of(key: str, value: str | None, known: Collection[str]) -> None:
    if value is not None and value not in known:
        raise FilterError(key, value, f"use one of {', '.join(known)}")

"""The law as data: regulations/<text>.yaml -> frozen Regulation and StageLimit. A change of law is a change of data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kpi.deployments import Applied, load_deployments
from kpi.effective import Dated, NotInForceError
from kpi.provinces import province_code as code_of_province
from kpi.rules_schema import (
    READING_CHOICES,
    STAGE_IDS,
    ChoiceRecord,
    ConditionRecord,
    ExtensionRecord,
    OverdueRecord,
    RegulationRecord,
    ReportRecord,
    StageRecord,
    check,
)
from kpi.strict_yaml import Located, parse

FOLDER = Path(__file__).parent / "regulations"
UNIT_S = {"second": 1, "minute": 60, "hour": 3600}


class UnknownRegulationError(LookupError):
    """No text of that id is known."""


class UnknownStageError(LookupError):
    """No stage of that id exists in any text."""


class UnknownChoiceError(ValueError):
    """The text leaves no such choice open, or does not allow that reading."""


@dataclass(frozen=True)
class Reading:
    """How the open questions of counting are read (the choices of the text, each with its article there)."""

    day_counting: str = "civil_code"
    day_ends: str = "office_close"
    session_end: str = "due_then"
    day_off_start: str = "from_start_date"
    hours_per_day: int = 8


@dataclass(frozen=True)
class StageLimit:
    """One limit of one text, with its open choices resolved.

    amount and unit: 4 hour, 15 minute, 20 second, 6 day. clock: office_time (working seconds), working_days, or
    wall_time (by the clock). starts_from and stops_on are event kinds of the store contract. holder: who holds the
    clock. inside: the limit that this one is a part of. borrowed_from: id of the base text, None for the text's own.
    """

    regulation_id: str
    stage_id: str
    amount: int
    unit: str
    clock: str
    starts_from: str
    stops_on: str
    holder: str
    article: str
    urgency: tuple[str, ...] = ("normal",)
    pausable: bool = False
    extendable: bool = False
    inside: str | None = None
    parts: tuple[tuple[str, int], ...] = ()
    borrowed_from: str | None = None
    reading: Reading = Reading()

    @property
    def amount_s(self) -> int:
        """The limit in seconds of its clock; a working day is `reading.hours_per_day` working hours."""
        if self.unit == "day":
            return self.amount * self.reading.hours_per_day * UNIT_S["hour"]
        return self.amount * UNIT_S[self.unit]

    def counted_as(self, counting: str | None) -> "StageLimit":
        """The same limit with working days counted as `civil_code` or `working_hours` (None: as it stands)."""
        if counting is None or counting == self.reading.day_counting:
            return self
        if counting not in READING_CHOICES["day_counting"]:
            raise UnknownChoiceError(
                f"unknown counting {counting!r}; use {' or '.join(READING_CHOICES['day_counting'])}"
            )
        return replace(self, reading=replace(self.reading, day_counting=counting))


@dataclass(frozen=True)
class Regulation:
    """One legal text with one reading of each of its open choices."""

    id: str
    province_code: str
    title: str
    short_title: str
    status: str
    number: str
    urgency: tuple[str, ...]
    choices: Mapping[str, ChoiceRecord]
    chosen: Mapping[str, str]
    overdue: OverdueRecord | None
    extension: ExtensionRecord | None
    reports: tuple[ReportRecord, ...]
    classification: tuple[ConditionRecord, ...]
    escalations: tuple[ConditionRecord, ...]
    records: Mapping[str, StageRecord]
    due_by_store: bool = False
    base: "Regulation | None" = None

    def stage(self, stage_id: str) -> StageLimit | None:
        """The limit of a stage, the base text's (marked borrowed) if this text sets none; None: "không quy định".

        Raises UnknownStageError for a stage that no text has.
        """
        if stage_id not in STAGE_IDS:
            raise UnknownStageError(f"unknown stage {stage_id!r}; the stages are {' '.join(STAGE_IDS)}")
        record = self.records.get(stage_id)
        if record is not None:
            return self._limit(stage_id, record)
        lent = self.base.stage(stage_id) if self.base else None
        return replace(lent, borrowed_from=lent.borrowed_from or lent.regulation_id) if lent else None

    def stages(self) -> dict[str, StageLimit]:
        """Every stage that has a limit, own or borrowed, in the order of the life cycle."""
        limits = {stage_id: self.stage(stage_id) for stage_id in STAGE_IDS}
        return {stage_id: limit for stage_id, limit in limits.items() if limit}

    def extended(self, limit: StageLimit) -> StageLimit | None:
        """The farthest that `limit` may be extended to, from the same start; None when the text sets no such bound."""
        rule = self.extension_rule()
        if rule is None or rule.max_share_of_limit is None:
            return None
        return replace(limit, amount=limit.amount + int(limit.amount * rule.max_share_of_limit))

    def extension_rule(self) -> ExtensionRecord | None:
        """The rule on extensions, the base's if this text has none of its own stages; None: not provided for."""
        return self.extension or (self.base.extension_rule() if self.base else None)

    def overdue_rule(self) -> OverdueRecord | None:
        """What decides that a case is overdue, own or the base's; None: the text does not say."""
        return self.overdue or (self.base.overdue_rule() if self.base else None)

    @property
    def pauses_for_supplement(self) -> bool:
        """Whether the clock of a pausable stage stands still while the sender is asked for more."""
        if "info_request_pauses" in self.chosen:
            return self.chosen["info_request_pauses"] == "yes"
        return self.base.pauses_for_supplement if self.base else False

    def with_choices(self, **chosen: str) -> "Regulation":
        """The same text under other readings. Raises UnknownChoiceError."""
        for name, value in chosen.items():
            if name not in self.choices:
                raise UnknownChoiceError(
                    f"{self.id} leaves no choice {name!r} open; it has {', '.join(self.choices) or 'none'}"
                )
            if value not in self.choices[name].allowed:
                raise UnknownChoiceError(
                    f"{self.id}: {name} is one of {', '.join(self.choices[name].allowed)}, not {value!r}"
                )
        return replace(self, chosen=MappingProxyType({**self.chosen, **chosen}))

    def with_base(self, base: "Regulation | None") -> "Regulation":
        """The same text, with `base` lending the limits that it does not set."""
        return replace(self, base=base)

    def _limit(self, stage_id: str, record: StageRecord) -> StageLimit:
        picked = {
            name: self._resolved(getattr(record, name)) for name in ("clock", "starts_from", "stops_on")
        }
        c = self.chosen
        reading = Reading(c["day_counting"], c["day_ends"], c["session_end"], c["day_off_start"])
        parts = tuple((part.what, part.amount) for part in record.parts)
        return StageLimit(
            self.id, stage_id, record.amount, record.unit, holder=record.holder, article=record.article,
            urgency=record.urgency or self.urgency, pausable=record.pausable, extendable=record.extendable, inside=record.inside,
            parts=parts, reading=reading, **picked,
        )  # fmt: skip

    def _resolved(self, value: str) -> str:
        return self.chosen[value[1:]] if value.startswith("$") else value


def parse_regulation(text: str, file: str) -> Regulation:
    """Read one text. Raises strict_yaml.DataError with file, line and field."""
    record, located = parse(text, file, RegulationRecord)
    check(record, located)
    chosen = {name: choice.default for name, choice in record.choices.items()}
    return Regulation(
        record.id, record.province, record.title, record.short_title, record.status, record.number,
        record.urgency, MappingProxyType(record.choices), MappingProxyType(chosen), record.overdue, record.extension, record.reports,
        record.classification, record.escalations, MappingProxyType({str(stage): limit for stage, limit in record.stages.items()}), record.due_by_store,
    )  # fmt: skip


@cache
def load_regulations() -> Mapping[str, Regulation]:
    """Every text under regulations/ by id, without any base text."""
    found: dict[str, Regulation] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        regulation = parse_regulation(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")
        if regulation.id != path.stem:
            raise Located(path.read_text(encoding="utf-8"), path.name).error(
                ("id",), f"must be the file's name, {path.stem}"
            )
        found[regulation.id] = regulation
    return MappingProxyType(found)


def regulation(regulation_id: str) -> Regulation:
    """The text of that id. Raises UnknownRegulationError naming those that are known."""
    try:
        return load_regulations()[regulation_id]
    except KeyError:
        known = ", ".join(load_regulations())
        raise UnknownRegulationError(f"unknown regulation {regulation_id!r}; known: {known}") from None


@cache
def deployments() -> Mapping[str, Dated[Applied]]:
    """province_code -> which text it applies from which day (deployments.yaml). Raises strict_yaml.DataError."""
    return load_deployments({text.id: text.choices for text in load_regulations().values()})


def regulation_for(province: str, day: date) -> Regulation:
    """The text that a province applies on `day`, as it reads it, with its base.

    Raises provinces.UnknownProvinceError, and effective.NotInForceError where no text is deployed on that day.
    """
    code = code_of_province(province)
    if code not in deployments():
        raise NotInForceError(f"kpi/deployments.yaml names no text for province {code}")
    applied = deployments()[code].value_on(day)
    base = regulation(applied.base) if applied.base else None
    return regulation(applied.regulation).with_base(base).with_choices(**applied.choices)

"""What a regulation's YAML file may say: the strict models behind kpi/rules.py, one record per limit."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from kpi.calendar_data import ProvinceCode
from kpi.strict_yaml import Located, Strict

StageId = Literal[
    "receive", "dispatch", "accept", "ask_more", "supply", "return_wrong", "handle", "approve", "forward",
    "coordinate", "coordinate_return", "consolidate", "publish", "send_back", "clarify", "designated",
    "urgent_update", "instant_forward", "instant_confirm", "instant_result", "call_transfer",
]  # fmt: skip
STAGE_IDS: tuple[str, ...] = get_args(StageId)

Event = Literal[
    "sent", "received", "dispatched", "accepted", "info_requested", "info_supplied", "returned_wrong", "forwarded",
    "coordination_result", "coordination_returned", "result", "approved", "published", "sent_back", "feedback",
    "clarified", "designated", "completed", "call_received", "call_transferred",
]  # fmt: skip
EVENTS: tuple[str, ...] = get_args(Event)

Unit = Literal["second", "minute", "hour", "day"]
Clock = Literal["office_time", "working_days", "wall_time"]
CLOCKS: tuple[str, ...] = get_args(Clock)
Holder = Literal["ioc", "lead_unit", "coordinating_unit", "sender"]
Urgency = Literal["normal", "urgent", "instant"]
PeriodKind = Literal["day", "week", "month", "quarter", "half", "nine_months", "year"]
Basis = Literal["decree09", "calendar"]

Article = Annotated[str, Field(min_length=2)]
Text = Annotated[str, Field(min_length=1)]

READING_CHOICES: dict[str, tuple[str, ...]] = {
    "day_counting": ("civil_code", "working_hours"),
    "day_ends": ("office_close", "midnight"),
    "session_end": ("due_then", "next_opening"),
    "day_off_start": ("from_start_date", "from_next_working_day"),
    "info_request_pauses": ("yes", "no"),
}
"""Choices that the code itself must understand, with every value it understands."""


class ChoiceRecord(Strict):
    """A question that the text leaves open: the reading taken, the readings possible, and why."""

    default: Text
    allowed: Annotated[tuple[Text, ...], Field(min_length=2)]
    article: Article
    why: Text

    @model_validator(mode="after")
    def _default_is_allowed(self) -> "ChoiceRecord":
        if self.default not in self.allowed:
            raise ValueError(f"default {self.default!r} is not one of {', '.join(self.allowed)}")
        return self


class PartRecord(Strict):
    """A share of a limit that the text itself splits (handling and the leader's approval)."""

    what: Literal["handling", "approval"]
    amount: Annotated[int, Field(gt=0)]


class StageRecord(Strict):
    """One limit. `clock`, `starts_from` and `stops_on` may name a choice as `$choice`."""

    amount: Annotated[int, Field(gt=0)]
    unit: Unit
    clock: Text
    starts_from: Text
    stops_on: Text
    holder: Holder
    article: Article
    urgency: Annotated[tuple[Urgency, ...], Field(min_length=1)] | None = None
    pausable: bool = False
    extendable: bool = False
    inside: StageId | None = None
    parts: tuple[PartRecord, ...] = ()

    @model_validator(mode="after")
    def _unit_fits_clock(self) -> "StageRecord":
        if (self.unit == "day") != (self.clock == "working_days"):
            raise ValueError(
                f"unit {self.unit!r} does not go with clock {self.clock!r}: days are working_days"
            )
        if self.parts and sum(part.amount for part in self.parts) != self.amount:
            raise ValueError(f"the parts do not add up to {self.amount}")
        return self


class OverdueRecord(Strict):
    """When the whole case is overdue: these limits one after the other have passed without `decided_by`."""

    decided_by: Literal["approved", "result"]
    limits: Annotated[tuple[StageId, ...], Field(min_length=1)]
    article: Article


class ExtensionRecord(Strict):
    """How often and how far a limit may be extended. null: the text sets no such bound."""

    max_times: Annotated[int, Field(gt=0)] | None
    max_share_of_limit: Annotated[float, Field(gt=0, le=1)] | None
    requested_before_due: bool
    article: Article


class DueRecord(Strict):
    """When a periodic report is due."""

    rule: Literal["before_day_of_last_month", "before_date", "office_close_of_the_day"]
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _has_what_the_rule_needs(self) -> "DueRecord":
        needs = {"before_day_of_last_month": (True, False), "before_date": (True, True)}.get(
            self.rule, (False, False)
        )
        if (self.day is not None, self.month is not None) != needs:
            raise ValueError(f"rule {self.rule} needs day: {needs[0]}, month: {needs[1]}")
        return self


class ReportRecord(Strict):
    """A report that must come out. period null: on demand; due null: the text sets no date."""

    id: Text
    period: PeriodKind | None
    basis: Basis | None
    due: DueRecord | None
    to: Annotated[tuple[Text, ...], Field(min_length=1)]
    article: Article


class ConditionRecord(Strict):
    """A threshold on a unit's figure; breached when the figure is above (or below) it, not when equal."""

    id: Text
    figure: Text
    threshold: Annotated[int, Field(ge=0)]
    breached_when: Literal["above", "below"]
    unit: Literal["count", "percent"]
    label: Text
    article: Article


class RegulationRecord(Strict):
    """One legal text. urgency: the classes that a limit binds unless it names its own.

    due_by_store: the text sets no limit for handling; the store itself sets each report's due instant (committed_at
    of the dispatch). status none: there is no legal text behind it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d{4}[a-z]?$")]
    province: ProvinceCode
    title: Text
    short_title: Text
    status: Literal["draft", "enacted", "none"]
    number: Text
    urgency: Annotated[tuple[Urgency, ...], Field(min_length=1)]
    choices: dict[str, ChoiceRecord]
    overdue: OverdueRecord | None
    extension: ExtensionRecord | None
    stages: dict[StageId, StageRecord]
    reports: tuple[ReportRecord, ...]
    classification: tuple[ConditionRecord, ...] = ()
    escalations: tuple[ConditionRecord, ...] = ()
    due_by_store: bool = False


def check(record: RegulationRecord, located: Located) -> None:
    """What one field alone cannot show: choices that code understands, references that lead somewhere.

    Raises strict_yaml.DataError with file, line and field.
    """
    for name, known in READING_CHOICES.items():
        if record.stages and name not in record.choices:
            raise located.error(("choices",), f"missing the choice {name} (one of {', '.join(known)})")
        unknown = set(record.choices[name].allowed) - set(known) if name in record.choices else set()
        if unknown:
            raise located.error(
                ("choices", name, "allowed"), f"{min(unknown)!r} is not one of {', '.join(known)}"
            )
    for stage_id, stage in record.stages.items():
        for field, known in (("clock", CLOCKS), ("starts_from", EVENTS), ("stops_on", EVENTS)):
            _check_value(record, located, ("stages", stage_id, field), getattr(stage, field), known)
    used = {
        value[1:]
        for stage in record.stages.values()
        for value in (stage.clock, stage.starts_from, stage.stops_on)
    }
    for name in record.choices:
        if name not in READING_CHOICES and name not in used:
            raise located.error(("choices", name), "no limit uses this choice")
    for stage_id in record.overdue.limits if record.overdue else ():
        if stage_id not in record.stages:
            raise located.error(("overdue", "limits"), f"the text sets no limit for {stage_id}")
    if record.due_by_store and "handle" in record.stages:
        raise located.error(("due_by_store",), "the text sets a limit for handle itself: one of the two")
    ids = [report.id for report in record.reports]
    if len(ids) != len(set(ids)):
        raise located.error(("reports",), "an id stands twice")


def _check_value(
    record: RegulationRecord, located: Located, loc: tuple[str, ...], value: str, known: tuple[str, ...]
) -> None:
    """`value` is known, or names a choice all of whose readings are known."""
    if value.startswith("$") and value[1:] not in record.choices:
        raise located.error(loc, f"no choice {value[1:]!r} is declared")
    readings = record.choices[value[1:]].allowed if value.startswith("$") else (value,)
    for reading in readings:
        if reading not in known:
            raise located.error(loc, f"{reading!r} is not one of {', '.join(known)}")

"""What the oracle writes down: events, stages, assignments, holds, refusals. Instants are Unix seconds, None for none."""

from dataclasses import dataclass, field

from kpi.rules import StageLimit
from kpi.stages import REASONS


@dataclass(frozen=True)
class Event:
    """One effective event of the store contract."""

    event_id: int
    kind: str
    at: int
    acting_unit: str = ""
    target_unit: str = ""
    committed_at: int | None = None
    reason_code: str = ""
    rating: int | None = None
    duplicate_of: int | None = None
    recorded_at: int | None = None


@dataclass(frozen=True)
class Pause:
    """A time that a stage's clock stood still; until None: it still does. why: supplement or sent_back."""

    since: int
    until: int | None
    why: str


@dataclass
class StageRow:
    """One stage of a report. limit None: the text sets none. pauses: when its clock stood still."""

    stage: str
    unit: str
    start: int
    due: int | None
    limit: StageLimit | None
    done: int | None = None
    is_cut: bool = False
    pauses: list[Pause] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether the stage has not ended."""
        return self.done is None

    @property
    def was_left_in_time(self) -> bool:
        """Whether the report went another way before this limit had passed: nobody was on time, nobody late."""
        return self.is_cut and self.done is not None and self.due is not None and self.done <= self.due

    @property
    def binding_due(self) -> int | None:
        """The limit that binds: none any more when the report went another way before it had passed."""
        return None if self.was_left_in_time else self.due

    @property
    def is_on_time(self) -> bool | None:
        """None while open, without a limit, or when cut short in time."""
        if self.done is None or self.due is None:
            return None
        return None if self.was_left_in_time else self.done <= self.due


@dataclass
class Assignment:
    """One time that a unit was made responsible."""

    unit: str
    part: str
    start: int
    accepted: int | None = None
    result: int | None = None
    end: int | None = None
    ending: str = ""
    base_due: int | None = None
    due: int | None = None
    is_extended: bool = False
    outcome: str = ""
    late_s: int | None = None
    held_s: int = 0
    row: StageRow | None = None


@dataclass
class Hold:
    """An uninterrupted time with one holder; end None: holds it now."""

    kind: str
    unit: str
    start: int
    end: int | None
    worked_s: int | None


@dataclass(frozen=True)
class Rejection:
    """Why an event (None: the whole report) cannot be; reason is a key of stages.REASONS."""

    event_id: int | None
    reason: str


@dataclass(frozen=True)
class Notice:
    """A notice of extension. problem: '' counts, else no_rule, late, again, not_longer; new_due: what it moved to."""

    at: int
    committed: int
    due_before: int | None
    new_due: int | None
    problem: str


@dataclass
class Wait:
    """A question to the sender that is not answered yet."""

    asker: str
    asker_unit: str
    since: int
    row: StageRow | None
    stops_clock: bool


class Refused(Exception):  # noqa: N818
    """The event cannot be; the report stays as it was."""


def demand(holds: bool, reason: str) -> None:
    assert reason in REASONS, reason  # noqa: S101
    if not holds:
        raise Refused(reason)


def latest(*instants: int | None) -> int | None:
    known = [at for at in instants if at is not None]
    return max(known) if known else None

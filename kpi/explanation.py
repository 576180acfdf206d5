"""The explanation of one report as pure data: what the command line and the report page both show.

Instants are aware datetimes in Asia/Ho_Chi_Minh; `_s` are working seconds; words are in `language`.
"""

from dataclasses import dataclass
from datetime import datetime

from kpi.bilingual import Language
from kpi.explain_steps import Line


@dataclass(frozen=True)
class Span:
    """A stretch in a lane. until_at: now for a holder of now. late_from_at: from here on past the deadline."""

    from_at: datetime
    until_at: datetime
    worked_s: int
    is_open: bool
    late_from_at: datetime | None
    late_s: int


@dataclass(frozen=True)
class Lane:
    """One holder's time on the report. unit: its name, '' for the sender and UBND tỉnh."""

    holder_kind: str
    unit_code: str
    label: str
    unit: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Point:
    """Something that happened, in the lane of who did it."""

    at: datetime
    kind: str
    holder_kind: str
    unit_code: str
    label: str


@dataclass(frozen=True)
class OffTime:
    """Time that does not count, for shading: a night, a lunch break, a day off with its name."""

    from_at: datetime
    until_at: datetime
    kind: str
    label: str


@dataclass(frozen=True)
class StageExplained:
    """One stage against its own limit. state: on_time, late, running, overdue, left, none (không quy định), paused."""

    stage: str
    label: str
    unit_code: str
    unit: str
    start_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    limit: str
    article: str
    borrowed_from: str
    state: str
    verdict: str
    counted: tuple[str, ...]
    skipped: tuple[str, ...]
    steps: tuple[str, ...]
    caveats: tuple[str, ...]
    pauses: tuple[str, ...]
    worked_s: int


@dataclass(frozen=True)
class Share:
    """How much of the working time one holder used. late_s: the part after the deadline."""

    label: str
    holder_kind: str
    unit_code: str
    worked_s: int
    share_pct: float
    late_s: int


@dataclass(frozen=True)
class Rejected:
    """An event that could not be counted."""

    event_id: int | None
    field: str
    reason: str


@dataclass(frozen=True)
class Explanation:
    """Everything that the report page and `ioc explain` show.

    state: in_time, due_soon, overdue, done_on_time, done_late, done_without_limit, no_limit, paused, other, unjudged.
    is_due_by_store: no text sets limits, the store sets each report's due instant. is_round_the_clock:
    time has no office hours and no days off.
    """

    report_code: str
    now_at: datetime
    language: Language
    state: str
    headline: str
    sentence: str
    article: str
    text_title: str
    text_short: str
    charged_unit_code: str
    charged_unit: str
    due_at: datetime | None
    base_due_at: datetime | None
    lanes: tuple[Lane, ...]
    points: tuple[Point, ...]
    off_times: tuple[OffTime, ...]
    stages: tuple[StageExplained, ...]
    steps: tuple[Line, ...]
    shares: tuple[Share, ...]
    total_worked_s: int
    notes: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    caveats: tuple[str, ...]
    rules_version: str
    is_due_by_store: bool = False
    is_round_the_clock: bool = False

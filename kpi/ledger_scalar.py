"""The ledger of one report, read aloud: the oracle that the vectorised judge must agree with, and what explain shows.

Instants are int Unix seconds, None for none. The rules stand in docs/ledger.md; here is each of them, once, in plain
Python, event by event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from kpi.deadlines import due_at
from kpi.rulebook import Rulebook
from kpi.rules import Regulation, StageLimit
from kpi.stages import (
    IOC_ACTS,
    KINDS,
    LEAD_STAGES,
    REASONS,
    RESULT_STAGES,
    SPINE,
    TARGETED,
    UNIT_ACTS,
    URGENCIES,
)
from kpi.worktime import WorkCalendar, from_unix, to_unix


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


@dataclass
class StageRow:
    """One stage of a report. limit None: the text sets none. pauses: when its clock stood still (None: still does)."""

    stage: str
    unit: str
    start: int
    due: int | None
    limit: StageLimit | None
    done: int | None = None
    is_cut: bool = False
    pauses: list[tuple[int, int | None]] = field(default_factory=list)

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


def judge_one(
    rulebook: Rulebook,
    sent: int,
    urgency: str,
    events: Sequence[Event],
    ioc_unit: str = "",
    report_id: int = 0,
) -> "Case":
    """Judge one report by its effective events, which are in order of (at, event_id)."""
    if not rulebook.first_s <= sent < rulebook.last_s:
        return Case.unjudged(rulebook, "sent_outside", events)
    if urgency not in URGENCIES:
        return Case.unjudged(rulebook, "urgency", events)
    usable: list[Event] = []
    rejected: list[Rejection] = []
    for event in events:
        problem = _impossible(rulebook, sent, event, report_id)
        rejected += [Rejection(event.event_id, problem)] if problem else []
        usable += [] if problem else [event]
    first = next((e.acting_unit for e in usable if e.kind in IOC_ACTS and e.acting_unit), ioc_unit)
    case = Case(rulebook, sent, urgency, first)
    case.rejected = rejected
    for event in usable:
        try:
            getattr(case, f"on_{event.kind}")(event)
            case.last_event = max(case.last_event, event.at)
        except Refused as refused:
            case.rejected.append(Rejection(event.event_id, str(refused)))
    case.recorded = max([case.last_event, *(e.recorded_at for e in events if e.recorded_at is not None)])
    case.close()
    return case


def _impossible(rulebook: Rulebook, sent: int, event: Event, report_id: int) -> str:
    """Why an event cannot be whatever came before it; '' if it can."""
    if event.kind not in KINDS:
        return "kind"
    if not rulebook.first_s <= event.at < rulebook.last_s:
        return "at_outside"
    if event.at < sent:
        return "before_sent"
    if event.kind == "sent" and event.at != sent:
        return "sent_differs"
    if event.kind in UNIT_ACTS and not event.acting_unit:
        return "acting"
    if event.kind in TARGETED and not event.target_unit:
        return "target"
    committed = event.committed_at
    if event.kind == "extended" and not (
        committed is not None and rulebook.first_s <= committed < rulebook.last_s
    ):
        return "committed"
    if event.kind == "rated" and event.rating not in (1, 2, 3):
        return "rating"
    if event.kind == "merged" and event.duplicate_of in (None, report_id):
        return "duplicate_of"
    return ""


def _demand(holds: bool, reason: str) -> None:
    assert reason in REASONS, reason  # noqa: S101
    if not holds:
        raise Refused(reason)


def _latest(*instants: int | None) -> int | None:
    known = [at for at in instants if at is not None]
    return max(known) if known else None


class Case:
    """One report on its way."""

    def __init__(self, rulebook: Rulebook, sent: int, urgency: str, ioc_unit: str) -> None:
        self.text: Regulation | None = rulebook.regulation_at(sent)
        self.calendar: WorkCalendar = rulebook.calendar
        self.sent, self.urgency, self.ioc = sent, urgency, ioc_unit
        self.status, self.holder, self.holder_unit, self.since = "open", "ioc", ioc_unit, sent
        self.lead: Assignment | None = None
        self.lead_is_open = self.has_acted = self.has_asked = self.has_forwarded = False
        self.has_coordination_result = self.result_stands = self.is_stopped = False
        self.received: int | None = None
        self.dispatched: int | None = None
        self.completed: int | None = None
        self.approved: int | None = None
        self.published: int | None = None
        self.closed: int | None = None
        self.rated: int | None = None
        self.rating: int | None = None
        self.refused_reason = ""
        self.wait: Wait | None = None
        self.out: list[Assignment] = []
        self.coordinator: Assignment | None = None
        self.handle_due: int | None = None
        self.base_due: int | None = None
        self.farthest_due: int | None = None
        self.extended_due: int | None = None
        self.chain_due: int | None = None
        self.valid_extensions = self.extension_count = self.dispatch_count = self.return_count = 0
        self.last_event = self.recorded = sent
        self.stages: list[StageRow] = []
        self.row_of: dict[str, StageRow] = {}
        self.assignments: list[Assignment] = []
        self.holds: list[Hold] = []
        self.notices: list[Notice] = []
        self.rejected: list[Rejection] = []
        self.open_row("receive", sent, self.ioc)
        if self.starts_from("dispatch") == "sent":
            self.open_row("dispatch", sent, self.ioc)
        if self.starts_from("instant_forward") == "sent":
            self.open_row("instant_forward", sent, self.ioc)

    @classmethod
    def unjudged(cls, rulebook: Rulebook, reason: str, events: Iterable[Event]) -> "Case":
        """A report that cannot be judged at all: no text, no rows, one rejection."""
        case = cls.__new__(cls)
        case.text, case.calendar = None, rulebook.calendar
        case.rejected = [Rejection(None, reason)]
        case.stages, case.assignments, case.holds = [], [], []
        return case

    # Law ------------------------------------------------------------------------------------------------------------

    def limit(self, stage: str) -> StageLimit | None:
        """The limit of a stage for a report of this urgency."""
        assert self.text is not None  # noqa: S101
        limit = self.text.stage(stage)
        return limit if limit and self.urgency in limit.urgency else None

    def starts_from(self, stage: str) -> str:
        """The kind of event from which a stage's limit runs, '' without a limit."""
        limit = self.limit(stage)
        return limit.starts_from if limit else ""

    def due(self, limit: StageLimit | None, start: int | None) -> int | None:
        """When `limit` ends; None without a limit or a start."""
        if limit is None or start is None:
            return None
        return to_unix(due_at(from_unix(start), limit, self.calendar).due_at)

    def elapsed(self, at: int) -> int:
        """Working seconds on the calendar's axis."""
        return int(self.calendar.elapsed_s(np.array([at]))[0])

    def shifted(self, due: int | None, stopped: int, until: int | None) -> int | None:
        """A deadline whose clock stood still from `stopped` to `until` (None: still does)."""
        if due is None or stopped >= due:
            return due
        if until is None:
            return None
        paused_s = self.elapsed(until) - self.elapsed(stopped)
        if not paused_s:
            return due
        target_s = min(self.elapsed(due) + paused_s, self.calendar.total_s)
        return int(self.calendar.earliest_at(np.array([target_s]))[0])

    # Rows -----------------------------------------------------------------------------------------------------------

    def open_row(self, stage: str, start: int, unit: str) -> StageRow | None:
        """Start a stage; None where the text does not know it."""
        limit = self.limit(stage)
        if limit is None and stage not in SPINE:
            return None
        row = StageRow(stage, unit, start, self.due(limit, start), limit)
        self.stages.append(row)
        self.row_of[stage] = row
        return row

    def add_done_row(self, stage: str, start: int, done: int, unit: str) -> None:
        """A stage that is only known by its end."""
        row = self.open_row(stage, start, unit)
        if row:
            row.done = done

    def running(self, stage: str) -> StageRow | None:
        """The open row of a stage."""
        row = self.row_of.get(stage)
        return row if row and row.is_running else None

    def close_row(self, stage: str, at: int, *, cut: bool = False) -> None:
        """End an open stage."""
        row = self.running(stage)
        if row:
            row.done, row.is_cut = at, cut

    def move(self, at: int, holder: str, unit: str) -> None:
        """Give the report to a new holder."""
        if (holder, unit) == (self.holder, self.holder_unit):
            return
        if self.holder and at > self.since:
            worked_s = self.elapsed(at) - self.elapsed(self.since)
            self.holds.append(Hold(self.holder, self.holder_unit, self.since, at, worked_s))
            held_by = {"lead": self.lead, "leader": self.lead, "coordinating": self.coordinator}.get(
                self.holder
            )
            if held_by:
                held_by.held_s += worked_s
        self.holder, self.holder_unit, self.since = holder, unit, at

    # Waiting for the sender -----------------------------------------------------------------------------------------

    def resume(self, at: int, *, supplied: bool = False) -> None:
        """End the wait, if there is one. The clock stood still at most until the sender's own limit had passed."""
        wait = self.wait
        if wait is None:
            return
        self.close_row("supply", at, cut=not supplied)
        until = min(at, wait.row.due) if wait.row and wait.row.due is not None else at
        self.shift(wait, until)
        if self.holder == "sender":
            self.move(until, wait.asker, wait.asker_unit)
        self.wait = None

    def shift(self, wait: Wait, until: int | None) -> None:
        """Move the deadlines of the asker's clock."""
        if not wait.stops_clock:
            return
        if wait.asker == "ioc":
            self.shift_row(self.running("receive"), wait.since, until)
            self.shift_row(self.running("dispatch"), wait.since, until)
        elif wait.asker in ("lead", "leader"):
            self.shift_lead(wait.since, until)
            self.shift_row(self.running("designated"), wait.since, until)
        elif self.coordinator and self.coordinator.row and self.coordinator.row.limit:
            row = self.coordinator.row
            if row.limit and row.limit.pausable:
                before = row.due
                self.shift_row(row, wait.since, until)
                self.is_stopped = before is not None and row.due is None
                self.lengthen_chain(row.due)

    def shift_row(self, row: StageRow | None, since: int, until: int | None) -> None:
        """Move one stage's deadline, if its clock may stand still."""
        if row and row.limit and row.limit.pausable:
            if row.due is not None and since < row.due:
                row.pauses.append((since, until))
            row.due = self.shifted(row.due, since, until)

    def shift_lead(self, since: int, until: int | None) -> None:
        """Move the deadlines of the lead unit's case."""
        limit = self.limit("handle")
        if not (limit and limit.pausable):
            return
        if self.handle_due is not None and since < (self.case_due() or 0):
            self.row_of["handle"].pauses.append((since, until))
        self.handle_due = self.shifted(self.handle_due, since, until)
        self.farthest_due = self.shifted(self.farthest_due, since, until)
        self.extended_due = self.shifted(self.extended_due, since, until)
        self.base_due = _latest(self.base_due, self.shifted(self.base_due, since, until))

    def lengthen_chain(self, coordinate_due: int | None) -> None:
        """While coordination is out, the lead unit's limit runs to the end of both steps."""
        after = self.due(self.limit("consolidate"), coordinate_due)
        self.chain_due = None if coordinate_due is None else _latest(self.chain_due, after)

    # The lead unit's limits -----------------------------------------------------------------------------------------

    def case_due(self) -> int | None:
        """The limit in force: the latest of one unit's limit, the coordinated chain, and a valid extension."""
        return None if self.is_stopped else _latest(self.handle_due, self.chain_due, self.extended_due)

    def with_approval(self, due: int | None) -> int | None:
        """With the leader's day after it, where the text gives one."""
        assert self.text is not None  # noqa: S101
        rule = self.text.overdue_rule()
        after = self.due(self.limit("approve"), due) if rule and "approve" in rule.limits else None
        return due if after is None else after

    def settle(self) -> None:
        """Write the limits of this moment into the lead unit's assignment and row."""
        assert self.lead is not None  # noqa: S101
        self.row_of["handle"].due = self.case_due()
        self.lead.due = self.with_approval(self.case_due())
        self.lead.base_due = self.with_approval(_latest(self.base_due, self.chain_due))
        self.lead.is_extended = self.valid_extensions > 0

    def start_handle(self, start: int) -> None:
        """Start the lead unit's limit (anew)."""
        assert self.text is not None  # noqa: S101
        limit = self.limit("handle")
        self.row_of["handle"].start = start
        self.handle_due = self.base_due = self.due(limit, start)
        rule = self.text.extension_rule()
        farthest = self.text.extended(limit) if limit and limit.extendable and rule else None
        self.farthest_due = self.due(farthest, start)

    def act(self, at: int) -> None:
        """Whatever the unit does shows that it took the report: its limit runs, at the latest from the accept limit."""
        if self.has_acted:
            return
        self.acted(at)
        if self.starts_from("handle") == "accepted" and at < self.row_of["handle"].start:
            self.start_handle(at)

    def acted(self, at: int) -> None:
        self.has_acted = True
        self.close_row("accept", at)
        self.close_row("instant_confirm", at)

    def end_lead(self, at: int, ending: str) -> None:
        """The report leaves its lead unit without approval, and with it every coordinating unit."""
        if not self.lead_is_open or self.lead is None:
            return
        for other in list(self.out):
            self.end_coordination(other, at, ending)
        self.settle()
        self.cut_lead_rows(at)
        if self.lead.due is not None and at <= self.lead.due:
            self.lead.due = None
        self.lead.end, self.lead.ending = at, ending
        self.lead_is_open = False

    def cut_lead_rows(self, at: int) -> None:
        for stage in LEAD_STAGES:
            self.close_row(stage, at, cut=True)

    def end_coordination(self, other: Assignment, at: int, ending: str) -> None:
        """A coordinating unit has answered, or loses the report with its lead unit."""
        answered = ending == "approved"
        if other.row:
            other.row.done, other.row.is_cut = at, not answered
            other.due = other.row.due
        other.base_due = _latest(other.base_due, other.due)
        other.end, other.ending = at, ending
        if answered:
            self.judge(other, at)
        elif other.due is not None and at <= other.due:
            other.due = None
        self.out.remove(other)

    def judge(self, assignment: Assignment, decided: int) -> None:
        """On time or late; a limit that was never set judges nobody."""
        due = assignment.due
        assignment.outcome = "none" if due is None else "late" if decided > due else "on_time"
        late = due is not None and decided > due
        assignment.late_s = self.elapsed(decided) - self.elapsed(due) if late and due is not None else None

    # Events ---------------------------------------------------------------------------------------------------------

    def demand_open(self) -> None:
        _demand(self.status == "open", "closed")

    def demand_lead(self, event: Event) -> Assignment:
        self.demand_open()
        is_lead = self.lead_is_open and self.lead is not None and self.lead.unit == event.acting_unit
        _demand(is_lead, "not_lead")
        assert self.lead is not None  # noqa: S101
        return self.lead

    def on_sent(self, event: Event) -> None:
        """Nothing: sent_at began everything."""

    def on_received(self, event: Event) -> None:
        self.demand_open()
        _demand(self.received is None, "received_already")
        self.resume(event.at)
        self.take_in(event.at)
        if self.starts_from("dispatch") != "sent":
            self.open_row("dispatch", event.at, self.ioc)
        if self.starts_from("instant_forward") != "sent":
            self.open_row("instant_forward", event.at, self.ioc)

    def take_in(self, at: int) -> None:
        if self.received is None:
            self.received = at
            self.close_row("receive", at)

    def routed(self, at: int, *, cut: bool = False) -> None:
        self.close_row("dispatch", at, cut=cut)
        self.close_row("instant_forward", at, cut=cut)

    def on_info_requested(self, event: Event) -> None:
        self.demand_open()
        _demand(self.wait is None, "waiting")
        holds = self.holder == "ioc" or (self.holder != "province" and self.holder_unit == event.acting_unit)
        _demand(holds, "not_holder")
        if self.lead and self.holder in ("lead", "leader"):
            self.act(event.at)
            if not self.has_asked:
                self.add_done_row("ask_more", self.lead.start, event.at, self.lead.unit)
            self.has_asked = True
        assert self.text is not None  # noqa: S101
        row = self.open_row("supply", event.at, "")
        self.wait = Wait(self.holder, self.holder_unit, event.at, row, self.text.pauses_for_supplement)
        if self.wait.stops_clock:
            self.move(event.at, "sender", "")

    def on_info_supplied(self, event: Event) -> None:
        self.demand_open()
        _demand(self.wait is not None, "not_waiting")
        self.resume(event.at, supplied=True)

    def on_refused(self, event: Event) -> None:
        self.leave(event, "refused", by_ioc=True)
        self.refused_reason = event.reason_code

    def on_withdrawn(self, event: Event) -> None:
        self.leave(event, "withdrawn", by_ioc=False)

    def on_merged(self, event: Event) -> None:
        self.leave(event, "merged", by_ioc=True)

    def on_passed_on(self, event: Event) -> None:
        self.leave(event, "passed_on", by_ioc=True)

    def leave(self, event: Event, status: str, *, by_ioc: bool) -> None:
        self.demand_open()
        self.resume(event.at)
        self.close_row("receive", event.at, cut=not by_ioc)
        self.routed(event.at, cut=not by_ioc)
        self.end_lead(event.at, status)
        self.cut_lead_rows(event.at)
        self.status, self.closed = status, event.at
        self.move(event.at, "", "")

    def on_designation_requested(self, event: Event) -> None:
        self.demand_open()
        asked_by_ioc = self.holder == "sender" and self.wait is not None and self.wait.asker == "ioc"
        _demand(self.holder == "ioc" or asked_by_ioc, "not_holder")
        self.resume(event.at)
        self.take_in(event.at)
        self.routed(event.at)
        self.move(event.at, "province", "")

    def on_designated(self, event: Event) -> None:
        self.demand_open()
        _demand(self.holder == "province", "not_province")
        self.move(event.at, "ioc", self.ioc)
        self.close_row("designated", event.at, cut=True)
        self.open_row("dispatch", event.at, self.ioc)
        self.open_row("designated", event.at, event.target_unit)

    def on_dispatched(self, event: Event) -> None:
        self.demand_open()
        at, unit = event.at, event.target_unit
        _demand(not (self.lead_is_open and self.lead is not None and self.lead.unit == unit), "same_unit")
        self.resume(at)
        self.take_in(at)
        self.routed(at)
        self.end_lead(at, "reassigned")
        designated = self.running("designated")
        self.move(at, "lead", unit)
        self.lead = Assignment(unit, "lead", at)
        self.assignments.append(self.lead)
        if designated and designated.unit != unit:
            self.close_row("designated", at, cut=True)
        for stage in (*RESULT_STAGES, "approve"):
            if stage != "designated" or not designated or designated.unit != unit:
                self.row_of.pop(stage, None)
        self.begin_lead(at, unit)

    def begin_lead(self, at: int, unit: str) -> None:
        is_first = self.dispatched is None
        self.dispatched = at if is_first else self.dispatched
        self.lead_is_open = True
        self.dispatch_count += 1
        self.has_acted = self.has_asked = self.has_forwarded = False
        self.has_coordination_result = self.result_stands = self.is_stopped = False
        self.completed = self.extended_due = self.chain_due = None
        self.valid_extensions = 0
        accept = self.open_row("accept", at, unit)
        self.open_row("instant_confirm", at, unit)
        start = at
        if self.starts_from("handle") == "received" and is_first and self.received is not None:
            start = self.received
        if self.starts_from("handle") == "accepted" and accept and accept.due is not None:
            start = accept.due
        self.open_row("handle", start, unit)
        self.start_handle(start)

    def on_accepted(self, event: Event) -> None:
        self.demand_open()
        is_lead = self.lead_is_open and self.lead is not None and self.lead.unit == event.acting_unit
        other = self.coordination_of(event.acting_unit)
        if not is_lead and other:
            _demand(other.accepted is None, "accepted_already")
            other.accepted = event.at
            return
        lead = self.demand_lead(event)
        _demand(not self.has_acted, "accepted_already")
        lead.accepted = event.at
        self.acted(event.at)
        if self.starts_from("handle") == "accepted":
            self.start_handle(event.at)

    def coordination_of(self, unit: str) -> Assignment | None:
        return next((other for other in self.out if other.unit == unit), None)

    def on_returned_wrong(self, event: Event) -> None:
        lead = self.demand_lead(event)
        _demand(not self.out, "coordination_open")
        self.resume(event.at)
        self.act(event.at)
        self.add_done_row("return_wrong", lead.start, event.at, lead.unit)
        self.end_lead(event.at, "returned_wrong")
        self.return_count += 1
        self.move(event.at, "ioc", self.ioc)
        self.open_row("dispatch", event.at, self.ioc)

    def on_extended(self, event: Event) -> None:
        self.demand_lead(event)
        self.act(event.at)
        self.extension_count += 1
        due = self.case_due()
        new_due, problem = self.extension(event, due)
        committed = event.committed_at or event.at
        self.notices.append(Notice(event.at, committed, due, None if problem else new_due, problem))
        if problem:
            return
        self.valid_extensions += 1
        self.extended_due = new_due
        row = self.running("consolidate")
        if row:
            row.due = _latest(row.due, new_due)

    def extension(self, event: Event, due: int | None) -> tuple[int | None, str]:
        """What a notice moves the limit to, or why it does not count."""
        assert self.text is not None  # noqa: S101
        rule, limit = self.text.extension_rule(), self.limit("handle")
        if not (rule and limit and limit.extendable and due is not None and self.running("handle")):
            return None, "no_rule"
        if rule.max_times is not None and self.valid_extensions >= rule.max_times:
            return None, "again"
        if rule.requested_before_due and event.at > due:
            return None, "late"
        new_due = event.committed_at
        if new_due is not None and self.text.extended(limit) is not None:
            new_due = None if self.farthest_due is None else min(new_due, self.farthest_due)
        return (new_due, "") if new_due is not None and new_due > due else (None, "not_longer")

    def on_completed(self, event: Event) -> None:
        lead = self.demand_lead(event)
        _demand(not self.out, "coordination_open")
        _demand(self.completed is None, "completed_already")
        self.resume(event.at)
        self.act(event.at)
        self.completed = event.at
        self.open_row("urgent_update", event.at, lead.unit)
        self.open_row("instant_result", event.at, lead.unit)

    def on_result(self, event: Event) -> None:
        lead = self.demand_lead(event)
        _demand(not self.out, "coordination_open")
        self.resume(event.at)
        self.act(event.at)
        lead.result, self.result_stands = event.at, True
        self.finish("result", event.at)
        self.close_row("approve", event.at, cut=True)
        self.open_row("approve", event.at, lead.unit)
        self.move(event.at, "leader", lead.unit)

    def finish(self, kind: str, at: int) -> None:
        """End the stages that their text ends with this kind of event; a newer result replaces an older one."""
        for stage in RESULT_STAGES:
            row = self.row_of.get(stage)
            stops_on = "result" if row and row.limit and row.limit.stops_on == "result" else "approved"
            if row and not row.is_cut and stops_on == kind:
                row.done = at

    def on_approved(self, event: Event) -> None:
        lead = self.demand_lead(event)
        _demand(not self.out, "coordination_open")
        _demand(self.result_stands, "no_result")
        self.resume(event.at)
        self.finish("approved", event.at)
        self.close_row("approve", event.at)
        self.settle()
        self.approved = self.closed = event.at
        self.status, self.lead_is_open = "done", False
        lead.end, lead.ending = event.at, "approved"
        assert self.text is not None  # noqa: S101
        rule = self.text.overdue_rule()
        by_result = rule is not None and rule.decided_by == "result" and lead.result is not None
        self.judge(lead, lead.result if by_result and lead.result is not None else event.at)
        self.move(event.at, "ioc", self.ioc)
        self.open_row("publish", event.at, self.ioc)

    def on_forwarded(self, event: Event) -> None:
        lead = self.demand_lead(event)
        at, unit = event.at, event.target_unit
        _demand(not self.result_stands, "result_waits")
        _demand(self.coordination_of(unit) is None and unit != lead.unit, "forwarded_already")
        alone = not self.out
        if alone:
            self.resume(at)
        self.act(at)
        if not self.has_forwarded:
            self.add_done_row("forward", lead.start, at, lead.unit)
        self.has_forwarded = True
        self.close_row("consolidate", at, cut=True)
        row = self.open_row("coordinate", at, unit)
        other = Assignment(unit, "coordinating", at, base_due=row.due if row else None, row=row)
        self.assignments.append(other)
        self.out.append(other)
        self.lengthen_chain(row.due if row else None)
        if alone:
            self.move(at, "coordinating", unit)
            self.coordinator = other

    def on_coordination_result(self, event: Event) -> None:
        other = self.answer(event)
        other.result = event.at
        self.end_coordination(other, event.at, "approved")
        self.has_coordination_result = True
        self.after_answer(event.at)

    def on_coordination_returned(self, event: Event) -> None:
        other = self.answer(event)
        self.end_coordination(other, event.at, "returned_wrong")
        self.add_done_row("coordinate_return", other.start, event.at, other.unit)
        self.after_answer(event.at)

    def answer(self, event: Event) -> Assignment:
        self.demand_open()
        other = self.coordination_of(event.acting_unit)
        _demand(other is not None, "not_coordinating")
        assert other is not None  # noqa: S101
        if self.wait and self.wait.asker == "coordinating" and self.wait.asker_unit == other.unit:
            self.resume(event.at)
        return other

    def after_answer(self, at: int) -> None:
        """Back to the lead unit when nobody else is out, else to the unit that is out longest."""
        assert self.lead is not None  # noqa: S101
        held = self.holder == "coordinating"
        if not self.out:
            self.chain_due = None
            if self.has_coordination_result:
                self.chain_due = self.due(self.limit("consolidate"), at)
                row = self.open_row("consolidate", at, self.lead.unit)
                if row:
                    row.due = _latest(row.due, self.extended_due)
            if held:
                self.move(at, "lead", self.lead.unit)
        elif held and self.out[0] is not self.coordinator:
            self.move(at, "coordinating", self.out[0].unit)
            self.coordinator = self.out[0]

    def on_sent_back(self, event: Event) -> None:
        """A result without content does not stand; the IOC's time with it is not the unit's."""
        _demand(self.status == "done", "not_approved")
        assert self.lead is not None  # noqa: S101
        assert self.approved is not None  # noqa: S101
        self.add_done_row("send_back", self.approved, event.at, self.ioc)
        self.close_row("publish", event.at, cut=True)
        self.shift_lead(self.approved, event.at)
        self.chain_due = self.shifted(self.chain_due, self.approved, event.at)
        for stage in RESULT_STAGES:
            row = self.row_of.get(stage)
            if row and not row.is_cut:
                row.done = None
        lead = self.lead
        lead.end, lead.ending, lead.outcome, lead.late_s = None, "", "", None
        self.status, self.lead_is_open, self.result_stands = "open", True, False
        self.approved = self.closed = self.published = None
        self.move(event.at, "lead", lead.unit)

    def on_published(self, event: Event) -> None:
        _demand(self.status == "done", "not_approved")
        _demand(self.published is None, "published_already")
        self.published = event.at
        self.close_row("publish", event.at)
        self.move(event.at, "", "")

    def on_rated(self, event: Event) -> None:
        _demand(self.status == "done", "not_approved")
        self.rating, self.rated = event.rating, event.at

    def on_feedback(self, event: Event) -> None:
        _demand(self.status == "done", "not_approved")
        assert self.lead is not None  # noqa: S101
        if not self.running("clarify"):
            self.open_row("clarify", event.at, self.lead.unit)

    def on_clarified(self, event: Event) -> None:
        _demand(self.running("clarify") is not None, "no_feedback")
        _demand(self.lead is not None and self.lead.unit == event.acting_unit, "not_lead")
        self.close_row("clarify", event.at)

    # The end --------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Limits of what is still under way: clocks that stand still now, and what a given result leaves to be done."""
        if self.wait:
            self.shift(self.wait, self.wait.row.due if self.wait.row else None)
        if self.lead_is_open and self.lead:
            self.settle()
            assert self.text is not None  # noqa: S101
            rule, lead = self.text.overdue_rule(), self.lead
            decided = rule is not None and rule.decided_by == "result" and self.result_stands
            if decided and lead.due is not None and lead.result is not None and lead.result <= lead.due:
                lead.due = self.due(self.limit("approve"), lead.result)
        for other in self.out:
            other.due = other.row.due if other.row else None
            other.base_due = _latest(other.base_due, other.due)
        if self.holder:
            self.holds.append(Hold(self.holder, self.holder_unit, self.since, None, None))

    @property
    def stage_now(self) -> str:
        """Where the report stands; '' once nothing is left to do."""
        if self.status == "open":
            if self.holder == "ioc":
                return "receive" if self.received is None else "dispatch"
            if self.holder == "lead":
                return next((s for s in ("accept", "consolidate") if self.running(s)), "handle")
            return {
                "sender": "supply",
                "province": "dispatch",
                "leader": "approve",
                "coordinating": "coordinate",
            }[self.holder]
        if self.status == "done" and self.published is None:
            return "publish"
        return "clarify" if self.running("clarify") else ""

    @property
    def binding(self) -> Assignment | None:
        """The assignment whose limit is the report's; None while no unit answers for it."""
        left_with_unit = self.lead is not None and self.lead.ending in (
            "refused",
            "withdrawn",
            "passed_on",
            "merged",
        )
        return self.lead if self.lead_is_open or self.status == "done" or left_with_unit else None

    def report_row(self) -> dict[str, Any]:
        """The columns of mart.report that judging decides; instants as Unix seconds."""
        assert self.text is not None  # noqa: S101
        lead, binding, done = self.lead, self.binding, self.status == "done"
        units = {self.ioc, *(a.unit for a in self.assignments)} - {""}
        handled_s = (
            self.elapsed(self.approved) - self.elapsed(lead.start)
            if done and lead and self.approved
            else None
        )
        return {
            "regulation_id": self.text.id, "status": self.status, "stage": self.stage_now,
            "holder_kind": self.holder if self.status == "open" else "",
            "holder_unit_code": self.holder_unit if self.status == "open" else "",
            "lead_unit_code": lead.unit if lead else "", "holder_unit_codes": sorted(units), "sent_at": self.sent,
            "received_at": self.received, "dispatched_at": self.dispatched,
            "last_dispatched_at": lead.start if lead else None, "accepted_at": lead.accepted if lead else None,
            "result_at": lead.result if lead else None, "approved_at": self.approved, "published_at": self.published,
            "closed_at": self.closed, "base_due_at": binding.base_due if binding else None,
            "due_at": binding.due if binding else None, "is_extended": bool(binding and binding.is_extended),
            "extension_count": self.extension_count, "outcome": lead.outcome if done and lead else "",
            "late_s": lead.late_s if done and lead else None, "handled_s": handled_s,
            "dispatch_count": self.dispatch_count, "wrong_return_count": self.return_count,
            "refused_reason": self.refused_reason or None, "rating": self.rating, "rated_at": self.rated,
            "last_event_at": self.last_event, "last_recorded_at": self.recorded,
        }  # fmt: skip

    def worked_s(self, row: StageRow) -> int | None:
        """Working seconds from a stage's start to its end."""
        return None if row.done is None else max(self.elapsed(row.done) - self.elapsed(row.start), 0)


def local(at: int | None) -> datetime | None:
    """The instant in Asia/Ho_Chi_Minh."""
    return None if at is None else from_unix(at)

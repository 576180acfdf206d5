"""One report on its way, as the oracle keeps it: what is so now, its rows, its clocks. Events: ledger_scalar_intake, _unit, _events."""

import numpy as np

from kpi.deadlines import due_at
from kpi.ledger_scalar_rows import Assignment, Hold, Notice, Pause, Rejection, StageRow, Wait, latest
from kpi.rulebook import Rulebook
from kpi.rules import Regulation, StageLimit
from kpi.stages import LEAD_STAGES, SPINE
from kpi.worktime import WorkCalendar, from_unix, to_unix


class CaseState:
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
        self.valid_extensions = self.extension_count = self.dispatch_count = self.return_count = (
            self.sent_back_count
        ) = 0
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
                row.pauses.append(Pause(since, until, "supplement"))
            row.due = self.shifted(row.due, since, until)

    def shift_lead(self, since: int, until: int | None, why: str = "supplement") -> None:
        """Move the deadlines of the lead unit's case."""
        limit = self.limit("handle")
        if not (limit and limit.pausable):
            return
        if self.handle_due is not None and since < (self.case_due() or 0):
            self.row_of["handle"].pauses.append(Pause(since, until, why))
        self.handle_due = self.shifted(self.handle_due, since, until)
        self.farthest_due = self.shifted(self.farthest_due, since, until)
        self.extended_due = self.shifted(self.extended_due, since, until)
        self.base_due = latest(self.base_due, self.shifted(self.base_due, since, until))

    def lengthen_chain(self, coordinate_due: int | None) -> None:
        """While coordination is out, the lead unit's limit runs to the end of both steps."""
        after = self.due(self.limit("consolidate"), coordinate_due)
        self.chain_due = None if coordinate_due is None else latest(self.chain_due, after)

    def case_due(self) -> int | None:
        """The limit in force: the latest of one unit's limit, the coordinated chain, and a valid extension."""
        return None if self.is_stopped else latest(self.handle_due, self.chain_due, self.extended_due)

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
        self.lead.base_due = self.with_approval(latest(self.base_due, self.chain_due))
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
        other.base_due = latest(other.base_due, other.due)
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

"""The ledger of one report, read aloud: the oracle that the vectorised judge must agree with, and what explain shows.

Instants are int Unix seconds, None for none. The rules stand in docs/ledger.md; here is each of them, once, in plain
Python, event by event.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from kpi.ledger_scalar_events import CaseEvents
from kpi.ledger_scalar_rows import (
    Assignment,
    Event,
    Hold,
    Notice,
    Pause,
    Refused,
    Rejection,
    StageRow,
    latest,
)
from kpi.rulebook import Rulebook
from kpi.stages import IOC_ACTS, KINDS, TARGETED, UNIT_ACTS, URGENCIES

__all__ = ["Assignment", "Case", "Event", "Hold", "Notice", "Pause", "Rejection", "StageRow", "judge_one"]


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
    is_outside = committed is not None and not rulebook.first_s <= committed < rulebook.last_s
    if (event.kind == "extended" and (committed is None or is_outside)) or (
        event.kind == "dispatched" and is_outside
    ):
        return "committed"
    if event.kind == "rated" and event.rating not in (1, 2, 3):
        return "rating"
    if event.kind == "merged" and event.duplicate_of in (None, report_id):
        return "duplicate_of"
    return ""


class Case(CaseEvents):
    """One report judged: its rows, and the columns of mart.report."""

    @classmethod
    def unjudged(cls, rulebook: Rulebook, reason: str, events: Iterable[Event]) -> "Case":
        """A report that cannot be judged at all: no text, no rows, one rejection."""
        case = cls.__new__(cls)
        case.text, case.calendar = None, rulebook.calendar
        case.rejected = [Rejection(None, reason)]
        case.stages, case.assignments, case.holds = [], [], []
        return case

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
            other.base_due = latest(other.base_due, other.due)
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

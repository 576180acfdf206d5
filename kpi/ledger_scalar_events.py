"""What each kind of event does to one report, read aloud; `Refused` says why it cannot be."""

from kpi.ledger_scalar_rows import Assignment, Event, Notice, Wait, demand, latest
from kpi.ledger_scalar_state import CaseState
from kpi.stages import RESULT_STAGES


class CaseEvents(CaseState):
    """The transitions: `on_<kind>` for each kind of event."""

    def demand_open(self) -> None:
        demand(self.status == "open", "closed")

    def demand_lead(self, event: Event) -> Assignment:
        self.demand_open()
        is_lead = self.lead_is_open and self.lead is not None and self.lead.unit == event.acting_unit
        demand(is_lead, "not_lead")
        assert self.lead is not None  # noqa: S101
        return self.lead

    def on_sent(self, event: Event) -> None:
        """Nothing: sent_at began everything."""

    def on_received(self, event: Event) -> None:
        self.demand_open()
        demand(self.received is None, "received_already")
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
        demand(self.wait is None, "waiting")
        holds = self.holder == "ioc" or (self.holder != "province" and self.holder_unit == event.acting_unit)
        demand(holds, "not_holder")
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
        demand(self.wait is not None, "not_waiting")
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
        demand(self.holder == "ioc" or asked_by_ioc, "not_holder")
        self.resume(event.at)
        self.take_in(event.at)
        self.routed(event.at)
        self.move(event.at, "province", "")

    def on_designated(self, event: Event) -> None:
        self.demand_open()
        demand(self.holder == "province", "not_province")
        self.move(event.at, "ioc", self.ioc)
        self.close_row("designated", event.at, cut=True)
        self.open_row("dispatch", event.at, self.ioc)
        self.open_row("designated", event.at, event.target_unit)

    def on_dispatched(self, event: Event) -> None:
        self.demand_open()
        at, unit = event.at, event.target_unit
        demand(not (self.lead_is_open and self.lead is not None and self.lead.unit == unit), "same_unit")
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
        if self.text is not None and self.text.due_by_store:
            self.handle_due = self.base_due = event.committed_at

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
            demand(other.accepted is None, "accepted_already")
            other.accepted = event.at
            return
        lead = self.demand_lead(event)
        demand(not self.has_acted, "accepted_already")
        lead.accepted = event.at
        self.acted(event.at)
        if self.starts_from("handle") == "accepted":
            self.start_handle(event.at)

    def coordination_of(self, unit: str) -> Assignment | None:
        return next((other for other in self.out if other.unit == unit), None)

    def on_returned_wrong(self, event: Event) -> None:
        lead = self.demand_lead(event)
        demand(not self.out, "coordination_open")
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
            row.due = latest(row.due, new_due)

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
        demand(not self.out, "coordination_open")
        demand(self.completed is None, "completed_already")
        self.resume(event.at)
        self.act(event.at)
        self.completed = event.at
        self.open_row("urgent_update", event.at, lead.unit)
        self.open_row("instant_result", event.at, lead.unit)

    def on_result(self, event: Event) -> None:
        lead = self.demand_lead(event)
        demand(not self.out, "coordination_open")
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
        demand(not self.out, "coordination_open")
        demand(self.result_stands, "no_result")
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
        demand(not self.result_stands, "result_waits")
        demand(self.coordination_of(unit) is None and unit != lead.unit, "forwarded_already")
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
        demand(other is not None, "not_coordinating")
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
                    row.due = latest(row.due, self.extended_due)
            if held:
                self.move(at, "lead", self.lead.unit)
        elif held and self.out[0] is not self.coordinator:
            self.move(at, "coordinating", self.out[0].unit)
            self.coordinator = self.out[0]

    def on_sent_back(self, event: Event) -> None:
        """A result without content does not stand; the IOC's time with it is not the unit's."""
        demand(self.status == "done", "not_approved")
        assert self.lead is not None  # noqa: S101
        assert self.approved is not None  # noqa: S101
        self.add_done_row("send_back", self.approved, event.at, self.ioc)
        self.close_row("publish", event.at, cut=True)
        self.shift_lead(self.approved, event.at, "sent_back")
        self.sent_back_count += 1
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
        demand(self.status == "done", "not_approved")
        demand(self.published is None, "published_already")
        self.published = event.at
        self.close_row("publish", event.at)
        self.move(event.at, "", "")

    def on_rated(self, event: Event) -> None:
        demand(self.status == "done", "not_approved")
        self.rating, self.rated = event.rating, event.at

    def on_feedback(self, event: Event) -> None:
        demand(self.status == "done", "not_approved")
        assert self.lead is not None  # noqa: S101
        if not self.running("clarify"):
            self.open_row("clarify", event.at, self.lead.unit)

    def on_clarified(self, event: Event) -> None:
        demand(self.running("clarify") is not None, "no_feedback")
        demand(self.lead is not None and self.lead.unit == event.acting_unit, "not_lead")
        self.close_row("clarify", event.at)

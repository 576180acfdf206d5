"""What events of the lead unit and of coordinating units do to one report."""

from kpi.ledger_scalar_intake import CaseIntake
from kpi.ledger_scalar_rows import Assignment, Event, Notice, demand, latest
from kpi.stages import RESULT_STAGES


class CaseUnit(CaseIntake):
    """What units do."""

    def demand_lead(self, event: Event) -> Assignment:
        self.demand_open()
        is_lead = self.lead_is_open and self.lead is not None and self.lead.unit == event.acting_unit
        demand(is_lead, "not_lead")
        assert self.lead is not None  # noqa: S101
        return self.lead

    def coordination_of(self, unit: str) -> Assignment | None:
        return next((other for other in self.out if other.unit == unit), None)

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

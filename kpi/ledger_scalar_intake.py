"""What events do to one report until a unit is responsible: reception, questions to the sender, leaving otherwise, dispatch."""

from kpi.ledger_scalar_rows import Assignment, Event, Wait, demand
from kpi.ledger_scalar_state import CaseState
from kpi.stages import RESULT_STAGES


class CaseIntake(CaseState):
    """What the IOC, the sender and UBND tỉnh do."""

    def demand_open(self) -> None:
        demand(self.status == "open", "closed")

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

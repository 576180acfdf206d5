"""What each kind of event does to one report, read aloud; `Refused` says why it cannot be."""

from kpi.ledger_scalar_rows import Event, demand
from kpi.ledger_scalar_unit import CaseUnit
from kpi.stages import RESULT_STAGES


class CaseEvents(CaseUnit):
    """The transitions: `on_<kind>` for each kind of event. Here: what happens after the approval."""

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

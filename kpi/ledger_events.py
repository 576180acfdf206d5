"""Every kind of event and what it does to the reports it happens to, or why it cannot be."""

from collections.abc import Callable

import numpy as np

from kpi.ledger_intake import Intake
from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_rows import LEAD, NOBODY, OPEN
from kpi.ledger_state import State
from kpi.ledger_transitions import Events
from kpi.ledger_unit import Coordination, UnitActs
from kpi.stages import RESULT_STAGES


class Machine(Intake, UnitActs, Coordination):
    """The transitions. `handlers` by kind of event."""

    def __init__(self, state: State, events: Events) -> None:
        super().__init__(state, events)
        self.handlers: dict[str, Callable[[Codes, Codes], None]] = {
            "sent": self.sent, "received": self.received, "info_requested": self.info_requested,
            "info_supplied": self.info_supplied, "refused": self.refused, "withdrawn": self.withdrawn,
            "merged": self.merged, "passed_on": self.passed_on, "designation_requested": self.designation_requested,
            "designated": self.designated, "dispatched": self.dispatched, "accepted": self.accepted,
            "returned_wrong": self.returned_wrong, "forwarded": self.forwarded,
            "coordination_returned": self.coordination_returned, "coordination_result": self.coordination_result,
            "extended": self.extended, "completed": self.completed, "result": self.result, "approved": self.approved,
            "sent_back": self.sent_back, "published": self.published, "rated": self.rated, "feedback": self.feedback,
            "clarified": self.clarified,
        }  # fmt: skip

    def apply(self, kind: str, r: Codes, e: Codes) -> None:
        """One event of `kind` for each report r. Events that cannot be leave their report as it was."""
        self.handlers[kind](r, e)
        stands = r[self.ev.problem[e] < 0]
        self.s.last_event[stands] = self.ev.at[e[self.ev.problem[e] < 0]]

    # After the result -------------------------------------------------------------------------------------------------

    def sent_back(self, r: Codes, e: Codes) -> None:
        """A result without content does not stand: the lead unit holds again, and the IOC's time is not its own."""
        s = self.s
        r, e, t = self._keep(r, e, self._is_done(r))
        s.add_done_row("send_back", r, s.approved[r], t, s.ioc[r])
        s.close_row("publish", r, t, cut=True)
        s.shift_lead(r, s.approved[r], t)
        s.chain_due[r] = self.law.shifted(s.chain_due[r], s.approved[r], t)
        for stage in RESULT_STAGES:
            places = s.row_of[STAGE[stage], r]
            again = (places >= 0) & ~s.stages["is_cut"][places]
            s.stages["done"][places[again]] = NAT
        a = s.assignment_of[r]
        for name, empty in (("end", NAT), ("ending", 0), ("outcome", 0), ("late_s", NAT)):
            s.assignments[name][a] = empty
        s.status[r], s.is_lead_open[r], s.result_stands[r] = OPEN, True, False
        for name in ("approved", "closed", "published"):
            getattr(s, name)[r] = NAT
        s.move(r, t, LEAD, s.lead[r])

    def published(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_done(r), (s.published[r] == NAT, "published_already"))
        s.published[r] = t
        s.close_row("publish", r, t)
        s.move(r, t, 0, np.full(len(r), NOBODY))

    def rated(self, r: Codes, e: Codes) -> None:
        r, e, t = self._keep(r, e, self._is_done(r))
        self.s.rating[r], self.s.rated[r] = self.ev.rating[e], t

    def feedback(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_done(r))
        new = ~s.is_running("clarify", r)
        s.open_row("clarify", r[new], t[new], s.lead[r[new]])

    def clarified(self, r: Codes, e: Codes) -> None:
        s = self.s
        asked = (s.is_running("clarify", r), "no_feedback")
        r, e, t = self._keep(r, e, asked, (s.lead[r] == self.ev.acting[e], "not_lead"))
        s.close_row("clarify", r, t)

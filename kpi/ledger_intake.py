"""Events until a unit is responsible: reception, questions to the sender, leaving otherwise, dispatch."""

import numpy as np

from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_rows import IOC, LEAD, LEADER, NOBODY, PROVINCE, SENDER, STATUS
from kpi.ledger_transitions import Transitions
from kpi.stages import PARTS, RESULT_STAGES
from kpi.worktime import Instants

LEAD_PART = PARTS.index("lead")


class Intake(Transitions):
    """What the IOC, the sender and UBND tỉnh do."""

    def sent(self, r: Codes, e: Codes) -> None:
        """Nothing: the report's own sent_at began everything."""

    def received(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_open(r), (s.received[r] == NAT, "received_already"))
        s.resume(r, t)
        self._take_in(r, t)
        d = ~self.law.dispatch_from_sent[s.case[r]]
        s.open_row("dispatch", r[d], t[d], s.ioc[r[d]])
        d = ~self.law.instant_from_sent[s.case[r]]
        s.open_row("instant_forward", r[d], t[d], s.ioc[r[d]])

    def info_requested(self, r: Codes, e: Codes) -> None:
        s, acting = self.s, self.ev.acting[e]
        holds = (s.holder[r] == IOC) | ((s.holder[r] != PROVINCE) & (s.holder_unit[r] == acting))
        r, e, t = self._keep(r, e, self._is_open(r), (s.asked[r] == NAT, "waiting"), (holds, "not_holder"))
        lead = (s.holder[r] == LEAD) | (s.holder[r] == LEADER)
        self._act(r[lead], t[lead])
        first = lead & ~s.has_asked[r]
        f = r[first]
        s.add_done_row("ask_more", f, s.last_dispatched[f], t[first], s.lead[f])
        s.has_asked[r[lead]] = True
        places = s.open_row("supply", r, t, np.full(len(r), NOBODY))
        s.supply_due[r] = np.where(places >= 0, s.stages["due"][places], NAT)
        s.asked[r], s.asker[r], s.asker_unit[r] = t, s.holder[r], s.holder_unit[r]
        stops = self.law.pauses[s.case[r]]
        s.move(r[stops], t[stops], SENDER, np.full(stops.sum(), NOBODY))

    def info_supplied(self, r: Codes, e: Codes) -> None:
        r, e, t = self._keep(r, e, self._is_open(r), (self.s.asked[r] > NAT, "not_waiting"))
        self.s.resume(r, t, supplied=True)

    def refused(self, r: Codes, e: Codes) -> None:
        self._leave(r, e, "refused", by_ioc=True)
        stands = self.ev.problem[e] < 0
        named = self.ev.reason[e[stands]]
        self.s.refusal[r[stands]] = np.where(named > 0, named, -1)

    def withdrawn(self, r: Codes, e: Codes) -> None:
        self._leave(r, e, "withdrawn", by_ioc=False)

    def merged(self, r: Codes, e: Codes) -> None:
        self._leave(r, e, "merged", by_ioc=True)

    def passed_on(self, r: Codes, e: Codes) -> None:
        self._leave(r, e, "passed_on", by_ioc=True)

    def _leave(self, r: Codes, e: Codes, status: str, *, by_ioc: bool) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_open(r))
        s.resume(r, t)
        s.close_row("receive", r, t, cut=not by_ioc)
        self._routed(r, t, cut=not by_ioc)
        self._end_lead(r, t, status)
        s.cut_lead_rows(r, t)
        s.status[r], s.closed[r] = STATUS[status], t
        s.move(r, t, 0, np.full(len(r), NOBODY))

    def designation_requested(self, r: Codes, e: Codes) -> None:
        s = self.s
        asked_by_ioc = (s.holder[r] == SENDER) & (s.asker[r] == IOC)
        r, e, t = self._keep(r, e, self._is_open(r), ((s.holder[r] == IOC) | asked_by_ioc, "not_holder"))
        s.resume(r, t)
        self._take_in(r, t)
        self._routed(r, t)
        s.move(r, t, PROVINCE, np.full(len(r), NOBODY))

    def designated(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_open(r), (s.holder[r] == PROVINCE, "not_province"))
        s.move(r, t, IOC, s.ioc[r])
        s.close_row("designated", r, t, cut=True)
        s.open_row("dispatch", r, t, s.ioc[r])
        s.open_row("designated", r, t, self.ev.target[e])

    def dispatched(self, r: Codes, e: Codes) -> None:
        s = self.s
        again = s.is_lead_open[r] & (s.lead[r] == self.ev.target[e])
        r, e, t = self._keep(r, e, self._is_open(r), (~again, "same_unit"))
        unit = self.ev.target[e]
        s.resume(r, t)
        self._take_in(r, t)
        self._routed(r, t)
        self._end_lead(r, t, "reassigned")
        s.move(r, t, LEAD, unit)
        s.assignment_of[r] = s.assignments.add(len(r), report=r, unit=unit, part=LEAD_PART, begin=t)
        named = s.is_running("designated", r) & (s.stages["unit"][s.row_of[STAGE["designated"], r]] == unit)
        s.close_row("designated", r[~named], t[~named], cut=True)
        for stage in RESULT_STAGES:
            if stage != "designated":
                s.row_of[STAGE[stage], r] = -1
        s.row_of[STAGE["designated"], r[~named]] = -1
        s.row_of[STAGE["approve"], r] = -1
        self._begin_lead(r, t, unit)
        stores = self.law.due_by_store[s.case[r]]
        if stores.any():
            r, e = r[stores], e[stores]
            s.handle_due[r] = s.base_due[r] = self.ev.committed[e]

    def _begin_lead(self, r: Codes, t: Instants, unit: Codes) -> None:
        s = self.s
        first = s.dispatched[r] == NAT
        s.dispatched[r[first]] = t[first]
        s.last_dispatched[r], s.lead[r], s.is_lead_open[r] = t, unit, True
        s.dispatches[r] += 1
        for name in (
            "has_acted",
            "has_asked",
            "has_forwarded",
            "has_coordination_result",
            "result_stands",
            "is_stopped",
        ):
            getattr(s, name)[r] = False
        for name in ("accepted", "result", "completed", "extended_due", "chain_due"):
            getattr(s, name)[r] = NAT
        s.valid_extensions[r] = 0
        accept = s.open_row("accept", r, t, unit)
        s.open_row("instant_confirm", r, t, unit)
        start = np.where(self.law.handle_from_received[s.case[r]] & first, s.received[r], t)
        waits = self.law.handle_from_accepted[s.case[r]] & (accept >= 0)
        start = np.where(waits, s.stages["due"][accept], start)
        places = s.open_row("handle", r, start, unit)
        s.handle_due[r] = s.base_due[r] = s.stages["due"][places]
        s.farthest_due[r] = self.law.due(self.law.farthest_id[s.case[r]], start)

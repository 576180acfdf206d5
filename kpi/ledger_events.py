"""What each kind of event does to the reports it happens to, or why it cannot be: one method per kind.

Every method takes one event of its kind for each of some reports. r: places of the reports, e: places of the events.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_state import (
    COORDINATING,
    DONE,
    ENDING,
    IOC,
    LEAD,
    LEADER,
    NOBODY,
    OPEN,
    PROVINCE,
    SENDER,
    STATUS,
    State,
)
from kpi.stages import PARTS, REASON_IDS, RESULT_STAGES
from kpi.worktime import Instants

REASON = {word: code for code, word in enumerate(REASON_IDS)}
LEAD_PART, COORDINATING_PART = range(len(PARTS))
Chosen = NDArray[np.bool_]


class Events:
    """Columns of the events that may be judged: instants, unit codes, and what single kinds carry."""

    def __init__(
        self, at: Instants, acting: Codes, target: Codes, committed: Instants, rating: Codes, reason: Codes
    ):
        self.at, self.acting, self.target = at, acting, target
        self.committed, self.rating, self.reason = committed, rating, reason
        self.problem = np.full(len(at), -1, np.int8)
        """Code of the reason why the event cannot be, -1 for none."""


class Machine:
    """The transitions. `handlers` by kind of event."""

    def __init__(self, state: State, events: Events) -> None:
        self.s, self.ev, self.law = state, events, state.law
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

    def _keep(self, r: Codes, e: Codes, *demands: tuple[Chosen, str]) -> tuple[Codes, Codes, Instants]:
        """The events that meet every demand; the others are marked with the first one they fail."""
        fine = np.ones(len(r), bool)
        for holds, reason in demands:
            self.ev.problem[e[fine & ~holds]] = REASON[reason]
            fine &= holds
        r, e = r[fine], e[fine]
        return r, e, self.ev.at[e]

    def _is_open(self, r: Codes) -> tuple[Chosen, str]:
        return self.s.status[r] == OPEN, "closed"

    def _is_lead(self, r: Codes, e: Codes) -> tuple[Chosen, str]:
        return self.s.is_lead_open[r] & (self.s.lead[r] == self.ev.acting[e]), "not_lead"

    def _lead_has_it(self, r: Codes) -> tuple[Chosen, str]:
        return self.s.open_coordinations[r] == 0, "coordination_open"

    def _is_done(self, r: Codes) -> tuple[Chosen, str]:
        return self.s.status[r] == DONE, "not_approved"

    # Intake ---------------------------------------------------------------------------------------------------------

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

    def _take_in(self, r: Codes, t: Instants) -> None:
        """Reception, said or implied by what the IOC does with the report."""
        new = self.s.received[r] == NAT
        self.s.received[r[new]] = t[new]
        self.s.close_row("receive", r[new], t[new])

    def _routed(self, r: Codes, t: Instants, *, cut: bool = False) -> None:
        """The IOC has decided where the report goes."""
        self.s.close_row("dispatch", r, t, cut=cut)
        self.s.close_row("instant_forward", r, t, cut=cut)

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

    # Leaving otherwise ----------------------------------------------------------------------------------------------

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

    # Finding the unit -----------------------------------------------------------------------------------------------

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

    def _start_handle(self, r: Codes, start: Instants) -> None:
        """Start the lead unit's limit anew."""
        s, handle = self.s, STAGE["handle"]
        s.stages["start"][s.row_of[handle, r]] = start
        s.handle_due[r] = s.base_due[r] = self.law.stage_due(handle, s.case[r], start)
        s.farthest_due[r] = self.law.due(self.law.farthest_id[s.case[r]], start)

    def _end_lead(self, r: Codes, t: Instants, ending: str) -> None:
        """The report leaves its lead unit without approval, and with it every coordinating unit."""
        s = self.s
        has = s.is_lead_open[r]
        r, t = r[has], t[has]
        for slot in range(s.coordinations.shape[1] if s.open_coordinations[r].any() else 0):
            places = s.coordinations[r, slot]
            out = places >= 0
            self._end_coordination(r[out], places[out], t[out], ending)
        s.settle(r)
        s.cut_lead_rows(r, t)
        a = s.assignment_of[r]
        due = s.assignments["due"][a]
        s.assignments["due"][a] = np.where(t > due, due, NAT)
        s.assignments["end"][a], s.assignments["ending"][a] = t, ENDING[ending]
        s.is_lead_open[r] = False

    # The lead unit --------------------------------------------------------------------------------------------------

    def accepted(self, r: Codes, e: Codes) -> None:
        s = self.s
        lead, _ = self._is_lead(r, e)
        place = s.find_coordination(r, self.ev.acting[e])
        other = ~lead & (place >= 0)
        new = np.where(lead, ~s.has_acted[r], s.assignments["accepted"][place] == NAT)
        is_open, why = self._is_open(r)
        r2, e2, t = self._keep(r[other], e[other], (is_open[other], why), (new[other], "accepted_already"))
        s.assignments["accepted"][s.find_coordination(r2, self.ev.acting[e2])] = t
        mine = ~other
        r, e, t = self._keep(
            r[mine], e[mine], (is_open[mine], why), (lead[mine], "not_lead"), (new[mine], "accepted_already")
        )
        s.accepted[r] = t
        s.assignments["accepted"][s.assignment_of[r]] = t
        self._acted(r, t)
        late = self.law.handle_from_accepted[s.case[r]]
        self._start_handle(r[late], t[late])

    def _act(self, r: Codes, t: Instants) -> None:
        """Whatever the unit does shows that it took the report, though it never said so: from then its limit runs,
        at the latest from the end of the limit for accepting."""
        s = self.s
        new = ~s.has_acted[r]
        r, t = r[new], t[new]
        self._acted(r, t)
        start = s.stages["start"][s.row_of[STAGE["handle"], r]]
        early = self.law.handle_from_accepted[s.case[r]] & (t < start)
        self._start_handle(r[early], t[early])

    def _acted(self, r: Codes, t: Instants) -> None:
        self.s.has_acted[r] = True
        self.s.close_row("accept", r, t)
        self.s.close_row("instant_confirm", r, t)

    def returned_wrong(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_open(r), self._is_lead(r, e), self._lead_has_it(r))
        s.resume(r, t)
        self._act(r, t)
        s.add_done_row("return_wrong", r, s.last_dispatched[r], t, s.lead[r])
        self._end_lead(r, t, "returned_wrong")
        s.returns[r] += 1
        s.move(r, t, IOC, s.ioc[r])
        s.open_row("dispatch", r, t, s.ioc[r])

    def extended(self, r: Codes, e: Codes) -> None:
        s, law = self.s, self.law
        r, e, t = self._keep(r, e, self._is_open(r), self._is_lead(r, e))
        self._act(r, t)
        s.extensions[r] += 1
        due, case = s.case_due(r), s.case[r]
        committed = self.ev.committed[e]
        farthest = np.where(law.farthest_id[case] >= 0, s.farthest_due[r], committed)
        new = np.minimum(committed, farthest)
        in_time = (t <= due) | ~law.needs_notice_before_due[case]
        valid = (
            (s.valid_extensions[r] < law.max_extensions[case]) & in_time & (due > NAT) & (new > due)
            & s.is_running("handle", r)
        )  # fmt: skip
        s.valid_extensions[r[valid]] += 1
        s.extended_due[r[valid]] = new[valid]
        v = r[valid & s.is_running("consolidate", r)]
        places = s.row_of[STAGE["consolidate"], v]
        s.stages["due"][places] = np.maximum(s.stages["due"][places], s.extended_due[v])

    def completed(self, r: Codes, e: Codes) -> None:
        s = self.s
        new = (s.completed[r] == NAT, "completed_already")
        r, e, t = self._keep(r, e, self._is_open(r), self._is_lead(r, e), self._lead_has_it(r), new)
        s.resume(r, t)
        self._act(r, t)
        s.completed[r] = t
        s.open_row("urgent_update", r, t, s.lead[r])
        s.open_row("instant_result", r, t, s.lead[r])

    def result(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(r, e, self._is_open(r), self._is_lead(r, e), self._lead_has_it(r))
        s.resume(r, t)
        self._act(r, t)
        s.result[r], s.result_stands[r] = t, True
        s.assignments["result"][s.assignment_of[r]] = t
        for stage in RESULT_STAGES:
            self._finish(stage, r, t, on_result=True)
        s.close_row("approve", r, t, cut=True)
        s.open_row("approve", r, t, s.lead[r])
        s.move(r, t, LEADER, s.lead[r])

    def _finish(self, stage: str, r: Codes, t: Instants, *, on_result: bool) -> None:
        """End a stage by the result or the approval, whichever its text names; a newer result replaces an older one."""
        s = self.s
        places = s.row_of[STAGE[stage], r]
        stops = (places >= 0) & (self.law.stops_on_result[STAGE[stage], s.case[r]] == on_result)
        stops &= ~s.stages["is_cut"][places]
        s.stages["done"][places[stops]] = t[stops]

    def approved(self, r: Codes, e: Codes) -> None:
        s = self.s
        r, e, t = self._keep(
            r,
            e,
            self._is_open(r),
            self._is_lead(r, e),
            self._lead_has_it(r),
            (s.result_stands[r], "no_result"),
        )
        s.resume(r, t)
        for stage in RESULT_STAGES:
            self._finish(stage, r, t, on_result=False)
        s.close_row("approve", r, t)
        s.settle(r)
        s.approved[r], s.closed[r], s.status[r], s.is_lead_open[r] = t, t, DONE, False
        a = s.assignment_of[r]
        s.assignments["end"][a], s.assignments["ending"][a] = t, ENDING["approved"]
        decided = np.where(self.law.result_decides[s.case[r]], s.result[r], t)
        self._judge(a, decided)
        s.move(r, t, IOC, s.ioc[r])
        s.open_row("publish", r, t, s.ioc[r])

    def _judge(self, a: Codes, decided: Instants) -> None:
        """On time or late; a limit that was never set judges nobody."""
        assignments, calendar = self.s.assignments, self.law.calendar
        due = assignments["due"][a]
        late = (due > NAT) & (decided > due)
        assignments["outcome"][a] = np.where(due == NAT, 3, np.where(late, 2, 1))
        assignments["late_s"][a] = NAT
        assignments["late_s"][a[late]] = calendar.elapsed_s(decided[late]) - calendar.elapsed_s(due[late])

    # Coordination ---------------------------------------------------------------------------------------------------

    def forwarded(self, r: Codes, e: Codes) -> None:
        s, unit = self.s, self.ev.target[e]
        new = (s.find_coordination(r, unit) < 0) & (unit != s.lead[r])
        r, e, t = self._keep(
            r, e, self._is_open(r), self._is_lead(r, e), (~s.result_stands[r], "result_waits"),
            (new, "forwarded_already"),
        )  # fmt: skip
        unit = self.ev.target[e]
        alone = s.open_coordinations[r] == 0
        s.resume(r[alone], t[alone])
        self._act(r, t)
        first = ~s.has_forwarded[r]
        s.add_done_row("forward", r[first], s.last_dispatched[r[first]], t[first], s.lead[r[first]])
        s.has_forwarded[r] = True
        s.close_row("consolidate", r, t, cut=True)
        places = s.assignments.add(len(r), report=r, unit=unit, part=COORDINATING_PART, begin=t)
        rows = s.open_row("coordinate", r, t, unit)
        s.assignments["row"][places] = rows
        s.assignments["base_due"][places] = np.where(rows >= 0, s.stages["due"][rows], NAT)
        s.coordinations[r, s.forwards[r]] = places
        s.forwards[r] += 1
        s.open_coordinations[r] += 1
        s.lengthen_chain(r, np.where(rows >= 0, s.stages["due"][rows], NAT))
        a = r[alone]
        s.coordinator[a] = places[alone]
        s.move(a, t[alone], COORDINATING, unit[alone])

    def coordination_result(self, r: Codes, e: Codes) -> None:
        r, e, places, t = self._answer(r, e)
        self.s.assignments["result"][places] = t
        self._end_coordination(r, places, t, "approved")
        self.s.has_coordination_result[r] = True
        self._after_answer(r, t)

    def coordination_returned(self, r: Codes, e: Codes) -> None:
        r, e, places, t = self._answer(r, e)
        unit, begin = self.s.assignments["unit"][places], self.s.assignments["begin"][places]
        self._end_coordination(r, places, t, "returned_wrong")
        self.s.add_done_row("coordinate_return", r, begin, t, unit)
        self._after_answer(r, t)

    def _answer(self, r: Codes, e: Codes) -> tuple[Codes, Codes, Codes, Instants]:
        s = self.s
        out = s.find_coordination(r, self.ev.acting[e]) >= 0
        r, e, t = self._keep(r, e, self._is_open(r), (out, "not_coordinating"))
        asked = (s.asked[r] > NAT) & (s.asker[r] == COORDINATING) & (s.asker_unit[r] == self.ev.acting[e])
        s.resume(r[asked], t[asked])
        return r, e, s.find_coordination(r, self.ev.acting[e]), t

    def _end_coordination(self, r: Codes, places: Codes, t: Instants, ending: str) -> None:
        """A coordinating unit is done with the report, or loses it with its lead unit."""
        s = self.s
        if not len(r):
            return
        rows = s.assignments["row"][places]
        has, answered = rows >= 0, ending == "approved"
        s.stages["done"][rows[has]] = t[has]
        s.stages["is_cut"][rows[has]] = not answered
        due = np.where(has, s.stages["due"][rows], NAT)
        s.assignments["base_due"][places] = np.maximum(due, s.assignments["base_due"][places])
        s.assignments["due"][places] = due if answered else np.where(t > due, due, NAT)
        s.assignments["end"][places], s.assignments["ending"][places] = t, ENDING[ending]
        if answered:
            self._judge(places, t)
        s.coordinations[r] = np.where(s.coordinations[r] == places[:, None], -1, s.coordinations[r])
        s.open_coordinations[r] -= 1

    def _after_answer(self, r: Codes, t: Instants) -> None:
        """Back to the lead unit when nobody else is out, else to the coordinating unit that is out longest."""
        s = self.s
        held = s.holder[r] == COORDINATING
        back = s.open_coordinations[r] == 0
        s.chain_due[r[back]] = NAT
        sums_up = back & s.has_coordination_result[r]
        u = r[sums_up]
        s.chain_due[u] = self.law.stage_due(STAGE["consolidate"], s.case[u], t[sums_up])
        places = s.open_row("consolidate", u, t[sums_up], s.lead[u])
        has = places >= 0
        s.stages["due"][places[has]] = np.maximum(s.stages["due"][places[has]], s.extended_due[u[has]])
        b = r[back & held]
        s.move(b, t[back & held], LEAD, s.lead[b])
        o = r[~back & held]
        s_next = s.first_coordination(o)
        changed = s_next != s.coordinator[o]
        o, s_next, at = o[changed], s_next[changed], t[~back & held][changed]
        s.move(o, at, COORDINATING, s.assignments["unit"][s_next])
        s.coordinator[o] = s_next

    # After the result -----------------------------------------------------------------------------------------------

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

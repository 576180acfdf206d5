"""Events of the units that are responsible: the lead unit's, and those of the units that coordinate with it."""

import numpy as np

from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_rows import COORDINATING, DONE, ENDING, IOC, LEAD, LEADER
from kpi.ledger_transitions import Transitions
from kpi.stages import PARTS, RESULT_STAGES
from kpi.worktime import Instants

COORDINATING_PART = PARTS.index("coordinating")


class UnitActs(Transitions):
    """What the lead unit does, up to its leader's approval."""

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


class Coordination(Transitions):
    """What the lead unit and its coordinating units do with each other."""

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

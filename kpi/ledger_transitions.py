"""What transitions have in common: which events can be, and the steps that several kinds of events take.

r: places of the reports, e: places of the events, t: instants (Unix seconds); one event for each report.
"""

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_rows import DONE, ENDING, OPEN
from kpi.ledger_state import State
from kpi.stages import REASON_IDS
from kpi.worktime import Instants

REASON = {word: code for code, word in enumerate(REASON_IDS)}
Chosen = NDArray[np.bool_]
ON_TIME, LATE, WITHOUT_LIMIT = 1, 2, 3


class Events:
    """Columns of the events that may be judged: instants, unit codes, and what single kinds carry."""

    def __init__(
        self, at: Instants, acting: Codes, target: Codes, committed: Instants, rating: Codes, reason: Codes
    ):
        self.at, self.acting, self.target = at, acting, target
        self.committed, self.rating, self.reason = committed, rating, reason
        self.problem = np.full(len(at), -1, np.int8)
        """Code of the reason why the event cannot be, -1 for none."""


class Transitions:
    """Steps shared by the kinds of events."""

    def __init__(self, state: State, events: Events) -> None:
        self.s, self.ev, self.law = state, events, state.law

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

    def _take_in(self, r: Codes, t: Instants) -> None:
        """Reception, said or implied by what the IOC does with the report."""
        new = self.s.received[r] == NAT
        self.s.received[r[new]] = t[new]
        self.s.close_row("receive", r[new], t[new])

    def _routed(self, r: Codes, t: Instants, *, cut: bool = False) -> None:
        """The IOC has decided where the report goes."""
        self.s.close_row("dispatch", r, t, cut=cut)
        self.s.close_row("instant_forward", r, t, cut=cut)

    def _start_handle(self, r: Codes, start: Instants) -> None:
        """Start the lead unit's limit anew."""
        s, handle = self.s, STAGE["handle"]
        s.stages["start"][s.row_of[handle, r]] = start
        s.handle_due[r] = s.base_due[r] = self.law.stage_due(handle, s.case[r], start)
        s.farthest_due[r] = self.law.due(self.law.farthest_id[s.case[r]], start)

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

    def _judge(self, a: Codes, decided: Instants) -> None:
        """On time or late; a limit that was never set judges nobody."""
        assignments, calendar = self.s.assignments, self.law.calendar
        due = assignments["due"][a]
        late = (due > NAT) & (decided > due)
        assignments["outcome"][a] = np.where(due == NAT, WITHOUT_LIMIT, np.where(late, LATE, ON_TIME))
        assignments["late_s"][a] = NAT
        assignments["late_s"][a[late]] = calendar.elapsed_s(decided[late]) - calendar.elapsed_s(due[late])

"""Where many reports stand at once: who holds them, which clocks stand still, and which limits bind.

Terms: r is an array of report places, t the instants (Unix seconds) at which something happens to them.
"""

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_arrays import Arrays
from kpi.ledger_law import NAT, STAGE, Codes
from kpi.ledger_rows import COORDINATING, IOC, LEAD, LEADER, SENDER
from kpi.stages import LEAD_STAGES
from kpi.worktime import Instants


class State(Arrays):
    """Reports on their way: `Arrays`, and what changes them."""

    # Holders --------------------------------------------------------------------------------------------------------

    def move(self, r: Codes, t: Instants, kind: int, unit: Codes) -> None:
        """Give reports to a new holder; the old one's time becomes a row."""
        changed = (self.holder[r] != kind) | (self.holder_unit[r] != unit)
        if not changed.all():
            r, t, unit = r[changed], t[changed], unit[changed]
        now_s = self.law.calendar.elapsed_s(t)
        held = (self.holder[r] != 0) & (t > self.since[r])
        h, held_s = r[held], now_s[held] - self.since_s[r[held]]
        self.holds.add(
            len(h), report=h, kind=self.holder[h], unit=self.holder_unit[h], begin=self.since[h], end=t[held],
            worked_s=held_s,
        )  # fmt: skip
        self._credit(h, held_s)
        self.holder[r], self.holder_unit[r], self.since[r], self.since_s[r] = kind, unit, t, now_s

    def _credit(self, h: Codes, held_s: Instants) -> None:
        """Add held time to the assignment that held."""
        kind = self.holder[h]
        lead = (kind == LEAD) | (kind == LEADER)
        self.assignments["held_s"][self.assignment_of[h[lead]]] += held_s[lead]
        other = kind == COORDINATING
        self.assignments["held_s"][self.coordinator[h[other]]] += held_s[other]

    def resume(self, r: Codes, t: Instants, *, supplied: bool = False) -> None:
        """End the wait for the sender, if there is one: the clock that stood still runs on.

        It stood still until `t`, or until the sender's own limit had passed (Đ6.5b of 2022), if that came first.
        """
        waiting = self.asked[r] > NAT
        r, t = r[waiting], t[waiting]
        if not len(r):
            return
        self.close_row("supply", r, t, cut=not supplied)
        limit = self.supply_due[r]
        until = np.where((limit > NAT) & (limit < t), limit, t)
        self.shift(r, until)
        paused = self.holder[r] == SENDER
        p = r[paused]
        for kind in np.unique(self.asker[p]):
            same = self.asker[p] == kind
            self.move(p[same], until[paused][same], int(kind), self.asker_unit[p[same]])
        self.asked[r] = NAT

    def shift(self, r: Codes, until: Instants) -> None:
        """Move the deadlines of the asker's clock, which stood still from `asked` to `until` (NAT: still does)."""
        stopped = self.law.pauses[self.case[r]]
        r, until = r[stopped], until[stopped]
        asker = self.asker[r]
        ioc = asker == IOC
        for stage in ("receive", "dispatch"):
            self._shift_row(stage, r[ioc], self.asked[r[ioc]], until[ioc])
        lead = (asker == LEAD) | (asker == LEADER)
        self.shift_lead(r[lead], self.asked[r[lead]], until[lead])
        self._shift_row("designated", r[lead], self.asked[r[lead]], until[lead])
        self._shift_coordination(r[asker == COORDINATING], until[asker == COORDINATING])

    def shift_lead(self, r: Codes, from_at: Instants, until: Instants) -> None:
        """Move the deadlines of the lead unit's case, whose clock stood still."""
        r, from_at, until = _where(self.law.pausable[STAGE["handle"], self.case[r]], r, from_at, until)
        for due in (self.handle_due, self.farthest_due, self.extended_due):
            due[r] = self.law.shifted(due[r], from_at, until)
        self.base_due[r] = np.maximum(self.base_due[r], self.law.shifted(self.base_due[r], from_at, until))

    def _shift_row(self, stage: str, r: Codes, from_at: Instants, until: Instants) -> None:
        code = STAGE[stage]
        moves = self.law.pausable[code, self.case[r]] & self.is_running(stage, r)
        r, from_at, until = _where(moves, r, from_at, until)
        places = self.row_of[code, r]
        self.stages["due"][places] = self.law.shifted(self.stages["due"][places], from_at, until)

    def _shift_coordination(self, r: Codes, until: Instants) -> None:
        places = self.assignments["row"][self.coordinator[r]]
        moves = self.law.pausable[STAGE["coordinate"], self.case[r]] & (places >= 0)
        r, until, places = _where(moves, r, until, places)
        before = self.stages["due"][places]
        due = self.law.shifted(before, self.asked[r], until)
        self.stages["due"][places] = due
        self.is_stopped[r] = (before > NAT) & (due == NAT)
        self.lengthen_chain(r, due)

    def lengthen_chain(self, r: Codes, coordinate_due: Instants) -> None:
        """While coordination is out the lead unit's limit runs to the end of both steps: coordinate, then consolidate."""
        due = self.law.stage_due(STAGE["consolidate"], self.case[r], coordinate_due)
        self.chain_due[r] = np.where(coordinate_due > NAT, np.maximum(self.chain_due[r], due), NAT)

    # Assignments ----------------------------------------------------------------------------------------------------

    def case_due(self, r: Codes) -> Instants:
        """The limit in force for the lead unit's result (or approval, if that is what the limit asks for).

        The later of the single-unit limit, the coordinated chain and a valid extension; NAT for none or stopped.
        """
        due = np.maximum(self.handle_due[r], np.maximum(self.chain_due[r], self.extended_due[r]))
        return np.where(self.is_stopped[r], NAT, due)

    def with_approval(self, r: Codes, due: Instants) -> Instants:
        """The limit of the whole case: with the leader's day after it where the text gives one (2022 Đ11.2)."""
        follows = self.law.approval_follows[self.case[r]]
        after = self.law.stage_due(STAGE["approve"], self.case[r], np.where(follows, due, NAT))
        return np.where(after > NAT, after, due)

    def settle(self, r: Codes) -> None:
        """Write the lead unit's limits of this moment into its assignment and its row."""
        a, due = self.assignment_of[r], self.case_due(r)
        self.stages["due"][self.row_of[STAGE["handle"], r]] = due
        self.assignments["due"][a] = self.with_approval(r, due)
        self.assignments["base_due"][a] = self.with_approval(
            r, np.maximum(self.base_due[r], self.chain_due[r])
        )
        self.assignments["extended"][a] = self.valid_extensions[r] > 0

    def cut_lead_rows(self, r: Codes, t: Instants) -> None:
        """End what the lead unit had open, because the report left it."""
        for stage in LEAD_STAGES:
            self.close_row(stage, r, t, cut=True)

    def find_coordination(self, r: Codes, unit: Codes) -> Codes:
        """Place of the open coordinating assignment of each unit, -1 for none."""
        places = self.coordinations[r]
        same = (places >= 0) & (self.assignments["unit"][places] == unit[:, None])
        return np.where(same.any(axis=1), places[np.arange(len(r)), same.argmax(axis=1)], -1)

    def first_coordination(self, r: Codes) -> Codes:
        """Place of the coordinating assignment that has been out longest, -1 for none."""
        places = self.coordinations[r]
        out = places >= 0
        return np.where(out.any(axis=1), places[np.arange(len(r)), out.argmax(axis=1)], -1)


def _where(chosen: NDArray[np.bool_], *arrays: NDArray) -> tuple[NDArray, ...]:
    return tuple(array[chosen] for array in arrays)

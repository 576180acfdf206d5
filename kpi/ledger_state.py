"""Where many reports stand at once: arrays with one place per report, and the rows they have left behind.

Terms: r is an array of report places, t the instants (Unix seconds) at which something happens to them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_law import NAT, NO_LIMIT, NO_ROW, STAGE, Codes, Law
from kpi.stages import ENDINGS, HOLDERS, LEAD_STAGES, STAGES, STATUSES
from kpi.worktime import Instants

HOLDER = {word: code for code, word in enumerate(HOLDERS)}
STATUS = {word: code for code, word in enumerate(STATUSES)}
ENDING = {word: code for code, word in enumerate(ENDINGS)}
IOC, LEAD, LEADER, COORDINATING, SENDER, PROVINCE = (HOLDER[word] for word in HOLDERS[1:])
OPEN, DONE = STATUS["open"], STATUS["done"]
Flags = NDArray[np.bool_]
NOBODY = 0
"""Unit code of the sender, the province, and of nobody."""


class Rows:
    """Rows that grow: one NumPy array per column, filled with its default until set."""

    def __init__(self, capacity: int, **columns: tuple[str, int]) -> None:
        self.count = 0
        self.names = tuple(columns)
        self._defaults = {name: default for name, (_, default) in columns.items()}
        self._arrays = {name: np.full(capacity, default, dtype) for name, (dtype, default) in columns.items()}

    def add(self, n: int, **values: Any) -> Codes:
        """Append n rows; returns their places."""
        first, self.count = self.count, self.count + n
        if self.count > len(next(iter(self._arrays.values()))):
            for name, array in self._arrays.items():
                more = np.full(max(len(array), n), self._defaults[name], array.dtype)
                self._arrays[name] = np.concatenate([array, more])
        for name, value in values.items():
            self._arrays[name][first : self.count] = value
        return np.arange(first, self.count)

    def __getitem__(self, name: str) -> NDArray:
        """The column, as long as it may grow; valid until the next `add`."""
        return self._arrays[name]

    def column(self, name: str) -> NDArray:
        """The column's rows."""
        return self._arrays[name][: self.count]


class State:
    """Reports on their way. Instants are Unix seconds, NAT for none; units are codes, NOBODY for none."""

    # What is so now.
    status: Codes
    holder: Codes
    asker: Codes
    asker_unit: Codes
    lead: Codes
    is_lead_open: Flags
    is_stopped: Flags
    result_stands: Flags
    # What the lead unit of now has done.
    has_acted: Flags
    has_asked: Flags
    has_forwarded: Flags
    has_coordination_result: Flags
    # When things happened, and how often.
    received: Instants
    dispatched: Instants
    last_dispatched: Instants
    accepted: Instants
    result: Instants
    approved: Instants
    published: Instants
    closed: Instants
    completed: Instants
    rated: Instants
    asked: Instants
    extensions: Codes
    valid_extensions: Codes
    dispatches: Codes
    returns: Codes
    rating: Codes
    # Limits of the lead unit of now (see case_due), and of the sender who was asked for more.
    handle_due: Instants
    base_due: Instants
    farthest_due: Instants
    extended_due: Instants
    chain_due: Instants
    supply_due: Instants

    def __init__(self, law: Law, sent: Instants, case: Codes, ioc: Codes, most_forwards: int) -> None:
        n = len(sent)
        self.law, self.sent, self.case, self.ioc = law, sent, case, ioc
        everyone = np.arange(n)
        for name in ("status", "holder", "asker"):
            setattr(self, name, np.zeros(n, np.int8))
        for name in (
            "lead",
            "asker_unit",
            "extensions",
            "valid_extensions",
            "dispatches",
            "returns",
            "rating",
        ):
            setattr(self, name, np.zeros(n, np.int64))
        for name in (
            "received", "dispatched", "last_dispatched", "accepted", "result", "approved", "published", "closed",
            "completed", "rated", "asked", "supply_due", "handle_due", "base_due", "farthest_due", "extended_due",
            "chain_due",
        ):  # fmt: skip
            setattr(self, name, np.full(n, NAT))
        for name in (
            "is_lead_open",
            "is_stopped",
            "has_acted",
            "has_asked",
            "has_forwarded",
            "has_coordination_result",
            "result_stands",
        ):
            setattr(self, name, np.zeros(n, bool))
        self.refusal = np.full(n, -1)
        self.last_event = sent.copy()
        self.assignment_of = np.full(n, -1)
        self.coordinator = np.full(n, -1)
        """Place of the coordinating assignment that holds the report."""
        self.coordinations = np.full((n, max(most_forwards, 1)), -1)
        self.forwards = np.zeros(n, np.int64)
        self.open_coordinations = np.zeros(n, np.int64)
        self.row_of = np.full((len(STAGES), n), -1)
        """Place of the last row of each stage; it is open while its `done` is NAT."""
        self.holder[:], self.holder_unit = IOC, ioc.copy()
        self.since = sent.copy()
        self.since_s = law.calendar.elapsed_s(sent)
        self.holds = Rows(4 * n + 16, report=("i4", 0), kind=("i1", 0), unit=("i4", 0), begin=("i8", 0),
                          end=("i8", NAT), worked_s=("i8", 0))  # fmt: skip
        self.stages = Rows(6 * n + 16, report=("i4", 0), stage=("i1", 0), unit=("i4", 0), limit=("i2", NO_LIMIT),
                           start=("i8", 0), due=("i8", NAT), done=("i8", NAT), is_cut=("?", 0))  # fmt: skip
        self.assignments = Rows(n + n // 2 + 16, report=("i4", 0), unit=("i4", 0), part=("i1", 0), begin=("i8", 0),
                                accepted=("i8", NAT), result=("i8", NAT), end=("i8", NAT), ending=("i1", 0),
                                base_due=("i8", NAT), due=("i8", NAT), extended=("?", 0), outcome=("i1", 0),
                                late_s=("i8", NAT), held_s=("i8", 0), row=("i4", -1))  # fmt: skip
        self._open_first_rows(everyone)

    def _open_first_rows(self, r: Codes) -> None:
        """What runs from the moment a report is sent."""
        self.open_row("receive", r, self.sent, self.ioc)
        both = r[self.law.dispatch_from_sent[self.case]]
        self.open_row("dispatch", both, self.sent[both], self.ioc[both])
        at_once = r[self.law.instant_from_sent[self.case]]
        self.open_row("instant_forward", at_once, self.sent[at_once], self.ioc[at_once])

    # Rows of stages -------------------------------------------------------------------------------------------------

    def open_row(self, stage: str, r: Codes, start: Instants, unit: Codes) -> Codes:
        """Start a stage for those reports whose text has it. Returns the place of each row, -1 where it has none."""
        code = STAGE[stage]
        limit_id = self.law.limit_id[code, self.case[r]]
        exists = limit_id != NO_ROW
        if not exists.all():
            r, start, unit, limit_id = r[exists], start[exists], unit[exists], limit_id[exists]
        places = self.stages.add(
            len(r), report=r, stage=code, unit=unit, limit=limit_id, start=start, due=self.law.due(limit_id, start)
        )  # fmt: skip
        self.row_of[code, r] = places
        if exists.all():
            return places
        all_places = np.full(len(exists), -1)
        all_places[exists] = places
        return all_places

    def add_done_row(self, stage: str, r: Codes, start: Instants, done: Instants, unit: Codes) -> None:
        """A stage that is only known by its end (a return, a forward): a row if the text sets a limit."""
        places = self.open_row(stage, r, start, unit)
        has_row = places >= 0
        self.stages["done"][places[has_row]] = done[has_row]

    def is_running(self, stage: str, r: Codes) -> NDArray[np.bool_]:
        """Whether the stage is open."""
        places = self.row_of[STAGE[stage], r]
        return (places >= 0) & (self.stages["done"][places] == NAT)

    def close_row(self, stage: str, r: Codes, t: Instants, *, cut: bool = False) -> None:
        """End an open stage: done, or cut short (the report went another way)."""
        running = self.is_running(stage, r)
        places = self.row_of[STAGE[stage], r[running]]
        self.stages["done"][places] = t[running]
        if cut:
            self.stages["is_cut"][places] = True

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

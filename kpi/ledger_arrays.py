"""Arrays with one place per report, and the rows of stages that the reports have left behind."""

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_law import NAT, NO_LIMIT, NO_ROW, STAGE, Codes, Law
from kpi.ledger_rows import IOC, Rows
from kpi.stages import STAGES
from kpi.worktime import Instants

Flags = NDArray[np.bool_]


class Arrays:
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

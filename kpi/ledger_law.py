"""The rulebook compiled for arrays: which limit a stage has for a report's text and urgency, and when it is due."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kpi.deadlines import due_many
from kpi.rulebook import Rulebook
from kpi.rules import Regulation, StageLimit
from kpi.stages import SPINE, STAGES, URGENCIES
from kpi.worktime import Instants, WorkCalendar

NAT = np.iinfo(np.int64).min
"""No instant; also what NumPy calls NaT, and smaller than every instant."""
NO_LIMIT, NO_ROW = -1, -2
Codes = NDArray[np.int64]
STAGE = {stage: code for code, stage in enumerate(STAGES)}


def limit_of(text: Regulation, stage: str, urgency: str) -> StageLimit | None:
    """The limit that `text` sets for that stage of a report of that urgency."""
    limit = text.stage(stage)
    return limit if limit and urgency in limit.urgency else None


class Law:
    """Limits and readings of a rulebook, by `case` = text index * 3 + urgency code.

    limits: every limit that can apply. limit_id[stage, case]: its place, NO_LIMIT (row without a limit) or NO_ROW.
    The flags are bool[case] or bool[stage, case].
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.calendar: WorkCalendar = rulebook.calendar
        self.regulations = rulebook.regulations
        self.cases = [(text, urgency) for text in self.regulations for urgency in URGENCIES]
        self.limits: list[StageLimit] = []
        shape = (len(STAGES), len(self.cases))
        self.limit_id = np.full(shape, NO_ROW, dtype=np.int64)
        self.pausable = np.zeros(shape, dtype=bool)
        self.stops_on_result = np.zeros(shape, dtype=bool)
        for case, (text, urgency) in enumerate(self.cases):
            for code, stage in enumerate(STAGES):
                self._compile(case, code, text, stage, urgency)
        self.start_of_handle = [self._starts_from(case, "handle", "dispatched") for case in range(shape[1])]
        self.handle_from_accepted = np.array([start == "accepted" for start in self.start_of_handle])
        self.handle_from_received = np.array([start == "received" for start in self.start_of_handle])
        self.dispatch_from_sent = np.array(
            [self._starts_from(case, "dispatch", "received") == "sent" for case in range(shape[1])]
        )
        self.instant_from_sent = np.array(
            [self._starts_from(case, "instant_forward", "received") == "sent" for case in range(shape[1])]
        )
        self.due_by_store = np.array([text.due_by_store for text, _ in self.cases])
        self.pauses = np.array([text.pauses_for_supplement for text, _ in self.cases])
        rules = [text.overdue_rule() for text, _ in self.cases]
        self.result_decides = np.array([bool(rule and rule.decided_by == "result") for rule in rules])
        self.approval_follows = np.array([bool(rule and "approve" in rule.limits) for rule in rules])
        self._compile_extensions()

    def _compile(self, case: int, code: int, text: Regulation, stage: str, urgency: str) -> None:
        limit = limit_of(text, stage, urgency)
        if limit is None:
            self.limit_id[code, case] = NO_LIMIT if stage in SPINE else NO_ROW
            return
        if limit.pausable and limit.clock == "wall_time":
            raise ValueError(
                f"{text.id}: {stage} runs by the clock, so it cannot pause; drop `pausable` from the text"
            )
        if limit not in self.limits:
            self.limits.append(limit)
        self.limit_id[code, case] = self.limits.index(limit)
        self.pausable[code, case] = limit.pausable
        self.stops_on_result[code, case] = limit.stops_on == "result"

    def _compile_extensions(self) -> None:
        """Extension of `handle`: how often (a big number: no bound), and the id of the farthest limit (NO_LIMIT: none)."""
        handle = STAGE["handle"]
        self.max_extensions = np.zeros(len(self.cases), dtype=np.int64)
        self.needs_notice_before_due = np.ones(len(self.cases), dtype=bool)
        self.farthest_id = np.full(len(self.cases), NO_LIMIT, dtype=np.int64)
        for case, (text, _) in enumerate(self.cases):
            rule, limit_id = text.extension_rule(), self.limit_id[handle, case]
            if rule is None or limit_id < 0 or not self.limits[limit_id].extendable:
                continue
            self.max_extensions[case] = rule.max_times or np.iinfo(np.int16).max
            self.needs_notice_before_due[case] = rule.requested_before_due
            farthest = text.extended(self.limits[limit_id])
            if farthest is not None:
                self.limits.append(farthest)
                self.farthest_id[case] = len(self.limits) - 1

    def _starts_from(self, case: int, stage: str, otherwise: str) -> str:
        limit_id = self.limit_id[STAGE[stage], case]
        return self.limits[limit_id].starts_from if limit_id >= 0 else otherwise

    def due(self, limit_id: Codes, start: Instants) -> Instants:
        """The due second of each start under its limit; NAT without a limit or a start."""
        if len(start) and limit_id[0] >= 0 and start.min() > NAT and (limit_id == limit_id[0]).all():
            return due_many(start, self.limits[limit_id[0]], self.calendar)
        due = np.full(len(start), NAT, dtype=np.int64)
        for one in np.unique(limit_id):
            if one >= 0:
                rows = np.flatnonzero((limit_id == one) & (start > NAT))
                due[rows] = due_many(start[rows], self.limits[one], self.calendar)
        return due

    def stage_due(self, stage: int, case: Codes, start: Instants) -> Instants:
        """The due second of a stage from each start; NAT where the text sets no limit."""
        return self.due(self.limit_id[stage, case], start)

    def shifted(self, due: Instants, from_at: Instants, to_at: Instants) -> Instants:
        """Deadlines whose clock stood still from `from_at` to `to_at` (NAT: still does): later by the working time
        between. A deadline that had passed before the clock stopped stays; one whose clock still stands is NAT."""
        moved = due.copy()
        rows = np.flatnonzero((due > NAT) & (from_at < due))
        moved[rows] = NAT
        rows = rows[to_at[rows] > NAT]
        paused_s = self.calendar.elapsed_s(to_at[rows]) - self.calendar.elapsed_s(from_at[rows])
        target_s = np.minimum(self.calendar.elapsed_s(due[rows]) + paused_s, self.calendar.total_s)
        moved[rows] = np.where(paused_s > 0, self.calendar.earliest_at(np.maximum(target_s, 1)), due[rows])
        return moved


@lru_cache(maxsize=16)
def compiled(rulebook: Rulebook) -> Law:
    """The law of that very rulebook, compiled once."""
    return Law(rulebook)

"""The clocks as a ledger: from a report's events to who held it, until when, under which limit, in time or late."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi.ledger_events import Machine
from kpi.ledger_frames import Table, close, frames, rejections
from kpi.ledger_input import (
    KIND,
    NO_CODE,
    Encoded,
    encode,
    event_problems,
    ioc_units,
    judged_events,
    places_of,
    report_problems,
)
from kpi.ledger_law import Codes, Law, compiled
from kpi.ledger_state import State
from kpi.rulebook import Rulebook
from kpi.stages import KINDS, URGENCIES

PIECE = 1 << 15
"""Reports judged at a time: their state stays in the processor's cache. At most 1 << 16, see ledger_frames."""


@dataclass(frozen=True)
class Ledger:
    """What judging decides, as frames with the columns of kpi.ledger_frames; one row per key of the mart's table of that name.

    Codes and words are categorical, instants datetime64[s, UTC] with NaT for null, numbers and flags nullable
    (Int64, Int16, boolean), report.holder_unit_codes a list<string> of Arrow. rejected: one row per event that
    cannot be (event_id null: the report itself cannot be judged and is in no other frame), with field and reason;
    the rest of its report counts.
    """

    report: pd.DataFrame
    assignment: pd.DataFrame
    hold: pd.DataFrame
    stage: pd.DataFrame
    rejected: pd.DataFrame


def judge(reports: pd.DataFrame, events: pd.DataFrame, rulebook: Rulebook, ioc_unit_code: str = "") -> Ledger:
    """Judge reports of one province by their effective events. Pure; nothing in it depends on the present moment.

    reports: province_code, report_id (int64, unique), urgency, sent_at (int64 Unix seconds); other columns are not
    looked at. events: effective events sorted by (report_id, at, event_id), one per event_id, with event_id,
    report_id, kind, at, recorded_at (int64 Unix seconds), acting_unit_code, target_unit_code, committed_at (int64
    Unix seconds, null allowed), reason_code, rating, has_content, duplicate_of. Strings or categoricals alike.
    ioc_unit_code: unit that holds a report with which no IOC has done anything yet.
    Raises ValueError when the frames are not sorted or name another province than the rulebook.
    """
    data = encode(reports, events, ioc_unit_code)
    strangers = set(pd.unique(reports["province_code"])) - {rulebook.province_code}
    if strangers:
        raise ValueError(f"the rulebook is that of province {rulebook.province_code}, not {min(strangers)}")
    law = compiled(rulebook)
    pieces = [_judge_piece(piece, rulebook, law) for piece in data.parts(PIECE)]
    tables = [
        {name: np.concatenate([piece[table][name] for piece in pieces]) for name in pieces[0][table]}
        for table in range(5)
    ]
    return Ledger(*frames(tables, data, law, rulebook.province_code))


def _judge_piece(data: Encoded, rulebook: Rulebook, law: Law) -> tuple[Table, ...]:
    """Judge some reports: all their first events at once, then all second ones, and so on."""
    refused = report_problems(data, rulebook)
    place = places_of(data)
    problem = event_problems(data, place, rulebook)
    fine = refused == NO_CODE
    usable = (problem == NO_CODE) & fine[place] if len(fine) else np.zeros(len(place), bool)
    kept = np.cumsum(fine) - 1
    state = State(
        law, data.sent[fine], (rulebook.text_index(data.sent) * len(URGENCIES) + data.urgency)[fine],
        ioc_units(data, place, usable)[fine],
        int(np.bincount(place[usable & (data.kind == KIND["forwarded"])], minlength=1).max()),
    )  # fmt: skip
    judged = judged_events(data, usable)
    _run(Machine(state, judged), kept[place[usable]], data.kind[usable])
    problem[usable] = judged.problem
    judged_here = (problem != NO_CODE) & ((place == NO_CODE) | fine[place])
    return (
        *close(state, data, place, fine),
        rejections(data, refused, np.where(judged_here, problem, NO_CODE)),
    )


def _run(machine: Machine, report: Codes, kind: Codes) -> None:
    """Feed the events, which come by report and in order, one per report at a time."""
    counts = np.bincount(report, minlength=len(machine.s.sent))
    first = np.cumsum(counts) - counts
    by_count = np.argsort(-counts, kind="stable")
    for number in range(int(counts.max(initial=0))):
        r = by_count[: np.searchsorted(-counts[by_count], -number, side="left")]
        e = first[r] + number
        kinds = kind[e].astype(np.uint8)
        order = np.argsort(kinds, kind="stable")
        bounds = np.cumsum(np.bincount(kinds, minlength=len(KINDS)))
        for code, word in enumerate(KINDS):
            some = order[bounds[code - 1] if code else 0 : bounds[code]]
            if len(some):
                machine.apply(word, r[some], e[some])

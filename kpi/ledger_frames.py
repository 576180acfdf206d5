"""From where the reports ended up to the mart's columns: what judging decides, as arrays and then as frames."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from kpi.ledger_input import NO_CODE, Encoded
from kpi.ledger_law import NAT, NO_LIMIT, STAGE, Codes, Law
from kpi.ledger_rows import COORDINATING, DONE, IOC, LEAD, LEADER, OPEN, PROVINCE, SENDER
from kpi.ledger_state import State
from kpi.stages import ENDINGS, HOLDERS, OUTCOMES, PARTS, REASONS, STAGES, STATUSES
from kpi.worktime import Instants

Table = dict[str, NDArray]
REPORT_COLUMNS = (
    "province_code", "report_id", "regulation_id", "status", "stage", "holder_kind", "holder_unit_code",
    "lead_unit_code", "holder_unit_codes", "sent_at", "received_at", "dispatched_at", "last_dispatched_at",
    "accepted_at", "result_at", "approved_at", "published_at", "closed_at", "base_due_at", "due_at", "is_extended",
    "extension_count", "outcome", "late_s", "handled_s", "dispatch_count", "wrong_return_count", "refused_reason",
    "rating", "rated_at", "last_event_at", "last_recorded_at",
)  # fmt: skip
ASSIGNMENT_COLUMNS = (
    "province_code", "report_id", "seq", "unit_code", "part", "from_at", "accepted_at", "result_at", "ended_at",
    "ended_by", "base_due_at", "due_at", "is_extended", "outcome", "late_s", "held_s",
)  # fmt: skip
HOLD_COLUMNS = (
    "province_code",
    "report_id",
    "seq",
    "holder_kind",
    "unit_code",
    "from_at",
    "to_at",
    "working_s",
)
STAGE_COLUMNS = (
    "province_code", "report_id", "seq", "stage", "unit_code", "start_at", "due_at", "done_at", "is_on_time",
    "worked_s", "article", "borrowed_from",
)  # fmt: skip
REJECTED_COLUMNS = ("province_code", "report_id", "event_id", "field", "reason")
MOVED = tuple(ENDINGS.index(word) for word in ("refused", "withdrawn", "passed_on", "merged"))
NO_STAGE = len(STAGES)


def close(
    state: State, data: Encoded, place: Codes, fine: NDArray[np.bool_]
) -> tuple[Table, Table, Table, Table]:
    """The rows of the reports that could be judged, in order of (report, seq); codes and Unix seconds, NAT for null.

    place: the report of each event, NO_CODE for none. fine: which reports could be judged.
    """
    _close_open(state)
    ids = data.report_id[fine]
    recorded = np.full(len(data.report_id), NAT)
    known = np.flatnonzero(place != NO_CODE)
    if len(known):
        first = np.flatnonzero(np.diff(place[known], prepend=NO_CODE))
        recorded[place[known][first]] = np.maximum.reduceat(data.recorded[known], first)
    report = _reports(state, ids, np.maximum(recorded[fine], state.last_event))
    return report, _assignments(state, ids), _holds(state, ids), _stages(state, ids)


def _close_open(s: State) -> None:
    """Limits of what is still under way: clocks that stand still now, and what a given result leaves to be done."""
    w = np.flatnonzero(s.asked > NAT)
    s.shift(w, s.supply_due[w])
    r = np.flatnonzero(s.is_lead_open)
    s.settle(r)
    a = s.assignment_of[r]
    due = s.assignments["due"][a]
    delivered = s.law.result_decides[s.case[r]] & s.result_stands[r] & (s.result[r] <= due)
    approve = s.law.stage_due(STAGE["approve"], s.case[r], s.result[r])
    s.assignments["due"][a] = np.where(delivered, approve, due)
    out = np.flatnonzero((s.assignments.column("part") == 1) & (s.assignments.column("end") == NAT))
    rows = s.assignments["row"][out]
    s.assignments["due"][out] = np.where(rows >= 0, s.stages["due"][rows], NAT)
    s.assignments["base_due"][out] = np.maximum(s.assignments["base_due"][out], s.assignments["due"][out])


def _reports(s: State, ids: Codes, recorded: Instants) -> Table:
    a = s.assignment_of
    binds = s.is_lead_open | (s.status == DONE) | np.isin(s.assignments["ending"][a], MOVED)
    binds &= a >= 0
    done = s.status == DONE
    elapsed = s.law.calendar.elapsed_s
    handled = np.full(len(ids), NAT)
    handled[done] = elapsed(s.approved[done]) - elapsed(s.last_dispatched[done])
    named = (
        "sent",
        "received",
        "dispatched",
        "last_dispatched",
        "accepted",
        "result",
        "approved",
        "published",
        "closed",
    )
    return {
        "report_id": ids, "text": s.case // 3, "status": s.status, "stage": _stage_now(s),
        "holder_kind": np.where(s.status == OPEN, s.holder, 0), "holder_unit_code": np.where(s.status == OPEN, s.holder_unit, 0),
        "lead_unit_code": s.lead, "ioc": s.ioc, **{f"{name}_at": getattr(s, name) for name in named},
        "base_due_at": np.where(binds, s.assignments["base_due"][a], NAT),
        "due_at": np.where(binds, s.assignments["due"][a], NAT),
        "is_extended": binds & s.assignments["extended"][a], "extension_count": s.extensions,
        "outcome": np.where(done, s.assignments["outcome"][a], 0),
        "late_s": np.where(done, s.assignments["late_s"][a], NAT), "handled_s": handled,
        "dispatch_count": s.dispatches, "wrong_return_count": s.returns, "refused_reason": s.refusal,
        "rating": np.where(s.rating > 0, s.rating, NAT), "rated_at": s.rated, "last_event_at": s.last_event,
        "last_recorded_at": recorded,
    }  # fmt: skip


def _stage_now(s: State) -> Codes:
    """Where a report stands; NO_STAGE once nothing is left to do."""
    everyone = np.arange(len(s.sent))
    open_ = s.status == OPEN
    cases = (
        (open_ & (s.holder == SENDER), "supply"),
        (open_ & (s.holder == IOC) & (s.received == NAT), "receive"),
        (open_ & ((s.holder == IOC) | (s.holder == PROVINCE)), "dispatch"),
        (open_ & (s.holder == LEADER), "approve"),
        (open_ & (s.holder == COORDINATING), "coordinate"),
        (open_ & (s.holder == LEAD) & s.is_running("accept", everyone), "accept"),
        (open_ & (s.holder == LEAD) & s.is_running("consolidate", everyone), "consolidate"),
        (open_ & (s.holder == LEAD), "handle"),
        ((s.status == DONE) & (s.published == NAT), "publish"),
        (s.is_running("clarify", everyone), "clarify"),
    )
    return np.select([test for test, _ in cases], [STAGE[stage] for _, stage in cases], NO_STAGE)


def _in_order(report: Codes) -> tuple[Codes, Codes]:
    """Order of rows by (report, as they came), and the number of each within its report, from 1."""
    # A piece has at most 65,536 reports: two bytes, which NumPy sorts by radix.
    order = np.argsort(report.astype(np.uint16), kind="stable")
    counts = np.bincount(report) if len(report) else np.zeros(0, np.int64)
    first = np.cumsum(counts) - counts
    return order, (np.arange(len(report)) - np.repeat(first, counts) + 1).astype(np.int16)


def _assignments(s: State, ids: Codes) -> Table:
    rows = {name: s.assignments.column(name) for name in s.assignments.names}
    order, seq = _in_order(rows["report"])
    rows = {name: column[order] for name, column in rows.items()}
    return {
        "report_id": ids[rows["report"]], "seq": seq, "unit_code": rows["unit"], "part": rows["part"],
        "from_at": rows["begin"], "accepted_at": rows["accepted"], "result_at": rows["result"],
        "ended_at": rows["end"], "ended_by": rows["ending"], "base_due_at": rows["base_due"], "due_at": rows["due"],
        "is_extended": rows["extended"], "outcome": rows["outcome"], "late_s": rows["late_s"],
        "held_s": np.where(rows["end"] == NAT, NAT, rows["held_s"]),
    }  # fmt: skip


def _holds(s: State, ids: Codes) -> Table:
    now = np.flatnonzero(s.holder > 0)
    s.holds.add(
        len(now), report=now, kind=s.holder[now], unit=s.holder_unit[now], begin=s.since[now], worked_s=NAT
    )
    order, seq = _in_order(s.holds.column("report"))
    rows = {name: s.holds.column(name)[order] for name in s.holds.names}
    return {
        "report_id": ids[rows["report"]], "seq": seq, "holder_kind": rows["kind"], "unit_code": rows["unit"],
        "from_at": rows["begin"], "to_at": rows["end"], "working_s": rows["worked_s"],
    }  # fmt: skip


def _stages(s: State, ids: Codes) -> Table:
    order, seq = _in_order(s.stages.column("report"))
    rows = {name: s.stages.column(name)[order] for name in s.stages.names}
    done, due = rows["done"], rows["due"]
    ended = done > NAT
    verdict = np.where(ended & (due > NAT), (done <= due).astype(np.int8), np.int8(NO_CODE))
    left_in_time = rows["is_cut"] & (verdict == 1)
    verdict[left_in_time] = NO_CODE
    due = np.where(left_in_time, NAT, due)
    worked = np.full(len(done), NAT)
    elapsed = s.law.calendar.elapsed_s
    # A start that lies after the end (a limit deemed to begin later than the unit acted) worked for nothing.
    worked[ended] = np.maximum(elapsed(done[ended]) - elapsed(rows["start"][ended]), 0)
    return {
        "report_id": ids[rows["report"]], "seq": seq, "stage": rows["stage"], "unit_code": rows["unit"],
        "start_at": rows["start"], "due_at": due, "done_at": done, "is_on_time": verdict, "worked_s": worked,
        "limit": rows["limit"],
    }  # fmt: skip


def rejections(data: Encoded, refused: Codes, problem: Codes) -> Table:
    """One row per report that cannot be judged (event_id NAT) and per event that cannot be."""
    reports, events = np.flatnonzero(refused != NO_CODE), np.flatnonzero(problem != NO_CODE)
    return {
        "report_id": np.concatenate([data.report_id[reports], data.event_report_id[events]]),
        "event_id": np.concatenate([np.full(len(reports), NAT), data.event_id[events]]),
        "reason": np.concatenate([refused[reports], problem[events]]),
    }


# Frames -------------------------------------------------------------------------------------------------------------


def frames(tables: list[Table], data: Encoded, law: Law, province: str) -> Iterator[pd.DataFrame]:
    """The five frames, columns as in kpi.mart."""
    report, assignment, hold, stage, rejected = tables
    units = list(data.units)
    texts = [text.id for text in law.regulations]
    limits = law.limits
    fields, reasons = [field for field, _ in REASONS.values()], [reason for _, reason in REASONS.values()]
    words: dict[str, Sequence[str]] = {
        "status": STATUSES, "holder_kind": HOLDERS, "holder_unit_code": units, "lead_unit_code": units,
        "unit_code": units, "outcome": OUTCOMES, "part": PARTS, "ended_by": ENDINGS, "stage": (*STAGES, ""),
        "refused_reason": data.reasons,
    }  # fmt: skip
    report["regulation_id"] = report.pop("text")
    report["holder_unit_codes"] = np.zeros(0)
    ioc = report.pop("ioc")
    limit = stage.pop("limit")
    stage["article"] = stage["borrowed_from"] = np.where(limit == NO_LIMIT, len(limits), limit)
    rejected["field"] = rejected["reason"]
    own = {
        "regulation_id": texts,
        "article": [*[limit.article for limit in limits], ""],
        "borrowed_from": [*[limit.borrowed_from or "" for limit in limits], ""],
        "field": fields,
        "reason": reasons,
    }
    words |= own
    lists = _lists(report["report_id"], ioc, assignment["report_id"], assignment["unit_code"], units)
    for table, columns in (
        (report, REPORT_COLUMNS), (assignment, ASSIGNMENT_COLUMNS), (hold, HOLD_COLUMNS), (stage, STAGE_COLUMNS),
        (rejected, REJECTED_COLUMNS),
    ):  # fmt: skip
        n = len(table["report_id"])
        made = {
            name: lists if name == "holder_unit_codes" else _column(name, table.get(name), n, words, province)
            for name in columns
        }
        yield pd.DataFrame(made, copy=False)


def _column(
    name: str, values: NDArray | None, n: int, words: Mapping[str, Sequence[str]], province: str
) -> object:
    """One column in the type that its name tells."""
    if name == "province_code":
        return _from_codes(np.zeros(n, np.int64), [province])
    assert values is not None  # noqa: S101
    if name in words:
        return _categorical(values, list(words[name]))
    if name.endswith("_at"):
        return pd.DatetimeIndex(values.view("M8[s]")).tz_localize("UTC")
    if name == "is_on_time":
        return pd.arrays.BooleanArray(values == 1, values == NO_CODE)
    if name in ("is_extended",):
        return values.astype(bool)
    if name == "report_id":
        return values
    small = name in ("seq", "rating") or name.endswith("_count")
    null = values == NAT
    return pd.arrays.IntegerArray(np.where(null, 0, values).astype(np.int16 if small else np.int64), null)


def _from_codes(codes: Codes, words: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(words, dtype=object))


def _categorical(codes: Codes, words: list[str]) -> pd.Categorical:
    """Words by code, -1 null; words that stand twice become one."""
    unique = list(dict.fromkeys(words))
    if len(unique) < len(words):
        codes = np.array([*[unique.index(word) for word in words], NO_CODE])[codes]
    return _from_codes(codes, unique)


def _lists(ids: Codes, ioc: Codes, assigned_id: Codes, unit: Codes, units: list[str]) -> pd.Series:
    """Every unit that ever held each report, by code's word, as an Arrow list."""
    rank = np.argsort(np.argsort(units, kind="stable"), kind="stable")
    counts = np.searchsorted(assigned_id, ids, side="right") - np.searchsorted(assigned_id, ids)
    place = np.concatenate([np.arange(len(ids)), np.repeat(np.arange(len(ids)), counts)])
    held = np.concatenate([ioc, unit])
    keys = np.sort((place * len(units) + rank[held])[held > 0])
    keys = keys[np.diff(keys, prepend=-1) > 0]
    offsets = np.searchsorted(keys, np.arange(len(ids) + 1) * len(units))
    words = pa.array(np.array(units, dtype=object)[np.argsort(rank, kind="stable")], pa.string()).take(
        keys % len(units)
    )
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(offsets.astype(np.int32), words)))

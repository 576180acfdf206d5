"""The clocks as a ledger: from a report's events to who held it, until when, under which limit, in time or late."""

from dataclasses import dataclass

import pandas as pd

from kpi.rulebook import Rulebook

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


@dataclass(frozen=True)
class Ledger:
    """What judging decides, as frames with the columns above; one row per key of the mart's table of that name.

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
    raise NotImplementedError

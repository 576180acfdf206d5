"""Rows of the mart turned into what explaining and what-if need. Rows are mappings by column name; no database here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from kpi.bilingual import Language
from kpi.explain import explain
from kpi.explanation import Explanation
from kpi.ledger_scalar import Event
from kpi.rulebook import Rulebook
from kpi.worktime import to_unix

Row = Mapping[str, Any]


def effective_events(rows: Iterable[Row]) -> list[Event]:
    """The events that stand, in order: rows of mart.event minus the replaced and the voided ones."""
    told = list(rows)
    by_id = {row["event_id"]: row for row in told}
    gone = {
        row["replaces_event_id"]
        for row in told
        if row["replaces_event_id"] in by_id
        and row["replaces_event_id"] != row["event_id"]
        and by_id[row["replaces_event_id"]]["report_id"] == row["report_id"]
    }
    standing = [row for row in told if row["event_id"] not in gone and row["kind"] != "voided"]
    return sorted((_event(row) for row in standing), key=lambda event: (event.at, event.event_id))


def _event(row: Row) -> Event:
    return Event(
        row["event_id"], row["kind"], to_unix(row["at"]), row["acting_unit_code"] or "", row["target_unit_code"] or "",
        _unix(row["committed_at"]), row["reason_code"] or "", row["rating"], row["duplicate_of"], _unix(row["recorded_at"]),
    )  # fmt: skip


def _unix(at: datetime | None) -> int | None:
    return None if at is None else to_unix(at)


def explain_rows(
    report: Row,
    events: Iterable[Row],
    rulebook: Rulebook,
    now: datetime,
    *,
    unit_names: Mapping[str, str],
    ioc_unit_code: str = "",
    language: Language = "vi",
) -> Explanation:
    """Explain one row of mart.report by its rows of mart.event (all of them, corrections included)."""
    return explain(
        report["report_code"], report["sent_at"], report["urgency"], effective_events(events), rulebook, now,
        unit_names=unit_names, ioc_unit_code=ioc_unit_code, report_id=report["report_id"],
        language=language,
    )  # fmt: skip


def ledger_frames(reports: Iterable[Row], events: Iterable[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of mart.report and mart.event as kpi.ledger.judge takes them: sorted, effective events only."""
    heads = pd.DataFrame(
        [{**row, "sent_at": to_unix(row["sent_at"])} for row in reports],
        columns=["province_code", "report_id", "urgency", "sent_at"],
    ).sort_values("report_id", ignore_index=True)
    by_report: dict[int, list[Row]] = {}
    for row in events:
        by_report.setdefault(row["report_id"], []).append(row)
    told = [
        {
            "event_id": e.event_id, "report_id": report_id, "kind": e.kind, "at": e.at, "recorded_at": e.recorded_at,
            "acting_unit_code": e.acting_unit or None, "target_unit_code": e.target_unit or None,
            "committed_at": e.committed_at, "reason_code": e.reason_code or None, "rating": e.rating,
            "duplicate_of": e.duplicate_of,
        }
        for report_id in sorted(by_report)
        for e in effective_events(by_report[report_id])
    ]  # fmt: skip
    columns = [
        "event_id", "report_id", "kind", "at", "recorded_at", "acting_unit_code", "target_unit_code", "committed_at",
        "reason_code", "rating", "duplicate_of",
    ]  # fmt: skip
    return heads, pd.DataFrame(told, columns=columns)

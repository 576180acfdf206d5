"""What one report, lead assignment, rating or stage counts as, in plain Python: docs/architecture.md, Counting.

Written apart from kpi.queries on purpose: kpi.oracle holds the two against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SLICERS = ("district", "commune", "field", "channel", "urgency")
Slices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A report or a lead assignment as it is counted. ended: '' while in hand."""

    entered_at: datetime
    left_at: datetime | None
    due_at: datetime | None
    ended: str
    outcome: str
    is_extended: bool
    slices: Slices


def slices_of(row: Any, unit: str) -> Slices:
    """What a row is cut by, the whole included."""
    names = [(name, row["urgency" if name == "urgency" else f"{name}_code"]) for name in SLICERS]
    return (("", ""), ("unit", unit), *names)


def report_case(row: Any) -> Case:
    """A row of mart.report."""
    ended = "" if row["status"] == "open" else row["status"]
    slices = slices_of(row, row["lead_unit_code"])
    return Case(
        row["sent_at"], row["closed_at"], row["due_at"], ended, row["outcome"], row["is_extended"], slices
    )


def lead_case(row: Any) -> Case:
    """A row of mart.assignment whose part is lead."""
    ended = {"approved": "done", "returned_wrong": "returned"}.get(row["ended_by"], row["ended_by"])
    slices = slices_of(row, row["unit_code"])
    return Case(
        row["from_at"], row["ended_at"], row["due_at"], ended, row["outcome"], row["is_extended"], slices
    )


# What one case counts as --------------------------------------------------------------------------------------------


def in_period(case: Case, start_at: datetime, until_at: datetime) -> Iterator[str]:
    """Names of BALANCE and RATE that the case counts for in [start_at, until_at)."""
    if case.entered_at >= until_at or (case.left_at is not None and case.left_at < start_at):
        return
    if case.entered_at < start_at:
        yield "carried_over"
    else:
        yield "received"
        if case.is_extended:
            yield "extended"
    if case.left_at is None or case.left_at >= until_at:
        yield "left_overdue" if case.due_at is not None and case.due_at < until_at else "left_in_time"
    elif case.ended == "done":
        yield from _done(case)
    else:
        yield case.ended
    if _is_missed(case, start_at, until_at):
        yield from ("missed", "late", "judged")


def _done(case: Case) -> Iterator[str]:
    yield "done"
    yield "done_late" if case.outcome == "late" else "done_on_time"
    if case.outcome == "none":
        yield "without_limit"
    else:
        yield from ("judged", "late" if case.outcome == "late" else "on_time")


def _is_missed(case: Case, start_at: datetime, until_at: datetime) -> bool:
    """Fell due in the period while in hand, and was not done before the period's end."""
    if case.due_at is None or not start_at <= case.due_at < until_at:
        return False
    if case.left_at is None or case.left_at >= until_at:
        return True
    return case.left_at > case.due_at and case.ended != "done"


def at_instant(case: Case, at: datetime, soon: datetime) -> Iterator[str]:
    """Names of NOW that the case counts for at one instant."""
    if case.entered_at >= at or (case.left_at is not None and case.left_at < at):
        return
    yield "in_hand"
    if case.due_at is None or case.due_at > soon:
        yield "in_time"
    elif case.due_at >= at:
        yield "due_soon"
    else:
        yield "overdue"


def rated_in(row: Any, start_at: datetime, until_at: datetime) -> Iterator[str]:
    """Names of RATING that a report counts for."""
    if row["rated_at"] is not None and start_at <= row["rated_at"] < until_at:
        yield from ("rated", f"rated_{row['rating']}")
        if row["rating"] >= 2:
            yield "satisfied"
    if row["status"] == "done" and start_at <= row["closed_at"] < until_at:
        yield "done"
        if row["rating"] is not None:
            yield "done_rated"


def stage_in(row: Any, closed_at: datetime | None, start_at: datetime, until_at: datetime) -> Iterator[str]:
    """Names of stages.STATES that a stage counts for."""
    due_at, done_at = row["due_at"], row["done_at"]
    if done_at is not None and start_at <= done_at < until_at:
        yield "stage_done"
        if due_at is None:
            yield "stage_without_limit"
        else:
            yield from ("stage_judged", "stage_on_time" if done_at <= due_at else "stage_late")
        return
    is_open = done_at is None or done_at >= until_at
    if due_at is not None and start_at <= due_at < until_at and is_open:
        was_left = done_at is None and closed_at is not None and closed_at <= due_at
        if not was_left:
            yield from ("stage_judged", "stage_late")

"""Stories of reports for the tests of the ledger: written by hand as short lines, or made up at random."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pandas as pd

from kpi.clock import LOCAL
from kpi.ledger import Ledger, judge
from kpi.ledger_frames import ASSIGNMENT_COLUMNS, HOLD_COLUMNS, REPORT_COLUMNS, STAGE_COLUMNS
from kpi.ledger_scalar import Case, Event, judge_one
from kpi.rulebook import Rulebook
from kpi.stages import KINDS, REASONS

IOC = "ioc"


def at(text: str) -> int:
    """'2024-11-04 08:05' in Vietnam -> Unix second."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp())


def show(second: int | None) -> str | None:
    """Unix second -> '2024-11-04 08:05' in Vietnam."""
    return None if second is None else f"{datetime.fromtimestamp(second, LOCAL):%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Story:
    """One report: when and how it was sent, and its events."""

    sent: int
    events: tuple[Event, ...]
    urgency: str = "normal"


def story(text: str, urgency: str = "normal") -> Story:
    """One event a line: `2024-11-04 08:05 dispatched ioc>gtvt`, `… extended gtvt 2024-11-20 17:00`, `… rated 3`.

    The first line must be `sent`. Words after the kind: acting>target, acting, a committed time, a rating, `#9` the
    report it duplicates.
    """
    events = []
    for number, line in enumerate(line for line in text.strip().splitlines() if line.strip()):
        words = line.split("#!")[0].split()
        details: dict[str, Any] = {}
        rest = words[3:]
        if rest and rest[0].isdigit():
            details["rating"] = int(rest[0])
        elif rest and rest[0].startswith("#"):
            details["duplicate_of"] = int(rest[0][1:])
        elif rest:
            acting, _, target = rest[0].partition(">")
            details |= {"acting_unit": acting, "target_unit": target}
            if len(rest) > 1:
                details["committed_at"] = at(f"{rest[1]} {rest[2]}")
        when = at(f"{words[0]} {words[1]}")
        events.append(Event(number + 1, words[2], when, recorded_at=when, **details))
    return Story(events[0].at, tuple(events), urgency)


def frames(stories: list[Story], province: str = "94") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reports 1, 2, … and their events as judge takes them."""
    reports = pd.DataFrame(
        {
            "province_code": province,
            "report_id": range(1, len(stories) + 1),
            "urgency": [s.urgency for s in stories],
            "sent_at": [s.sent for s in stories],
        }
    )
    rows = [
        {
            "event_id": e.event_id, "report_id": n, "kind": e.kind, "at": e.at, "recorded_at": e.recorded_at,
            "acting_unit_code": e.acting_unit or None, "target_unit_code": e.target_unit or None,
            "committed_at": e.committed_at, "reason_code": e.reason_code or None, "rating": e.rating,
            "has_content": None, "duplicate_of": e.duplicate_of,
        }
        for n, s in enumerate(stories, 1)
        for e in s.events
    ]  # fmt: skip
    columns = ("event_id", "report_id", "kind", "at", "recorded_at", "acting_unit_code", "target_unit_code",
               "committed_at", "reason_code", "rating", "has_content", "duplicate_of")  # fmt: skip
    return reports, pd.DataFrame(rows, columns=columns)


def told(case: Case) -> dict[str, Any]:
    """The oracle's verdict as plain rows."""
    rejected = [(r.event_id, *REASONS[r.reason]) for r in case.rejected]
    if case.text is None:
        return {"report": None, "assignment": [], "hold": [], "stage": [], "rejected": rejected}
    assignments = [
        {
            "seq": n, "unit_code": a.unit, "part": a.part, "from_at": a.start, "accepted_at": a.accepted,
            "result_at": a.result, "ended_at": a.end, "ended_by": a.ending, "base_due_at": a.base_due,
            "due_at": a.due, "is_extended": a.is_extended, "outcome": a.outcome, "late_s": a.late_s,
            "held_s": None if a.end is None else a.held_s,
        }
        for n, a in enumerate(case.assignments, 1)
    ]  # fmt: skip
    holds = [
        {"seq": n, "holder_kind": h.kind, "unit_code": h.unit, "from_at": h.start, "to_at": h.end, "working_s": h.worked_s}
        for n, h in enumerate(case.holds, 1)
    ]  # fmt: skip
    stages = [
        {
            "seq": n, "stage": s.stage, "unit_code": s.unit, "start_at": s.start, "due_at": s.binding_due, "done_at": s.done,
            "is_on_time": s.is_on_time, "worked_s": case.worked_s(s), "article": s.limit.article if s.limit else "",
            "borrowed_from": (s.limit.borrowed_from or "") if s.limit else "",
        }
        for n, s in enumerate(case.stages, 1)
    ]  # fmt: skip
    return {
        "report": case.report_row(),
        "assignment": assignments,
        "hold": holds,
        "stage": stages,
        "rejected": rejected,
    }


def written(ledger: Ledger, report_id: int) -> dict[str, Any]:
    """The vectorised verdict on one report as plain rows."""
    report = _plain(ledger.report, report_id, REPORT_COLUMNS)
    rejected = ledger.rejected[ledger.rejected["report_id"] == report_id]
    return {
        "report": report[0] if report else None,
        "assignment": _plain(ledger.assignment, report_id, ASSIGNMENT_COLUMNS),
        "hold": _plain(ledger.hold, report_id, HOLD_COLUMNS),
        "stage": _plain(ledger.stage, report_id, STAGE_COLUMNS),
        "rejected": [
            (None if pd.isna(e) else int(e), f, r)
            for e, f, r in rejected[["event_id", "field", "reason"]].itertuples(index=False)
        ],
    }


def _plain(frame: pd.DataFrame, report_id: int, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    assert tuple(frame.columns) == columns
    rows = frame[frame["report_id"] == report_id]
    return [
        {name: _value(row[name]) for name in columns if name not in ("province_code", "report_id")}
        for row in rows.to_dict("records")
    ]


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return value.tolist()
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return int(value.timestamp())
    return value.item() if hasattr(value, "item") else value


def both(stories: list[Story], rulebook: Rulebook) -> list[dict[str, Any]]:
    """Judge the stories by both judges, which must agree in every column; returns what they say."""
    reports, events = frames(stories, rulebook.province_code)
    ledger = judge(reports, events, rulebook, IOC)
    verdicts = []
    for report_id, told_story in enumerate(stories, 1):
        case = judge_one(rulebook, told_story.sent, told_story.urgency, told_story.events, IOC, report_id)
        expected, got = told(case), written(ledger, report_id)
        expected["rejected"].sort(key=lambda r: (r[0] is not None, r[0] or 0))
        got["rejected"].sort(key=lambda r: (r[0] is not None, r[0] or 0))
        assert got == expected, f"{told_story}"
        verdicts.append(got)
    return verdicts


# Stories made up at random ------------------------------------------------------------------------------------------

LIKELY = {
    "ioc": ("received", "dispatched", "dispatched", "dispatched", "info_requested", "designation_requested", "refused"),
    "lead": ("accepted", "accepted", "forwarded", "extended", "info_requested", "returned_wrong", "result", "result", "completed", "dispatched"),
    "leader": ("approved", "approved", "approved", "result", "info_requested", "extended"),
    "coordinating": ("coordination_result", "coordination_result", "coordination_returned", "forwarded", "info_requested", "accepted", "dispatched", "extended"),
    "sender": ("info_supplied", "info_supplied", "result", "withdrawn", "extended", "dispatched"),
    "province": ("designated", "designated", "dispatched"),
    "": ("published", "sent_back", "rated", "feedback", "clarified", "published"),
}  # fmt: skip
UNITS = ("u1", "u2", "u3")
GAPS_S = (0, 0, 1, 60, 1800, 4 * 3600, 4 * 3600 + 1, 9 * 3600, 86_400, 2 * 86_400, 5 * 86_400, 11 * 86_400)


def random_story(rnd: Random, rulebook: Rulebook, length: int) -> Story:
    """Mostly possible events, chosen by who holds the report, with some that cannot be among them."""
    now = sent = at("2023-01-01 00:00") + rnd.randrange(700 * 86_400)
    urgency = rnd.choice(
        ("normal", "normal", "normal", "urgent", "instant", "?") if rnd.random() < 0.3 else ("normal",)
    )
    events: list[Event] = []
    for number in range(1, length + 1):
        case = judge_one(rulebook, sent, urgency, events, IOC, 1)
        if case.text is None:
            break
        now += rnd.choice(GAPS_S)
        if rnd.random() < 0.3:
            deadlines = [row.due for row in case.stages if row.is_running and row.due and row.due >= now]
            now = min([*deadlines, now + 30 * 86_400]) + rnd.choice((-1, 0, 1)) if deadlines else now
        kind = rnd.choice(LIKELY[case.holder if case.status == "open" else ""])
        if rnd.random() < 0.08:
            kind = rnd.choice((*KINDS, "never_heard_of"))
        events.append(_random_event(rnd, number, kind, max(now, sent - 1), case))
        now = max(now, sent)
    return Story(sent, tuple(sorted(events, key=lambda e: (e.at, e.event_id))), urgency)


def _random_event(rnd: Random, number: int, kind: str, when: int, case: Case) -> Event:
    acting = case.holder_unit if case.holder_unit and rnd.random() < 0.85 else rnd.choice((*UNITS, IOC, ""))
    if kind in ("extended", "clarified", "forwarded", "accepted") and case.lead and rnd.random() < 0.8:
        acting = case.lead.unit
    if kind in ("received", "dispatched", "refused", "published", "sent_back"):
        acting = rnd.choice((IOC, IOC, "ioc2", ""))
    due = case.case_due() if case.lead_is_open else None
    committed = (due or when) + rnd.choice((-86_400, 1, 86_400, 3 * 86_400, 20 * 86_400))
    return Event(
        number, kind, when, acting, rnd.choice((*UNITS, *UNITS, "")), rnd.choice((committed, committed, None)),
        rnd.choice(("", "r1", "r2")), rnd.choice((None, 1, 2, 3, 3, 3)), rnd.choice((None, 1, 2)),
        when + int(timedelta(minutes=rnd.choice((0, 5))).total_seconds()),
    )  # fmt: skip

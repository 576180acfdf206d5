"""Who had a report from when to when, what happened, which time does not count: for the drawing and the shares."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from kpi.clock import LOCAL
from kpi.explain_judged import Judged, local
from kpi.explain_words import clock
from kpi.explanation import Lane, OffTime, Point, Share, Span
from kpi.ledger_scalar import Event, Hold
from kpi.worktime import from_unix

LATE_HOLDERS = ("lead", "leader", "coordinating", "sender")
"""The IOC's time of publishing is not late handling."""


def lanes_of(judged: Judged) -> tuple[Lane, ...]:
    """A lane per holder, in the order in which they first had it."""
    found: dict[tuple[str, str], list[Span]] = {}
    for hold in judged.case.holds:
        found.setdefault((hold.kind, hold.unit), []).append(_span(judged, hold))
    speech = judged.speech
    return tuple(
        Lane(kind, unit, speech(f"holder.{kind}"), speech.unit(unit), tuple(spans))
        for (kind, unit), spans in found.items()
    )


def _span(judged: Judged, hold: Hold) -> Span:
    end = judged.now if hold.end is None else hold.end
    late_from = _late_from(judged, hold, end)
    late_s = judged.worked_s(late_from, end) if late_from is not None else 0
    worked_s = judged.worked_s(hold.start, end)
    return Span(from_unix(hold.start), from_unix(end), worked_s, hold.end is None, local(late_from), late_s)


def _late_from(judged: Judged, hold: Hold, end: int) -> int | None:
    """From when this holder had it after the deadline."""
    binding, due = judged.case.binding, judged.due
    if due is None or binding is None or end <= due or hold.start < binding.start:
        return None
    return max(hold.start, due) if hold.kind in LATE_HOLDERS else None


def shares_of(judged: Judged) -> tuple[Share, ...]:
    """How much of the working time each holder used, the longest first."""
    found: dict[tuple[str, str, str], list[Span]] = {}
    for hold in judged.case.holds:
        label = _share_label(judged, hold)
        found.setdefault((label, hold.kind, hold.unit), []).append(_span(judged, hold))
    sums = [
        (key, sum(s.worked_s for s in spans), sum(s.late_s for s in spans)) for key, spans in found.items()
    ]
    total_s = sum(worked_s for _, worked_s, _ in sums)
    shares = [
        Share(*key, worked_s, 100 * worked_s / total_s if total_s else 0.0, late_s)
        for key, worked_s, late_s in sums
    ]
    return tuple(sorted(shares, key=lambda share: -share.worked_s))


def _share_label(judged: Judged, hold: Hold) -> str:
    label = judged.holder(hold.kind, hold.unit)
    if hold.kind == "leader" and hold.unit:
        return judged.speech("share.leader", unit=judged.speech.unit(hold.unit))
    if hold.kind == "ioc":
        approved = judged.case.approved is not None and hold.start >= judged.case.approved
        label = judged.speech("share.after" if approved else "share.before", holder=label)
    return label


def points_of(judged: Judged, events: Sequence[Event]) -> tuple[Point, ...]:
    """What happened, without what could not be counted."""
    wrong = {rejection.event_id for rejection in judged.case.rejected}
    return tuple(_point(judged, event) for event in events if event.event_id not in wrong)


def _point(judged: Judged, event: Event) -> Point:
    case, speech = judged.case, judged.speech
    label = speech("point", event=speech(f"event.{event.kind}"), time=clock(event.at))
    if event.kind == "rated" and event.rating:
        label = speech("point.rated", rating=speech(f"rating.{event.rating}"))
    kind = "sender"
    if event.acting_unit and event.kind != "sent":
        part = {a.unit: a.part for a in case.assignments}.get(event.acting_unit)
        kind = "ioc" if part is None or event.acting_unit == case.ioc else part
        kind = "leader" if event.kind == "approved" else kind
    unit = event.acting_unit if kind != "sender" else ""
    return Point(from_unix(event.at), event.kind, kind, unit, label)


def off_times_of(judged: Judged) -> tuple[OffTime, ...]:
    """Time between sessions from the day it was sent to that of its last event or deadline (open: today at least).

    An eighth of this life more: a drawing leaves room for words at its end.
    """
    case = judged.case
    last = max(case.last_event, judged.due or 0, judged.now if case.status == "open" else 0)
    last += (last - case.sent) // 8
    on, end = from_unix(case.sent).date(), from_unix(min(last, judged.calendar.ends_at_s - 1)).date()
    found: list[OffTime] = []
    while on <= end:
        found += _off_times(judged, on)
        on += timedelta(days=1)
    return tuple(found)


def _off_times(judged: Judged, on: date) -> Iterator[OffTime]:
    """What does not count of one day."""
    speech, midnight = judged.speech, datetime(on.year, on.month, on.day, tzinfo=LOCAL)
    status, sessions = judged.calendar.status(on), judged.calendar.sessions(on)
    if not sessions:
        label = speech("off.weekend") if status.kind == "weekend" else speech.cited(status.name)
        yield OffTime(midnight, midnight + timedelta(days=1), status.kind, label)
        return
    edges = [0, *[e for s in sessions for e in (s.opens_s, s.closes_s)], 86_400]
    for number, (begin, until) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        if begin < until:
            between = 0 < number < len(edges) // 2 - 1
            kind = "between_sessions" if between else "night"
            from_at, until_at = midnight + timedelta(seconds=begin), midnight + timedelta(seconds=until)
            yield OffTime(from_at, until_at, kind, speech(f"off.{kind}"))

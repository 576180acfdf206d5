"""The verdict on one report: its state, the headline, one sentence on who and when, the article that decides."""

from typing import NamedTuple

from kpi.explain_judged import Judged
from kpi.ledger_scalar import StageRow

DUE_SOON_S = 8 * 3600
"""Sắp đến hạn: at most one working day is left."""


class Verdict(NamedTuple):
    """state: as in kpi.explanation.Explanation."""

    state: str
    headline: str
    sentence: str
    article: str


def verdict_of(judged: Judged) -> Verdict:
    """How the report stands."""
    status = judged.case.status
    if status == "done":
        return _done(judged)
    return _open(judged) if status == "open" else _left(judged)


def _ground(judged: Judged) -> str:
    """The text that was applied, by its short name; where there is none, who sets due dates."""
    assert judged.case.text is not None  # noqa: S101
    if not judged.is_due_by_store:
        return judged.case.text.short_title
    return judged.speech("ground.store" if judged.due is not None else "ground.no_store_due")


def _article(judged: Judged, article: str | None) -> str:
    """'Điều 8.5, Sóc Trăng 2024'."""
    ground = _ground(judged)
    return f"{judged.speech.article(article)}, {ground}" if article else ground


def _left(judged: Judged) -> Verdict:
    case, speech = judged.case, judged.speech
    at = speech.moment(case.closed or 0)
    told = speech("ended", at=at)
    if case.refused_reason:
        told = speech("ended_reason", at=at, reason=case.refused_reason)
    return Verdict("other", speech(f"left.{case.status}"), told, _ground(judged))


def _open(judged: Judged) -> Verdict:
    case, speech = judged.case, judged.speech
    if case.wait and case.wait.stops_clock:
        asker = judged.holder(case.wait.asker, case.wait.asker_unit)
        told = speech("asked_more", holder=asker, at=speech.moment(case.wait.since))
        return Verdict("paused", speech("paused"), told, _ground(judged))
    row = _row_that_counts(judged)
    due = judged.due if case.lead_is_open else (row.due if row else None)
    article = _article(judged, row.limit.article if row and row.limit else None)
    holder, since = judged.holder(case.holder, case.holder_unit), speech.moment(case.since)
    if due is None:
        told = speech("holds_since", holder=holder, since=since)
        return Verdict("no_limit", speech("no_limit"), told, article)
    due_words = speech.moment(due)
    if judged.now > due:
        headline = speech.late_headline(judged.worked_s(due, judged.now), done=False)
        told = speech("holds_since_due", holder=holder, since=since, due=due_words)
        return Verdict("overdue", headline, told, article)
    left_s = judged.worked_s(judged.now, due)
    state = "due_soon" if left_s <= DUE_SOON_S else "in_time"
    told = speech("holds_due", holder=holder, due=due_words)
    return Verdict(state, speech(state, amount=speech.working(left_s)), told, article)


def _row_that_counts(judged: Judged) -> StageRow | None:
    """The stage whose limit an open report stands under: the lead unit's case, else the IOC's step."""
    if judged.case.lead_is_open:
        return judged.case.row_of["handle"]
    for stage in ("instant_forward", "dispatch", "receive"):
        if row := judged.case.running(stage):
            return row
    return None


def _done(judged: Judged) -> Verdict:
    case, speech = judged.case, judged.speech
    lead, rule = case.lead, case.text.overdue_rule() if case.text else None
    assert lead is not None  # noqa: S101
    assert case.approved is not None  # noqa: S101
    article, unit = _article(judged, rule.article if rule else None), speech.unit(lead.unit)
    by_result = bool(rule and rule.decided_by == "result" and lead.result is not None)
    decided = lead.result if by_result and lead.result is not None else case.approved
    if lead.due is None:
        key = "approved_no_store_due" if judged.is_due_by_store else "approved_no_limit"
        told = speech(key, unit=unit, at=speech.moment(case.approved))
        return Verdict("done_without_limit", speech("done_without_limit"), told, article)
    late = lead.outcome == "late"
    key = f"{'sent' if by_result else 'approved'}_{'late' if late else 'in_time'}"
    due = lead.due
    told = speech(key, unit=unit, at=speech.moment(decided, due), due=speech.moment(due, decided))
    if late:
        officer_in_time = not by_result and lead.result is not None and lead.result <= due
        told += f" {speech('officer_in_time')}" if officer_in_time else ""
        return Verdict("done_late", speech.late_headline(lead.late_s or 0, done=True), told, article)
    extended = lead.base_due is not None and decided > lead.base_due
    key = "done_on_time_extended" if extended else "done_on_time"
    headline = speech(key, amount=speech.working(judged.worked_s(decided, due)))
    return Verdict("done_on_time", headline, told, article)

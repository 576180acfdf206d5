"""One report explained: the verdict, who held it, every limit with its count of days, the steps of the calculation.

Pure data made from the report's events, the rulebook and the present moment; the command line and the report page
show the same object. Instants are aware datetimes in Asia/Ho_Chi_Minh; `_s` are working seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kpi.bilingual import Language
from kpi.explain_judged import Judged, local
from kpi.explain_lanes import lanes_of, off_times_of, points_of, shares_of
from kpi.explain_stages import stages_of
from kpi.explain_steps import calculation, notice_words
from kpi.explain_verdict import verdict_of
from kpi.explain_words import Speech
from kpi.explanation import Explanation, Rejected
from kpi.ledger_scalar import Event, judge_one
from kpi.rulebook import Rulebook
from kpi.stages import REASONS
from kpi.worktime import from_unix, to_unix


def explain(
    report_code: str,
    sent_at: datetime,
    urgency: str,
    events: Sequence[Event],
    rulebook: Rulebook,
    now: datetime,
    *,
    unit_names: Mapping[str, str] | None = None,
    ioc_unit_code: str = "",
    report_id: int = 0,
    language: Language = "vi",
) -> Explanation:
    """Explain one report by its effective events (in order of at, event_id) as it stands at `now`.

    unit_names: unit code -> short name; a code without a name shows itself. language: of every word but names and
    the citizen's; Vietnamese stays in cited titles.
    """
    calendar = rulebook.calendar
    known = [event for event in events if event.at <= to_unix(now)]
    case = judge_one(rulebook, to_unix(sent_at), urgency, known, ioc_unit_code, report_id)
    seen = min(max(to_unix(now), calendar.starts_at_s), calendar.ends_at_s - 1)
    judged = Judged(case, calendar, seen, Speech.of(language, calendar, dict(unit_names or {})))
    return _explanation(judged, report_code, known, rulebook.version)


def _explanation(judged: Judged, report_code: str, events: Sequence[Event], version: str) -> Explanation:
    case, speech, binding = judged.case, judged.speech, judged.case.binding if judged.case.text else None
    said = _rejected(judged)
    common = (report_code, from_unix(judged.now), speech.language)
    if case.text is None:
        return Explanation(
            *common, "unjudged", speech("unjudged"), said[0].reason, "", "", "", "", "", None, None, (), (), (), (), (),
            (), 0, (), said, (), version,
        )  # fmt: skip
    verdict, stages, shares = verdict_of(judged), stages_of(judged), shares_of(judged)
    caveats = tuple(dict.fromkeys(caveat for stage in stages for caveat in stage.caveats))
    return Explanation(
        *common, verdict.state, verdict.headline, verdict.sentence, verdict.article,
        _cited(judged, case.text.title), _cited(judged, case.text.short_title), binding.unit if binding else "", speech.unit(binding.unit) if binding else "",
        local(judged.due), local(binding.base_due if binding else None), lanes_of(judged), points_of(judged, events),
        off_times_of(judged), stages, calculation(case, judged.now, speech), shares,
        sum(share.worked_s for share in shares), tuple(_notes(judged)), said, caveats, version, judged.is_due_by_store,
        speech.is_round_the_clock,
    )  # fmt: skip


def _cited(judged: Judged, title: str) -> str:
    """A text's title as it is cited, in Vietnamese; words about a store that sets due dates are no title."""
    return judged.speech.cited(title) if judged.is_due_by_store else title


def _rejected(judged: Judged) -> tuple[Rejected, ...]:
    """Events that could not be counted, each with its field and what to do."""
    return tuple(
        Rejected(r.event_id, REASONS[r.reason][0], judged.speech(f"rejected.{r.reason}"))
        for r in judged.case.rejected
    )


def _notes(judged: Judged) -> Iterator[str]:
    """What did not happen, what came back, which notices counted, which limits are borrowed."""
    case, speech = judged.case, judged.speech
    happened = {
        "extended": case.extension_count,
        "returned": case.return_count + case.sent_back_count,
        "forwarded": sum(a.part == "coordinating" for a in case.assignments),
    }
    absent = [speech(f"absent.{what}") for what, count in happened.items() if not count]
    if absent:
        yield ", ".join(absent).capitalize() + "."
    if case.sent_back_count:
        yield speech("note.sent_back", count=case.sent_back_count)
    if case.return_count:
        yield speech("note.returned", count=case.return_count)
    for notice in case.notices:
        at, committed = speech.moment(notice.at), speech.moment(notice.committed)
        told = notice_words(notice, speech)
        yield speech("note.extension", at=at, committed=committed, problem=told)
    lent = {row.limit.borrowed_from for row in case.stages if row.limit and row.limit.borrowed_from}
    for text in sorted(lent):
        yield speech("note.borrowed", text=text)

"""The calculation of a report's deadline as a short table: from when, what counted, until when, what decided."""

from dataclasses import dataclass

from kpi.deadlines import Deadline, due_at
from kpi.explain_words import Speech, sentence
from kpi.ledger_scalar import Assignment, Case, Notice, StageRow
from kpi.worktime import from_unix

MANY_DAYS = 10


@dataclass(frozen=True)
class Line:
    """One row of the table: what, when, why, on which ground."""

    step: str
    when: str
    why: str
    article: str


def calculation(case: Case, now: int, speech: Speech) -> tuple[Line, ...]:
    """The lines of the limit that the report stands or stood under; none while it stood under none."""
    lead = case.binding
    row = case.row_of.get("handle") if lead else None
    lines = _Lines(case, lead, row, speech) if lead and row else None
    if case.text and case.text.due_by_store:
        return lines.of_the_store(now) if lines and lines.row.due is not None else _no_store_due(speech)
    if lines is None or lines.row.limit is None:
        waiting = [r for r in (case.running("dispatch"), case.running("receive")) if r and r.limit]
        return _counting(case, waiting[0], speech) if waiting else ()
    return lines.of_the_text(now)


def _no_store_due(speech: Speech) -> tuple[Line, ...]:
    return (Line(speech("step.given"), "–", speech("why.no_store_due"), speech("ground.no_store_due")),)


def _counting(case: Case, row: StageRow, speech: Speech) -> tuple[Line, ...]:
    """Start, day that does not count, what is counted and skipped, end."""
    assert row.limit is not None  # noqa: S101
    found = due_at(from_unix(row.start), row.limit, case.calendar)
    article = speech.article(row.limit.article)
    start = speech.moment_with_weekday(row.start)
    lines = [Line(speech("step.start"), start, _why_then(case, row, speech), article)]
    if row.limit.unit == "day" and row.limit.reading.day_counting == "civil_code":
        ground = speech("ground.civil_code")
        lines.append(Line(speech("step.start_day"), f"{found.start_at:%d/%m}", speech("why.days"), ground))
    what = speech("step.count", limit=speech.limit(row.limit))
    lines.append(Line(what, _counted(found), _skipped(found, speech), _calendar_words(found, speech)))
    end = speech.moment_with_weekday(int(found.due_at.timestamp()))
    why = speech("why.end_of_day" if row.limit.unit == "day" else "why.enough_hours")
    lines.append(Line(speech("step.end"), end, why, speech("ground.office_hours")))
    return tuple(lines)


def _why_then(case: Case, row: StageRow, speech: Speech) -> str:
    """Why the limit runs from that instant."""
    kind = row.limit.starts_from if row.limit else ""
    lead, accept = case.lead, case.row_of.get("accept")
    if row.stage == "handle" and lead and kind == "accepted" and row.start != lead.accepted:
        is_end = accept is not None and row.start == accept.due
        return speech("why.no_acceptance" if is_end else "why.began_to_act")
    if row.stage == "handle" and lead and kind == "received" and row.start == lead.start != case.received:
        kind = "dispatched"
    if row.stage == "dispatch" and row.start not in (case.received, case.sent):
        return speech("why.back_at_ioc")
    return sentence(speech(f"start.{kind}")) if kind else ""


def _counted(found: Deadline) -> str:
    """'10, 11, 12, 13, 16, 17/11' for days; sessions for hours."""
    days = [step.from_at for step in found.steps if step.is_counted]
    if found.limit.unit != "day" or found.limit.reading.day_counting != "civil_code":
        spans = [
            f"{s.from_at:%H:%M}–{s.until_at:%H:%M} {s.from_at:%d/%m}" for s in found.steps if s.is_counted
        ]
        return ", ".join(spans[:MANY_DAYS])
    last = len(days) - 1
    return ", ".join(
        f"{day:%d/%m}" if n == last or days[n + 1].month != day.month else f"{day:%d}"
        for n, day in enumerate(days)
    )


def _skipped(found: Deadline, speech: Speech) -> str:
    """'Bỏ thứ Bảy 14, Chủ nhật 15' and holidays by name."""
    off = [step for step in found.steps if step.reason in ("weekend", "holiday")]
    if not off:
        return speech("why.none_off")
    told = []
    for step in off[:MANY_DAYS]:
        day = f"{speech.weekday(step.from_at)} {step.from_at:%d/%m}"
        told.append(f"{day} ({speech.cited(step.name)})" if step.name else day)
    more = len(off) - MANY_DAYS
    key = "why.skipped_more" if more > 0 else "why.skipped"
    return speech(key, days=", ".join(told), count=more)


def _calendar_words(found: Deadline, speech: Speech) -> str:
    documents = dict.fromkeys(step.document for step in found.steps if step.document)
    cited = "; ".join(speech.cited(document) for document in documents)
    return cited or speech("ground.calendar", year=f"{found.due_at:%Y}")


@dataclass(frozen=True)
class _Lines:
    """The lines of one assignment and its limit."""

    case: Case
    lead: Assignment
    row: StageRow
    speech: Speech

    def of_the_text(self, now: int) -> tuple[Line, ...]:
        """Where a text sets the limit."""
        counting = _counting(self.case, self.row, self.speech)
        moved = (*self.pauses(), *self.coordination(), *self.extensions(), *self.together())
        return (*counting, *moved, *self.leaders_day(), *self.decision(now))

    def of_the_store(self, now: int) -> tuple[Line, ...]:
        """Where the store set the due instant of this report: from the dispatch on, and nothing moves it."""
        speech, ground = self.speech, self.speech("ground.store")
        assert self.row.due is not None  # noqa: S101
        start, due = speech.moment_with_weekday(self.lead.start), speech.moment_with_weekday(self.row.due)
        lines = [
            Line(speech("step.dispatched"), start, sentence(speech("start.dispatched")), ""),
            Line(speech("step.given"), due, speech("why.store_due"), ground),
        ]
        for notice in self.notices():
            why = speech("why.store_no_extension", at=speech.moment_with_weekday(notice.at))
            committed = speech.moment_with_weekday(notice.committed)
            lines.append(Line(speech("step.not_extended"), committed, why, ground))
        return (*lines, *self.decision(now))

    def pauses(self) -> list[Line]:
        """Each time that the clock stood still, with its length."""
        speech, lines = self.speech, []
        for pause in self.row.pauses:
            why, since = speech(f"why_paused.{pause.why}"), speech.moment_with_weekday(pause.since)
            when = speech("when.from", since=since)
            if pause.until is not None:
                paused_s = self.case.elapsed(pause.until) - self.case.elapsed(pause.since)
                when = speech("when.from_to", since=since, until=speech.moment_with_weekday(pause.until))
                why = speech("why.not_counted", amount=speech.working(paused_s), why=why)
            lines.append(Line(speech("step.stopped"), when, sentence(why), ""))
        return lines

    def coordination(self) -> list[Line]:
        """The coordinated case: each coordinating unit's own limit, and what is left for summing up."""
        speech, case = self.speech, self.case
        lines = []
        for other in case.assignments:
            if other.part == "coordinating" and other.start >= self.lead.start and other.row:
                lines += self.coordinating(other, other.row)
        limit = case.limit("consolidate")
        if lines and case.chain_due is not None and limit:
            due = speech.moment_with_weekday(case.chain_due)
            article = speech.article(limit.article)
            lines.append(Line(speech("step.consolidate"), due, speech.limit(limit), article))
        return lines

    def coordinating(self, other: Assignment, row: StageRow) -> list[Line]:
        """One coordinating unit's own limit."""
        if row.limit is None:
            return []
        speech = self.speech
        what = speech("step.coordinating", unit=speech.unit(other.unit))
        when = speech("when.due_stopped")
        if row.due is not None:
            when = speech("when.due", at=speech.moment_with_weekday(row.due))
        since = speech.moment_with_weekday(other.start)
        why = speech("why.from", limit=speech.limit(row.limit), at=since)
        return [Line(what, when, why, speech.article(row.limit.article))]

    def notices(self) -> list[Notice]:
        """Notices of an extension that this assignment gave."""
        since = self.case.lead.start if self.case.lead else None
        return [notice for notice in self.case.notices if since is None or notice.at >= since]

    def extensions(self) -> list[Line]:
        """Each notice of an extension, whether it moved the limit, and why not."""
        assert self.case.text is not None  # noqa: S101
        rule, speech = self.case.text.extension_rule(), self.speech
        article = speech.article(rule.article) if rule else ""
        lines = []
        for notice in self.notices():
            new_due, told = notice.new_due, notice_words(notice, speech)
            at = speech.moment_with_weekday(notice.at)
            why = speech("why.noticed", at=at, problem=told)
            if new_due is not None and new_due < notice.committed:
                committed = speech.moment_with_weekday(notice.committed)
                why = speech("why.noticed_beyond", at=at, problem=told, committed=committed)
            when = speech.moment_with_weekday(notice.committed if new_due is None else new_due)
            what = speech("step.not_extended" if notice.problem else "step.extended")
            lines.append(Line(what, when, why, article))
        return lines

    def together(self) -> list[Line]:
        """The limit after all that moved it."""
        first = self.case.due(self.row.limit, self.row.start)
        if self.row.due is None or self.row.due == first:
            return []
        return [Line(self.speech("step.together"), self.speech.moment_with_weekday(self.row.due), "", "")]

    def leaders_day(self) -> list[Line]:
        """The day of approval that comes after the limit, where the text gives one (2022 Đ11.2)."""
        limit, due, speech = self.case.limit("approve"), self.lead.due, self.speech
        if limit is None or self.row.due is None or due is None or due == self.row.due:
            return []
        why = speech("why.leaders_day", limit=speech.limit(limit))
        when = speech.moment_with_weekday(due)
        return [Line(speech("step.approve"), when, why, speech.article(limit.article))]

    def decision(self, now: int) -> list[Line]:
        """What decided, and the conclusion."""
        case, lead, speech = self.case, self.lead, self.speech
        assert case.text is not None  # noqa: S101
        rule = case.text.overdue_rule()
        article = speech.article(rule.article) if rule else ""
        if lead.due is None:
            return []
        if case.status != "done":
            left_s = case.elapsed(lead.due) - case.elapsed(now)
            key = "told.over" if now > lead.due else "told.left"
            told = speech(key, amount=speech.working(abs(left_s)))
            as_of = speech.moment_with_weekday(now)
            return [
                Line(speech("step.now"), as_of, speech("why.not_approved"), article),
                Line(speech("step.conclusion"), told, "", ""),
            ]
        by_result = bool(rule and rule.decided_by == "result")
        decided = lead.result if by_result and lead.result is not None else lead.end
        assert decided is not None  # noqa: S101
        why = speech("why.by_result" if by_result else "why.by_approval")
        at, due = speech.moment_with_weekday(decided, lead.due), speech.moment_with_weekday(lead.due, decided)
        told, span = speech("told.on_time"), ""
        if lead.outcome == "late":
            told = speech("told.over", amount=speech.working(lead.late_s or 0))
            span = speech("when.late", due=due, at=at)
        return [
            Line(speech("step.decides"), at, why, article),
            Line(speech("step.conclusion"), told, span, ""),
        ]


def notice_words(notice: Notice, speech: Speech) -> str:
    """What became of a notice of an extension."""
    return speech(f"notice.{notice.problem or 'valid'}")

"""One report explained: the verdict, who held it, every limit with its count of days, the steps of the calculation.

Pure data made from the report's events, the rulebook and the present moment; the command line and the report page
show the same object. Instants are aware datetimes in Asia/Ho_Chi_Minh; `_s` are working seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kpi import explain_words as words
from kpi.clock import LOCAL
from kpi.deadlines import Deadline, Step, due_at
from kpi.explain_steps import calculation
from kpi.explanation import Explanation, Lane, OffTime, Point, Rejected, Share, Span, StageExplained
from kpi.ledger_scalar import Case, Event, Hold, Pause, StageRow, judge_one
from kpi.rulebook import Rulebook
from kpi.stages import REASONS
from kpi.wording import limit_text, step_text
from kpi.worktime import from_unix, to_unix

DUE_SOON_S = 8 * 3600
"""Sắp đến hạn: at most one working day is left."""


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
) -> Explanation:
    """Explain one report by its effective events (in order of at, event_id) as it stands at `now`.

    unit_names: unit code -> short name; a code without a name shows itself.
    """
    now_s = to_unix(now)
    known = [event for event in events if event.at <= now_s]
    case = judge_one(rulebook, to_unix(sent_at), urgency, known, ioc_unit_code, report_id)
    return _Explainer(case, rulebook, now_s, dict(unit_names or {})).explanation(report_code, known)


class _Explainer:
    def __init__(self, case: Case, rulebook: Rulebook, now: int, names: dict[str, str]) -> None:
        self.case, self.rulebook, self.names = case, rulebook, names
        self.calendar = rulebook.calendar
        self.now = min(max(now, self.calendar.starts_at_s), self.calendar.ends_at_s - 1)
        self.due = case.binding.due if case.text and case.binding else None

    def explanation(self, report_code: str, events: Sequence[Event]) -> Explanation:
        case, text = self.case, self.case.text
        rejected = tuple(Rejected(r.event_id, *REASONS[r.reason]) for r in case.rejected)
        if text is None:
            return Explanation(
                report_code, from_unix(self.now), "unjudged", "Chưa xét được hạn", rejected[0].reason, "", "", "",
                "", "", None, None, (), (), (), (), (), (), 0, (), rejected, (), self.rulebook.version,
            )  # fmt: skip
        state, headline, sentence, article = self.verdict()
        stages = tuple(self.stage(row) for row in sorted(case.stages, key=lambda row: row.start))
        lanes = self.lanes()
        shares = self.shares()
        caveats = tuple(dict.fromkeys(caveat for stage in stages for caveat in stage.caveats))
        binding = case.binding
        return Explanation(
            report_code, from_unix(self.now), state, headline, sentence, article, text.title, text.short_title,
            binding.unit if binding else "", self.name(binding.unit) if binding else "",
            self.at(self.due), self.at(binding.base_due if binding else None), lanes, self.points(events),
            self.off_times(), stages, calculation(case, self.now, self.name), shares, sum(share.worked_s for share in shares),
            self.notes(), rejected, caveats, self.rulebook.version,
        )  # fmt: skip

    # The verdict ----------------------------------------------------------------------------------------------------

    def verdict(self) -> tuple[str, str, str, str]:
        """state, headline, sentence, article."""
        case, text = self.case, self.case.text
        assert text is not None  # noqa: S101
        rule = text.overdue_rule()
        where = f", {text.short_title}"
        if case.status == "done":
            return self.done_verdict(
                (words.article_words(rule.article) + where) if rule else text.short_title
            )
        if case.status != "open":
            reason = f" Lý do: {case.refused_reason}." if case.refused_reason else ""
            return (
                "other",
                words.LEFT_WORDS[case.status],
                f"Kết thúc lúc {words.moment(case.closed or 0)}.{reason}",
                text.short_title,
            )
        if case.wait and case.wait.stops_clock:
            sentence = f"{self.holder(case.wait.asker, case.wait.asker_unit)} yêu cầu bổ sung lúc {words.moment(case.wait.since)}; thời gian chờ không tính cho cơ quan."
            return "paused", "Đang chờ người phản ánh bổ sung", sentence, text.short_title
        row = self.row_that_counts()
        due = self.due if case.lead_is_open else (row.due if row else None)
        article = words.article_words(row.limit.article) + where if row and row.limit else text.short_title
        holder = self.holder(case.holder, case.holder_unit)
        if due is None:
            return (
                "no_limit",
                f"Đang xử lý, {words.NOT_SET} hạn",
                f"{holder} đang giữ từ {words.moment(case.since)}.",
                article,
            )
        left_s = case.elapsed(due) - case.elapsed(self.now)
        if self.now > due:
            headline = words.late_headline(-left_s, done=False)
            return (
                "overdue",
                headline,
                f"{holder} đang giữ từ {words.moment(case.since)}. Hạn là {words.moment(due)}.",
                article,
            )
        state = "due_soon" if left_s <= DUE_SOON_S else "in_time"
        word = "Sắp đến hạn" if state == "due_soon" else "Trong hạn"
        return (
            state,
            f"{word}, còn {words.working(left_s)}",
            f"{holder} đang giữ. Hạn là {words.moment(due)}.",
            article,
        )

    def done_verdict(self, article: str) -> tuple[str, str, str, str]:
        case, lead, rule = (
            self.case,
            self.case.lead,
            self.case.text.overdue_rule() if self.case.text else None,
        )
        assert lead is not None  # noqa: S101
        assert case.approved is not None  # noqa: S101
        by_result = bool(rule and rule.decided_by == "result" and lead.result is not None)
        decided = lead.result if by_result and lead.result is not None else case.approved
        if lead.due is None:
            sentence = f"Lãnh đạo {self.name(lead.unit)} phê duyệt lúc {words.moment(case.approved)}. Văn bản không quy định hạn cho trường hợp này."
            return "done_without_limit", f"Xong, {words.NOT_SET} hạn", sentence, article
        late = lead.outcome == "late"
        sentence = words.done_sentence(
            self.name(lead.unit), decided, lead.due, late=late, by_result=by_result
        )
        if late:
            in_time = lead.result is not None and lead.result <= lead.due
            sentence += words.officer_in_time(by_result) if in_time else ""
            return "done_late", words.late_headline(lead.late_s or 0, done=True), sentence, article
        left_s = case.elapsed(lead.due) - case.elapsed(decided)
        extended = " trong thời gian gia hạn" if lead.base_due is not None and decided > lead.base_due else ""
        return "done_on_time", f"Xong đúng hạn{extended}, còn {words.working(left_s)}", sentence, article

    def row_that_counts(self) -> StageRow | None:
        """The stage whose limit an open report stands under: the lead unit's case, else the IOC's step."""
        if self.case.lead_is_open:
            return self.case.row_of["handle"]
        for stage in ("instant_forward", "dispatch", "receive"):
            if row := self.case.running(stage):
                return row
        return None

    # Who held it ----------------------------------------------------------------------------------------------------

    def name(self, unit: str) -> str:
        return self.names.get(unit, unit)

    def holder(self, kind: str, unit: str) -> str:
        if kind in ("sender", "province") or not unit:
            return words.HOLDER_LABELS[kind]
        return f"Lãnh đạo {self.name(unit)}" if kind == "leader" else self.name(unit)

    def at(self, second: int | None) -> datetime | None:
        return None if second is None else from_unix(second)

    def lanes(self) -> tuple[Lane, ...]:
        found: dict[tuple[str, str], list[Span]] = {}
        for hold in self.case.holds:
            found.setdefault((hold.kind, hold.unit), []).append(self.span(hold))
        return tuple(
            Lane(kind, unit, words.HOLDER_LABELS[kind], self.name(unit), tuple(spans))
            for (kind, unit), spans in found.items()
        )

    def span(self, hold: Hold) -> Span:
        end = self.now if hold.end is None else hold.end
        worked_s = self.case.elapsed(end) - self.case.elapsed(hold.start)
        late_from = self.late_from(hold, end)
        late_s = self.case.elapsed(end) - self.case.elapsed(late_from) if late_from is not None else 0
        return Span(
            from_unix(hold.start), from_unix(end), worked_s, hold.end is None, self.at(late_from), late_s
        )

    def late_from(self, hold: Hold, end: int) -> int | None:
        """From when this holder had it after the deadline; the IOC's time of publishing is not late."""
        binding = self.case.binding
        if self.due is None or binding is None or end <= self.due or hold.start < binding.start:
            return None
        if hold.kind not in ("lead", "leader", "coordinating", "sender"):
            return None
        return max(hold.start, self.due)

    def shares(self) -> tuple[Share, ...]:
        found: dict[tuple[str, str, str], list[Span]] = {}
        for hold in self.case.holds:
            label = self.holder(hold.kind, hold.unit)
            if hold.kind == "ioc":
                approved = self.case.approved is not None and hold.start >= self.case.approved
                label += ", đăng kết quả" if approved else ", trước khi chuyển"
            found.setdefault((label, hold.kind, hold.unit), []).append(self.span(hold))
        sums = [
            (key, sum(s.worked_s for s in spans), sum(s.late_s for s in spans))
            for key, spans in found.items()
        ]
        total_s = sum(worked_s for _, worked_s, _ in sums)
        shares = [
            Share(*key, worked_s, 100 * worked_s / total_s if total_s else 0.0, late_s)
            for key, worked_s, late_s in sums
        ]
        return tuple(sorted(shares, key=lambda share: -share.worked_s))

    def points(self, events: Sequence[Event]) -> tuple[Point, ...]:
        wrong = {rejection.event_id for rejection in self.case.rejected}
        return tuple(self.point(event) for event in events if event.event_id not in wrong)

    def point(self, event: Event) -> Point:
        label = f"{words.EVENT_LABELS[event.kind]} {words.clock(event.at)}"
        if event.kind == "rated" and event.rating:
            label = f"đánh giá: {words.RATINGS[event.rating]}"
        kind = "sender"
        if event.acting_unit and event.kind != "sent":
            roles = {a.unit: a.part for a in self.case.assignments}
            part = roles.get(event.acting_unit)
            kind = "ioc" if part is None or event.acting_unit == self.case.ioc else part
            kind = "leader" if event.kind == "approved" else kind
        return Point(
            from_unix(event.at), event.kind, kind, event.acting_unit if kind != "sender" else "", label
        )

    def off_times(self) -> tuple[OffTime, ...]:
        """Time between sessions from the day it was sent to the day of its last event (open: today)."""
        last = self.now if self.case.status == "open" else max(self.case.last_event, self.due or 0)
        last = min(last, self.calendar.ends_at_s - 1)
        found: list[OffTime] = []
        on, end = from_unix(self.case.sent).date(), from_unix(last).date()
        while on <= end:
            midnight = datetime(on.year, on.month, on.day, tzinfo=LOCAL)
            status, sessions = self.calendar.status(on), self.calendar.sessions(on)
            if not sessions:
                label = "Nghỉ cuối tuần" if status.kind == "weekend" else status.name
                found.append(OffTime(midnight, midnight + timedelta(days=1), status.kind, label))
            edges = [0, *[e for s in sessions for e in (s.opens_s, s.closes_s)], 86_400] if sessions else []
            for number, (begin, until) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
                if begin < until:
                    between = 0 < number < len(edges) // 2 - 1
                    kind, label = (
                        ("between_sessions", "Nghỉ giữa buổi") if between else ("night", "Ngoài giờ")
                    )
                    found.append(
                        OffTime(
                            midnight + timedelta(seconds=begin),
                            midnight + timedelta(seconds=until),
                            kind,
                            label,
                        )
                    )
            on += timedelta(days=1)
        return tuple(found)

    # Stages ---------------------------------------------------------------------------------------------------------

    def stage(self, row: StageRow) -> StageExplained:
        found = due_at(from_unix(row.start), row.limit, self.calendar) if row.limit else None
        end = self.now if row.done is None else row.done
        worked_s = max(self.case.elapsed(end) - self.case.elapsed(row.start), 0)
        state, verdict = self.stage_verdict(row)
        limit, text = row.limit, self.case.text
        stores = text.due_by_store if text and row.due is not None else ""
        return StageExplained(
            row.stage, words.STAGE_LABELS[row.stage], row.unit, self.name(row.unit) or words.HOLDER_LABELS["sender"],
            from_unix(row.start), self.at(row.due), self.at(row.done), limit_text(limit) if limit else stores or words.NOT_SET,
            words.article_words(limit.article) if limit else "", (limit.borrowed_from or "") if limit else "", state, verdict,
            _days(found, counted=True), _days(found, counted=False),
            tuple(step_text(step, found.limit) for step in found.steps) if found else (),
            found.caveats if found else (), tuple(self.pause(pause) for pause in row.pauses), worked_s,
        )  # fmt: skip

    def pause(self, pause: Pause) -> str:
        why = words.PAUSE_WORDS[pause.why]
        if pause.until is None:
            return f"Dừng từ {words.moment(pause.since)}, chưa chạy lại: {why}"
        paused = words.working(self.case.elapsed(pause.until) - self.case.elapsed(pause.since))
        return (
            f"Dừng từ {words.moment(pause.since)} đến {words.moment(pause.until)}, {paused} không tính: {why}"
        )

    def stage_verdict(self, row: StageRow) -> tuple[str, str]:
        if row.due is None and row.limit and row.done is None:
            return "paused", "đang dừng, chờ người phản ánh"
        if row.due is None:
            return "none", words.NOT_SET
        if row.was_left_in_time:
            return "left", "thôi giữ trước hạn"
        end = self.now if row.done is None else row.done
        if end > row.due:
            late_s = self.case.elapsed(end) - self.case.elapsed(row.due)
            by = f" {words.working(late_s)}" if late_s else " (ngoài giờ làm việc)"
            return ("late", f"trễ{by}") if row.done is not None else ("overdue", f"quá hạn{by}")
        return ("on_time", "đúng hạn") if row.done is not None else ("running", "trong hạn")

    def notes(self) -> tuple[str, ...]:
        case = self.case
        absent = [
            word
            for count, word in (
                (case.extension_count, "gia hạn"),
                (case.return_count + case.sent_back_count, "trả lại"),
                (sum(a.part == "coordinating" for a in case.assignments), "chuyển phối hợp"),
            )
            if not count
        ]
        notes = [", ".join(f"không {word}" for word in absent).capitalize() + "."] if absent else []
        if case.sent_back_count:
            notes.append(f"IOC trả lại kết quả không có nội dung {case.sent_back_count} lần.")
        if case.return_count:
            notes.append(f"Trả lại vì không đúng thẩm quyền {case.return_count} lần.")
        for notice in case.notices:
            words_of = words.NOTICE_PROBLEMS[notice.problem]
            notes.append(
                f"Gia hạn báo lúc {words.moment(notice.at)}, cam kết {words.moment(notice.committed)}: {words_of}."
            )
        lent = {row.limit.borrowed_from for row in case.stages if row.limit and row.limit.borrowed_from}
        notes += [f"Hạn mượn từ {text}: văn bản của tỉnh không quy định." for text in sorted(lent)]
        return tuple(notes)


def _days(found: Deadline | None, *, counted: bool) -> tuple[str, ...]:
    """Days or sessions that a limit counts, or skips with the reason."""
    return (
        tuple(
            _day(step) for step in found.steps if step.is_counted == counted and step.from_at < step.until_at
        )
        if found
        else ()
    )


def _day(step: Step) -> str:
    whole = step.working_day is not None or step.reason in ("weekend", "holiday", "start_day")
    day = f"{words.weekday(step.from_at)} {step.from_at:%d/%m}"
    span = day if whole else f"{day} {step.from_at:%H:%M}–{step.until_at:%H:%M}"
    why = "" if step.reason in ("working", "wall_time") else step.name or _WHY[step.reason]
    return f"{span} ({why})" if why else span


_WHY = {
    "start_day": "ngày bắt đầu", "weekend": "cuối tuần", "holiday": "nghỉ lễ", "make_up": "làm bù",
    "before_opening": "chưa đến giờ", "between_sessions": "nghỉ giữa buổi", "after_closing": "hết giờ",
}  # fmt: skip

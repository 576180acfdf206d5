"""The calculation of a report's deadline as a short table: from when, what counted, until when, what decided."""

from collections.abc import Callable
from dataclasses import dataclass

from kpi import explain_words as words
from kpi.deadlines import Deadline, due_at
from kpi.ledger_scalar import Assignment, Case, StageRow
from kpi.wording import limit_text
from kpi.worktime import from_unix

CIVIL_CODE = "Điều 147 Bộ luật Dân sự 2015"
MANY_DAYS = 10


@dataclass(frozen=True)
class Line:
    """One row of the table: what, when, why, on which ground."""

    step: str
    when: str
    why: str
    article: str


def calculation(case: Case, now: int, name: Callable[[str], str]) -> tuple[Line, ...]:
    """The lines of the limit that the report stands or stood under; none while it stood under none.

    name: unit code -> what it is called.
    """
    lead = case.binding
    row = case.row_of.get("handle") if lead else None
    if lead and row and row.due is not None and case.text and case.text.due_by_store:
        given = Line("Hạn", words.moment_with_weekday(row.due), case.text.due_by_store, "")
        return (given, *_decision(case, lead, now))
    if lead is None or row is None or row.limit is None:
        waiting = [r for r in (case.running("dispatch"), case.running("receive")) if r and r.limit]
        return _counting(case, waiting[0]) if waiting else ()
    return (
        *_counting(case, row),
        *_pauses(case, row),
        *_coordination(case, lead, name),
        *_extensions(case, row),
        *_together(case, row),
        *_leaders_day(case, row, lead),
        *_decision(case, lead, now),
    )


def _counting(case: Case, row: StageRow) -> tuple[Line, ...]:
    """Start, day that does not count, what is counted and skipped, end."""
    assert row.limit is not None  # noqa: S101
    found = due_at(from_unix(row.start), row.limit, case.calendar)
    article = words.article_words(row.limit.article)
    lines = [Line("Bắt đầu tính", words.moment_with_weekday(row.start), _why_then(case, row), article)]
    if row.limit.unit == "day" and row.limit.reading.day_counting == "civil_code":
        lines.append(Line("Ngày đầu không tính", f"{found.start_at:%d/%m}", "Thời hạn theo ngày", CIVIL_CODE))
    lines.append(
        Line(f"Đếm {limit_text(row.limit)}", _counted(found), _skipped(found), _calendar_words(found))
    )
    end_s = int(found.due_at.timestamp())
    why = "Lúc hết giờ làm việc của ngày cuối" if row.limit.unit == "day" else "Lúc đủ số giờ"
    lines.append(Line("Hết hạn", words.moment_with_weekday(end_s), why, "Giờ hành chính của tỉnh"))
    return tuple(lines)


def _why_then(case: Case, row: StageRow) -> str:
    """Why the limit runs from that instant."""
    kind = row.limit.starts_from if row.limit else ""
    lead, accept = case.lead, case.row_of.get("accept")
    if row.stage == "handle" and lead and kind == "accepted" and row.start != lead.accepted:
        if accept and row.start == accept.due:
            return "Lúc hết hạn tiếp nhận: đơn vị không ghi nhận tiếp nhận trong hạn đó"
        return "Lúc đơn vị bắt đầu làm, không ghi nhận tiếp nhận"
    if row.stage == "handle" and lead and kind == "received" and row.start == lead.start != case.received:
        kind = "dispatched"
    if row.stage == "dispatch" and row.start not in (case.received, case.sent):
        return "Lúc phản ánh về lại IOC"
    start = words.START_WORDS.get(kind, "")
    return start[:1].upper() + start[1:]


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


def _skipped(found: Deadline) -> str:
    """'Bỏ thứ Bảy 14, Chủ nhật 15' and holidays by name."""
    off = [step for step in found.steps if step.reason in ("weekend", "holiday")]
    if not off:
        return "Không có ngày nghỉ xen giữa"
    told = []
    for step in off[:MANY_DAYS]:
        day = f"{words.weekday(step.from_at)} {step.from_at:%d/%m}"
        told.append(f"{day} ({step.name})" if step.name else day)
    return "Bỏ " + ", ".join(told) + (f" và {len(off) - MANY_DAYS} ngày nữa" if len(off) > MANY_DAYS else "")


def _calendar_words(found: Deadline) -> str:
    documents = dict.fromkeys(step.document for step in found.steps if step.document)
    return "; ".join(documents) or f"Lịch làm việc {found.due_at:%Y}"


def _pauses(case: Case, row: StageRow) -> list[Line]:
    lines = []
    for pause in row.pauses:
        why = words.PAUSE_WORDS[pause.why]
        when = f"từ {words.moment_with_weekday(pause.since)}"
        if pause.until is not None:
            paused_s = case.elapsed(pause.until) - case.elapsed(pause.since)
            when += f" đến {words.moment_with_weekday(pause.until)}"
            why = f"{words.working(paused_s)} không tính cho đơn vị: {why}"
        lines.append(Line("Dừng tính", when, why[:1].upper() + why[1:], ""))
    return lines


def _coordination(case: Case, lead: Assignment, name: Callable[[str], str]) -> list[Line]:
    """The coordinated case: each coordinating unit's own limit, and what is left for summing up."""
    lines = []
    for other in case.assignments:
        if other.part == "coordinating" and other.start >= lead.start and other.row and other.row.limit:
            end = words.moment_with_weekday(other.row.due) if other.row.due is not None else "đang dừng"
            why = f"{limit_text(other.row.limit)} từ {words.moment_with_weekday(other.start)}"
            lines.append(
                Line(
                    f"Phối hợp: {name(other.unit)}",
                    f"hạn {end}",
                    why,
                    words.article_words(other.row.limit.article),
                )
            )
    limit = case.limit("consolidate")
    if lines and case.chain_due is not None and limit:
        article = words.article_words(limit.article)
        lines.append(
            Line("Tổng hợp kết quả", words.moment_with_weekday(case.chain_due), limit_text(limit), article)
        )
    return lines


def _extensions(case: Case, row: StageRow) -> list[Line]:
    assert case.text is not None  # noqa: S101
    rule = case.text.extension_rule()
    article = words.article_words(rule.article) if rule else ""
    lines = []
    for notice in case.notices:
        if case.lead and notice.at < case.lead.start:
            continue
        when = words.moment_with_weekday(notice.new_due if notice.new_due is not None else notice.committed)
        why = f"Báo lúc {words.moment_with_weekday(notice.at)}: {words.NOTICE_PROBLEMS[notice.problem]}"
        if notice.new_due is not None and notice.new_due < notice.committed:
            why += f"; cam kết {words.moment_with_weekday(notice.committed)} vượt mức văn bản cho phép"
        lines.append(Line("Gia hạn" if not notice.problem else "Gia hạn không tính", when, why, article))
    return lines


def _together(case: Case, row: StageRow) -> list[Line]:
    """The limit after all that moved it."""
    first = case.due(row.limit, row.start)
    if row.due is None or row.due == first:
        return []
    return [Line("Hạn sau các bước trên", words.moment_with_weekday(row.due), "", "")]


def _leaders_day(case: Case, row: StageRow, lead: Assignment) -> list[Line]:
    """The day of approval that comes after the limit, where the text gives one (2022 Đ11.2)."""
    limit = case.limit("approve")
    if limit is None or row.due is None or lead.due is None or lead.due == row.due:
        return []
    why = f"Thêm {limit_text(limit)} cho lãnh đạo phê duyệt"
    return [Line("Phê duyệt", words.moment_with_weekday(lead.due), why, words.article_words(limit.article))]


def _decision(case: Case, lead: Assignment, now: int) -> list[Line]:
    """What decided, and the conclusion."""
    assert case.text is not None  # noqa: S101
    rule = case.text.overdue_rule()
    article = words.article_words(rule.article) if rule else ""
    if lead.due is None:
        return []
    if case.status != "done":
        left_s = case.elapsed(lead.due) - case.elapsed(now)
        told = f"quá {words.working(-left_s)}" if now > lead.due else f"còn {words.working(left_s)}"
        return [
            Line("Đến lúc này", words.moment_with_weekday(now), "Chưa có phê duyệt", article),
            Line("Kết luận", told, "", ""),
        ]
    by_result = bool(rule and rule.decided_by == "result")
    decided = lead.result if by_result and lead.result is not None else lead.end
    assert decided is not None  # noqa: S101
    why = "Tính lúc gửi kết quả" if by_result else "Tính lúc duyệt, không tính lúc nhập"
    told = f"quá {words.working(lead.late_s or 0)}" if lead.outcome == "late" else "đúng hạn"
    span = (
        f"Từ {words.moment_with_weekday(lead.due, decided)} đến {words.moment_with_weekday(decided, lead.due)}"
        if lead.outcome == "late"
        else ""
    )
    return [
        Line("Việc quyết định", words.moment_with_weekday(decided, lead.due), why, article),
        Line("Kết luận", told, span, ""),
    ]

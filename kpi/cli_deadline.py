"""`ioc deadline`: one question -> the due instant with its steps. Exit codes 0, 2 and 3. Many: kpi/cli_batch.py."""

import json
import sys
from datetime import datetime
from functools import lru_cache
from typing import Any

from kpi.deadlines import Deadline, due_at
from kpi.effective import NotInForceError
from kpi.provinces import UnknownProvinceError
from kpi.rules import (
    StageLimit,
    UnknownChoiceError,
    UnknownRegulationError,
    UnknownStageError,
    regulation,
)
from kpi.strict_yaml import DataError
from kpi.wording import limit_text, step_text
from kpi.worktime import NaiveTimeError, OutOfCalendarError, WorkCalendar, calendar_for

OK, BAD_QUESTION, NOT_SET = 0, 2, 3
REQUIRED = ("regulation", "stage", "start")
OPTIONAL = ("province", "counting", "base")
EXPECTED = (
    UnknownRegulationError, UnknownStageError, UnknownChoiceError, UnknownProvinceError, NotInForceError,
    NaiveTimeError, OutOfCalendarError, DataError,
)  # fmt: skip


class BadQuestionError(ValueError):
    """The question lacks a field, has one too many, or one cannot be read."""


class NotSetError(LookupError):
    """The text sets no limit for that stage."""


def single(question: dict[str, Any], *, as_json: bool, lang: str = "vi") -> int:
    """Answer one question on stdout; returns the exit code."""
    if lang not in ("vi", "en"):
        return complain(f"unknown language {lang!r}; use vi or en")
    try:
        found = answer(question)
    except NotSetError as error:
        print(f"ioc deadline: {error}", file=sys.stderr)
        return NOT_SET
    except (BadQuestionError, *EXPECTED) as error:
        return complain(str(error))
    print(json.dumps(as_record(found, lang), ensure_ascii=False) if as_json else as_text(found, lang))
    return OK


def answer(question: dict[str, Any]) -> Deadline:
    """The deadline that {regulation, stage, start, province?, counting?, base?} asks for.

    Raises BadQuestionError, NotSetError and the errors of EXPECTED.
    """
    limit, calendar, start = resolve(question)
    return due_at(start, limit, calendar)


def resolve(question: dict[str, Any]) -> tuple[StageLimit, WorkCalendar, datetime]:
    """The limit (counted as asked), the calendar and the aware start of a question. Raises what `answer` raises."""
    _check_fields(question)
    regulation_id, province, counting = (
        question["regulation"],
        question.get("province"),
        question.get("counting"),
    )
    limit = _limit(regulation_id, question["stage"], question.get("base")).counted_as(counting)
    calendar = calendar_for(province or regulation(regulation_id).province_code)
    return limit, calendar, _instant(question["start"])


def as_record(found: Deadline, lang: str = "vi") -> dict[str, Any]:
    """The answer for a machine: due, limit, article, steps and what they rest on."""
    limit = found.limit
    steps = [
        {
            "from": step.from_at.isoformat(),
            "until": step.until_at.isoformat(),
            "counted": step.is_counted,
            "counted_s": step.counted_s,
            "working_day": step.working_day,
            "reason": step.reason,
            "text": step_text(step, limit, lang),
        }
        for step in found.steps
    ]
    return {
        "due": found.due_at.isoformat(),
        "limit": limit_text(limit, lang),
        "article": limit.article,
        "regulation": limit.regulation_id,
        "stage": limit.stage_id,
        "start": found.start_at.isoformat(),
        "counting": limit.reading.day_counting if limit.unit == "day" else limit.clock,
        "borrowed_from": limit.borrowed_from,
        "caveats": list(found.caveats),
        "steps": steps,
    }


def as_text(found: Deadline, lang: str = "vi") -> str:
    """The answer for a reader, one line per step."""
    limit = found.limit
    words = {"vi": ("Hạn", "kể từ", "mượn từ", "Lưu ý"), "en": ("Due", "from", "borrowed from", "Note")}[lang]
    lent = f", {words[2]} {limit.borrowed_from}" if limit.borrowed_from else ""
    head = f"{words[0]}: {found.due_at:%H:%M:%S %d/%m/%Y} ({found.due_at.isoformat()})"
    rule = f"{limit_text(limit, lang)} {words[1]} {found.start_at:%H:%M:%S %d/%m/%Y}, {limit.regulation_id} {limit.article}{lent}"
    steps = [f"  {step_text(step, limit, lang)}" for step in found.steps]
    return "\n".join([head, rule, *steps, *(f"{words[3]}: {caveat}" for caveat in found.caveats)])


def _check_fields(question: dict[str, Any]) -> None:
    for field in REQUIRED:
        if question.get(field) is None:
            raise BadQuestionError(f"{field}: missing")
    for field, value in question.items():
        if field in REQUIRED + OPTIONAL and value is not None and not isinstance(value, str):
            raise BadQuestionError(f"{field}: {value!r} is not text")


@lru_cache
def _limit(regulation_id: str, stage_id: str, base_id: str | None) -> StageLimit:
    text = regulation(regulation_id)
    limit = text.with_base(regulation(base_id) if base_id else None).stage(stage_id)
    if limit is None:
        raise NotSetError(f"{text.id} sets no limit for {stage_id} (không quy định)")
    return limit


def _instant(start: str) -> datetime:
    try:
        at = datetime.fromisoformat(start)
    except ValueError as error:
        raise BadQuestionError(
            f"start: {start!r} is not an ISO 8601 time such as 2024-04-26T16:59:00+07:00"
        ) from error
    if at.tzinfo is None:
        raise BadQuestionError(
            f"start: {start!r} has no zone; write the offset, as in 2024-04-26T16:59:00+07:00"
        )
    return at


def complain(problem: str) -> int:
    """One line on stderr; returns the exit code for a question that cannot be answered."""
    print(f"ioc deadline: {problem}", file=sys.stderr)
    return BAD_QUESTION

"""`ioc deadline --batch`: JSON lines in, the same lines with `due` out, in order, computed over arrays by the thousand."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

import numpy as np

from kpi.cli_deadline import EXPECTED, NOT_SET, OK, BadQuestionError, NotSetError, complain, resolve
from kpi.deadlines import due_many
from kpi.rules import StageLimit
from kpi.worktime import WorkCalendar, from_unix, to_unix

LINES_AT_ONCE = 10_000


@dataclass(frozen=True)
class _Question:
    """One line that could be read; no limit: the text sets none, `reason` says so."""

    number: int
    fields: dict[str, Any]
    limit: StageLimit | None = None
    calendar: WorkCalendar | None = None
    start_s: int = 0
    reason: str = ""


class _BadLineError(ValueError):
    """A line that cannot be answered; the text begins with its number."""


def batch(source: str) -> int:
    """Answer the JSON lines of a file (or of stdin for `-`) on stdout; returns the exit code.

    A stage that the text does not set comes back with `due` null and `reason`, and the exit code is then 3.
    The first line that cannot be read stops the run with exit code 2 and its number; the lines before it are answered.
    """
    name = "<stdin>" if source == "-" else source
    try:
        if source == "-":
            return _answer_all(sys.stdin)
        with open(source, encoding="utf-8-sig") as file:
            return _answer_all(file)
    except _BadLineError as error:
        return complain(f"{name}:{error}")
    except OSError as error:
        return complain(f"{name}: {error.strerror or error}")
    except UnicodeDecodeError:
        return complain(f"{name}: not UTF-8 text; save the file as UTF-8")


def _answer_all(lines: TextIO) -> int:
    code = OK
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    while chunk := list(islice(numbered, LINES_AT_ONCE)):
        questions, bad_line = _read(chunk)
        due_s = _due(questions)
        for question, due in zip(questions, due_s, strict=True):
            if isinstance(due, Exception):
                raise _BadLineError(f"{question.number}: {due}")
            if question.limit is None:
                code = NOT_SET
            print(json.dumps(question.fields | _answer(question, due), ensure_ascii=False))
        if bad_line:
            raise bad_line
    return code


def _answer(question: _Question, due_s: int) -> dict[str, Any]:
    if question.limit is None:
        return {"due": None, "reason": question.reason}
    return {"due": from_unix(due_s).isoformat()}


def _read(chunk: Iterable[tuple[int, str]]) -> tuple[list[_Question], _BadLineError | None]:
    """The questions up to the first line that cannot be read, and what is wrong with that one."""
    questions: list[_Question] = []
    for number, line in chunk:
        try:
            questions.append(_question(number, line))
        except json.JSONDecodeError as error:
            return questions, _BadLineError(f"{number}: not JSON: {error.msg}")
        except (BadQuestionError, RecursionError, *EXPECTED) as error:
            return questions, _BadLineError(f"{number}: {error}")
    return questions, None


def _question(number: int, line: str) -> _Question:
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise BadQuestionError("not a JSON object {regulation, stage, start}")
    try:
        limit, calendar, start = resolve(fields)
    except NotSetError as error:
        return _Question(number, fields, reason=str(error))
    return _Question(number, fields, limit, calendar, to_unix(start))


def _due(questions: list[_Question]) -> list[int | Exception]:
    """The due second of each question, or what is wrong with it; 0 where there is no limit."""
    due: list[int | Exception] = [0] * len(questions)
    for key, places in _by_limit(questions).items():
        limit, calendar = key
        starts = np.array([questions[place].start_s for place in places], dtype=np.int64)
        for place, answer in zip(places, _each(starts, limit, calendar), strict=True):
            due[place] = answer
    return due


def _by_limit(questions: list[_Question]) -> dict[tuple[StageLimit, WorkCalendar], list[int]]:
    """Places of the questions that share a limit and a calendar."""
    groups: dict[tuple[StageLimit, WorkCalendar], list[int]] = {}
    for place, question in enumerate(questions):
        if question.limit and question.calendar:
            groups.setdefault((question.limit, question.calendar), []).append(place)
    return groups


def _each(starts: np.ndarray, limit: StageLimit, calendar: WorkCalendar) -> list[int | Exception]:
    """All at once; one by one when some start cannot be answered, so that the error keeps to its own line."""
    try:
        return [int(due) for due in due_many(starts, limit, calendar)]
    except EXPECTED as error:
        if len(starts) == 1:
            return [error]
    return [answer for start in starts for answer in _each(np.array([start]), limit, calendar)]

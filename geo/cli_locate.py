"""`ioc locate`: one point, or many as JSON lines."""

import json
import sys
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any, TextIO

import numpy as np
import pandas as pd
import typer

from geo.locate import locate_many
from geo.places import PlaceDataError, coverages_of, places
from geo.rules import Flag, rules
from geo.units import unit

LINES_AT_ONCE = 10_000
_LANGUAGES = ("vi", "en")
_Question = tuple[float, float, date]


class QuestionError(ValueError):
    """The question cannot be read; the message says which field and what to write."""


class BadLineError(ValueError):
    """A line of a batch that cannot be answered; the text begins with its number."""


def single(
    lon: float | None, lat: float | None, on: str | None, *, province: str | None, as_json: bool, lang: str
) -> int:
    """Answer one question on standard output. Returns the exit code."""
    given = {"lon": lon, "lat": lat, "on": on}
    try:
        _check_options(province, lang)
        question = _read({name: value for name, value in given.items() if value is not None})
        answer = _answer([question], province, lang)[0]
    except (QuestionError, PlaceDataError) as error:
        return _complain(str(error))
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else _as_text(answer))
    return 0


def batch(source: str, *, province: str | None, lang: str) -> int:
    """Answer the JSON lines of a file (or of standard input for "-") in order. Returns the exit code.

    The first line that cannot be read stops the run with its number; the lines before it are answered.
    """
    name = "<stdin>" if source == "-" else source
    try:
        _check_options(province, lang)
        if source == "-":
            _answer_all(sys.stdin, province, lang)
        else:
            with open(source, encoding="utf-8") as file:
                _answer_all(file, province, lang)
    except BadLineError as error:
        return _complain(f"{name}:{error}")
    except OSError as error:
        return _complain(f"{name}: {error.strerror or error}")
    except UnicodeDecodeError:
        return _complain(f"{name}: not UTF-8 text; save the file as UTF-8")
    except (QuestionError, PlaceDataError) as error:
        return _complain(str(error))
    return 0


def _answer_all(lines: TextIO, province: str | None, lang: str) -> None:
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    while chunk := list(islice(numbered, LINES_AT_ONCE)):
        questions: list[_Question] = []
        bad: BadLineError | None = None
        for number, line in chunk:
            try:
                questions.append(_read_line(line))
            except QuestionError as error:
                bad = BadLineError(f"{number}: {error}")
                break
        for answer in _answer(questions, province, lang):
            typer.echo(json.dumps(answer, ensure_ascii=False))
        if bad is not None:
            raise bad


def _complain(message: str) -> int:
    typer.echo(f"ioc locate: {message}", err=True)
    return 2


def _check_options(province: str | None, lang: str) -> None:
    if lang not in _LANGUAGES:
        raise QuestionError(f"--lang {lang!r} is neither vi nor en")
    if province is not None and not coverages_of(province):
        held = ", ".join(f"{c.province_code} {c.name}" for c in places().coverages)
        raise QuestionError(f"--province {province!r}: no boundaries are held for it; there are {held}")


def _read_line(line: str) -> _Question:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionError(f"not JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(fields, dict):
        raise QuestionError("not a JSON object {lon, lat, on}")
    return _read(fields)


def _read(fields: dict[str, Any]) -> _Question:
    missing = [name for name in ("lon", "lat", "on") if name not in fields]
    if missing:
        raise QuestionError(f"missing {', '.join(missing)}")
    try:
        on = date.fromisoformat(fields["on"])
    except (TypeError, ValueError):
        raise QuestionError(f"on: {fields['on']!r} is no day YYYY-MM-DD") from None
    return _degrees("lon", fields["lon"]), _degrees("lat", fields["lat"]), on


def _degrees(name: str, value: Any) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuestionError(f"{name}: {value!r} is no number of degrees")
    return float(value)


def _answer(questions: list[_Question], province: str | None, lang: str) -> list[dict[str, Any]]:
    if not questions:
        return []
    lon, lat, on = zip(*questions, strict=True)
    located = locate_many(lon, lat, np.array(on, "M8[D]"), province)
    rows: Iterable[Any] = located.itertuples(index=False)
    return [_record(question, row, lang) for question, row in zip(questions, rows, strict=True)]


def _record(question: _Question, row: Any, lang: str) -> dict[str, Any]:
    lon, lat, on = question
    words = rules().flags[Flag(row.flag)]
    return {
        "lon": lon if np.isfinite(lon) else None,
        "lat": lat if np.isfinite(lat) else None,
        "on": on.isoformat(),
        "found": not pd.isna(row.commune_code),
        "flag": str(row.flag),
        "reason": words.vi if lang == "vi" else words.en,
        "province": _named(row.province_code, on),
        "district": _named(row.district_code, on),
        "commune": _named(row.commune_code, on),
        "near_commune": _named(row.near_commune_code, on),
    }


def _named(code: Any, on: date) -> dict[str, str] | None:
    if pd.isna(code):
        return None
    found = unit(code, on)
    return {"code": found.code, "name": found.name, "full_name": found.full_name}


def _as_text(answer: dict[str, Any]) -> str:
    parts = [
        f"{answer[level]['full_name']} ({answer[level]['code']})"
        for level in ("commune", "district", "province")
        if answer[level]
    ]
    near = answer["near_commune"]
    note = f"{answer['reason']} [{answer['flag']}]" + (
        f", {near['full_name']} ({near['code']})" if near else ""
    )
    return f"{', '.join(parts)}: {note}" if parts else note

"""`ioc explain`: one report explained, as text for a unit's head or as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select

from kpi import mart
from kpi.bilingual import LANGUAGES, Language
from kpi.cli_mart import QuestionError, answer, complain, table, units
from kpi.explain_source import explain_rows
from kpi.explain_words import Speech
from kpi.explanation import Explanation
from kpi.rulebook import Rulebook
from kpi.settings import Settings


def show(report_code: str, lang: str = "vi", *, as_json: bool) -> int:
    """Explain one report on stdout in that language; returns the exit code."""
    language = next((known for known in LANGUAGES if known == lang), None)
    if language is None:
        return complain("explain", f"unknown language {lang!r}; use vi or en")
    return answer("explain", lambda settings, conn: _explain(settings, conn, report_code, language, as_json))


def _explain(
    settings: Settings, conn: Connection, report_code: str, language: Language, as_json: bool
) -> str:
    r, e = mart.report.c, mart.event.c
    wanted = select(*r).where(r.province_code == settings.province, r.report_code == report_code)
    report = conn.execute(wanted).mappings().first()
    if report is None:
        raise QuestionError(f"no report {report_code} in the mart of province {settings.province}")
    told = select(*e).where(e.province_code == settings.province, e.report_id == report["report_id"])
    names, ioc = units(conn, settings.province)
    found = explain_rows(
        dict(report), [dict(row) for row in conn.execute(told).mappings()], Rulebook.load(settings.province),
        settings.clock.now(), unit_names=names, ioc_unit_code=ioc, language=language,
    )  # fmt: skip
    return as_json_text(found) if as_json else as_text(found)


def as_json_text(found: Explanation) -> str:
    """The whole explanation as one JSON object; instants ISO 8601 with +07:00."""
    return json.dumps(asdict(found), ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def as_text(found: Explanation) -> str:
    """The explanation for a unit's head, on one screen."""
    return "\n".join(_text_lines(found)).rstrip()


def _text_lines(found: Explanation) -> Iterator[str]:
    speech = Speech(found.language, found.is_round_the_clock)
    yield f"{found.report_code}: {found.headline}"
    yield found.sentence
    yield speech("cli.ground", article=found.article) if found.article else ""
    if found.charged_unit:
        yield speech("cli.charged", unit=found.charged_unit)
    if found.steps:
        yield f"\n{speech('cli.steps')}"
        yield from table([("", *_heads(speech, "step", "when", "why", "article"))] + [
            (str(n), line.step, line.when, line.why, line.article) for n, line in enumerate(found.steps, 1)
        ])  # fmt: skip
    if found.stages:
        yield f"\n{speech('cli.stages')}"
        yield from table([_heads(speech, "stage", "unit", "start", "due", "done", "limit", "verdict", "article")] + [
            (s.label, s.unit, _short(s.start_at), _short(s.due_at), _short(s.done_at), s.limit, s.verdict, s.article)
            for s in found.stages
        ])  # fmt: skip
    if found.shares:
        yield "\n" + speech("cli.shares", amount=speech.working(found.total_worked_s))
        yield from table([
            (s.label, f"{s.worked_s // 3600}:{s.worked_s % 3600 // 60:02d}", f"{s.share_pct:.0f} %",
             speech("cli.past", amount=speech.duration(s.late_s)) if s.late_s else "")
            for s in found.shares
        ])  # fmt: skip
    yield ""
    yield from found.notes
    for r in found.rejected:
        key = "cli.rejected_report" if r.event_id is None else "cli.rejected"
        yield speech(key, event=r.event_id, field=r.field, reason=r.reason)
    yield from (speech("cli.caveat", caveat=caveat) for caveat in found.caveats)
    yield speech("cli.rules", version=found.rules_version, at=f"{found.now_at:%H:%M %d/%m/%Y}")


def _heads(speech: Speech, *columns: str) -> tuple[str, ...]:
    return tuple(speech(f"cli.col.{column}") for column in columns)


def _short(at: datetime | None) -> str:
    return f"{at:%H:%M %d/%m/%Y}" if at else "–"

"""`ioc period` and `ioc calendar check`: bounds of periods, reports due, and what the calendar has undecided."""

import json
import sys
from typing import Any

from kpi.calendar_data import load_days_off, load_office_hours, load_province_names
from kpi.periods import BadPeriodError, Period, parse
from kpi.report_schedule import ReportDue, reports_due
from kpi.rules import deployments, load_regulations
from kpi.strict_yaml import DataError
from kpi.worktime import calendar_for

OK, BAD_QUESTION = 0, 2


def show(kind: str, of: str, basis: str, *, as_json: bool, lang: str = "vi") -> int:
    """Print one period; returns the exit code."""
    if lang not in ("vi", "en"):
        print(f"ioc period: unknown language {lang!r}; use vi or en", file=sys.stderr)
        return BAD_QUESTION
    try:
        period = parse(kind, of, basis)
        due = [
            one
            for text in load_regulations().values()
            for one in reports_due(period, text, calendar_for(text.province_code))
        ]
    except (BadPeriodError, DataError) as error:
        print(f"ioc period: {error}", file=sys.stderr)
        return BAD_QUESTION
    record = _record(period, due, lang)
    print(json.dumps(record, ensure_ascii=False) if as_json else _text(record, lang))
    return OK


def check_calendar(*, as_json: bool) -> int:
    """Print the calendar's years and what is undecided; returns the exit code."""
    try:
        record = _calendar_record()
    except DataError as error:
        print(f"ioc calendar check: {error}", file=sys.stderr)
        return BAD_QUESTION
    if as_json:
        print(json.dumps(record, ensure_ascii=False))
        return OK
    for year in record["years"]:
        print(f"{year['year']}: {year['working_days']} ngày làm việc, {year['make_up_days']} ngày làm bù")
    for item in record["undecided"]:
        print(f"Chưa quyết định: {item}")
    return OK


def _record(period: Period, due: list[ReportDue], lang: str) -> dict[str, Any]:
    return {
        "kind": period.kind,
        "of": period.code,
        "basis": period.basis,
        "label": period.label(lang),
        "start": period.start_at.isoformat(),
        "end": period.end_at.isoformat(),
        "previous": period.previous().code,
        "same_last_year": period.same_last_year().code,
        "due": [
            {
                "regulation": one.regulation_id,
                "report": one.report_id,
                "to": list(one.to),
                "article": one.article,
                "before": one.before_on.isoformat() if one.before_on else None,
                "by": one.by_at.isoformat() if one.by_at else None,
                "not_before": one.earliest_sending_limit_on.isoformat()
                if one.earliest_sending_limit_on
                else None,
            }
            for one in due
        ],
    }


def _text(record: dict[str, Any], lang: str) -> str:
    before, by, unset = {
        "vi": ("trước", "đến", "không quy định ngày"),
        "en": ("before", "by", "no date set"),
    }[lang]
    lines = [f"{record['label']}: [{record['start']}, {record['end']})"]
    for one in record["due"]:
        when = f"{before} {one['before']}" if one["before"] else f"{by} {one['by']}" if one["by"] else unset
        lines.append(
            f"  {one['regulation']} {one['article']} {one['report']}: {when} → {', '.join(one['to'])}"
        )
    return "\n".join(lines)


def _calendar_record() -> dict[str, Any]:
    days_off, names = load_days_off(), load_province_names()
    calendar = calendar_for(next(iter(names)))
    years = [
        {
            "year": year,
            "working_days": sum(calendar.is_working_day(day) for day in calendar.days if day.year == year),
            "make_up_days": sum(day.year == year for day in days_off.make_up),
            "undecided": days_off.undecided.get(year),
        }
        for year in range(days_off.first_on.year, days_off.last_on.year + 1)
    ]
    undecided = [f"năm {year}: {note}" for year, note in days_off.undecided.items()]
    undecided += [
        f"giờ làm việc {names[code]} từ {span.from_on:%d/%m/%Y}: {span.value.document}"
        for code, dated in load_office_hours().items()
        for span in dated.spans
        if span.value.basis == "assumption"
    ]
    undecided += [
        f"hiệu lực của {span.value.regulation} từ {span.from_on:%d/%m/%Y}: {span.value.document}"
        for dated in deployments().values()
        for span in dated.spans
        if span.value.basis == "assumption"
    ]
    return {"years": years, "undecided": undecided}

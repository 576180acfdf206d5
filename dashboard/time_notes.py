"""Notes on the time line, the same on every chart: Tết, new texts, and days on which administrative units changed."""

from bisect import bisect_left
from datetime import date, timedelta
from functools import cache

from dashboard.figure_notes import Note
from dashboard.ground import changed_on, districts_ended_on
from dashboard.text import day_month, t
from kpi.calendar_data import load_days_off
from kpi.effective import NotInForceError
from kpi.rules import regulation_for

TET = "Tết Nguyên đán"
GAP_DAYS = 3
"""Days off of one holiday may have a weekend between them."""


def notes(province_code: str, from_on: date, until_on: date) -> list[Note]:
    """Notes that touch [from_on, until_on), oldest first."""
    found = [
        Note(f"{t('note.tet')} {_span_words(first, last)}", first, last)
        for first, last in tet_spans()
        if first < until_on and last >= from_on
    ]
    change = _new_text_on(province_code, from_on, until_on)
    found += [Note(t("note.new_text"), change, change)] if change else []
    found += [
        _boundaries(province_code, day) for day in changed_on(province_code) if from_on <= day < until_on
    ]
    return sorted(found, key=lambda note: note.from_on)


def _boundaries(province_code: str, day: date) -> Note:
    """A day on which units of the province changed; the day on which districts ended says so."""
    key = "note.no_districts" if districts_ended_on(province_code, day) == day else "note.boundaries"
    return Note(f"{t(key)} {day_month(day)}", day, day, is_line=True)


def _span_words(first: date, last: date) -> str:
    return (
        f"{first:%d}–{day_month(last)}"
        if first.month == last.month
        else f"{day_month(first)}–{day_month(last)}"
    )


@cache
def tet_spans() -> tuple[tuple[date, date], ...]:
    """(first, last) day of each Tết holiday, with the weekend before and after it."""
    days = sorted(day for day, off in load_days_off().days_off.items() if off.name.startswith(TET))
    spans: list[list[date]] = []
    for day in days:
        if spans and (day - spans[-1][1]).days <= GAP_DAYS:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return tuple((_with_weekend(first, -1), _with_weekend(last, +1)) for first, last in spans)


def _with_weekend(day: date, step: int) -> date:
    while (day + timedelta(days=step)).isoweekday() > 5:
        day += timedelta(days=step)
    return day


def _new_text_on(province_code: str, from_on: date, until_on: date) -> date | None:
    """First day of a text that took over from another within the time line; None where none did, or none is known."""
    days = [from_on + timedelta(days=place) for place in range((until_on - from_on).days)]
    first = _text_on(province_code, days[0])
    if first is None or _text_on(province_code, days[-1]) in (None, first):
        return None
    return days[bisect_left(days, True, key=lambda day: _text_on(province_code, day) != first)]


def _text_on(province_code: str, day: date) -> str | None:
    try:
        return regulation_for(province_code, day).id
    except (NotInForceError, LookupError):
        return None

"""When a periodic report is due and to whom, under each text (the `reports` of regulations/<text>.yaml)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpi.periods import Period
from kpi.rules import Regulation
from kpi.rules_schema import DueRecord, ReportRecord
from kpi.worktime import WorkCalendar, from_unix, local_midnight_s

DECREE_ARTICLE = "Nghị định 09/2019/NĐ-CP Đ8.5.b"


@dataclass(frozen=True)
class ReportDue:
    """One report that a text asks for about one period.

    before_on: it must be sent before this day begins; by_at: or by this instant; both None: "không quy định".
    earliest_sending_limit_on: a sending limit may not lie before this day (Đ8.5.b: at least one working day after the
    cut-off); None when the period has no cut-off or the calendar does not know the day.
    """

    regulation_id: str
    report_id: str
    to: tuple[str, ...]
    article: str
    before_on: date | None
    by_at: datetime | None
    earliest_sending_limit_on: date | None


def reports_due(period: Period, regulation: Regulation, calendar: WorkCalendar) -> list[ReportDue]:
    """Every report about `period` that the text asks for. The basis of the period does not move the due date."""
    return [
        _due(period, regulation.id, report, calendar)
        for report in regulation.reports
        if report.period == period.kind
    ]


def _due(period: Period, regulation_id: str, report: ReportRecord, calendar: WorkCalendar) -> ReportDue:
    before_on = _before_on(period, report.due) if report.due else None
    by_at = (
        _close_of(period.start_on, calendar)
        if report.due and report.due.rule == "office_close_of_the_day"
        else None
    )
    earliest = None if period.kind == "day" else _working_day_after(period.last_on, calendar)
    return ReportDue(regulation_id, report.id, report.to, report.article, before_on, by_at, earliest)


def _before_on(period: Period, due: DueRecord) -> date | None:
    """The day before which it is due; a day that a month does not have (30 February) means the month's end."""
    if due.rule == "office_close_of_the_day" or due.day is None:
        return None
    year, month = period.last_month
    first = date(year, due.month or month, 1)
    first_of_next = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=due.day - 1), first_of_next)


def _close_of(day: date, calendar: WorkCalendar) -> datetime | None:
    """Close of office on that day; None on a day off (no brief is due) or outside the calendar."""
    if not calendar.first_on <= day <= calendar.last_on:
        return None
    sessions = calendar.sessions(day)
    return from_unix(local_midnight_s(day) + sessions[-1].closes_s) if sessions else None


def _working_day_after(day: date, calendar: WorkCalendar) -> date | None:
    if not calendar.first_on <= day < calendar.last_on - timedelta(days=31):
        return None
    day += timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day

"""Figures of the conditions of soctrang-2022 Điều 15.3, by unit: each a count, or a numerator and its denominator.

Which thresholds hold is data of the regulation (kpi.rules, classification); kpi.ranking puts both together.
"""

from datetime import date

from sqlalchemy import Select, and_, func, or_, select

from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.queries.figures import ratings
from kpi.queries.measures import within
from kpi.queries.units import result_content
from kpi.queries.window import Window


def directives(window: Window) -> Select:
    """1. Written directives of UBND tỉnh to correct a breach, issued in the period."""
    d = mart.directive.c
    days = (d.issued_on >= _day(window.start_at), d.issued_on < _day(window.end_at))
    return (
        select(d.unit_code.label("unit"), func.count().label("numerator")).where(*days).group_by(d.unit_code)
    )


def unanswered_feedback(window: Window) -> Select:
    """3. Feedback of the period that was not answered: not by its limit where there is one, else not by the end."""
    s = mart.stage.c
    not_yet = or_(s.done_at.is_(None), s.done_at >= window.until_at)
    unanswered = and_(not_yet, or_(s.due_at.is_(None), s.due_at < window.until_at))
    return _of_stage("clarify", within(s.start_at, window), unanswered)


def missed_calls(window: Window) -> Select:
    """4. Calls of the hotline in the period that the unit did not answer."""
    h = mart.hotline_call.c
    return (
        select(
            h.unit_code.label("unit"),
            func.count().filter(h.is_answered.is_(False)).label("numerator"),
            func.count().label("denominator"),
        )
        .where(within(h.called_at, window))
        .group_by(h.unit_code)
    )


def late_returns(window: Window) -> Select:
    """5. Wrong-authority returns of the period made after their limit."""
    s = mart.stage.c
    return _of_stage("return_wrong", within(s.done_at, window), s.done_at > s.due_at)


def repeated_breaches(window: Window) -> Select:
    """7. Reports of the period that repeat one that the unit had handled, per report that it handled in the period."""
    later, earlier = mart.report.alias("later"), mart.report.alias("earlier")
    same = and_(
        earlier.c.province_code == later.c.province_code, earlier.c.report_id == later.c.repeats_report_id
    )
    repeats = (
        select(earlier.c.lead_unit_code.label("unit"), func.count().label("numerator"))
        .select_from(later.join(earlier, same))
        .where(within(later.c.sent_at, window), later.c.repeats_report_id.is_not(None))
        .group_by(earlier.c.lead_unit_code)
        .subquery()
    )
    r = mart.report.c
    handled = (
        select(r.lead_unit_code.label("unit"), func.count().label("denominator"))
        .where(within(r.closed_at, window), r.status == "done")
        .group_by(r.lead_unit_code)
        .subquery()
    )
    return select(
        func.coalesce(repeats.c.unit, handled.c.unit).label("unit"),
        func.coalesce(repeats.c.numerator, 0).label("numerator"),
        func.coalesce(handled.c.denominator, 0).label("denominator"),
    ).select_from(repeats.outerjoin(handled, repeats.c.unit == handled.c.unit, full=True))


def everything(filters: Filters, window: Window) -> dict[str, Select]:
    """All seven under the names of figures in the regulation's data, for kpi.queries.run.gather."""
    return {
        "directives": directives(window),
        "satisfaction": ratings(filters, window, ("unit",)),
        "unanswered_feedback": unanswered_feedback(window),
        "missed_calls": missed_calls(window),
        "late_returns": late_returns(window),
        "results_without_content": result_content(filters, window),
        "repeated_breaches": repeated_breaches(window),
    }


def _of_stage(stage: str, in_period, counted) -> Select:
    s = mart.stage.c
    return (
        select(
            s.unit_code.label("unit"),
            func.count().filter(counted).label("numerator"),
            func.count().label("denominator"),
        )
        .where(s.stage == stage, in_period)
        .group_by(s.unit_code)
    )


def _day(at) -> date:
    return at.astimezone(LOCAL).date()

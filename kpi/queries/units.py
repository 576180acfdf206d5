"""A unit beside the others of its level: on time, satisfaction, handling time, returns, content; who held late time."""

from sqlalchemy import Select, and_, func, select

from kpi import mart
from kpi.filters import Filters
from kpi.queries.grain import ASSIGNMENT, carried
from kpi.queries.measures import MEASURES, within
from kpi.queries.window import Window


def handling_time(filters: Filters, window: Window) -> Select:
    """By unit: median working seconds that it held the assignments done in the period, and how many they are."""
    done = MEASURES["done"].condition(ASSIGNMENT, window)
    held_s = mart.assignment.c.held_s
    return (
        select(
            ASSIGNMENT.slicers["unit"].label("unit"),
            func.percentile_cont(0.5).within_group(held_s).label("median_held_s"),
            func.count(held_s).label("done_count"),
        )
        .where(*ASSIGNMENT.where(filters), done)
        .group_by(ASSIGNMENT.slicers["unit"])
    )


def result_content(filters: Filters, window: Window) -> Select:
    """By unit: results sent in the period, and those without proper content."""
    event, report = mart.event, mart.report
    unit = event.c.acting_unit_code
    conditions = [_report_column(name) == value for name, value in filters.slices().items() if name != "unit"]
    conditions += carried(report, filters)
    if filters.unit:
        conditions.append(unit == filters.unit)
    joined = event.join(
        report,
        and_(report.c.province_code == event.c.province_code, report.c.report_id == event.c.report_id),
    )
    return (
        select(
            unit.label("unit"),
            func.count().label("results"),
            func.count().filter(event.c.has_content.is_(False)).label("without_content"),
        )
        .select_from(joined)
        .where(event.c.kind == "result", within(event.c.at, window), *conditions)
        .group_by(unit)
    )


def _report_column(name: str):
    column = {"urgency": "urgency"}.get(name, f"{name}_code")
    return mart.report.c[column]


def late_time_by_holder(filters: Filters, window: Window) -> Select:
    """By holder kind: working seconds that the reports done late in the period lay with each."""
    hold, assignment = mart.hold, mart.assignment
    late = (
        select(assignment.c.province_code, assignment.c.report_id)
        .where(*ASSIGNMENT.where(filters), MEASURES["done_late"].condition(ASSIGNMENT, window))
        .distinct()
        .subquery()
    )
    joined = hold.join(
        late, and_(late.c.province_code == hold.c.province_code, late.c.report_id == hold.c.report_id)
    )
    return (
        select(
            hold.c.holder_kind,
            func.sum(hold.c.working_s).label("working_s"),
            func.count(late.c.report_id.distinct()).label("reports"),
        )
        .select_from(joined)
        .group_by(hold.c.holder_kind)
    )


def late_lanes(filters: Filters, window: Window, limit: int = 6) -> Select:
    """Holds of the latest-done reports of the period, longest late first: one row per hold, to draw as bars."""
    hold, assignment, report = mart.hold, mart.assignment, mart.report
    late = (
        select(assignment.c.province_code, assignment.c.report_id, assignment.c.due_at, assignment.c.late_s)
        .where(*ASSIGNMENT.where(filters), MEASURES["done_late"].condition(ASSIGNMENT, window))
        .order_by(assignment.c.late_s.desc().nulls_last(), assignment.c.report_id)
        .limit(limit)
        .subquery()
    )
    same_report = and_(late.c.province_code == hold.c.province_code, late.c.report_id == hold.c.report_id)
    same_head = and_(report.c.province_code == hold.c.province_code, report.c.report_id == hold.c.report_id)
    return (
        select(
            report.c.report_code, late.c.due_at, late.c.late_s, hold.c.seq, hold.c.holder_kind, hold.c.unit_code,
            hold.c.from_at, hold.c.to_at, hold.c.working_s,
        )
        .select_from(hold.join(late, same_report).join(report, same_head))
        .order_by(late.c.late_s.desc().nulls_last(), report.c.report_code, hold.c.seq)
    )  # fmt: skip

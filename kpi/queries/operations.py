"""The state of the data itself: runs, source age, quarantine, places not found, store against mart."""

from datetime import date

from sqlalchemy import Select, func, select

from kpi import mart
from kpi.filters import Filters
from kpi.queries.grain import REPORT
from kpi.queries.measures import MEASURES
from kpi.queries.window import Window


def runs(rows: int = 20) -> Select:
    """The latest runs of the ETL, the newest first."""
    r = mart.run.c
    return select(*r).order_by(r.run_id.desc()).limit(rows)


def source_states() -> Select:
    """Per source: youngest event, last contact, data version, and how far its follower is behind."""
    s = mart.source_state.c
    return select(
        s.source, s.last_event_at, s.last_contact_at, s.run_id, s.waiting_count, s.behind_since_at
    ).order_by(s.source)


def quarantine_counts() -> Select:
    """Per source, field and reason: rows that wait to be mended, and rows that were."""
    q = mart.quarantine.c
    return (
        select(
            q.source,
            q.field,
            q.reason,
            func.count().filter(q.resolved_at.is_(None)).label("waiting"),
            func.count().filter(q.resolved_at.is_not(None)).label("resolved"),
            func.min(q.first_seen_at).label("first_seen_at"),
            func.max(q.last_seen_at).label("last_seen_at"),
        )
        .group_by(q.source, q.field, q.reason)
        .order_by(func.count().filter(q.resolved_at.is_(None)).desc(), q.source, q.field, q.reason)
    )


def quarantine(rows: int = 200) -> Select:
    """Rows that wait to be mended, the newest first."""
    q = mart.quarantine.c
    return (
        select(*q)
        .where(q.resolved_at.is_(None))
        .order_by(q.last_seen_at.desc(), q.row_ref, q.field)
        .limit(rows)
    )


def place_flags(filters: Filters, window: Window) -> Select:
    """Reports received in the period by how their place was found."""
    flag = mart.report.c.place_flag
    received = MEASURES["received"].condition(REPORT, window)
    return (
        select(flag, func.count().label("reports"))
        .where(*REPORT.where(filters), received)
        .group_by(flag)
        .order_by(func.count().desc(), flag)
    )


def reconciliation(from_on: date, until_on: date) -> Select:
    """Store against mart by day of sending, from_on <= day < until_on; days that differ whatever their date."""
    r = mart.reconciliation.c
    differs = (r.missing_count + r.doubled_count + r.orphaned_count + r.changed_count) > 0
    return (
        select(*r, differs.label("differs"))
        .where(differs | ((r.on_date >= from_on) & (r.on_date < until_on)))
        .order_by(r.on_date)
    )


def reconciliation_units() -> Select:
    """Store against mart by unit, of all days; the units that differ come first."""
    r, unit = mart.reconciliation_unit.c, mart.unit.c
    differs = (r.store_count != r.mart_count) | (r.store_checksum != r.mart_checksum)
    named = (unit.province_code == r.province_code) & (unit.unit_code == r.unit_code)
    return (
        select(*r, unit.short_name, differs.label("differs"))
        .select_from(mart.reconciliation_unit.outerjoin(mart.unit, named))
        .order_by(differs.desc(), unit.sort_key, r.unit_code)
    )

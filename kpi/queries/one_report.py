"""One report's life: head, words, assignments, holds, stages, events; each a select by province and report id."""

from sqlalchemy import Select, and_, select

from kpi import mart
from kpi.filters import FilterError


def head(report_code: str) -> Select:
    """The report row, with title, body, lon and lat for roles that handle it (null for the others). At most one row.

    Raises FilterError for a text that cannot be a report's code.
    """
    if not report_code.isprintable():
        raise FilterError("code", report_code, "is no report's code")
    r, d = mart.report, mart.report_detail
    same = and_(d.c.province_code == r.c.province_code, d.c.report_id == r.c.report_id)
    words = (d.c.title, d.c.body, d.c.lon, d.c.lat, d.c.report_id.is_not(None).label("has_detail"))
    # A code that a careless store gave twice is that of the report with the lower number; the quarantine names both.
    found = select(*r.c, *words).select_from(r.outerjoin(d, same)).where(r.c.report_code == report_code)
    return found.order_by(r.c.report_id).limit(1)


def assignments(report_id: int) -> Select:
    """Every time that a unit was made responsible, in order."""
    a = mart.assignment.c
    return select(*a).where(a.report_id == report_id).order_by(a.seq)


def holds(report_id: int) -> Select:
    """Who had it from when to when, in order; tiles the report's life."""
    h = mart.hold.c
    return select(*h).where(h.report_id == report_id).order_by(h.seq)


def stages(report_id: int) -> Select:
    """Stages it went through, each against its own limit, in order."""
    s = mart.stage.c
    return select(*s).where(s.report_id == report_id).order_by(s.start_at, s.seq)


def events(report_id: int) -> Select:
    """The event log as the store told it, corrections included, in order of happening."""
    e = mart.event.c
    return select(*e).where(e.report_id == report_id).order_by(e.at, e.event_id)


def repeats(report_id: int) -> Select:
    """Later reports that repeat this one."""
    r = mart.report.c
    return (
        select(r.report_id, r.report_code, r.sent_at)
        .where(r.repeats_report_id == report_id)
        .order_by(r.sent_at)
    )


def everything(report_id: int) -> dict[str, Select]:
    """All parts but the head, for kpi.queries.run.gather."""
    parts = {
        "assignments": assignments,
        "holds": holds,
        "stages": stages,
        "events": events,
        "repeats": repeats,
    }
    return {name: part(report_id) for name, part in parts.items()}

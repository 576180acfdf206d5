"""Reports on the map: single marks, cells of a grid, and counts per district or commune by deadline state.

A role that handles reports gets exact points, every other role points coarsened to 0.005 degrees: row-level security
of report_detail decides, not this module. Secret reports and reports without a place have no point for anybody.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select

from kpi import mart
from kpi.filters import FilterError, Filters
from kpi.queries.figures import now
from kpi.queries.grain import REPORT
from kpi.queries.measures import MEASURES, NOW, span
from kpi.queries.window import Window

MAX_POINTS = 5_000
POINT_STATES = ("in_time", "due_soon", "overdue", "done_on_time", "done_late")
_r, _d = mart.report, mart.report_detail
_LON, _LAT = func.coalesce(_d.c.lon, _r.c.lon_coarse), func.coalesce(_d.c.lat, _r.c.lat_coarse)


@dataclass(frozen=True)
class Box:
    """A view of the map in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: ColumnElement, lat: ColumnElement) -> ColumnElement[bool]:
        """The point lies in the view."""
        return and_(lon.between(self.west, self.east), lat.between(self.south, self.north))


def deadline_state(window: Window) -> ColumnElement[str]:
    """State of a report at the window's instant: in_time, due_soon, overdue, done_on_time, done_late or how it ended."""
    r = _r.c
    return case(
        (r.status == "done", case((r.outcome == "late", "done_late"), else_="done_on_time")),
        (r.closed_at.is_not(None), r.status),
        (r.due_at < window.at, "overdue"),
        (r.due_at <= window.soon_until, "due_soon"),
        else_="in_time",
    )


def points(filters: Filters, window: Window, box: Box, limit: int = MAX_POINTS) -> Select:
    """Single marks in the view, overdue last so that they are drawn on top. Without a state: what is in hand."""
    r = _r.c
    state = deadline_state(window)
    return (
        select(
            r.report_id, r.report_code, _LON.label("lon"), _LAT.label("lat"), state.label("state"), r.urgency, r.field_code,
            r.district_code, r.commune_code, r.holder_kind, r.holder_unit_code, r.lead_unit_code, r.sent_at, r.due_at,
            r.closed_at, r.late_s, _d.c.title,
        )
        .select_from(_with_detail())
        .where(*_shown(filters, window), box.holds(_LON, _LAT))
        .order_by(case({"overdue": 2, "due_soon": 1}, value=state, else_=0), r.report_id)
        .limit(limit)
    )  # fmt: skip


def cells(filters: Filters, window: Window, box: Box, cell_degrees: float) -> Select:
    """Counts per cell of a grid in the view: column, row, mean lon and lat, count, and one count per open state."""
    marks = (
        select(_LON.label("lon"), _LAT.label("lat"), deadline_state(window).label("state"), _r.c.report_id)
        .select_from(_with_detail())
        .where(*_shown(filters, window), box.holds(_LON, _LAT))
        .subquery()
    )
    m = marks.c
    cell_x, cell_y = func.floor(m.lon / cell_degrees), func.floor(m.lat / cell_degrees)
    return select(
        cell_x.label("cell_x"),
        cell_y.label("cell_y"),
        func.avg(m.lon).label("lon"),
        func.avg(m.lat).label("lat"),
        func.min(m.report_id).label("report_id"),
        func.count().label("count"),
        *[func.count().filter(m.state == name).label(name) for name in POINT_STATES],
    ).group_by(cell_x, cell_y)


def by_place(filters: Filters, window: Window, level: str = "district") -> Select:
    """NOW counts per district or commune (level); a place that is not known stands under ''. Secret reports count."""
    return now(filters, window, (level,))


def _with_detail() -> FromClause:
    same = and_(_d.c.province_code == _r.c.province_code, _d.c.report_id == _r.c.report_id)
    return _r.outerjoin(_d, same)


def _shown(filters: Filters, window: Window) -> list[ColumnElement[bool]]:
    state = filters.state or "in_hand"
    if state not in MEASURES:
        raise FilterError(
            "state", state, f"cannot be shown on the map; use one of {', '.join((*NOW, *MEASURES))}"
        )
    spans = or_(*[span(REPORT, name, window) for name in MEASURES[state].spans])
    return [
        *REPORT.where(filters),
        spans,
        MEASURES[state].condition(REPORT, window),
        _r.c.is_secret.is_(False),
    ]

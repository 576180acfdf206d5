"""Every report of a choice with its place, deadline and holder: what the map's server side aggregates by view."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    SmallInteger,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)

from kpi import mart
from kpi.filters import FilterError, Filters
from kpi.queries.grain import REPORT
from kpi.queries.ground import origin
from kpi.queries.measures import MEASURES, NOW, Measure, span
from kpi.queries.pieces import Divided
from kpi.queries.window import Window

OPEN, DONE_ON_TIME, DONE_LATE, OTHER = -1, 3, 4, 5
"""`closed_as`: how a report left; OPEN ones are judged by the clock when they are drawn."""
_r, _d = mart.report.c, mart.report_detail.c
LEFT = ((and_(_r.status == "done", _r.outcome == "late"), DONE_LATE), (_r.status == "done", DONE_ON_TIME))
"""Branches of `closed_as` for a report that has left, OTHER being the rest."""


def measure_of(filters: Filters) -> Measure:
    """What the map shows: the filters' state, without one what is in hand.

    Raises FilterError for a state that is no measure of reports.
    """
    state = filters.state or "in_hand"
    if state not in MEASURES:
        raise FilterError("state", state, f"cannot be shown on the map; use one of {', '.join(MEASURES)}")
    return MEASURES[state]


def place_of(*, exact: bool) -> tuple[ColumnElement[float], ColumnElement[float]]:
    """Longitude and latitude by which a report is drawn: the exact place where it may be seen, else the coarse one."""
    if not exact:
        return _r.lon_coarse, _r.lat_coarse
    return func.coalesce(_d.lon, _r.lon_coarse), func.coalesce(_d.lat, _r.lat_coarse)


def within_boxes(boxes: Sequence[tuple[float, float, float, float]], *, exact: bool) -> ColumnElement[bool]:
    """Reports drawn in one of the boxes (west, south, east, north in degrees; the east and south edges are outside)."""
    lon, lat = place_of(exact=exact)
    inside = [and_(lon >= west, lon < east, lat > south, lat <= north) for west, south, east, north in boxes]
    return and_(~_r.is_secret, or_(false(), *inside))


def map_points(
    filters: Filters,
    window: Window,
    *,
    exact: bool,
    only_open: bool = False,
    changed_on: Sequence[date] = (),
    divided: Sequence[Divided] = (),
) -> Select:
    """One row per report, also without a place or secret (lon and lat null): for marks, totals and shading alike.

    changed_on, divided: what `since_on` and `piece` tell apart (kpi.queries.ground.counts).
    exact: join the exact place (row-level security of report_detail still decides row by row); else coarse ones only.
    only_open: leave out those that have left. Raises FilterError as `measure_of`.
    """
    measure = measure_of(filters)
    lon, lat = place_of(exact=exact)
    closed_as = case((_r.closed_at.is_(None), OPEN), *LEFT, else_=OTHER)
    same = and_(_d.province_code == _r.province_code, _d.report_id == _r.report_id)
    source = mart.report.outerjoin(mart.report_detail, same) if exact else mart.report
    spans = or_(*[span(REPORT, name, window) for name in measure.spans])
    hidden_lon, hidden_lat = (
        case((_r.is_secret, cast(literal(None), Float)), else_=each) for each in (lon, lat)
    )
    return (
        select(
            _r.report_id,
            _r.report_code,
            hidden_lon.label("lon"),
            hidden_lat.label("lat"),
            cast(func.extract("epoch", _r.due_at), Float).label("due_s"),
            cast(closed_as, SmallInteger).label("closed_as"),
            (_r.urgency != "normal").label("is_urgent"),
            _r.is_secret,
            _r.district_code,
            _r.commune_code,
            *origin(changed_on, divided),
            func.coalesce(func.nullif(_r.holder_unit_code, ""), _r.lead_unit_code).label("holder_code"),
        )
        .select_from(source)
        .where(
            *REPORT.where(filters),
            *([_r.closed_at.is_(None)] if only_open else []),
            spans,
            measure.condition(REPORT, window),
        )
    )


def in_hand_totals(filters: Filters, window: Window) -> Select:
    """One row about reports in hand, of `map_points` with the same filters: `all`, by NOW, `secret`, `no_place` of the others.

    filters.state: one of kpi.queries.measures.NOW.
    """
    measure = measure_of(filters)
    counted = {name: MEASURES[name].condition(REPORT, window) for name in NOW if name != "in_hand"}
    counted |= {"secret": _r.is_secret, "no_place": and_(~_r.is_secret, _r.lon_coarse.is_(None))}
    columns = [func.count().filter(condition).label(name) for name, condition in counted.items()]
    spans = or_(*[span(REPORT, name, window) for name in measure.spans])
    return select(func.count().label("all"), *columns).where(
        *REPORT.where(filters), spans, measure.condition(REPORT, window)
    )

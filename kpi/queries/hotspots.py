"""Counts by cell and field that can be a hot spot, and the reports of one; kpi.hotspots and kpi.before_after judge them.

Only the coarse places that every role may see are used, so a place has the same figures for all who see its ground.
"""

from datetime import datetime, timedelta

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT, aggregate_order_by

from kpi import mart
from kpi.cells import Cell
from kpi.filters import Filters
from kpi.hotspots import Family, Group, Rule, Weeks
from kpi.queries.grain import REPORT, cell_of, has_cell
from kpi.queries.measures import MEASURES, stands
from kpi.queries.run import Rows
from kpi.queries.window import Window

STATE = "standing"
"""The measure that is counted, and the filter `state` of the list behind a hot spot."""
LEFT_OUT = ("commune", "unit", "field", "channel", "urgency", "state", "stage", "cell")
"""Filters that choose no ground. A commune is too small for one: its worst spot would be what it is held against."""
BETWEEN = "\x1f"
"""Between district and commune of a place in one column: a sign that no code holds."""
WEEK_S = 7 * 24 * 3600
_r = mart.report.c


def ground_of(filters: Filters) -> Filters:
    """The same period, district and ground, and nothing else."""
    of_district = tuple(pair for pair in filters.carried if pair[0] == "district")
    return filters.with_(**dict.fromkeys(LEFT_OUT), carried=of_district)


def weeks_of(window: Window) -> Weeks:
    """The calendar weeks of the period, as far as it has run."""
    return Weeks(window.start_at, window.until_at)


def groups(filters: Filters, window: Window, rule: Rule) -> Select:
    """One row per cell and field that the rule may call a hot spot; one row with nulls where there is none.

    Every row carries the family of the tests. Read them with `read`. Raises hotspots.SpanError.
    """
    weeks_needed = rule.weeks_needed(weeks_of(window).count)
    m = _with_margins(_by_cell_and_field(ground_of(filters), window)).c
    tested = case((m.cell_n >= rule.least_reports, tuple_(m.row, m.column)))
    family = select(
        func.coalesce(func.max(m.ground_n), 0).label("ground_n"),
        func.count(tested.distinct()).label("cells"),
        func.count(m.field.distinct()).label("fields"),
    ).subquery("family")
    able = (
        select(*[column for column in m if column.name != "ground_n"])
        .where(
            m.n >= rule.least_reports,
            m.n * m.ground_n >= rule.least_ratio * m.cell_n * m.field_n,
            func.bit_count(cast(m.weeks, BIT(64))) >= weeks_needed,
        )
        .subquery("able")
    )
    return select(*family.c, *able.c).select_from(family.outerjoin(able, true()))


def read(rows: Rows) -> tuple[list[Group], Family]:
    """The rows of `groups` as what kpi.hotspots.find takes."""
    first = rows[0]
    family = Family(int(first["ground_n"]), first["cells"], first["fields"])
    return [_group(row) for row in rows if row["n"] is not None], family


def _group(row: dict) -> Group:
    district, commune = row["place"].split(BETWEEN)
    counts = {name: int(row[name]) for name in ("n", "cell_n", "field_n", "weeks")}
    return Group(
        cell=Cell(row["row"], row["column"]),
        field=row["field"],
        last_at=row["last_at"],
        district_code=district,
        commune_code=commune,
        **counts,
    )


def _by_cell_and_field(filters: Filters, window: Window) -> Subquery:
    """Standing reports with a place: n, weeks as bits, the last one, and the district/commune where most of them lie."""
    row, column = cell_of(mart.report)
    since_s = func.date_part("epoch", _r.sent_at) - weeks_of(window).first_at.timestamp()
    bit = literal(1, BigInteger).op("<<")(cast(func.floor(since_s / WEEK_S), Integer))
    cut = (row.label("row"), column.label("column"), _r.field_code.label("field"))
    by_place = (
        select(
            *cut,
            _r.district_code,
            _r.commune_code,
            func.count().label("n"),
            func.bit_or(bit).label("weeks"),
            func.max(_r.sent_at).label("last_at"),
        )
        .where(*REPORT.where(filters), MEASURES[STATE].condition(REPORT, window), has_cell(mart.report))
        .group_by(*cut, _r.district_code, _r.commune_code)
        .subquery("by_place")
    )
    p = by_place.c
    place = func.concat(p.district_code, literal(BETWEEN), p.commune_code)
    most = aggregate_order_by(place, p.n.desc(), place)
    return (
        select(
            p.row,
            p.column,
            p.field,
            func.array_agg(most, type_=ARRAY(Text))[1].label("place"),
            func.sum(p.n).label("n"),
            func.bit_or(p.weeks).label("weeks"),
            func.max(p.last_at).label("last_at"),
        )
        .group_by(p.row, p.column, p.field)
        .subquery("by_field")
    )


def _with_margins(by_field: Subquery) -> CTE:
    """Beside each count those of its cell (all fields), its field (all cells) and the whole ground."""
    c = by_field.c
    return select(
        *c,
        func.sum(c.n).over(partition_by=(c.row, c.column)).label("cell_n"),
        func.sum(c.n).over(partition_by=c.field).label("field_n"),
        func.sum(c.n).over().label("ground_n"),
    ).cte("margins")


def reports_of(filters: Filters, window: Window, cell: Cell, field: str, back: timedelta) -> Select:
    """The standing reports of one cell and field from `back` before the period until now, in order of sending."""
    chosen = ground_of(filters).with_(cell=cell.code, field=field)
    since_at = window.start_at - back
    return (
        select(_r.sent_at, _r.status, _r.closed_at, _r.lead_unit_code)
        .where(*REPORT.where(chosen), stands(), _r.sent_at >= since_at, _r.sent_at < window.at)
        .order_by(_r.sent_at, _r.report_id)
    )


def elsewhere(
    filters: Filters, cell: Cell, field: str, from_at: datetime, closed_at: datetime, until_at: datetime
) -> Select:
    """The same field on the rest of the ground: `before` and `after`, standing reports of the same two windows."""
    chosen = ground_of(filters).with_(field=field)
    row, column = cell_of(mart.report)
    is_after = _r.sent_at >= closed_at
    return select(
        func.count().filter(~is_after).label("before"), func.count().filter(is_after).label("after")
    ).where(
        *REPORT.where(chosen),
        stands(),
        has_cell(mart.report),
        tuple_(row, column) != tuple_(literal(cell.row), literal(cell.column)),
        _r.sent_at >= from_at,
        _r.sent_at < until_at,
    )

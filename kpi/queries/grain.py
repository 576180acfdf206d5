"""The two grains of counting (docs/architecture.md, Counting): reports, and the lead assignments that judge units."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Integer, Table, and_, cast, exists, false, func, or_

from kpi import mart
from kpi.cells import CELL_DEGREES, Cell
from kpi.filters import Filters, SentFrom
from kpi.queries.pieces import piece_of, sent_between

Columns = Mapping[str, ColumnElement]


@dataclass(frozen=True)
class Grain:
    """One thing that is counted: when it enters and leaves the balance, its limit, and how it ended.

    how: column that says how it left; done: its value for a result approved by the unit's leader.
    slicers: the columns that figures are cut by, under the names of Filters.
    base: what makes a row of the table one of this grain.
    """

    table: Table
    entered_at: ColumnElement
    left_at: ColumnElement
    due_at: ColumnElement
    outcome: ColumnElement
    how: ColumnElement
    done: str
    slicers: Columns
    base: tuple[ColumnElement[bool], ...] = ()

    def where(self, filters: Filters) -> list[ColumnElement[bool]]:
        """Rows of this grain within the filters' places, unit, field, channel and urgency (not the period)."""
        chosen = filters.slices()
        cut = [self.slicers[name] == value for name, value in chosen.items()]
        return [*self.base, *cut, *carried(self.table, filters)]


def carried(table: Table, filters: Filters) -> list[ColumnElement[bool]]:
    """What only the report itself knows: the cell it lies in; the unit of its own time that became the chosen one."""
    r = mart.report if table is mart.report else mart.report.alias("sent")
    chosen = _of_cell(r, filters)
    chosen += [or_(false(), *[_sent_from(r, part) for part in parts]) for _, parts in filters.carried]
    if not chosen or r is mart.report:
        return chosen
    same = (r.c.province_code == table.c.province_code, r.c.report_id == table.c.report_id)
    return [exists().where(*same, *chosen).correlate(table)]


def cell_of(report: FromClause) -> tuple[ColumnElement, ColumnElement]:
    """Row and column (kpi.cells) of a report's coarse place; null without a place."""
    lat, lon = report.c.lat_coarse, report.c.lon_coarse
    return cast(func.round(lat / CELL_DEGREES), Integer), cast(func.round(lon / CELL_DEGREES), Integer)


def has_cell(report: FromClause) -> ColumnElement[bool]:
    """It lies in a cell: it has a place and is not secret."""
    c = report.c
    return and_(c.is_secret.is_(False), c.lat_coarse.is_not(None), c.lon_coarse.is_not(None))


def _of_cell(r: FromClause, filters: Filters) -> list[ColumnElement[bool]]:
    if filters.cell is None:
        return []
    (row, column), cell = cell_of(r), Cell.parse(filters.cell)
    return [has_cell(r), row == cell.row, column == cell.column]


def _sent_from(r: FromClause, part: SentFrom) -> ColumnElement[bool]:
    return and_(
        r.c[f"{part.column}_code"] == part.code,
        *sent_between(r, part.from_at, part.to_at),
        *([piece_of(r, part.pieces).in_(part.inside)] if part.pieces else []),
    )


def _slicers(table: Table, unit: ColumnElement) -> Columns:
    c = table.c
    return {
        "district": c.district_code,
        "commune": c.commune_code,
        "field": c.field_code,
        "channel": c.channel_code,
        "urgency": c.urgency,
        "unit": unit,
    }


_r, _a = mart.report.c, mart.assignment.c

REPORT = Grain(
    table=mart.report,
    entered_at=_r.sent_at,
    left_at=_r.closed_at,
    due_at=_r.due_at,
    outcome=_r.outcome,
    how=_r.status,
    done="done",
    slicers=_slicers(mart.report, _r.lead_unit_code),
)
"""One report. As a slicer, its unit is the current or last lead unit."""

ASSIGNMENT = Grain(
    table=mart.assignment,
    entered_at=_a.from_at,
    left_at=_a.ended_at,
    due_at=_a.due_at,
    outcome=_a.outcome,
    how=_a.ended_by,
    done="approved",
    slicers=_slicers(mart.assignment, _a.unit_code),
    base=(_a.part == "lead",),
)
"""One time that a unit was made responsible for a report as its lead."""


def grain_of(filters: Filters) -> Grain:
    """Lead assignments when a unit is asked for, reports otherwise."""
    return ASSIGNMENT if filters.unit else REPORT

"""The reports behind a number, page by page: the very condition that counted them, ordered by what needs action."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from kpi import mart
from kpi.filters import FilterError, Filters
from kpi.queries import stages
from kpi.queries.figures import without_lead
from kpi.queries.grain import ASSIGNMENT, REPORT, Grain, grain_of
from kpi.queries.measures import MEASURES, span
from kpi.queries.window import Window

PAGE_ROWS = 50
WAITING = "waiting"
"""State of reports in hand without a lead unit: what stands under NOT_DISPATCHED in tables by unit."""
PRESSING, URGENT = "pressing", "urgent"
"""States of what is in hand and overdue or due soon; of what is in hand and urgent or instant."""

_r, _d, _a, _s = mart.report.c, mart.report_detail.c, mart.assignment.c, mart.stage.c
STATES = (*MEASURES, *stages.STATES, WAITING, PRESSING, URGENT)
"""Every value of the filter `state` that names a list."""


@dataclass(frozen=True)
class _List:
    """Where a list's rows come from. due_at and left_at are those of the row that was counted."""

    source: FromClause
    where: tuple[ColumnElement[bool], ...]
    seq: ColumnElement
    due_at: ColumnElement
    left_at: ColumnElement
    is_open: bool

    @property
    def order(self) -> tuple[ColumnElement, ...]:
        """Open: urgent first, then what is due first. Closed: the latest first."""
        rank = case({"instant": 0, "urgent": 1}, value=_r.urgency, else_=2) if self.is_open else literal(0)
        due_s = extract("epoch", self.due_at) if self.is_open else -extract("epoch", self.left_at)
        return rank, func.coalesce(cast(due_s, BigInteger), NEVER_S), _r.report_id, self.seq


MOST_KEY = 2**63
"""What the database's integers hold."""
NEVER_S = 2**62
"""Sorts what has no limit, or has not left, behind everything else."""


def count(filters: Filters, window: Window, *, by_unit: bool = False) -> Select:
    """How many rows the whole list has, as `count`: the figure that it stands behind. Raises FilterError."""
    listed = _listed(filters, window, by_unit)
    return select(func.count().label("count")).select_from(listed.source).where(*listed.where)


def page(
    filters: Filters,
    window: Window,
    after: str | None = None,
    rows: int = PAGE_ROWS,
    *,
    by_unit: bool = False,
) -> Select:
    """One page of the list that `filters.state` names; `after` is `cursor` of the last row before it.

    by_unit: the figure stood in a table by unit, so rows are lead assignments even without a unit in the filters.
    Raises FilterError for a state that names no list, or a place that is none.
    """
    listed = _listed(filters, window, by_unit)
    order = listed.order
    same = and_(_d.province_code == _r.province_code, _d.report_id == _r.report_id)
    stmt = (
        select(*_columns(listed), *[column.label(f"key_{place}") for place, column in enumerate(order)])
        .select_from(listed.source.outerjoin(mart.report_detail, same))
        .where(*listed.where)
    )
    if after is not None:
        stmt = stmt.where(tuple_(*order) > tuple_(*_decode(after)))
    return stmt.order_by(*order).limit(rows)


def cursor(row: Mapping[str, Any]) -> str:
    """Where a page that ends with this row ends, as text for an address."""
    key = json.dumps([int(row[f"key_{place}"]) for place in range(4)]).encode()
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _decode(text: str) -> list[int]:
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(key) != 4 or not all(type(value) is int and abs(value) < MOST_KEY for value in key):
            raise ValueError(key)  # noqa: TRY301
    except (ValueError, TypeError, binascii.Error) as error:
        raise FilterError("after", text, "is no place in this list; open the list anew") from error
    return key


def _listed(filters: Filters, window: Window, by_unit: bool) -> _List:
    state = filters.state or ""
    if state == WAITING:
        return _of_reports(filters, window, "in_hand", without_lead(window))
    if state in stages.STATES:
        return _of_stages(filters, window, state)
    if state in (PRESSING, URGENT):
        return _of_pressing(filters, window, state, ASSIGNMENT if by_unit else grain_of(filters))
    if state not in MEASURES:
        raise FilterError("state", state, f"names no list; use one of {', '.join(STATES)}")
    grain = MEASURES[state].only or (ASSIGNMENT if by_unit else grain_of(filters))
    return _of_reports(filters, window, state) if grain is REPORT else _of_assignments(filters, window, state)


def _of_reports(filters: Filters, window: Window, state: str, *also: ColumnElement[bool]) -> _List:
    where = _counted(REPORT, filters, window, state)
    return _List(mart.report, (*where, *also), literal(0), _r.due_at, _r.closed_at, MEASURES[state].is_open)


def _of_assignments(filters: Filters, window: Window, state: str, *also: ColumnElement[bool]) -> _List:
    same = and_(_r.province_code == _a.province_code, _r.report_id == _a.report_id)
    where = _counted(ASSIGNMENT, filters, window, state)
    source = mart.assignment.join(mart.report, same)
    return _List(source, (*where, *also), _a.seq, _a.due_at, _a.ended_at, MEASURES[state].is_open)


def _of_pressing(filters: Filters, window: Window, state: str, grain: Grain) -> _List:
    also = grain.due_at <= window.soon_until if state == PRESSING else _r.urgency != "normal"
    made = _of_reports if grain is REPORT else _of_assignments
    return made(filters, window, "in_hand", also)


def _counted(grain: Grain, filters: Filters, window: Window, state: str) -> tuple[ColumnElement[bool], ...]:
    measure = MEASURES[state]
    spans = or_(*[span(grain, name, window) for name in measure.spans])
    return (*grain.where(filters), spans, measure.condition(grain, window))


def _of_stages(filters: Filters, window: Window, state: str) -> _List:
    if not filters.stage:
        raise FilterError("state", state, "needs the filter stage")
    same = and_(_r.province_code == _s.province_code, _r.report_id == _s.report_id)
    where = (*stages.where(filters, window, filters.stage), stages.STATES[state](window))
    return _List(mart.stage.join(mart.report, same), where, _s.seq, _s.due_at, _s.done_at, False)


def _columns(listed: _List) -> tuple[ColumnElement, ...]:
    """What a row of the list shows; the title only for roles that handle the report, null otherwise."""
    return (
        _r.report_id, listed.seq.label("seq"), _r.report_code, _d.title, _r.is_secret, _r.urgency, _r.field_code,
        _r.channel_code, _r.district_code, _r.commune_code, _r.place_flag, _r.status, _r.stage, _r.holder_kind,
        _r.holder_unit_code, _r.lead_unit_code, _r.sent_at, _r.dispatched_at, _r.is_extended, _r.rating, _r.refused_reason,
        _r.outcome, _r.late_s, listed.due_at.label("due_at"), listed.left_at.label("left_at"),
    )  # fmt: skip

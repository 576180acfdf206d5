"""Reads one choice of the map from the mart: its reports one by one, or counts by coarse place where they are too many."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select
from sqlalchemy.engine import URL

from dashboard.ask import Question
from dashboard.ground import Ground, changed_on
from dashboard.map_counts import with_counts
from dashboard.map_points import Points, from_arrow
from kpi.queries.columns import asking
from kpi.queries.map_cells import counted_by_half_months, half_months, map_cells
from kpi.queries.map_points import map_points
from kpi.queries.pieces import Divided

MOST_REPORTS = 100_000
"""A choice that the planner expects to be larger is read as counts. A report takes 5 to 10 µs and 100 bytes: a second, 10 MB."""


def read_points(url: URL, question: Question, ground: Ground, most_reports: int = MOST_REPORTS) -> Points:
    """All reports of a choice, as the question's scope may see them. Blocks: call it from a worker thread.

    ground: what is drawn; the pieces of divided communes are told apart for it. Raises MartGoneError, FilterError.
    """
    days, divided = changed_on(question.scope.province_code), ground.divided()
    with asking(url, question.scope) as ask:
        is_small = (
            ask.expected_rows(map_points(question.filters, question.window, exact=False)) <= most_reports
        )
        stmt = map_points(
            question.filters,
            question.window,
            exact=question.scope.handles_reports,
            only_open=not is_small,
            changed_on=days,
            divided=divided,
        )
        points = ask.columns(stmt)
        if is_small:
            return from_arrow(points)
        return with_counts(from_arrow(points), ask.columns(_counts(question, days, divided)))


def _counts(question: Question, days: Sequence[date], divided: Sequence[Divided]) -> Select:
    if counted_by_half_months(question.filters, question.scope, days):
        return half_months(question.filters, days, divided)
    return map_cells(question.filters, question.window, days, divided)

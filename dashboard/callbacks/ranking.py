"""Callbacks of pages/ranking.py: the ranking of one year from one snapshot."""

import asyncio

from dashboard import ranking_view
from dashboard.ask import Question
from dashboard.components import Child
from dashboard.drawn import Own, body
from dashboard.pages.ranking import PAGE, Ids
from kpi.filters import FilterError
from kpi.periods import Period
from kpi.queries import ranking as queries
from kpi.ranking import conditions_for, rank, scheme_for


@body(PAGE, Ids.BODY)
async def draw(question: Question, own: Own) -> Child:
    """The matrix of the year and group that the address names."""
    question = _of_year(question)
    year = question.filters.period
    scheme = scheme_for(year.last_on)
    group_id = own.get("group", "")
    try:
        group = scheme.group(group_id or scheme.groups[0].id)
    except LookupError as error:
        raise FilterError("group", group_id, str(error)) from error
    rows = await question.gather("ranking", queries.statements(question.filters, question.window))
    conditions = conditions_for(question.scope.province_code, year.last_on)
    ranking = await asyncio.to_thread(rank, queries.unit_counts(rows), scheme, group, conditions)
    return ranking_view.page(question, await question.names(), ranking)


def _of_year(question: Question) -> Question:
    """The same question about the whole year that its period lies in."""
    period = question.filters.period
    year = Period("year", period.year, 1, period.basis)
    return Question(
        question.scope,
        question.filters.with_(period=year, state=None, stage=None),
        question.window.over(year),
        question.run_id,
    )

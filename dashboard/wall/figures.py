"""What the wall shows, read in the scope of its session: stocks of this version, counts of periods of it or of shortly before."""

from dashboard import runtime
from dashboard.ask import Question
from dashboard.flows import Counts, counts
from dashboard.wall import read
from dashboard.wall.read import Flows, Stocks
from kpi.queries import run

FIRST_S = 0.5
"""So long a picture waits for the first counts of its periods; then it stands without them."""


async def stocks(question: Question) -> Stocks:
    """What is in hand at the question's instant; the same for every screen that asks at this version."""
    now, scope = runtime.current(), question.scope
    parts = ("wall/stocks", now.build_id, scope.key(), question.filters.query(), question.at.isoformat())

    async def make() -> Stocks:
        return read.stocks(question, await run.gather(now.engine, scope, read.stocks_asked(question)))

    return await now.cache.get((*parts, str(question.run_id)), make)


async def flows(question: Question) -> Counts[Flows]:
    """Counts of periods; none yet for a while where they are counted for the first time."""

    async def make() -> Flows:
        engine, asked = runtime.current().engine, read.flows_asked(question)
        return read.flows(question, await run.gather(engine, question.scope, asked, behind=True))

    return await counts("wall", question, make, FIRST_S)

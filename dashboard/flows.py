"""A page's figures of periods apart from those of right now: what grows with the mart does not hold up what must be new.

Stocks are read of what is in hand, in milliseconds over any mart, and asked at every data version. Counts of a period
read every report of it: where that takes longer than a page waits, the last ones stand, say so (`counted_at`), and newer
ones are read behind.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable

from dashboard import runtime
from dashboard.ask import Question, Rows
from dashboard.map_sets import PointSets

PATIENCE_S = 0.3
MOST_REST_S = 60.0
STOCKS = ("now", "yesterday", "urgent_by_", "instant_by_")
"""How the names of statements begin that ask only what is, or a day ago was, in hand."""
_MOST_HELD = 5_000

_held: PointSets[dict[str, Rows]] = PointSets(_MOST_HELD, most_rest_s=MOST_REST_S)


@dataclass(frozen=True)
class Counted:
    """Rows of all statements. counted_at: the instant that counts of periods stand for, where it is not the question's."""

    rows: dict[str, Rows]
    counted_at: datetime | None = None


async def gather(name: str, question: Question, statements: Mapping[str, Executable]) -> Counted:
    """As `question.gather`, stocks of this version, counts of periods of this one or of one shortly before."""
    stocks = {key: stmt for key, stmt in statements.items() if key.startswith(STOCKS)}
    flows = {key: stmt for key, stmt in statements.items() if key not in stocks}

    async def read() -> dict[str, Rows]:
        return await question.gather(f"{name}/flows", flows)

    mart = runtime.current().engine.url.render_as_string()
    key = (mart, name, question.scope.key(), question.filters.query())
    # Grows with every version and with every minute: a period that runs is asked up to its minute.
    version = question.run_id + int(question.at.timestamp()) // 60
    held, now = await asyncio.gather(
        _held.get(key, version, question.at, read, PATIENCE_S), question.gather(name, stocks)
    )
    return Counted(held.points | now, held.source_at if held.run_id != version else None)

"""Runs a query in a scope: web role, row-level security and one read-only snapshot per transaction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Executable, Result, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi.scope import Scope, enter_role, enter_scope

SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""All figures of one page come from one moment of the mart."""

_BEHIND = select(
    func.set_config("enable_sort", "off", True).label("hashed"),
    func.set_config("max_parallel_workers_per_gather", "0", True).label("on_one_core"),
)
"""Settings for statements that count many rows in few groups while a page stands already. Hashed: a group's keys are expressions, so
that the planner expects as many groups as rows and would sort them all. On one core: the others are for what is new."""

Row = dict[str, Any]
Rows = list[Row]
"""One dict per row, by column name."""
Ask = Callable[[Executable], Rows]


async def rows(engine: AsyncEngine, scope: Scope, stmt: Executable) -> Rows:
    """The rows of one statement, seen by `scope`."""
    return (await gather(engine, scope, {"rows": stmt}))["rows"]


async def gather(
    engine: AsyncEngine, scope: Scope, statements: Mapping[str, Executable], *, behind: bool = False
) -> dict[str, Rows]:
    """The rows of several statements from one snapshot, under the names given; `behind` the page that stands already."""
    async with engine.connect() as conn:
        await conn.execution_options(**SNAPSHOT)
        async with conn.begin():
            await _enter(conn, scope)
            if behind:
                await conn.execute(_BEHIND)
            return {name: _rows(await conn.execute(stmt)) for name, stmt in statements.items()}


def rows_sync(engine: Engine, scope: Scope, stmt: Executable) -> Rows:
    """`rows` for commands and worker threads."""
    with snapshot(engine, scope) as ask:
        return ask(stmt)


def gather_sync(engine: Engine, scope: Scope, statements: Mapping[str, Executable]) -> dict[str, Rows]:
    """`gather` for commands and worker threads."""
    with snapshot(engine, scope) as ask:
        return {name: ask(stmt) for name, stmt in statements.items()}


@contextmanager
def snapshot(engine: Engine, scope: Scope) -> Iterator[Ask]:
    """Ask one question after the other of one moment of the mart, seen by `scope`."""
    with engine.connect().execution_options(**SNAPSHOT) as conn, conn.begin():
        conn.execute(enter_role())
        conn.execute(enter_scope(scope))
        yield lambda stmt: _rows(conn.execute(stmt))


async def _enter(conn: AsyncConnection, scope: Scope) -> None:
    await conn.execute(enter_role())
    await conn.execute(enter_scope(scope))


def _rows(result: Result) -> Rows:
    names = list(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]

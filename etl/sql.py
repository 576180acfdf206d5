"""Pieces of SQL text that the ETL shares."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import text

ONE_CORE = "max_parallel_workers_per_gather = 0"
"""Setting for what reads much beside others: the other cores are theirs."""


def id_array(ids: Iterable[int]) -> str:
    """The ids as an array. A literal: the planner sees how few they are and goes by the index, whatever the mart's size."""
    return f"'{{{','.join(str(int(i)) for i in ids)}}}'::bigint[]"


@contextmanager
def on_one_core(connection: sa.Connection) -> Iterator[None]:
    """A transaction whose statements take no parallel workers."""
    with connection.begin():
        connection.execute(text(f"SET LOCAL {ONE_CORE}"))
        yield

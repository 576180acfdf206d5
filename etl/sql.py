"""Pieces of SQL text that the ETL shares."""

from collections.abc import Iterable


def id_array(ids: Iterable[int]) -> str:
    """The ids as an array. A literal: the planner sees how few they are and goes by the index, whatever the mart's size."""
    return f"'{{{','.join(str(int(i)) for i in ids)}}}'::bigint[]"

"""What the tests of the store share: the instants of their world, and short ways to ask a database."""

from datetime import UTC, date, datetime

import psycopg

from etl.store import demo

NOW = datetime(2024, 11, 21, 9, 30, tzinfo=UTC)  # Thursday 16:30 in Vietnam: desks are staffed
PAST_FROM = date(2024, 3, 1)
REPORTS = 6000


def as_reader(owner_url: str) -> str:
    """The same database, as the contract's reader."""
    return f"{owner_url}{'&' if '?' in owner_url else '?'}options=-c%20role%3D{demo.READER}"


def seconds(at: datetime) -> int:
    """Unix seconds."""
    return int(at.timestamp())


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    with psycopg.connect(url) as conn:
        return conn.execute(query).fetchall()  # type: ignore[arg-type]

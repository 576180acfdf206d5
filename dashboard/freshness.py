"""How old the source is, and whether a screen must say so: fresh, amber or red. Pure; the wall uses the same rule.

Age is that of the source (its last event or heartbeat), never of the query (design guide, section 12).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["fresh", "amber", "red"]

AMBER_AGE = timedelta(minutes=15)
RED_AGE = timedelta(minutes=60)
AMBER_RHYTHMS = 3
RED_RHYTHMS = 12


@dataclass(frozen=True)
class Freshness:
    """State of the source at one instant; source_at None = never heard of."""

    state: State
    source_at: datetime | None
    age: timedelta


def freshness(
    last_event_at: datetime | None, last_contact_at: datetime | None, now: datetime, rhythm: timedelta
) -> Freshness:
    """Judge a source whose news usually comes every `rhythm` at this hour (nights and days off are slower).

    The source is as fresh as its last sign of life: an event, or an answer to our question (heartbeat).
    """
    signs = [at for at in (last_event_at, last_contact_at) if at is not None]
    if not signs:
        return Freshness("red", None, timedelta.max)
    source_at = max(signs)
    age = max(now - source_at, timedelta())
    if age >= max(RED_AGE, RED_RHYTHMS * rhythm):
        state: State = "red"
    elif age >= max(AMBER_AGE, AMBER_RHYTHMS * rhythm):
        state = "amber"
    else:
        state = "fresh"
    return Freshness(state, source_at, age)

"""How old the source is, and from when a screen says so (design guide, section 12)."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.freshness import freshness

NOW = datetime(2024, 11, 20, 7, 35, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("event_min", "contact_min", "rhythm_min", "state"),
    [
        (1, 0, 5, "fresh"),
        (90, 1, 5, "fresh"),  # nothing happened, but the source answers
        (1, 90, 5, "fresh"),  # its events came, whatever our question
        (14.9, 14.9, 5, "fresh"),
        (15, 15, 5, "amber"),  # 3 rhythms of 5 minutes
        (29, 29, 10, "fresh"),  # 3 rhythms of 10 minutes are 30
        (30, 30, 10, "amber"),
        (59.9, 59.9, 5, "amber"),
        (60, 60, 5, "red"),  # 12 rhythms of 5 minutes
        (119, 119, 10, "amber"),  # 12 rhythms of 10 minutes are 120
        (120, 120, 10, "red"),
    ],
)
def test_states(event_min, contact_min, rhythm_min, state) -> None:
    found = freshness(ago(event_min), ago(contact_min), NOW, timedelta(minutes=rhythm_min))
    assert found.state == state
    assert found.age == timedelta(minutes=min(event_min, contact_min))


def test_never_heard_of_is_red() -> None:
    assert freshness(None, None, NOW, timedelta(minutes=5)).state == "red"


def test_a_clock_ahead_of_ours_is_no_negative_age() -> None:
    assert freshness(ago(-3), None, NOW, timedelta(minutes=5)).age == timedelta()

"""The axis of what a unit holds right now: its days are as long as the deployment's working day."""

import pytest

from dashboard import text, unit_now


@pytest.mark.parametrize(
    ("day_s", "days"),
    [
        (text.WORKING_DAY_S, 10),
        (text.DAY_S, 4),
    ],  # 80 hours: 10 days of 8 hours; 3 days and 8 hours round the clock
    ids=["8 hours", "round the clock"],
)
def test_the_axis_counts_days_of_the_deployment(day_s: int, days: int) -> None:
    text.use_working_day(day_s)
    try:
        assert unit_now._days([80 * 3600]) == days
        ticks = unit_now._ticks(0, days, lambda left_s: left_s / (days * day_s))
    finally:
        text.use_working_day(text.WORKING_DAY_S)
    # the last day stands at the end of the axis, whatever the day is long
    assert [tick.style["left"] for tick in ticks if tick.children == f"còn {days} ngày"] == ["96.000%"]

"""Before and after the closing of a hot spot: windows, verdicts, and the interval of the rate ratio."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kpi.before_after import RateRatio, Sent, before_after
from kpi.hotspots import load_rule

RULE = load_rule().before_after
START = datetime(2024, 7, 1, tzinfo=UTC)
UNTIL = datetime(2024, 8, 1, tzinfo=UTC)
CLOSED = datetime(2024, 8, 10, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after 1 July."""
    return START + timedelta(days=number)


def spot(before: int, after: int, *, open_count: int = 0) -> list[Sent]:
    """Reports on 20 July, the last of them closed on 10 August; later ones from 15 August on, an hour apart."""
    kept = [Sent(day(19), "done", CLOSED - timedelta(days=n)) for n in range(before - open_count)]
    kept += [Sent(day(19), "open", None)] * open_count
    return kept + [Sent(day(45) + timedelta(hours=n), "open", None) for n in range(after)]


@pytest.mark.parametrize(
    ("before", "after", "open_count", "at", "verdict"),
    [
        (12, 2, 0, day(150), "fell"),  # 56 days each; ratio 0.17, interval 0.02 to 0.75
        (12, 2, 1, day(150), "still_open"),
        (12, 9, 0, day(150), "unclear"),  # 0.75, interval 0.28 to 1.94
        (4, 0, 0, day(150), "unclear"),  # none came back, but 4 are too few: up to 1.5
        (6, 0, 0, day(150), "fell"),  # at most 0.85
        (3, 14, 0, day(150), "rose"),  # 4.67, from 1.3
    ],
)
def test_verdicts(before: int, after: int, open_count: int, at: datetime, verdict: str) -> None:
    found = before_after(spot(before, after, open_count=open_count), START, UNTIL, at, RULE)
    assert found is not None
    assert (found.verdict, found.closed_at, found.open_count) == (verdict, CLOSED, open_count)
    assert (found.before, found.after) == (before, after)
    assert found.returned_at == (day(45) if after else None)


@pytest.mark.parametrize(("days", "is_early"), [(7, True), (13.99, True), (14, False), (30, False)])
def test_two_weeks_must_have_passed(days: float, is_early: bool) -> None:
    found = before_after(spot(12, 2), START, UNTIL, CLOSED + timedelta(days=days), RULE)
    assert found is not None
    assert (found.verdict == "too_early") == is_early


def test_windows_are_equal_and_end_now_at_the_latest() -> None:
    found = before_after(spot(5, 0), START, UNTIL, day(60), RULE)  # 10 August + 20 days
    assert found is not None
    assert found.window == timedelta(days=20)
    assert (found.from_at, found.until_at) == (day(20), day(60))
    assert found.before == 0  # its reports came on day 19: before the window


def test_the_closing_belongs_to_the_later_window() -> None:
    sent = [*spot(5, 0), Sent(CLOSED, "open", None), Sent(CLOSED - timedelta(seconds=1), "open", None)]
    found = before_after(sent, START, UNTIL, day(150), RULE)
    assert found is not None
    assert (found.before, found.after, found.returned_at) == (6, 1, CLOSED)


def test_what_comes_back_after_the_window_is_named_and_not_counted() -> None:
    late = Sent(CLOSED + timedelta(days=57), "open", None)
    found = before_after([*spot(6, 0), late], START, UNTIL, day(150), RULE)
    assert found is not None
    assert (found.after, found.returned_at) == (0, late.sent_at)


@pytest.mark.parametrize("status", ["open", "passed_on"])
def test_without_an_approved_result_nothing_was_closed(status: str) -> None:
    sent = [Sent(day(3), status, day(4) if status == "passed_on" else None)] * 6
    assert before_after(sent, START, UNTIL, day(150), RULE) is None


def test_a_closing_that_the_clock_has_not_reached_does_not_count() -> None:
    assert before_after(spot(1, 0), START, UNTIL, CLOSED - timedelta(seconds=1), RULE) is None


# ------------------------------------------------------------------- interval


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_interval_is_clopper_and_pearsons(before: int, after: int) -> None:
    found = RateRatio.of(before, after)
    if not before + after:
        assert (found.ratio, found.low, found.high) == (None, 0, None)
        return
    theirs = stats.binomtest(after, before + after, 0.5).proportion_ci(0.95, method="exact")
    assert found.low == pytest.approx(theirs.low / (1 - theirs.low), rel=1e-6)
    if found.high is None:
        assert before == 0
    else:
        assert found.high == pytest.approx(theirs.high / (1 - theirs.high), rel=1e-6)
    if found.ratio is not None and found.high is not None:
        assert found.low <= found.ratio <= found.high


@given(st.integers(1, 100), st.integers(1, 100))
def test_before_and_after_are_treated_alike(one: int, other: int) -> None:
    there, back = RateRatio.of(one, other), RateRatio.of(other, one)
    assert there.high is not None
    assert there.low * (back.high or 0) == pytest.approx(1)

"""What if: figures per unit under two readings of the same past, by hand, and that they always add up."""

from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.ledger import judge
from kpi.rulebook import Rulebook
from kpi.whatif import Tally, differences, tallies, total
from tests.kpi.ledger_cases import IOC, at, frames, random_story, story

IN_FORCE = Rulebook.load("94")
NOW_S = at("2024-11-20 09:00")
NOW = pd.Timestamp(NOW_S, unit="s", tz="UTC")
SENT = "2024-11-04 07:30 sent\n2024-11-04 07:35 received ioc\n"


def tallied(texts: list[str], rulebook: Rulebook = IN_FORCE) -> dict[str, Tally]:
    return tallies(judge(*frames([story(SENT + text) for text in texts]), rulebook, IOC), NOW)


def test_figures_of_a_unit() -> None:
    """Due Tue 12/11 17:00 when dispatched Mon 04/11; the second unit has its six days from its own dispatch."""
    found = tallied(
        [
            "2024-11-04 08:00 dispatched ioc>a\n2024-11-05 09:00 result a\n2024-11-12 17:00 approved a",
            "2024-11-04 08:00 dispatched ioc>a\n2024-11-05 09:00 result a\n2024-11-13 07:31 approved a",
            "2024-11-04 08:00 dispatched ioc>a",
            "2024-11-19 08:00 dispatched ioc>a",
            "2024-11-04 08:00 dispatched ioc>a\n2024-11-05 08:00 returned_wrong a\n2024-11-05 09:00 dispatched ioc>b",
        ]
    )
    assert found["a"] == Tally(received=5, done_on_time=1, done_late=1, in_time=1, overdue=1, left=1)
    assert found["b"] == Tally(received=1, overdue=1)
    assert found["a"].on_time_rate_pct == pytest.approx(
        100 / 3
    )  # 1 of 1 + 1 + 1: an overdue open case is late
    assert total(found) == Tally(received=6, done_on_time=1, done_late=1, in_time=1, overdue=2, left=1)


def test_another_reading_moves_the_verdict_and_is_listed_first() -> None:
    """48 working hours from Mon 04/11 14:00 end Tue 12/11 14:00: an approval at 16:00 is then late."""
    late_reading = IN_FORCE.under("soctrang-2024", {"day_counting": "working_hours"})
    texts = [
        "2024-11-04 14:00 dispatched ioc>b\n2024-11-05 09:00 result b\n2024-11-12 16:00 approved b",
        "2024-11-04 14:00 dispatched ioc>a\n2024-11-05 09:00 result a\n2024-11-12 14:00 approved a",
    ]
    changed = differences(tallied(texts), tallied(texts, late_reading))
    assert [(unit.unit_code, unit.is_changed) for unit in changed] == [("b", True), ("a", False)]
    assert (changed[0].before.done_on_time, changed[0].after.done_late) == (1, 1)


def test_no_case_has_no_rate() -> None:
    assert Tally().on_time_rate_pct is None


@settings(max_examples=20, deadline=None)
@given(rnd=st.randoms(use_true_random=False), lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_the_parts_add_up_and_the_same_law_changes_nothing(rnd: Random, lengths: list[int]) -> None:
    told = frames([random_story(rnd, IN_FORCE, length) for length in lengths])
    found = tallies(judge(*told, IN_FORCE, IOC), NOW)
    for tally in found.values():
        parts = (
            tally.done_on_time
            + tally.done_late
            + tally.done_without_limit
            + tally.in_time
            + tally.overdue
            + tally.left
        )
        assert parts == tally.received
    assert not any(unit.is_changed for unit in differences(found, tallies(judge(*told, IN_FORCE, IOC), NOW)))

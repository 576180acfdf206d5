"""Two judges, one verdict: stories made up at random, judged event by event and all at once, agree in every column."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.rulebook import Rulebook
from tests.kpi.ledger_cases import both, random_story

RULEBOOKS = {
    "soctrang-2024": Rulebook.load("94").under("soctrang-2024"),
    "soctrang-2022": Rulebook.load("94").under("soctrang-2022"),
    "in force": Rulebook.load("94"),
    "binhdinh-2021": Rulebook.load("52"),
    "binhphuoc-2022, borrowing": Rulebook.load("70"),
    "no limit at all": Rulebook.load("70").without_base(),
    "from reception": Rulebook.load("94").under("soctrang-2024", {"handle_starts_from": "received", "dispatch_starts_from": "sent"}),
    "no pause": Rulebook.load("94").under("soctrang-2022", {"info_request_pauses": "no", "day_counting": "working_hours"}),
    "midnight": Rulebook.load("94").under("soctrang-2024", {"day_ends": "midnight"}),
}  # fmt: skip


@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS.keys())
@settings(max_examples=12, deadline=None)
@given(rnd=st.randoms(use_true_random=False), lengths=st.lists(st.integers(1, 14), min_size=1, max_size=8))
def test_both_judges_agree(rulebook: Rulebook, rnd: Random, lengths: list[int]) -> None:
    both([random_story(rnd, rulebook, length) for length in lengths], rulebook)


@settings(max_examples=25, deadline=None)
@given(rnd=st.randoms(use_true_random=False), length=st.integers(1, 16))
def test_every_working_second_has_one_holder(rnd: Random, length: int) -> None:
    """Holds follow each other without gap or overlap from sent to the end, and their working time adds up."""
    rulebook = RULEBOOKS["in force"]
    report = random_story(rnd, rulebook, length)
    verdict = both([report], rulebook)[0]
    if verdict["report"] is None:
        return
    holds = [h for h in verdict["hold"] if h["to_at"] is not None]
    times = {kind: {e.at for e in report.events if e.kind == kind} for kind in ("published", "sent_back")}
    for before, after in zip(verdict["hold"], verdict["hold"][1:], strict=False):
        gap = (before["to_at"], after["from_at"])
        nobody_held = gap[0] in times["published"] and gap[1] in times["sent_back"] and gap[0] < gap[1]
        assert gap[0] == gap[1] or nobody_held
    if verdict["hold"]:
        assert verdict["hold"][0]["from_at"] == report.sent
    edges = np.array([[h["from_at"], h["to_at"]] for h in holds], dtype=np.int64).reshape(-1, 2)
    elapsed = rulebook.calendar.elapsed_s(edges)
    assert sum(h["working_s"] for h in holds) == int((elapsed[:, 1] - elapsed[:, 0]).sum())
    led = [h["working_s"] for h in holds if h["holder_kind"] in ("lead", "leader", "coordinating")]
    ended = [a["held_s"] for a in verdict["assignment"] if a["held_s"] is not None]
    if len(ended) == len(verdict["assignment"]):
        assert sum(ended) == sum(led)

"""Property: whatever permutation and batching of a store's rows the contract allows, the facts are the same."""

import random
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import guard
from etl.facts import Judging
from etl.sources.record import EVENT, REPORT, Batch
from tests.etl import worlds

FORWARD = ("forwarded", "coordination_result", "info_requested", "info_supplied", "feedback", "clarified")
"""Kinds that the lives of tests.etl.worlds do not have."""


def world(seed: int, reports: int) -> tuple[list[dict], list[dict]]:
    """Rows of a store: lives with corrections, voids, deletions, repeated and shared numbers, dirt, equal instants."""
    dice = random.Random(seed)
    report_rows, event_rows = [], []
    for report_id in range(1, reports + 1):
        life = worlds.life(dice, report_id)
        own = dict.fromkeys(REPORT.names) | {"secrecy": "none"} | life[0][1]
        own |= {"report_id": report_id, "report_code": f"PA-{report_id}", "title": "ổ gà", "body": ""}
        if dice.random() < 0.1:
            own["deleted_at"] = own["sent_at"]
        if dice.random() < 0.1:
            own["urgency"] = "whenever"
        report_rows.append(own)
        for kind, columns in life[1:]:
            event_rows.append(_event(len(event_rows) + 1, report_id, kind, **columns))
            if dice.random() < 0.1:  # out of turn, at the very same second
                event_rows.append(_event(len(event_rows) + 1, report_id, dice.choice(FORWARD), **columns))
    for row in dice.sample(event_rows, len(event_rows) // 5):
        event_rows += _disguised(dice, row, len(event_rows) + 1, reports)
    return report_rows, event_rows


def _event(event_id: int, report_id: int, kind: str, **columns: object) -> dict:
    row = dict.fromkeys(EVENT.names) | columns
    return row | {"event_id": event_id, "report_id": report_id, "kind": kind, "recorded_at": columns["at"]}


def _disguised(dice: random.Random, row: dict, free_id: int, reports: int) -> list[dict]:
    """One more row that the contract allows, or that a careless store writes."""
    unit = {"acting_unit_code": dice.choice(worlds.UNITS)}
    return [
        dice.choice(
            (
                row | {"event_id": free_id, "replaces_event_id": row["event_id"], **unit},  # a correction
                row | {"event_id": free_id, "kind": "voided", "replaces_event_id": row["event_id"]},
                dict(row),  # the same row twice
                row | unit,  # the same number, other words, told at the same second
                row
                | {"report_id": dice.randrange(1, reports + 2)},  # its number in another report, or in none
                row | {"event_id": free_id, "kind": "teleported"},
            )
        )
    ]


def _facts(batches: list[tuple[list[dict], list[dict]]], judging: Judging) -> dict[str, list]:
    """Rows of every table over all batches, and what was complained of, in one order."""
    found: dict[str, list] = {}
    for reports, events in batches:
        built = guard.build(
            Batch(pa.Table.from_pylist(reports, schema=REPORT), pa.Table.from_pylist(events, schema=EVENT)),
            judging,
        )
        assert guard.failing_of(built) == []
        # A complaint's key in the quarantine.
        complaints = built.quarantine.select(["row_ref", "field"])
        tables = {**built.tables, "groups": built.groups, "complaints": complaints}
        for name, table in tables.items():
            found.setdefault(name, []).extend(map(repr, table.to_pylist()))
    assert len(set(found["complaints"])) == len(found["complaints"])
    return {name: sorted(rows) for name, rows in found.items()}


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    order=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(0, 16), max_size=6),
)
def test_any_order_and_any_company_give_the_same_facts(seed, order, cuts, judging):
    reports, events = world(seed, 14)
    ids = list(range(1, 16))  # 15: events may name a report that is not there
    whole = _facts([(reports, events)], judging)
    order.shuffle(ids)
    order.shuffle(reports)
    order.shuffle(events)
    pieces = [ids[a:b] for a, b in pairwise(sorted({0, *cuts, len(ids)})) if ids[a:b]]
    batches = [
        ([r for r in reports if r["report_id"] in piece], [e for e in events if e["report_id"] in piece])
        for piece in pieces
    ]
    assert sum(len(e) for _, e in batches) == len(events)
    assert _facts(batches, judging) == whole
    assert whole["report"]

"""Staging takes what can be taken, says of the rest why not, and does not care in which order rows come."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.quarantine import Complaints
from etl.sources.record import EVENT, REPORT, Batch
from etl.staging import stage

AT = datetime(2024, 3, 4, 1, 0, 0, 900_000, tzinfo=UTC)


def report(report_id=1, **columns):
    row = dict.fromkeys(REPORT.names)
    row |= {
        "report_id": report_id,
        "report_code": f"PA-{report_id}",
        "channel_code": "app",
        "field_code": "traffic",
        "urgency": "normal",
        "secrecy": "none",
        "sent_at": AT,
    }
    return row | columns


def event(event_id, kind="received", report_id=1, hours=1, **columns):
    row = dict.fromkeys(EVENT.names)
    at = AT + timedelta(hours=hours)
    row |= {"event_id": event_id, "report_id": report_id, "kind": kind, "at": at, "recorded_at": at}
    return row | columns


def staged(reports, events):
    complaints = Complaints()
    batch = Batch(pa.Table.from_pylist(reports, schema=REPORT), pa.Table.from_pylist(events, schema=EVENT))
    return stage(batch, complaints), complaints.table().select(["row_ref", "field"]).to_pylist()


def effective(found):
    return [
        i for i, kept in zip(found.events["event_id"].to_pylist(), found.is_effective, strict=True) if kept
    ]


def test_instants_lose_their_fraction_downwards():
    found, _ = staged([report()], [])
    assert found.reports["sent_at"].to_pylist() == [AT.replace(microsecond=0)]


@pytest.mark.parametrize(
    ("reports", "complained"),
    [
        ([report(urgency="soon")], [("report:1", "urgency")]),
        ([report(secrecy=None)], [("report:1", "secrecy")]),
        ([report(sent_at=None)], [("report:1", "sent_at")]),
        ([report(report_code=None)], [("report:1", "report_code")]),
        ([report(sent_at=None, urgency=None)], [("report:1", "sent_at"), ("report:1", "urgency")]),
    ],
)
def test_a_report_that_cannot_be_counted_is_named(reports, complained):
    found, complaints = staged(reports, [event(1)])
    assert found.reports.num_rows == 0
    assert found.events.num_rows == 0
    assert [(c["row_ref"], c["field"]) for c in complaints] == complained


@pytest.mark.parametrize("field", ["field_code", "channel_code"])
def test_a_report_without_a_code_is_counted_and_named(field):
    found, complaints = staged([report(**{field: None})], [])
    assert found.reports.num_rows == 1
    assert complaints == [{"row_ref": "report:1", "field": field}]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (event(1, kind="teleported"), "kind"),
        (event(1, kind=None), "kind"),
        (event(1, at=None), "at"),
        (event(1, recorded_at=None), "recorded_at"),
        (event(1, report_id=7), "report_id"),
    ],
)
def test_an_event_that_cannot_be_taken_is_named_and_its_report_stays(bad, field):
    found, complaints = staged([report()], [bad, event(2)])
    assert found.reports.num_rows == 1
    assert found.events["event_id"].to_pylist() == [2]
    of = bad["report_id"]
    assert complaints == [{"row_ref": f"report_event:{of}/1", "field": field}]


def test_deleted_reports_go_without_a_complaint():
    assert staged([report(deleted_at=AT)], [event(1)])[1] == []


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        # 2 replaces 1
        ([event(1), event(2, hours=2, replaces_event_id=1)], [2]),
        # 3 replaces 2, which replaced 1: only 3 counts
        ([event(1), event(2, replaces_event_id=1), event(3, replaces_event_id=2)], [3]),
        # a voided row is gone, and the row that says so counts for nothing
        ([event(1), event(2, "voided", replaces_event_id=1)], []),
        # a row replaces another one of its own report only
        ([event(1), event(2, "voided", report_id=2, replaces_event_id=1)], [1]),
        # nobody replaces himself
        ([event(1, replaces_event_id=1)], [1]),
    ],
)
def test_effective_events(events, kept):
    found, _ = staged([report(1), report(2)], events)
    assert effective(found) == kept


def test_a_replacement_of_nothing_is_named():
    _, complaints = staged([report()], [event(1, replaces_event_id=99)])
    assert complaints == [{"row_ref": "report_event:1/1", "field": "replaces_event_id"}]


def test_of_an_event_told_twice_the_last_recorded_wins():
    late = event(1, recorded_at=AT + timedelta(days=2), reason_code="late")
    found, complaints = staged([report()], [late, event(1, reason_code="early")])
    assert found.events["reason_code"].to_pylist() == ["late"]
    assert complaints == [{"row_ref": "report_event:1/1", "field": "event_id"}]


def test_equal_rows_are_one_row():
    found, complaints = staged([report(), report()], [event(1), event(1)])
    assert (found.reports.num_rows, found.events.num_rows, complaints) == (1, 1, [])


@given(st.data())
def test_the_order_of_rows_does_not_matter(data):
    reports = [report(i, urgency=u) for i, u in enumerate(["normal", "soon", "urgent", "normal"], 1)]
    replaces = st.none() | st.integers(1, 8)
    events = [
        event(
            i,
            data.draw(st.sampled_from(["received", "voided", "nonsense"])),
            report_id=data.draw(st.integers(1, 5)),
            hours=data.draw(st.integers(0, 2)),
            replaces_event_id=data.draw(replaces),
        )
        for i in range(1, 9)
    ]
    events.append(event(3, hours=data.draw(st.integers(0, 2)), reason_code="again"))
    one, complaints = staged(reports, events)
    mixed = staged(data.draw(st.permutations(reports)), data.draw(st.permutations(events)))
    assert mixed[0].reports == one.reports
    assert mixed[0].events == one.events
    assert effective(mixed[0]) == effective(one)
    assert sorted(map(str, mixed[1])) == sorted(map(str, complaints))

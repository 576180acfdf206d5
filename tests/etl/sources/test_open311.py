"""Open311 source: windows, paging, the meaning of updated_datetime, and every fault of a server."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from etl.sources import open311_wire
from etl.sources.mapping import load_mapping
from etl.sources.open311 import Open311Source
from etl.sources.record import SourceError
from kpi.clock import Clock
from tests.etl.sources.fake_open311 import Fake, serving

CLOCK = Clock(fixed_at=datetime(2018, 12, 31, tzinfo=UTC))
PLAIN = load_mapping("open311")


def mapping(**shape):
    """The shipped mapping with another shape."""
    return PLAIN.model_copy(update={"open311": PLAIN.open311.model_copy(update=shape)})


def request(number: int, at: datetime, status: str = "closed", **more) -> dict:
    """One service request, with the fields of the specification's example."""
    return {
        "service_request_id": str(number), "status": status, "service_name": "Cracked sidewalk",
        "agency_responsible": "Streets", "requested_datetime": at.isoformat(), "lat": 40.7, "long": -73.9,
        "updated_datetime": (at + timedelta(hours=5)).isoformat(), "expected_datetime": None,
        "description": "a & b", **more,
    }  # fmt: skip


def spread(count: int, days: int = 300) -> list[dict]:
    """Requests from 5 January 2018 on, evenly."""
    first = datetime(2018, 1, 5, tzinfo=UTC)
    return [
        request(n, (first + timedelta(days=days) * n / count).replace(microsecond=0)) for n in range(count)
    ]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(open311_wire.Wire.__init__, "__defaults__", (0.001,))


def read(fake: Fake, shaped=PLAIN, clock: Clock = CLOCK):
    """All reports and events of a server."""
    with serving(fake) as url:
        source = Open311Source(url, shaped, clock)
        try:
            batch = source.read_range(source.ranges(10**6)[0])
        finally:
            source.close()
    return batch.reports.to_pylist(), batch.events.to_pylist()


@pytest.mark.parametrize("style", ["json", "xml"])
@pytest.mark.parametrize("size", [None, 7, 50])
def test_everything_comes_once_in_windows_of_at_most_90_days(style, size):
    fake = Fake(spread(120), pages=size is not None)
    reports, events = read(fake, mapping(format=style, page_size=size))
    assert sorted(int(r["report_code"]) for r in reports) == list(range(120))
    assert len(events) == 120 * 6
    assert timedelta(days=89) < fake.longest <= timedelta(days=90)
    assert {r["body"] for r in reports} == {"a & b"}


def test_a_window_that_the_server_cuts_is_halved():
    reports, _ = read(Fake(spread(2500, days=30)))
    assert len(reports) == 2500


def test_a_server_that_does_not_page_is_not_asked_for_ever():
    fake = Fake(spread(20, days=1))
    reports, _ = read(fake, mapping(page_size=20))
    assert len(reports) == 20
    assert max(int(asked["page"]) for asked in fake.asked) == 2


def test_updated_datetime_is_the_closing_time_of_closed_requests_only():
    at = datetime(2018, 6, 1, 12, tzinfo=UTC)
    _, events = read(Fake([request(1, at), request(2, at, status="open")]))
    approved = {e["report_id"]: e["at"] for e in events if e["kind"] == "approved"}
    assert approved == {1: at + timedelta(hours=5)}


def test_expected_datetime_is_the_due_instant_that_the_store_set():
    at = datetime(2018, 6, 1, 12, tzinfo=UTC)
    _, events = read(Fake([request(1, at, expected_datetime="2018-06-08T00:00:00Z"), request(2, at)]))
    due = {e["report_id"]: e["committed_at"] for e in events if e["kind"] == "dispatched"}
    assert due == {1: datetime(2018, 6, 8, tzinfo=UTC), 2: None}


HTML = (200, "text/html", b"<html><body>Sign in</body></html>")
EMPTY = (200, "application/json", b"")
BROKEN = (500, "text/plain", b"oops")
NO_LIST = (200, "application/json", b'{"error": "quota"}')


@pytest.mark.parametrize("fault", [BROKEN, HTML, EMPTY, NO_LIST, (429, "text/plain", b"slow down")])
@pytest.mark.parametrize("style", ["json", "xml"])
def test_a_passing_fault_is_waited_out(fault, style):
    fake = Fake(spread(10))
    fake.faults = [fault, fault]
    reports, _ = read(fake, mapping(format=style))
    assert len(reports) == 10


@pytest.mark.parametrize(
    ("fault", "words", "asked"),
    [
        (BROKEN, "HTTP 500", 4),
        (HTML, "answers text/html where JSON", 4),
        ((404, "text/html", b""), "HTTP 404", 1),
    ],
)
def test_a_lasting_fault_is_named(fault, words, asked):
    fake = Fake(spread(3))
    fake.faults = [fault] * 10
    with pytest.raises(SourceError, match=words):
        read(fake)
    assert len(fake.asked) == asked


def test_xml_that_expands_itself_is_refused():
    bomb = b'<!DOCTYPE a [<!ENTITY x "xx">]><service_requests><request>&x;</request></service_requests>'
    fake = Fake([])
    fake.faults = [(200, "text/xml", bomb)] * 10
    with pytest.raises(SourceError, match="where XML was asked for"):
        read(fake, mapping(format="xml"))


def test_nobody_answers():
    with pytest.raises(SourceError, match="does not answer") as caught:
        Open311Source("http://127.0.0.1:9", PLAIN, CLOCK).ranges(10)
    assert caught.value.is_passing


def test_following_shows_what_differs():
    at = datetime(2018, 12, 1, tzinfo=UTC)
    fake = Fake([request(1, at, status="open"), request(2, at)])
    with serving(fake) as url:
        source = Open311Source(url, PLAIN, CLOCK, poll_s=0)
        mark = source.mark()
        assert list(source.changes(mark).report_ids) == [1, 2]  # a new process: everything is news
        assert not source.changes(mark)
        fake.requests = [request(1, at), request(2, at), request(3, at)]
        assert list(source.changes(mark).report_ids) == [1, 3]
        source.close()


def test_following_does_not_ask_more_often_than_told():
    fake = Fake(spread(3))
    with serving(fake) as url:
        source = Open311Source(url, PLAIN, CLOCK, poll_s=60)
        source.held()
        asked = len(fake.asked)
        assert not any(source.changes(source.mark()) for _ in range(20))
        assert len(fake.asked) == asked
        source.close()


# ---------------------------------------------------------------- what servers do beside the specification


@pytest.mark.parametrize("most", [50, 100])
def test_a_cap_that_nobody_declared_loses_nothing(most):
    """San Francisco and Boston cut at 50 and do not say so."""
    reports, _ = read(Fake(spread(430, days=200), most=most))
    assert len(reports) == 430


def test_a_declared_cap_is_believed():
    fake = Fake(spread(70, days=80), most=60)
    reports, _ = read(fake, mapping(answer_most=60))
    assert len(reports) == 70


def test_as_many_as_a_cap_within_a_second_cannot_be_told_from_a_cut():
    at = datetime(2018, 6, 1, 12, tzinfo=UTC)
    fake = Fake([request(n, at) for n in range(50)])
    with pytest.raises(SourceError, match=r"open311\.answer_most"):
        read(fake)
    reports, _ = read(fake, mapping(answer_most=1000))
    assert len(reports) == 50


def test_the_last_page_shown_again_ends_the_pages():
    fake = Fake(spread(25, days=80), pages=True)
    fake.shows_last_page_again = True
    reports, _ = read(fake, mapping(page_size=10))
    assert len(reports) == 25
    assert max(int(asked["page"]) for asked in fake.asked) == 4


def test_a_page_smaller_than_asked_is_not_the_last():
    reports, _ = read(Fake(spread(130, days=80), pages=True, most=50), mapping(page_size=100))
    assert len(reports) == 130


@pytest.mark.parametrize("includes_end", [False, True])
def test_a_request_on_the_edge_of_two_windows_comes_once(includes_end):
    edge = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=90)
    fake = Fake([request(n, edge + timedelta(seconds=n - 2)) for n in range(5)])
    fake.includes_end = includes_end
    reports, _ = read(fake)
    assert sorted(r["report_id"] for r in reports) == list(range(5))
    assert fake.longest <= timedelta(days=90)


def complaints(fake: Fake, shaped=PLAIN):
    with serving(fake) as url:
        source = Open311Source(url, shaped, CLOCK)
        batch = source.read_range(source.ranges(10**6)[0])
        source.close()
    return [(c["row_ref"], c["field"]) for c in batch.complaints.to_pylist()], batch


AT = datetime(2018, 6, 1, 12, tzinfo=UTC)


def test_requests_without_a_number_are_told_and_hide_no_others():
    """Chicago shows a token until the request has its number; two of them alone on a page are not the end."""
    waiting = [
        {**request(0, AT), "service_request_id": None, "token": f"t{n}", "description": f"w{n}"}
        for n in range(4)
    ]
    fake = Fake([*waiting, request(7, AT)], pages=True)
    told, batch = complaints(fake, mapping(page_size=2))
    assert batch.reports["report_id"].to_pylist() == [7]
    assert len(told) == 4
    assert {field for _, field in told} == {"service_request_id"}


def test_a_request_that_gets_its_number_is_told_no_more():
    fake = Fake([{**request(0, datetime(2018, 12, 1, tzinfo=UTC)), "service_request_id": None}])
    with serving(fake) as url:
        source = Open311Source(url, PLAIN, CLOCK, poll_s=0)
        assert source.held().whole().complaints.num_rows == 1
        fake.requests = [request(9, datetime(2018, 12, 1, tzinfo=UTC))]
        changes = source.changes(source.mark())
        assert list(changes.report_ids) == [9]
        assert changes.side_changed
        assert source.held().whole().complaints.num_rows == 0
        source.close()


@pytest.mark.parametrize(
    ("change", "field", "kind"),
    [
        (
            {"expected_datetime": "1970-01-01T00:00:00Z"},
            "expected_datetime",
            "approved",
        ),  # an epoch for nothing
        ({"updated_datetime": "1970-01-01T00:00:00Z"}, "closed_datetime", None),
        ({"updated_datetime": None}, "closed_datetime", None),  # closed, and nobody says when
        ({"updated_datetime": "06/02/2018 10:00"}, "closed_datetime", None),
    ],
)
def test_times_that_cannot_be_are_told(change, field, kind):
    told, batch = complaints(Fake([request(1, AT, **change)]))
    assert told == [("requests:1", field)]
    kinds = batch.events["kind"].to_pylist()
    assert ("approved" in kinds) == (kind is not None)
    assert batch.events["committed_at"].null_count == len(kinds)


def test_a_closed_request_is_closed_in_whatever_letters():
    _, events = read(Fake([request(1, AT, status="Closed ")]))
    assert "approved" in {e["kind"] for e in events}


@pytest.mark.parametrize("local", ["2018-06-01T08:00:00", "2018-06-01 08:00:00"])
def test_a_time_without_a_zone_is_the_mappings(local):
    """New York in June is four hours behind UTC."""
    fake = Fake([request(1, AT, requested_datetime=local)])
    reports, _ = read(fake)
    assert reports[0]["sent_at"] == AT


@pytest.mark.parametrize("guess", ["06/01/2018 08:00", "2018", "now", "20180601", "1527854400"])
def test_a_time_that_is_not_iso_is_not_guessed(guess):
    fake = Fake([])
    fake.always = json.dumps([request(1, AT, requested_datetime=guess)]).encode()
    told, batch = complaints(fake)
    assert batch.reports.num_rows == 0
    assert told == [("requests:1", "requested_datetime")]


@pytest.mark.parametrize("style", ["json", "xml"])
def test_a_body_that_is_cut_off_is_asked_for_again_and_then_named(style):
    whole = Fake(spread(3)).answer(
        {"start_date": "2018-01-01T00:00:00+00:00", "end_date": "2018-03-30T00:00:00+00:00"}, style
    )
    cut = (200, whole[1], whole[2][: len(whole[2]) // 2])
    fake = Fake(spread(10))
    fake.faults = [cut, cut]
    reports, _ = read(fake, mapping(format=style))
    assert len(reports) == 10
    fake.faults = [cut] * 10
    with pytest.raises(SourceError, match="or cut it off") as caught:
        read(fake, mapping(format=style))
    assert caught.value.is_passing


def test_a_later_page_that_differs_is_what_counts():
    fake = Fake([request(1, AT, status="open"), request(1, AT)], pages=True)
    reports, events = read(fake, mapping(page_size=1))
    assert len(reports) == 1
    assert "approved" in {e["kind"] for e in events}  # it was closed while the pages were turned

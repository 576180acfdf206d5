"""What real Open311 servers sent (recorded/README.md), read through a server: nothing lost, nothing misread."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.sources import open311_wire
from etl.sources.mapping import load_mapping
from etl.sources.open311 import Open311Source
from etl.sources.open311_answer import rows_of
from etl.sources.record import SourceError
from kpi.clock import Clock
from tests.etl.sources.fake_open311 import Fake, serving

RECORDED = Path(__file__).parent / "recorded"
PLAIN = load_mapping("open311")
ANSWERS = sorted(
    p.name for p in RECORDED.iterdir() if p.suffix in (".json", ".xml") and "error" not in p.name
)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(open311_wire.Wire.__init__, "__defaults__", (0.001,))


def read(name: str, *, pages: int | None = None, year: int | None = None, **columns):
    """Reports, events, complaints of a server that answers every question with the recorded answer."""
    first_on = date(year or int(name.rsplit(".")[0].split("-")[-1] if name[-6].isdigit() else 2014), 1, 1)
    shape = PLAIN.open311.model_copy(
        update={"format": name.rsplit(".")[-1], "page_size": pages, "first_on": first_on}
    )
    report = PLAIN.report.model_copy(update=columns)
    mapping = PLAIN.model_copy(update={"open311": shape, "report": report})
    fake = Fake([])
    fake.always = (RECORDED / name).read_bytes()
    clock = Clock(fixed_at=datetime(first_on.year + 1, 1, 1, tzinfo=UTC))
    with serving(fake) as url:
        source = Open311Source(url, mapping, clock)
        try:
            batch = source.read_range(source.ranges(10**6)[0])
            return (
                batch.reports.to_pylist(),
                batch.events.to_pylist(),
                batch.complaints.to_pylist(),
                source.read_side(),
            )
        finally:
            source.close()


def closed(events) -> dict[int, datetime]:
    return {e["report_id"]: e["at"] for e in events if e["kind"] == "approved"}


def due(events) -> list[datetime | None]:
    return [e["committed_at"] for e in events if e["kind"] == "dispatched"]


@pytest.mark.parametrize("pages", [None, 50])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_request_comes_once_however_often_it_is_shown(name, pages):
    """Five windows, and with pages a second page, all show the same: ids count once."""
    wanted = rows_of((RECORDED / name).read_bytes(), name.rsplit(".")[-1])
    reports, _, complaints, _ = read(name, pages=pages, year=2014)
    refused = {c["row_ref"] for c in complaints if "cả dòng" in c["reason"] or c["report_id"] is None}
    assert len(reports) + len(refused) == len(wanted)
    assert {r["report_code"] for r in reports} <= {row["service_request_id"] for row in wanted}


def test_san_francisco():
    reports, events, complaints, side = read("san-francisco-2010.xml")
    # 06:37:38 at -08:00 is 14:37:38 UTC; closed in the second in which it was sent
    assert closed(events) == {638344: datetime(2010, 4, 14, 14, 37, 38, tzinfo=UTC)}
    assert due(events) == [
        datetime(2010, 4, 15, 14, 37, 38, tzinfo=UTC),
        datetime(2010, 4, 19, 14, 37, 38, tzinfo=UTC),
    ]
    assert {r["body"] for r in reports} == {None}
    assert (reports[0]["lon"], reports[0]["lat"]) == (-122.47, 37.76)
    assert complaints == []
    assert side.units["name"].to_pylist() == ["City 311", "City"]  # no agency named: the mapping's


def test_toronto_keeps_an_empty_updated_datetime_empty():
    reports, events, complaints, _ = read("toronto-2018.xml")
    assert [r["report_id"] for r in reports] == [101005420892, 101005420894]
    assert (closed(events), complaints) == ({}, [])
    assert [r["lon"] for r in reports] == [-79.27, -79.27]


def test_chicago_leaves_fields_out():
    reports, events, complaints, side = read("chicago-2014.json")
    assert sorted(r["report_code"] for r in reports) == ["14-01100627", "14-01100669"]
    assert (due(events), complaints) == ([None, None], [])
    assert {r["channel_code"] for r in reports} == {"open311"}
    assert "Division of Electrical Operations CDOT" in side.units["name"].to_pylist()


def test_nested_attributes_are_columns_by_a_dotted_name():
    reports, events, _, side = read(
        "chicago-2015-extended.json", year=2014, channel="extended_attributes.channel",
        channel_if_empty=None, district="extended_attributes.ward",
    )  # fmt: skip
    assert (reports[0]["channel_code"], reports[0]["district_code"]) == ("phone", "21")
    assert side.places["place_code"].to_pylist() == ["21"]
    assert list(closed(events).values()) == [datetime(2015, 10, 10, 15, 15, 40, tzinfo=UTC)]


def test_boston():
    reports, events, complaints, _ = read("boston-2018.json")
    assert reports[0]["sent_at"] == datetime(2018, 9, 6, 19, 51, 48, tzinfo=UTC)
    assert (closed(events), complaints) == ({}, [])


def test_a_request_without_its_time_is_told_not_dropped():
    reports, _, complaints, _ = read("accela-2014.json")
    assert reports == []
    assert [(c["row_ref"], c["field"]) for c in complaints] == [
        ("requests:ISLANDTON-14CAP-00000-00070", "requested_datetime")
    ]


@pytest.mark.parametrize("name", ["fixmystreet-2011.json", "fixmystreet-2011.xml"])
def test_the_envelope_of_older_fixmystreet_servers(name):
    reports, events, complaints, side = read(name, unit="agency_responsible.recipient")
    assert [r["report_id"] for r in reports] == [7, 8]
    assert closed(events) == {7: datetime(2011, 5, 2, 7, tzinfo=UTC)}
    assert side.units["name"].to_pylist() == ["City 311", "Oslo", "Oslo; Vegvesen"]
    assert complaints == []
    assert "blanked" not in str(reports)  # requestor_name is not mapped, so it is never read


def test_the_envelope_of_newer_fixmystreet_servers():
    reports, events, _, _ = read("fixmystreet-2020.json", unit="agency_responsible.recipient")
    assert [r["report_id"] for r in reports] == [7]
    assert closed(events) == {7: datetime(2020, 5, 2, 8, tzinfo=UTC)}


def test_an_empty_answer_is_no_fault():
    assert read("empty.xml")[:3] == ([], [], [])


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error-404.xml", "HTTP 404 to requests.xml from .*“Service request not found with id"),
        ("error-404.json", "HTTP 404 to requests.json from .*“Service request not found”"),
        ("error-400.xml", "HTTP 40[04] to requests.xml .*“Invalid service request: base"),
        ("error-403.xml", "“Invalid api_key received”"),
    ],
)
def test_a_servers_own_words_are_passed_on_whatever_its_status(name, words, status):
    style = name.rsplit(".")[-1]
    shape = PLAIN.open311.model_copy(update={"format": style})
    fake = Fake([])
    fake.faults = [(status, "text/plain", (RECORDED / name).read_bytes())] * 10
    with serving(fake) as url:
        source = Open311Source(url, PLAIN.model_copy(update={"open311": shape}), Clock())
        with pytest.raises(SourceError, match=words):
            source.ranges(10)

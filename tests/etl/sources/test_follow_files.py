"""Following a folder and a server: what is dropped, changed, lost there is in the mart, once."""

from datetime import UTC, datetime

import pytest

from etl import migrate
from etl.backfill import Backfill
from etl.fingerprint import fingerprint
from etl.follow import Follower, Steps
from etl.publish import Publisher
from etl.sources.files import FileSource
from etl.sources.open311 import Open311Source
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.etl.sources.fake_open311 import Fake, serving
from tests.etl.sources.test_files import MAPPING, write
from tests.etl.sources.test_open311 import CLOCK, PLAIN
from tests.etl.sources.test_open311 import request as asked_for

pytestmark = pytest.mark.server
LAW = Rulebook.load("NYC")


@pytest.fixture
def following(new_mart):
    """following(source) builds a mart and gives the steps of its leader, and what the mart holds."""
    opened = []

    def start(source):
        url = new_mart()
        Backfill(source, url, LAW, Clock()).run()
        engine = migrate.engine_of(url)
        connection = engine.connect()
        opened.extend((source, connection, engine))

        def held() -> dict:
            with engine.connect() as other:
                reports = (
                    other.exec_driver_sql("SELECT report_id FROM mart.report ORDER BY 1").scalars().all()
                )
                told = other.exec_driver_sql(
                    "SELECT row_ref FROM mart.quarantine WHERE resolved_at IS NULL ORDER BY 1"
                ).scalars()
                return {"reports": list(reports), "told": list(told), "facts": fingerprint(other, "NYC")}

        return Steps(Follower(source, url, LAW, Clock(), Publisher(None, "NYC")), connection), held

    yield start
    for thing in opened:
        (thing.dispose if hasattr(thing, "dispose") else thing.close)()


def test_a_folder(tmp_path, following, new_mart):
    write(
        tmp_path / "a.csv", {"Unique Key": "1"}, {"Unique Key": "2"}, {"Unique Key": "3", "Created Date": "?"}
    )
    steps, held = following(FileSource(tmp_path, MAPPING, settled_s=0))
    assert (held()["reports"], held()["told"]) == ([1, 2], ["a.csv:4"])
    assert not steps.step()
    dot = {"Unique Key": "7", "Agency": "DOT", "Agency Name": "Transport"}
    write(tmp_path / "b.csv", dot, {"Unique Key": ""}, {"Unique Key": "9", "Created Date": "?"})
    assert steps.step()
    assert (held()["reports"], held()["told"]) == ([1, 2, 7], ["a.csv:4", "b.csv:3", "b.csv:4"])
    write(tmp_path / "b.csv", dot)
    assert steps.step()
    assert (held()["reports"], held()["told"]) == ([1, 2, 7], ["a.csv:4"])
    write(tmp_path / "a.csv", {"Unique Key": "2", "Status": "Open", "Closed Date": ""}, {"Unique Key": "3"})
    assert steps.step()
    assert (held()["reports"], held()["told"]) == ([2, 3, 7], [])
    (tmp_path / "b.csv").unlink()
    assert steps.step()
    assert held()["reports"] == [2, 3]
    assert not steps.step()
    anew, clean = following(FileSource(tmp_path, MAPPING, settled_s=0))
    assert not anew.step()
    assert held()["facts"] == clean()["facts"]


def test_a_server(following):
    at = datetime(2018, 12, 1, tzinfo=UTC)
    fake = Fake([asked_for(1, at, status="open"), {**asked_for(2, at), "service_request_id": None}])
    with serving(fake) as url:
        steps, held = following(Open311Source(url, PLAIN, CLOCK, poll_s=0))
        assert held()["reports"] == [1]
        assert len(held()["told"]) == 1
        fake.requests = [asked_for(1, at), asked_for(2, at), asked_for(3, at)]
        assert steps.step()
        assert (held()["reports"], held()["told"]) == ([1, 2, 3], [])
        assert not steps.step()
        _, clean = following(Open311Source(url, PLAIN, CLOCK, poll_s=0))
        assert held()["facts"] == clean()["facts"]

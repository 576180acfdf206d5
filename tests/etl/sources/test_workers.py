"""Files and Open311 servers on two workers: the leader reads once, the workers its spool; the mart is the same."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from distributed import LocalCluster

from etl import load, migrate
from etl.backfill import Backfill
from etl.distributed import Cluster
from etl.fingerprint import fingerprint
from etl.sources.files import FileSource
from etl.sources.open311 import Open311Source
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.etl.sources.fake_open311 import Fake, serving
from tests.etl.sources.test_files import MAPPING, write
from tests.etl.sources.test_open311 import CLOCK
from tests.etl.sources.test_open311 import mapping as shaped
from tests.etl.sources.test_open311 import request as asked_for

pytestmark = [pytest.mark.server, pytest.mark.slow]
COUNT, PER_RANGE = 40, 7
FIRST = datetime(2018, 6, 1, 12, tzinfo=UTC)
DIRT = {"Unique Key": "41", "Created Date": "no time"}


@pytest.fixture(scope="module")
def scheduler():
    """Two workers of one thread, processes of their own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


def a_file(folder):
    rows = [{"Unique Key": str(n), "Descriptor": f"report {n}"} for n in range(1, COUNT + 1)]
    return write(folder / "a.csv", *rows, DIRT)


def built(source, mart_url, **options) -> dict:
    """The mart's fingerprint, and how many complaints it holds."""
    Backfill(source, mart_url, Rulebook.load("NYC"), Clock(), PER_RANGE, **options).run()
    engine = migrate.engine_of(mart_url)
    try:
        with engine.begin() as connection:
            complaints = connection.exec_driver_sql("SELECT count(*) FROM mart.quarantine").scalar()
            return {**fingerprint(connection, "NYC"), "complaints": complaints}
    finally:
        engine.dispose()


def test_a_file_gives_the_same_mart_on_two_workers(tmp_path, new_mart, scheduler):
    """CSV for all: what is read, of whatever format, reaches a worker as the same spool (test_contract.py)."""
    source = a_file(tmp_path)
    wanted = built(source, new_mart())
    assert wanted["complaints"] == 1
    assert built(source, new_mart(), fill=Cluster(scheduler)) == wanted
    folder = source.held().folder
    source.close()
    assert not folder.exists()  # the words of citizens do not stay on the disk


def test_an_open311_server_gives_the_same_mart_and_is_asked_once(new_mart, scheduler):
    requests = [asked_for(n, FIRST + timedelta(hours=n)) for n in range(1, COUNT + 1)]
    fake = Fake([*requests, {**asked_for(0, FIRST), "service_request_id": None}], pages=True)
    with serving(fake) as url:
        source = Open311Source(url, shaped(format="xml", page_size=10), CLOCK)
        wanted = built(source, new_mart())
        asked = len(fake.asked)
        assert built(source, new_mart(), fill=Cluster(scheduler)) == wanted
        assert len(fake.asked) == asked
        source.close()


class ElsewhereSource(FileSource):
    """Whose spool the workers do not see."""

    def __getstate__(self):
        state = super().__getstate__()
        return {**state, "_copied_from": state["_copied_from"].with_name("not-here")}


def test_workers_that_do_not_share_the_folder_are_refused_in_one_line(tmp_path, new_mart, scheduler):
    a_file(tmp_path)
    source = ElsewhereSource(tmp_path / "a.csv", MAPPING, settled_s=0)
    with pytest.raises(load.LoadError, match=r"not-here is not here: set TMPDIR of the leader"):
        built(source, new_mart(), fill=Cluster(scheduler))
    source.close()


def test_a_build_over_files_that_changed_meanwhile_starts_anew(tmp_path, new_mart):
    """Half from the old file and half from the new one would be a mart of neither."""

    class StoppedError(Exception):
        pass

    def stop(_progress):
        raise StoppedError

    mart_url = new_mart()
    source = a_file(tmp_path)
    with pytest.raises(StoppedError):
        built(source, mart_url, on_progress=stop)
    shutil.copy(tmp_path / "a.csv", tmp_path / "b.csv")
    changed = write(
        tmp_path / "a.csv", *[{"Unique Key": str(n), "Descriptor": "new"} for n in range(1, COUNT + 1)]
    )
    assert built(changed, mart_url) == built(changed, new_mart())
    source.close()
    changed.close()

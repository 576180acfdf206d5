"""A backfill on two workers of two threads: the same facts as a local one, also when workers die or nobody is there."""

import os
import signal
import threading
from pathlib import Path

import psycopg
import pytest
from distributed import LocalCluster
from typer.testing import CliRunner

from dashboard.cli import app
from etl import load
from etl.backfill import Backfill
from etl.distributed import Cluster
from etl.sources.postgres import PostgresSource
from etl.version import facts_version
from kpi.clock import Clock
from tests.etl import worlds

pytestmark = [pytest.mark.server, pytest.mark.slow]
REPORTS, PER_RANGE = 40, 5


class DeadlySource(PostgresSource):
    """Notes every range that it reads; the first that reads the range of `deadly_id` takes its worker down."""

    def __init__(self, url: str, notes: Path, deadly_id: int) -> None:
        super().__init__(url, worlds.PROVINCE)
        self._notes, self._deadly_id = notes, deadly_id

    def read_range(self, within):
        """As it says."""
        is_deadly = within.from_id <= self._deadly_id < within.to_id
        first_time = is_deadly and f"{within.from_id}\n" not in self._notes.read_text()
        with self._notes.open("a") as notes:
            notes.write(f"{within.from_id}\n")
        if first_time:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read_range(within)


class MeetingSource(PostgresSource):
    """Two ranges at a time are read, each pair at once; notes which source read, in which thread."""

    met = threading.Barrier(2, timeout=30)
    read: tuple[tuple[PostgresSource, int], ...] = ()

    def read_range(self, within):
        """As it says."""
        self.met.wait()
        batch = super().read_range(within)
        type(self).read += ((self, threading.get_ident()),)
        return batch


class StoppedError(Exception):
    """The leader is stopped."""


@pytest.fixture(scope="module")
def cluster():
    """Two workers of two threads, processes of their own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def filled(store):
    worlds.fill(store, REPORTS)
    return store


@pytest.fixture
def local_fingerprint(filled, new_mart, backfill, fingerprint_of):
    clean = new_mart()
    backfill(filled, clean)
    return fingerprint_of(clean)


def _distributed(source, mart_url, rulebook, scheduler, **options):
    job = Backfill(source, mart_url, rulebook, Clock(), PER_RANGE, fill=Cluster(scheduler), **options)
    try:
        return job.run()
    finally:
        source.close()


def _read_ids(notes: Path) -> list[int]:
    return sorted(int(line) for line in notes.read_text().split())


def test_two_workers_one_of_which_dies_give_the_same_mart(
    filled, new_mart, cluster, rulebook, local_fingerprint, fingerprint_of, tmp_path
):
    mart_url, notes = new_mart(), tmp_path / "read"
    notes.write_text("")
    source = DeadlySource(filled.reader_url, notes, deadly_id=12)
    _distributed(source, mart_url, rulebook, cluster)
    assert fingerprint_of(mart_url) == local_fingerprint
    read = _read_ids(notes)
    assert len(set(read)) == REPORTS // PER_RANGE
    # Read again is what the dead worker's two threads were at, not what it had done before.
    twice = {i for i in read if read.count(i) > 1}
    assert 11 in twice
    assert len(twice) <= 2


def test_threads_that_are_given_one_source_never_share_its_connection(
    filled, new_mart, rulebook, local_fingerprint, fingerprint_of
):
    """Workers within a process are given one and the same job. Two threads over one connection stall: seen."""
    mart_url, source = new_mart(), MeetingSource(filled.reader_url, worlds.PROVINCE)
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
    ) as inside:
        _distributed(source, mart_url, rulebook, inside.scheduler_address)
    assert fingerprint_of(mart_url) == local_fingerprint
    sources, threads = zip(*MeetingSource.read, strict=True)
    assert len({id(source) for source in sources}) == REPORTS // PER_RANGE
    assert len(set(threads)) == 2


def test_a_stopped_leader_goes_on_where_it_stopped_with_or_without_workers(
    filled, new_mart, cluster, rulebook, local_fingerprint, fingerprint_of, backfill
):
    mart_url = new_mart()

    def stop(_progress):
        raise StoppedError

    source = PostgresSource(filled.reader_url, worlds.PROVINCE)
    with pytest.raises(StoppedError):
        _distributed(source, mart_url, rulebook, cluster, on_progress=stop)
    with psycopg.connect(mart_url) as conn:
        ranges = f"FROM {load.build_schema(worlds.PROVINCE)}.build_range"
        done = conn.execute(f"SELECT count(*) {ranges} WHERE is_done").fetchone()[0]
        assert conn.execute("SELECT count(*) FROM mart.report").fetchone() == (0,)
    assert done >= 1
    seen = []
    backfill(filled, mart_url, reports_per_range=PER_RANGE, on_progress=seen.append)
    assert len(seen) <= REPORTS // PER_RANGE - done
    assert fingerprint_of(mart_url) == local_fingerprint


def test_a_worker_of_an_older_build_writes_nothing_into_the_next(filled, new_mart, rulebook, backfill):
    from etl.distributed import RangeJob, do_range
    from etl.sources.record import FIRST_ID, Range

    mart_url = new_mart()

    def stop(_job, plan, judging):
        source = PostgresSource(filled.reader_url, worlds.PROVINCE)
        other = "00000000-0000-0000-0000-000000000000"
        old = RangeJob(source, mart_url, other, facts_version(judging), judging.ioc_unit_code)
        assert do_range(Range(FIRST_ID, 6, 5), old) == {}
        own = RangeJob(source, mart_url, plan.build_id, facts_version(judging), judging.ioc_unit_code)
        assert set(do_range(plan.todo()[0], own)) == {"read", "build", "write"}
        assert do_range(plan.todo()[0], own) == {}
        raise StoppedError

    with pytest.raises(StoppedError):
        backfill(filled, mart_url, reports_per_range=PER_RANGE, fill=stop)


def test_a_worker_with_another_law_is_refused(filled, rulebook):
    from etl.distributed import RangeJob, do_range
    from etl.sources.record import Range

    source = PostgresSource(filled.reader_url, worlds.PROVINCE)
    job = RangeJob(source, "postgresql://none", "b", "another", worlds.IOC)
    with pytest.raises(load.LoadError, match="install the same release"):
        do_range(Range(1, 2, 1), job)
    assert "postgresql" not in repr(job)


def test_a_store_that_does_not_answer_the_workers_is_said_in_one_line(new_mart, filled, cluster, rulebook):
    class Elsewhere(PostgresSource):
        """Answers the leader, not the workers."""

        def __reduce__(self):
            return PostgresSource, ("postgresql://nobody@127.0.0.1:1/none", worlds.PROVINCE)

    source = Elsewhere(filled.reader_url, worlds.PROVINCE)
    with pytest.raises(load.LoadError, match="store: does not answer"):
        _distributed(source, new_mart(), rulebook, cluster)


def test_no_scheduler_is_said_in_one_line_with_exit_code_2(filled, new_mart, monkeypatch):
    monkeypatch.setattr("etl.distributed.CONNECT_S", 1)
    monkeypatch.setenv("IOC_STORE_URL", filled.reader_url)
    monkeypatch.setenv("IOC_MART_URL", new_mart())
    monkeypatch.setenv("IOC_PROVINCE", worlds.PROVINCE)
    answer = CliRunner().invoke(app, ["etl", "backfill", "--scheduler", "tcp://127.0.0.1:1"])
    assert (answer.exit_code, answer.stderr.strip().count("\n")) == (2, 0), answer.stderr
    assert "dask scheduler" in answer.stderr

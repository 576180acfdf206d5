"""The steps of a leader that follows a store: look at what became visible, build its facts, apply them piece by piece."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
import structlog

from etl import guard, increment, operations, side
from etl.facts import Facts, Judging, warm_up
from etl.quarantine import SCHEMA as COMPLAINT
from etl.quarantine import Complaints
from etl.sources.record import EVENT, REPORT, Batch, Changes, Ids
from etl.version import facts_version

if TYPE_CHECKING:
    from etl.follow import Follower

HEARTBEAT_S = 2.0
NOTHING = Batch(REPORT.empty_table(), EVENT.empty_table())
_log = structlog.get_logger("etl.follow")


class NotBuiltError(Exception):
    """The mart has never been built from this source, or by another version of law, maps or code: a backfill comes first."""


class Steps:
    """The steps of a leader over one connection to the mart."""

    def __init__(self, follower: "Follower", connection: sa.Connection) -> None:
        self._f = follower
        # Statements name their reports, so none comes twice: the engine would keep hundreds of them, each to no use.
        self._connection = connection.execution_options(compiled_cache=None)
        self._source = follower.source
        self._province = self._source.province_code
        ioc_unit_code = side.ioc_unit(self._source.read_side((), ()))
        self._judging = Judging(self._province, follower.rulebook, ioc_unit_code)
        with connection.begin():
            increment.prepare(connection)
            self._stored = self._since = self._watermark_of_the_mart()
        self._source.forget()
        self._heard_at = 0.0
        self._behind_since_at: datetime | None = None
        warm_up(self._judging, follower.clock.now())

    def _watermark_of_the_mart(self) -> str:
        version = facts_version(self._judging)
        found = operations.watermark_of(self._connection, self._province, self._source.name, version)
        if found is None:
            raise NotBuiltError(
                "the mart has not been built from this source by the law, maps and code of today: run `ioc etl backfill`"
            )
        return found

    def step(self) -> bool:
        """Apply what is new; returns whether there was anything."""
        changes = self._source.changes(self._since)
        was_behind = self._look_how_far(len(changes.report_ids) + changes.more)
        if changes:
            for ids, waiting in _pieces(changes.report_ids, self._f.reports_per_step):
                self._apply(changes, ids, waiting)
        self._source.written(changes)
        self._since = changes.watermark
        if not changes:
            self._hear(at_once=was_behind)
        if was_behind and self._behind_since_at is None:
            # Of a backlog that is worked off Arrow would keep its emptied pages for good.
            pa.default_memory_pool().release_unused()
        return bool(changes)

    def _look_how_far(self, touched: int) -> bool:
        """Behind is who needs more than one step for what waits at least; returns whether the last look was behind."""
        was_behind, now = self._behind_since_at is not None, self._f.clock.now()
        if touched <= self._f.reports_per_step:
            self._behind_since_at = None
        elif not was_behind:
            self._behind_since_at = now
            _log.warning("behind", reports=touched)
        self._f.metrics.behind(touched, self._behind_since_at, now)
        return was_behind

    def _apply(self, changes: Changes, ids: Ids, waiting: int) -> None:
        """One piece in one transaction; `waiting` touched reports of the look come after it."""
        started = time.perf_counter()
        run = operations.Run(
            self._province, "follow", self._source.name, self._f.rulebook.version, operations.WORLD.now()
        )
        step = self._read(changes, ids, waiting, run)
        failing = guard.failing_of(step.facts)
        with self._connection.begin():
            if failing:
                self._refuse_defects(failing)
            run_id = increment.apply(self._connection, step, run)
        self._stored = step.watermark
        self._f.metrics.failing(len(failing))
        now = self._f.clock.now()
        self._f.metrics.behind(step.waiting_count, self._behind_since_at, now)
        if run_id is not None:
            self._f.publisher.tick(run_id, now)
        self._f.metrics.applied(run, time.perf_counter() - started, step.last_event_at, now)
        _log.info("applied", run_id=run_id, reports=len(ids), counts=run.counts, timings_ms=run.timings_ms)

    def _refuse_defects(self, failing: Sequence[int]) -> None:
        """A defect that meets every report comes a few at a time here: those that wait already count too."""
        waiting = operations.waiting_defects(self._connection, self._province, self._source.name)
        whole = operations.reports_of_the_mart(self._connection, self._province)
        example = f"report {failing[0]}: see `report_failed` in the log"
        guard.refuse_more(len({*waiting, *failing}), whole, example)

    def _read(self, changes: Changes, ids: Ids, waiting: int, run: operations.Run) -> increment.Increment:
        """Read and build what one transaction applies. The watermark moves up to what is still to be applied."""
        started, is_last = time.perf_counter(), waiting == 0
        complaints = Complaints()
        tables, knows_unnumbered = None, False
        if changes.touches_side and is_last:
            read = self._source.read_side(changes.call_ids, changes.directive_ids)
            if (unit := side.ioc_unit(read)) != self._judging.ioc_unit_code:
                raise NotBuiltError(f"the IOC's own unit is now {unit!r}: facts have to be made anew")
            tables = side.tables(read, self._province, complaints)
            knows_unnumbered = read.unnumbered is not None
        batch = self._source.read_ids(ids) if len(ids) else NOTHING
        run.timings_ms["read"] = round(1000 * (time.perf_counter() - started))
        started = time.perf_counter()
        facts = guard.build(batch, self._judging)
        run.timings_ms["build"] = round(1000 * (time.perf_counter() - started))
        return increment.Increment(
            report_ids=ids,
            facts=facts,
            side=tables,
            side_ids={"hotline_call": changes.call_ids, "directive": changes.directive_ids},
            side_complaints=complaints.table() if tables is not None else COMPLAINT.empty_table(),
            old_watermark=self._stored,
            watermark=changes.watermark if is_last else self._floor(changes, waiting),
            now=self._f.clock.now(),
            last_event_at=_youngest(facts),
            waiting_count=waiting + changes.more,
            behind_since_at=self._behind_since_at,
            knows_unnumbered=knows_unnumbered,
        )

    def _floor(self, changes: Changes, waiting: int) -> str:
        return changes.floor(len(changes.report_ids) - waiting) if changes.floor else self._stored

    def _hear(self, *, at_once: bool) -> None:
        """Every few seconds: the source answers, though it has nothing new."""
        if not at_once and time.monotonic() - self._heard_at < HEARTBEAT_S:
            return
        self._heard_at = time.monotonic()
        with self._connection.begin():
            operations.set_source_state(
                self._connection,
                self._province,
                self._source.name,
                last_contact_at=self._f.clock.now(),
                watermark=self._since,
                waiting_count=0,
                behind_since_at=None,
            )
        self._stored = self._since


def _pieces(ids: Ids, size: int) -> Iterator[tuple[Ids, int]]:
    """The ids in pieces, each with how many come after it; one empty piece when there are none."""
    for at in range(0, max(len(ids), 1), size):
        yield ids[at : at + size], max(len(ids) - at - size, 0)


def _youngest(facts: Facts) -> datetime | None:
    """Of the events that the mart takes: others may hold any instant."""
    return pc.max(facts.tables["event"]["recorded_at"]).as_py()

"""Goes on living: reveals what the store is told as the clock passes. All state is in the store, so a restart loses nothing."""

import operator
import time
from collections.abc import Callable
from datetime import datetime
from functools import reduce

import psycopg
import pyarrow as pa
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from etl.store.simulator import registers, world
from etl.store.simulator.fill import CHUNK, save, write_small_tables
from etl.store.simulator.life import LONGEST_LIFE_S
from etl.store.simulator.setting import Setting, instant
from kpi.clock import Clock

_LOOK_BACK_S = LONGEST_LIFE_S + 20 * 86_400  # late entries and corrections come at most so long after
_MOST_BLOCKS = 32
_CHANGED = "changed reports"
_TICK_S = 1.0
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('paht.simulation'))"


class NotFilledError(Exception):
    """There is no world in the store to continue."""


class BusyError(Exception):
    """Another simulator is at work on this store."""


class Living:
    """The world of one store, with the lives that are not over yet kept in memory."""

    def __init__(self, setting: Setting, revealed_until: int) -> None:
        self.setting = setting
        self.revealed_until = revealed_until
        self._first = 1 + setting.arrivals.sent_until(revealed_until - _LOOK_BACK_S)
        self._blocks: list[world.Block] = []
        self._made = self._first - 1

    @classmethod
    def resume(cls, conn: psycopg.Connection, now: datetime) -> "Living":
        """Where the store stands. Raises NotFilledError."""
        row = conn.execute(
            "SELECT world, extract(epoch FROM revealed_until)::bigint FROM paht.simulation"
        ).fetchone()
        if row is None:
            raise NotFilledError("the store is empty: fill it first with `ioc store simulate --reports N`")
        return cls(Setting.from_json(row[0], now), row[1])

    def busier(self, factor: float) -> None:
        """From the next full hour `factor` times as many reports as in the past."""
        self.setting = self.setting.busier(factor, self.revealed_until)
        self._blocks, self._made = [], self._first - 1

    def step(self, conn: psycopg.Connection, until: int) -> int:
        """In one transaction write what the store is told in (revealed_until, until]. Returns the number of rows.

        Where there is nothing to tell nothing is written, and the next step looks at that time again.
        Raises BusyError when another simulator got there first.
        """
        after = self.revealed_until
        if until <= after:
            return 0
        rows = self._told(after, until)
        is_new_day = registers.local_date(after) != registers.local_date(until)
        if not rows and not is_new_day:
            return 0
        with conn.transaction():
            self._be_alone(conn)
            written = sum(_write(conn, name, table) for name, table in rows)
            if is_new_day:
                write_small_tables(
                    conn, self.setting, registers.unit_rows(self.setting, registers.local_date(until))
                )
            save(conn, self.setting, until)
        self.revealed_until = until
        return written

    def _be_alone(self, conn: psycopg.Connection) -> None:
        if conn.execute(_LOCK).fetchone() != (True,):
            raise BusyError("another simulator is writing to this store")
        row = conn.execute(
            "SELECT extract(epoch FROM revealed_until)::bigint FROM paht.simulation"
        ).fetchone()
        if row is None or row[0] != self.revealed_until:
            raise BusyError("another simulator has moved this store on: start again")

    def _told(self, after: int, until: int) -> list[tuple[str, pa.Table]]:
        """New rows of (after, until] by table, and as `changed` the reports whose rows are other ones now."""
        setting, arrivals = self.setting, self.setting.arrivals
        before, last = arrivals.sent_until(after), arrivals.sent_until(until)
        known, needed = registers.citizens_at(setting, before), registers.citizens_at(setting, last)
        rows = [("citizen", registers.citizen_table(setting, known + 1, needed))]
        for block in self._lives(last):
            if (new := block.new_reports(after, until)).any():
                rows.append(("report", block.report_table(new, until)))
            if (changed := block.changed_reports(after, until)).any():
                rows.append((_CHANGED, block.report_table(changed, until)))
            if (told := block.new_events(after, until)).any():
                rows.append(("report_event", block.event_table(told)))
        since = arrivals.sent_until(after - 7200)
        rows.append(("hotline_call", registers.call_table(setting, since + 1, last, after, until)))
        rows.append(("directive", registers.directive_table(setting, after, until)))
        return [(name, table) for name, table in rows if table.num_rows]

    def _lives(self, last: int) -> list[world.Block]:
        """Blocks that reach up to report number `last`, without reports of which nothing is left to tell."""
        while self._made < last:
            upto = min(self._made + CHUNK, last)
            block = world.make_block(self.setting, self._made + 1, upto)
            self._blocks.append(block.unfinished(self.revealed_until))
            self._made = upto
        if len(self._blocks) > _MOST_BLOCKS:
            together = reduce(operator.add, self._blocks)
            self._blocks = [together.unfinished(self.revealed_until)]
        return self._blocks


def _write(conn: psycopg.Connection, name: str, table: pa.Table) -> int:
    with conn.cursor() as cursor:
        if name == _CHANGED:
            cursor.executemany(
                "UPDATE paht.report SET field_code = %(field_code)s, deleted_at = %(deleted_at)s"
                " WHERE report_id = %(report_id)s",
                table.select(["field_code", "deleted_at", "report_id"]).to_pylist(),
            )
        else:
            columns = ", ".join(table.column_names)
            with cursor.copy(f"COPY paht.{name} ({columns}) FROM STDIN") as copy:
                for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    copy.write_row(row)
    return int(table.num_rows)


def follow(
    owner_url: str, clock: Clock, tell: Callable[[str], None], *, speed: float = 1.0, busy: float = 1.0
) -> None:
    """Live until interrupted; a store that is away is waited for. Raises NotFilledError, BusyError.

    `speed`: how fast the world's time runs from where the store stands. `busy`: reports against those of the past.
    """
    for attempt in Retrying(
        retry=retry_if_exception_type(psycopg.OperationalError),
        wait=wait_exponential(max=30),
        before_sleep=lambda state: tell(f"the store does not answer, trying again: {_reason(state)}"),
    ):
        with attempt, psycopg.connect(owner_url, autocommit=True) as conn:
            _follow(conn, clock, tell, speed, busy)


def _reason(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return str(error).splitlines()[0] if error and str(error) else "connection lost"


def _follow(
    conn: psycopg.Connection, clock: Clock, tell: Callable[[str], None], speed: float, busy: float
) -> None:
    started_at = clock.now()
    living = Living.resume(conn, started_at)
    living.busier(busy)
    origin = living.revealed_until if speed != 1 else int(started_at.timestamp())
    if living.revealed_until > int(started_at.timestamp()) and speed == 1:
        tell(
            f"the store is told until {instant(living.revealed_until):%Y-%m-%d %H:%M} UTC: waiting for the clock"
        )
    while True:
        passed_s = (clock.now() - started_at).total_seconds()
        written = living.step(conn, origin + int(passed_s * speed))
        if written:
            tell(f"{instant(living.revealed_until):%Y-%m-%d %H:%M:%S} UTC: {written} new rows")
        time.sleep(_TICK_S)

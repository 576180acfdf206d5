"""Compares store and mart, report by report and day by day: missing, orphaned, changed; and mends what differs."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import text

from etl import daily, increment, inventory, load, operations, reconcile_side, side
from etl.facts import Judging
from etl.guard import build
from etl.migrate import engine_of
from etl.quarantine import SCHEMA as COMPLAINT
from etl.quarantine import Complaints
from etl.sources.record import Range, Source
from kpi import mart
from kpi.clock import LOCAL, Clock
from kpi.rulebook import Rulebook

REPORTS_PER_RANGE = 100_000
PATIENCE_S = 5.0
"""Differences are looked at again for so long: the follower may just be writing them."""
_SHOWN = 20
_MODULUS = 2**62
_NO_DAY = date(1900, 1, 1)

Line = tuple[int | None, int]
"""sent_s, checksum of one report."""


@dataclass
class Found:
    """Outcome: report ids by kind of difference; quarantined: reports that differ because their rows were not taken.

    side_differing: of the small tables that differ, how many rows.
    """

    days: int = 0
    reports: int = 0
    missing: list[int] = field(default_factory=list)
    orphaned: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    quarantined: int = 0
    days_differing: list[str] = field(default_factory=list)
    repaired: int = 0
    side_differing: dict[str, int] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        """Whether store and mart agree."""
        return not (self.missing or self.orphaned or self.changed or self.side_differing)

    @property
    def differing(self) -> list[int]:
        """Every report that differs."""
        return sorted({*self.missing, *self.orphaned, *self.changed})

    def as_dict(self) -> dict[str, Any]:
        """For --json; of each list the first twenty and how many there are."""
        lists = {name: getattr(self, name) for name in ("missing", "orphaned", "changed", "days_differing")}
        return {
            "equal": self.is_equal,
            "days": self.days,
            "reports": self.reports,
            "quarantined": self.quarantined,
            "repaired": self.repaired,
            "side_differing": self.side_differing,
            **{f"{name}_count": len(values) for name, values in lists.items()},
            **{name: values[:_SHOWN] for name, values in lists.items()},
        }


def reconcile(
    source: Source,
    mart_url: str,
    rulebook: Rulebook,
    clock: Clock,
    *,
    repair: bool = False,
    patience_s: float = PATIENCE_S,
) -> Found:
    """Compare everything; write mart.reconciliation and the run log. `repair` reads the differing reports again.

    Raises SourceError; LoadError when repairing while another ETL process leads.
    """
    engine = engine_of(mart_url)
    try:
        run = operations.Run(
            source.province_code, "reconcile", source.name, rulebook.version, operations.WORLD.now()
        )
        with engine.connect() as connection:
            comparison = _Comparison(source, connection, patience_s)
            found = comparison.run()
            if repair and not found.is_equal:
                _repair(source, connection, rulebook, clock, found.differing)
                repaired = len(found.differing)
                comparison = _Comparison(source, connection, patience_s)
                found = comparison.run()
                found.repaired = repaired
            with connection.begin():
                comparison.write(clock.now())
                run.counts = {k: v for k, v in found.as_dict().items() if isinstance(v, int)}
                run.write(connection, operations.WORLD.now())
        return found
    finally:
        engine.dispose()


class _Comparison:
    """Store against mart in ranges of report ids, one range in memory at a time; what is kept is one line a day."""

    def __init__(self, source: Source, connection: sa.Connection, patience_s: float) -> None:
        self._source, self._connection, self._patience_s = source, connection, patience_s
        self._code = source.province_code
        self._stores: Counter[date] = Counter()
        self._marts: Counter[date] = Counter()
        self._sums: dict[tuple[str, date], int] = {}
        self._quarantined: Counter[date] = Counter()
        self._differing_days: set[date] = set()

    def run(self) -> Found:
        """Compare all ranges."""
        found = Found()
        with self._connection.begin():
            open_reports = set(self._connection.scalars(text(_QUARANTINED), self._scope()))
        for within in self._source.ranges(REPORTS_PER_RANGE):
            stores, marts = self._settled(within, open_reports)
            self._count(stores, marts, open_reports, found)
        found.side_differing = reconcile_side.differing(self._source, self._connection, self._patience_s)
        found.days = len({*self._stores, *self._marts})
        found.days_differing = [day.isoformat() for day in sorted(self._differing_days)]
        return found

    def _scope(self) -> dict[str, str]:
        return {"code": self._code, "source": self._source.name}

    def _settled(self, within: Range, open_reports: set[int]) -> tuple[dict[int, Line], dict[int, Line]]:
        """Both sides of a range; looked at again while they differ and a follower may be writing."""
        until = time.monotonic() + self._patience_s
        while True:
            stores, marts = _lines(self._source.inventory(within)), self._mart_lines(within)
            differing = {i for i in {*stores, *marts} if stores.get(i) != marts.get(i)} - open_reports
            if not differing or time.monotonic() > until:
                return stores, marts
            time.sleep(min(1.0, self._patience_s))

    def _mart_lines(self, within: Range) -> dict[int, Line]:
        condition = "t.province_code = :code AND t.report_id >= :from_id AND t.report_id < :to_id"
        query = inventory.select("mart.report", "mart.event", condition)
        values = {"code": self._code, "from_id": within.from_id, "to_id": within.to_id}
        with self._connection.begin():
            return {row[0]: (row[1], row[2]) for row in self._connection.execute(text(query), values)}

    def _count(
        self, stores: dict[int, Line], marts: dict[int, Line], open_reports: set[int], found: Found
    ) -> None:
        found.reports += len(stores)
        for name, side_lines, counter in (("store", stores, self._stores), ("mart", marts, self._marts)):
            for sent_s, checksum in side_lines.values():
                day = _day(sent_s)
                counter[day] += 1
                self._sums[name, day] = (self._sums.get((name, day), 0) + checksum) % _MODULUS
        for i in sorted({*stores, *marts}):
            store, in_mart = stores.get(i), marts.get(i)
            if store == in_mart:
                continue
            day = _day((store or in_mart or (None, 0))[0])
            if i in open_reports and store is not None:
                self._quarantined[day] += 1
                found.quarantined += 1
                continue
            self._differing_days.add(day)
            kind = found.missing if in_mart is None else found.orphaned if store is None else found.changed
            kind.append(i)

    def write(self, now: datetime) -> None:
        """Replace mart.reconciliation of the province, in the caller's transaction."""
        table = mart.reconciliation
        self._connection.execute(table.delete().where(table.c.province_code == self._code))
        rows = [
            {
                "province_code": self._code,
                "on_date": day,
                "store_count": self._stores[day],
                "mart_count": self._marts[day],
                "quarantined_count": self._quarantined[day],
                "store_checksum": self._sums.get(("store", day), 0),
                "mart_checksum": self._sums.get(("mart", day), 0),
                "checked_at": now,
            }
            for day in sorted({*self._stores, *self._marts})
        ]
        if rows:
            self._connection.execute(table.insert(), rows)


_QUARANTINED = """
    SELECT DISTINCT report_id FROM mart.quarantine
    WHERE province_code = :code AND source = :source AND resolved_at IS NULL AND report_id IS NOT NULL
"""


def _lines(table: pa.Table) -> dict[int, Line]:
    ids, sent, checksums = (table[name].to_pylist() for name in inventory.SCHEMA.names)
    return {i: (s, c) for i, s, c in zip(ids, sent, checksums, strict=True)}


def _day(sent_s: int | None) -> date:
    """Local day; reports without an instant are gathered on 1900-01-01."""
    if sent_s is None:
        return _NO_DAY
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=sent_s)).astimezone(LOCAL).date()


def _repair(
    source: Source, connection: sa.Connection, rulebook: Rulebook, clock: Clock, report_ids: Iterable[int]
) -> None:
    """Read the reports again and write what differs; leaves the watermark alone."""
    code = source.province_code
    if not load.take_lead(connection, code):
        raise load.BusyError("another ETL process leads: stop `ioc etl follow` before repairing")
    connection.commit()
    ids = sorted(report_ids)
    with connection.begin():
        increment.prepare(connection)
        watermark = operations.watermark_of(connection, code, source.name) or ""
    whole, complaints = source.read_side(), Complaints()
    tables = side.tables(whole, code, complaints)
    judging = Judging(code, rulebook, side.ioc_unit(whole))
    for at in range(0, max(len(ids), 1), 2_000):
        piece, is_first = ids[at : at + 2_000], at == 0
        run = operations.Run(code, "follow", source.name, rulebook.version, operations.WORLD.now())
        step = increment.Increment(
            report_ids=piece,
            facts=build(source.read_ids(piece), judging),
            side=tables if is_first else None,
            side_ids=dict.fromkeys(side.KEYS),
            side_complaints=complaints.table() if is_first else COMPLAINT.empty_table(),
            old_watermark=watermark,
            watermark=watermark,
            now=clock.now(),
            last_event_at=None,
        )
        with connection.begin():
            increment.apply(connection, step, run)
    # Whoever changed the mart behind the ETL's back did not keep the daily counts: they are counted anew.
    with connection.begin():
        for name in daily.TABLES:
            connection.execute(text(f"DELETE FROM mart.{name} WHERE province_code = :code"), {"code": code})
            recount = daily.insert(
                name, f"mart.{name}", f"mart.{daily.facts_of(name)}", condition="f.province_code = :code"
            )
            connection.execute(text(recount), {"code": code})

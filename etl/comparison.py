"""Store against mart: report by report, summed up by day and by unit. What differs, and in which way."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text

from etl import inventory, reconcile_side
from etl.differences import KINDS, Found
from etl.sources.record import Range, Source
from etl.sql import on_one_core
from kpi import mart
from kpi.clock import LOCAL

REPORTS_PER_RANGE = 100_000
_MODULUS = 2**62
_NO_DAY = date(1900, 1, 1)

Line = tuple[int | None, int]
"""sent_s, checksum of one report."""
UnitLine = tuple[int, int]
"""Number of events, checksum of one unit."""


@dataclass
class _Sides:
    """Both sides of a range: lines of reports by id, ids that the store gave more than once, lines of units."""

    stores: dict[int, Line]
    doubled: list[int]
    marts: dict[int, Line]
    units: dict[str, tuple[UnitLine, UnitLine]]

    def reports_differing(self, excused: set[int]) -> set[int]:
        """Reports that are not excused and not the same on both sides."""
        return {i for i in {*self.stores, *self.marts} if self.stores.get(i) != self.marts.get(i)} - excused

    def units_differing(self) -> set[str]:
        """Units whose lines are not the same on both sides."""
        return {unit for unit, (store, in_mart) in self.units.items() if store != in_mart}

    def after(self, later: "_Sides", excused: set[int]) -> "_Sides":
        """What agreed once agrees; the rest is as in the later look. Under a steady stream no look agrees as a whole."""
        for i in self.reports_differing(excused):
            for mine, news in ((self.stores, later.stores), (self.marts, later.marts)):
                mine.pop(i, None)
                if i in news:
                    mine[i] = news[i]
        for unit in self.units_differing():
            self.units[unit] = later.units.get(unit, ((0, 0), (0, 0)))
        self.doubled = later.doubled
        return self


class Comparison:
    """In ranges of report ids, one range in memory at a time; what is kept is one line a day and a unit."""

    def __init__(self, source: Source, connection: sa.Connection, patience_s: float) -> None:
        """patience_s: differences are looked at again for so long; a follower may just be writing them."""
        self._source, self._connection, self._patience_s = source, connection, patience_s
        self._code = source.province_code
        self._days: dict[date, Counter[str]] = {}
        self._units: dict[str, Counter[str]] = {}

    def run(self) -> Found:
        """Compare all ranges and the small tables."""
        found = Found()
        with self._connection.begin():
            excused = set(self._connection.scalars(text(_QUARANTINED), self._scope()))
        for within in self._source.ranges(REPORTS_PER_RANGE):
            sides = self._settled(within, excused)
            self._count(sides, excused, found)
            self._count_units(sides)
        found.side_differing = reconcile_side.differing(self._source, self._connection, self._patience_s)
        found.days, found.units = len(self._days), len(self._units)
        found.days_differing = [
            d.isoformat() for d, c in sorted(self._days.items()) if any(c[k] for k in KINDS)
        ]
        found.units_differing = [unit for unit, c in sorted(self._units.items()) if _unit_differs(c)]
        return found

    def _scope(self) -> dict[str, str]:
        return {"code": self._code, "source": self._source.name}

    def _settled(self, within: Range, excused: set[int]) -> _Sides:
        """Both sides of a range; looked at again while something never agreed and a follower may be writing.

        Lines of a unit are sums over its reports: those that never agreed while news of others was on its way say
        nothing and are left out, unless a report differs for good.
        """
        until = time.monotonic() + self._patience_s
        but = [i for i in excused if within.from_id <= i < within.to_id]
        look = sides = self._read(within, but)
        while (sides.reports_differing(excused) or sides.units_differing()) and time.monotonic() <= until:
            time.sleep(min(1.0, self._patience_s))
            look = self._read(within, but)
            sides = sides.after(look, excused)
        if look.reports_differing(excused) and not sides.reports_differing(excused):
            for unit in sides.units_differing():
                del sides.units[unit]
        return sides

    def _read(self, within: Range, but: Sequence[int]) -> _Sides:
        condition = "t.province_code = :code AND t.report_id >= :from_id AND t.report_id < :to_id"
        values = {"code": self._code, "from_id": within.from_id, "to_id": within.to_id}
        table = self._source.inventory(within, but)
        stores, doubled, store_units = _lines(zip(*(column.to_pylist() for column in table), strict=True))
        query = inventory.select("mart.report", "mart.event", condition, but=but)
        with on_one_core(self._connection):
            marts, _, mart_units = _lines(self._connection.execute(text(query), values))
        both = {
            unit: (store_units.get(unit, (0, 0)), mart_units.get(unit, (0, 0)))
            for unit in {*store_units, *mart_units}
        }
        return _Sides(stores, doubled, marts, both)

    def _count(self, sides: _Sides, excused: set[int], found: Found) -> None:
        found.reports += len(sides.stores)
        doubled = set(sides.doubled)
        for i in sorted({*sides.stores, *sides.marts}):
            store, in_mart = sides.stores.get(i), sides.marts.get(i)
            day = self._days.setdefault(_day((store or in_mart or (None, 0))[0]), Counter())
            day["store"] += store is not None
            day["mart"] += in_mart is not None
            kind = _kind(store, in_mart, i in doubled)
            if kind and i in excused and store is not None:
                day["quarantined"] += 1
                found.quarantined += 1
                continue
            if kind:
                day[kind] += 1
                getattr(found, kind).append(i)
            for name, line in (("store_sum", store), ("mart_sum", in_mart)):
                day[name] = (day[name] + (line[1] if line else 0)) % _MODULUS

    def _count_units(self, sides: _Sides) -> None:
        for unit, lines in sides.units.items():
            sums = self._units.setdefault(unit, Counter())
            for name, (events, checksum) in zip(("store", "mart"), lines, strict=True):
                sums[name] += events
                sums[f"{name}_sum"] = (sums[f"{name}_sum"] + checksum) % _MODULUS

    def write(self, now: datetime) -> None:
        """Replace mart.reconciliation and reconciliation_unit of the province, in the caller's transaction."""
        days = [
            {
                "on_date": day,
                "quarantined_count": c["quarantined"],
                **{f"{k}_count": c[k] for k in KINDS},
                **_sums(c),
            }
            for day, c in sorted(self._days.items())
        ]
        units = [{"unit_code": unit, **_sums(c)} for unit, c in sorted(self._units.items())]
        for table, rows in ((mart.reconciliation, days), (mart.reconciliation_unit, units)):
            self._connection.execute(table.delete().where(table.c.province_code == self._code))
            if rows:
                own = {"province_code": self._code, "checked_at": now}
                self._connection.execute(table.insert(), [{**own, **row} for row in rows])


_QUARANTINED = """
    SELECT DISTINCT report_id FROM mart.quarantine
    WHERE province_code = :code AND source = :source AND resolved_at IS NULL AND report_id IS NOT NULL
"""


def _kind(store: Line | None, in_mart: Line | None, is_doubled: bool) -> str | None:
    """How the two sides of a report differ; None where they do not."""
    if store is None:
        return "orphaned"
    if in_mart is None:
        return "missing"
    if is_doubled:
        return "doubled"
    return None if store == in_mart else "changed"


def _sums(counts: Counter[str]) -> dict[str, int]:
    return {
        "store_count": counts["store"],
        "mart_count": counts["mart"],
        "store_checksum": counts["store_sum"],
        "mart_checksum": counts["mart_sum"],
    }


def _unit_differs(counts: Counter[str]) -> bool:
    return (counts["store"], counts["store_sum"]) != (counts["mart"], counts["mart_sum"])


def _lines(rows: Iterable[Sequence[Any]]) -> tuple[dict[int, Line], list[int], dict[str, UnitLine]]:
    """Rows of etl.inventory.SCHEMA: lines by report, reports that have more than one, lines by unit."""
    reports: dict[int, Line] = {}
    doubled: list[int] = []
    units: dict[str, UnitLine] = {}
    for report_id, unit, sent_s, events, checksum in rows:
        if report_id is not None:
            if report_id in reports:
                doubled.append(report_id)
            reports[report_id] = sent_s, checksum
        elif unit is not None:
            units[unit] = events, checksum
    return reports, doubled, units


def _day(sent_s: int | None) -> date:
    """Local day; reports without an instant, or with one that no calendar has, are gathered on 1900-01-01."""
    if sent_s is None:
        return _NO_DAY
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=sent_s)).astimezone(LOCAL).date()
    except OverflowError:
        return _NO_DAY

"""Reports of an Open311 GeoReport v2 server: windows of at most 90 days, paged, XML or JSON, under a YAML mapping.

updated_datetime is the closing time of a closed request and nothing else: rows carry it as `closed_datetime`, empty
for open ones. v2 cannot be asked for what changed: following reads the last 90 days anew every five minutes; what
changes in older requests is found by the next backfill.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from etl.sources.held import HeldSource
from etl.sources.mapped import PROBLEM, REF, Mapped
from etl.sources.mapping import SourceMapping
from etl.sources.open311_wire import Wire
from etl.sources.record import Batch, Changes, Side, SourceError
from kpi.clock import Clock

WINDOW = timedelta(days=90)
ANSWER_MOST = 1000
"""A server without pages cuts its answer here: a fuller window is halved."""
SHORTEST = timedelta(seconds=1)
POLL_S = 300.0
CLOSED_AT = "closed_datetime"
Row = dict[str, str | None]


class Open311Source(HeldSource):
    """Implements etl.sources.record.Source over GET requests.json or requests.xml of `url`."""

    def __init__(self, url: str, mapping: SourceMapping, clock: Clock, poll_s: float = POLL_S) -> None:
        if mapping.open311 is None:
            raise SourceError(mapping.name, "the mapping describes no Open311 server (`open311:`)")
        self.name, self.province_code = mapping.name, mapping.province
        self._mapping, self._shape, self._clock, self._poll_s = mapping, mapping.open311, clock, poll_s
        self._wire = Wire(url, mapping.name, mapping.open311)
        self._rows: dict[str, Row] | None = None
        self._held: tuple[Batch, Side] | None = None
        self._asked_at = 0.0

    def mark(self) -> str:
        """Only whether it was read at all: the server tells nothing to read on from."""
        return "open311"

    def held(self) -> tuple[Batch, Side]:
        """Everything since `first_on`, read once; what following read anew is in it."""
        if self._rows is None:
            first = datetime.combine(self._shape.first_on, datetime.min.time(), UTC)
            self._rows = self._read(first)
            self._asked_at = time.monotonic()
        if self._held is None:
            mapped = Mapped(_frame(self._rows, self._mapping), self._mapping)
            self._held = mapped.batch(), mapped.side()
        return self._held

    def changes(self, since: str) -> Changes:
        """Requests of the last 90 days that differ from what is held; asks the server every `poll_s` seconds."""
        if self._rows is None:
            batch, _ = self.held()
            return Changes(sorted(set(batch.reports["report_id"].to_pylist())), True, self.mark())
        if time.monotonic() - self._asked_at < self._poll_s:
            return Changes((), False, since)
        self._asked_at = time.monotonic()
        before = self._rows
        found = self._read(self._clock.now() - WINDOW)
        differing = {key: row for key, row in found.items() if before.get(key) != row}
        if not differing:
            return Changes((), False, since)
        self._rows, self._held = before | differing, None
        codes = self.held()[0].reports.select(["report_code", "report_id"]).to_pylist()
        return Changes(
            sorted(r["report_id"] for r in codes if r["report_code"] in differing), True, self.mark()
        )

    def close(self) -> None:
        """Close connections."""
        self._wire.close()

    def _read(self, first: datetime) -> dict[str, Row]:
        """Requests by service_request_id from `first` to now; one that comes twice is taken as it came last."""
        found: dict[str, Row] = {}
        end = self._clock.now() + timedelta(seconds=1)
        while first < end:
            until = min(first + WINDOW, end)
            for row in self._window(first, until):
                found[row.get("service_request_id") or f"?{len(found)}"] = row
            first = until
        return found

    def _window(self, first: datetime, until: datetime) -> Iterator[Row]:
        if self._shape.page_size:
            yield from self._pages(first, until, self._shape.page_size)
            return
        rows = self._wire.requests(first, until)
        if len(rows) < ANSWER_MOST:
            yield from rows
            return
        half = (until - first) / 2
        if half < SHORTEST:
            raise SourceError(
                self.name, f"{len(rows)} requests in a second at {first:%Y-%m-%dT%H:%M:%SZ}: it must page"
            )
        yield from self._window(first, first + half)
        yield from self._window(first + half, until)

    def _pages(self, first: datetime, until: datetime, size: int) -> Iterator[Row]:
        """Pages until one brings nothing new: a server that does not page shows the same one for ever."""
        seen: set[str | None] = set()
        page = 1
        while rows := self._wire.requests(first, until, page=page, page_size=size):
            new = [row for row in rows if row.get("service_request_id") not in seen]
            yield from new
            seen |= {row.get("service_request_id") for row in new}
            if not new:
                return
            page += 1


def _frame(rows: dict[str, Row], mapping: SourceMapping) -> pd.DataFrame:
    """Rows as the mapping reads them; a field that a server leaves out is empty."""
    values: dict[str, list[Any]] = {
        name: [row.get(name) for row in rows.values()] for name in mapping.columns if name != CLOSED_AT
    }
    if CLOSED_AT in mapping.columns:
        values[CLOSED_AT] = [
            row.get("updated_datetime") if (row.get("status") or "").lower() == "closed" else None
            for row in rows.values()
        ]
    values[REF] = [f"requests:{key}" for key in rows]
    values[PROBLEM] = [""] * len(rows)
    return pd.DataFrame(values, dtype=object)

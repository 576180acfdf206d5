"""Reports of an Open311 GeoReport v2 server: windows of at most 90 days, paged, XML or JSON, under a YAML mapping.

updated_datetime is the closing time of a closed request and nothing else: rows carry it as `closed_datetime`, empty
for open ones. v2 cannot be asked for what changed: following reads the last 89 days anew every five minutes; what
changes in older requests is found by the next backfill.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pandas as pd

from etl.sources.codes import id_of
from etl.sources.held import HeldSource
from etl.sources.mapped import CHANNEL, NOTE, PROBLEM, REF, Mapped
from etl.sources.mapped_side import SideCount
from etl.sources.mapping import SourceMapping
from etl.sources.open311_answer import Row
from etl.sources.open311_wire import Wire
from etl.sources.record import Changes, SourceError
from etl.sources.spool import Spool, SpoolWriter
from kpi.clock import Clock

WINDOW = timedelta(days=90)
FOLLOWED = timedelta(days=89)
AHEAD = timedelta(days=1)
"""Asked beyond now: a server may read our UTC instants as its own clock's."""
OVERLAP = timedelta(seconds=1)
"""Of neighbouring windows: nobody says whether start_date and end_date belong to what is asked."""
ANSWER_MOST = 1000
"""A server without pages cuts its answer here, says the specification: a fuller window is halved."""
USUAL_CAPS = frozenset({10, 20, 25, 50, 100, 200, 250, 500})
"""Where servers really cut (San Francisco, Boston, Bonn: 50): a window with just so many is halved to make sure."""
SHORTEST = timedelta(seconds=4)
POLL_S = 300.0
CLOSED_AT = "closed_datetime"
ROWS_PER_PIECE = 20_000


class Open311Source(HeldSource):
    """Implements etl.sources.record.Source over GET requests.json or requests.xml of `url`."""

    def __init__(self, url: str, mapping: SourceMapping, clock: Clock, poll_s: float = POLL_S) -> None:
        if mapping.open311 is None:
            raise SourceError(mapping.name, "the mapping describes no Open311 server (`open311:`)")
        self.name, self.province_code = mapping.name, mapping.province
        self._mapping, self._shape, self._clock, self._poll_s = mapping, mapping.open311, clock, poll_s
        self._wire = Wire(url, mapping.name, mapping.open311)
        self._wanted = {*mapping.columns, "service_request_id", "status", "updated_datetime"} - {CLOSED_AT}
        self._rows: dict[str, Row] | None = None
        self._largest = 0
        self._asked_at = 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_rows": None}

    def content(self) -> str:
        """Nothing: the server does not say whether it changed."""
        return ""

    def mark(self) -> str:
        """Only whether it was read at all: the server tells nothing to read on from."""
        return "open311"

    def read_anew(self) -> Spool:
        """Everything since `first_on`, asked once; what following read anew is in it."""
        if self._rows is None:
            first = datetime.combine(self._shape.first_on, datetime.min.time(), UTC)
            self._rows = self._read(first)
            self._asked_at = time.monotonic()
        writer, sides = SpoolWriter(), SideCount(self._mapping, CHANNEL)
        rows = iter(self._rows.items())
        while piece := dict(islice(rows, ROWS_PER_PIECE)):
            mapped = Mapped(_frame(piece, self._mapping), self._mapping)
            writer.add(mapped.batch())
            sides.add(mapped.rows)
        return writer.finish(sides.side())

    def changes(self, since: str) -> Changes:
        """Requests of the last 89 days that differ from what is held; asks the server every `poll_s` seconds."""
        if self._rows is None:
            return Changes(self.held().ids(), True, self.mark())
        if time.monotonic() - self._asked_at < self._poll_s:
            return Changes((), False, since)
        self._asked_at = time.monotonic()
        before = self._rows
        found = self._read(self._clock.now() - FOLLOWED)
        differing = {key: row for key, row in found.items() if before.get(key) != row}
        if not differing:
            return Changes((), False, since)
        # One without a number is shown again, or by now under its number.
        self._rows = {key: row for key, row in before.items() if not key.startswith("?")} | found
        self.hold(None)
        ids = {id_of(key) for key in differing if not key.startswith("?")}
        return Changes(sorted(ids), True, self.mark())

    def close(self) -> None:
        """Close connections, let go of what was read."""
        self._wire.close()
        self._rows = None
        super().close()

    # ------------------------------------------------------------------ windows

    def _read(self, first: datetime) -> dict[str, Row]:
        """Requests by service_request_id from `first` to now; one that comes twice is taken as it came last."""
        found: dict[str, Row] = {}
        end = self._clock.now() + AHEAD
        while first < end:
            until = min(first + WINDOW, end)
            found.update((_key(row), row) for row in self._window(first, until))
            first = until - OVERLAP if until < end else end
        return found

    def _window(self, first: datetime, until: datetime) -> Iterator[Row]:
        if self._shape.page_size:
            yield from self._pages(first, until, self._shape.page_size)
            return
        rows = self._asked(first, until)
        if not self._may_be_cut(len(rows)):
            yield from rows
            return
        if until - first <= SHORTEST:
            raise SourceError(
                self.name,
                f"{len(rows)} requests within seconds at {first:%Y-%m-%dT%H:%M:%SZ}: whether it cut its answer cannot"
                " be told. Set open311.page_size, or open311.answer_most, in the mapping",
            )
        middle = first + timedelta(seconds=(until - first).total_seconds() // 2)
        yield from self._window(first, middle)
        yield from self._window(middle - OVERLAP, until)

    def _may_be_cut(self, count: int) -> bool:
        """A count below one that was seen is below the server's cap too."""
        most = self._shape.answer_most
        is_usual = most is None and count in USUAL_CAPS and count >= self._largest
        self._largest = max(self._largest, count)
        return is_usual or count >= (most or ANSWER_MOST)

    def _pages(self, first: datetime, until: datetime, size: int) -> Iterator[Row]:
        """Pages until one brings nothing new: beyond the last one servers show it again, or the same one for ever.

        A page with fewer than `size` is not the last: a server may have a smaller size of its own.
        """
        seen: set[str] = set()
        page = 1
        while rows := self._asked(first, until, page=page, page_size=size):
            yield from rows
            new = {_key(row) for row in rows} - seen
            if not new:
                return
            seen |= new
            page += 1

    def _asked(self, first: datetime, until: datetime, **paging: int) -> list[Row]:
        """Of each request what the mapping names: everything else is forgotten here."""
        rows = self._wire.requests(first, until, **paging)
        return [{name: row.get(name) for name in self._wanted} for row in rows]


def _key(row: Row) -> str:
    """The request's number; one that has none yet (Chicago shows a token first) by what it says."""
    if number := row.get("service_request_id"):
        return number
    words = json.dumps(row, sort_keys=True).encode()
    return f"?{hashlib.blake2b(words, digest_size=6).hexdigest()}"


def _frame(rows: dict[str, Row], mapping: SourceMapping) -> pd.DataFrame:
    """Rows as the mapping reads them; a field that a server leaves out is empty. Status in small letters."""
    status = [(row.get("status") or "").strip().lower() or None for row in rows.values()]
    values: dict[str, list[Any]] = {
        name: [row.get(name) for row in rows.values()] for name in mapping.columns if name != CLOSED_AT
    }
    if "status" in values:
        values["status"] = status
    if CLOSED_AT in mapping.columns:
        values[CLOSED_AT] = [
            row.get("updated_datetime") if state == "closed" else None
            for row, state in zip(rows.values(), status, strict=True)
        ]
    values[REF] = [f"requests:{key}" for key in rows]
    values[PROBLEM] = values[NOTE] = [""] * len(rows)
    return pd.DataFrame(values, dtype=object)

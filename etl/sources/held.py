"""What sources without SQL share: they are read whole, the mapped columns only, onto disk (etl/sources/spool.py)."""

import shutil
import weakref
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl import inventory
from etl.sources.record import END_ID, FIRST_ID, Batch, Changes, Ids, Range, Side
from etl.sources.spool import Spool


class HeldSource:
    """The reading half of etl.sources.record.Source over a spool; a subclass knows when to read anew.

    A copy reads the same spool and never reads anew: it sees what the original saw, whatever happened to the files or
    the server since. Only the original deletes the spool.
    """

    _spool: Spool | None = None
    _copied_from: Path | None = None
    _drop: "weakref.finalize[..., HeldSource] | None" = None

    def read_anew(self) -> Spool:
        """Everything the source has now."""
        raise NotImplementedError

    def is_current(self) -> bool:
        """Whether the spool still says what the source says."""
        return True

    def held(self) -> Spool:
        """Everything the source has, read when it was not read yet."""
        if self._copied_from is not None:
            self._spool = self._spool or Spool(self._copied_from)
        elif self._spool is None or not self.is_current():
            self.hold(self.read_anew())
        assert self._spool is not None  # noqa: S101
        return self._spool

    def hold(self, spool: Spool | None) -> None:
        """Put a spool in the place of the one that was."""
        if self._drop is not None:
            self._drop()
        self._spool, self._drop = spool, None
        if spool is not None and self._copied_from is None:
            self._drop = weakref.finalize(self, shutil.rmtree, spool.folder, ignore_errors=True)

    def __getstate__(self) -> dict[str, Any]:
        """What travels: the name of the spool's folder, never a row."""
        folder = self._copied_from or self.held().folder
        return {**self.__dict__, "_spool": None, "_drop": None, "_copied_from": folder}

    def __copy__(self) -> "HeldSource":
        """Without the way over pickle: the same mapped pieces."""
        found = object.__new__(type(self))
        found.__dict__.update(self.__getstate__() | {"_spool": self._spool})
        return found

    def ranges(self, report_count: int) -> list[Range]:
        """Bounds are every `report_count`-th report id in order."""
        ids = self.held().ids()
        bounds = [FIRST_ID, *ids[report_count::report_count].tolist(), END_ID]
        return [
            Range(a, b, int(np.searchsorted(ids, b) - np.searchsorted(ids, a))) for a, b in pairwise(bounds)
        ]

    def read_range(self, within: Range) -> Batch:
        """Complaints about rows that have no report number come with the first range."""
        return self.held().range(within.from_id, within.to_id)

    def read_ids(self, report_ids: Ids) -> Batch:
        """The named reports."""
        return self.held().chosen(report_ids)

    def inventory(self, within: Range, but: Sequence[int]) -> pa.Table:
        """Summed up here."""
        return inventory.of_batch(self.read_range(within), but)

    def read_side(self, call_ids: Ids | None = None, directive_ids: Ids | None = None) -> Side:
        """Units, fields, channels and districts that occur in the reports; there are no calls and directives."""
        return self.held().side()

    def last_recorded_at(self) -> datetime | None:
        """The last instant of any event."""
        return self.held().last_recorded_at()

    def written(self, changes: Changes) -> None:
        """Nothing to remember: the watermark says it all."""

    def forget(self) -> None:
        """Nothing was remembered."""

    def close(self) -> None:
        """Let go of what was read."""
        self.hold(None)

"""What sources without SQL share: their reports are read whole and held in memory, the mapped columns only."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl import inventory
from etl.quarantine import SCHEMA as COMPLAINT
from etl.sources.record import END_ID, FIRST_ID, Batch, Changes, Range, Side


class HeldSource:
    """The reading half of etl.sources.record.Source over what `held` answers; a subclass knows when to read anew."""

    def held(self) -> tuple[Batch, Side]:
        """Everything the source has, read when it was not read yet."""
        raise NotImplementedError

    def ranges(self, report_count: int) -> list[Range]:
        """Bounds are every `report_count`-th report id in order."""
        ids = np.unique(self.held()[0].reports["report_id"].to_numpy())
        bounds = [FIRST_ID, *ids[report_count::report_count].tolist(), END_ID]
        return [Range(a, b, int(((ids >= a) & (ids < b)).sum())) for a, b in pairwise(bounds)]

    def read_range(self, within: Range) -> Batch:
        """Complaints about rows that have no report number come with the first range."""
        return self._chosen(
            lambda ids: pc.and_(pc.greater_equal(ids, within.from_id), pc.less(ids, within.to_id)),
            with_unnumbered=within.from_id == FIRST_ID,
        )

    def read_ids(self, report_ids: Sequence[int]) -> Batch:
        """The named reports."""
        wanted = pa.array(report_ids, pa.int64())
        return self._chosen(lambda ids: pc.is_in(ids, wanted), with_unnumbered=False)

    def inventory(self, within: Range) -> pa.Table:
        """Summed up in memory."""
        return inventory.of_batch(self.read_range(within))

    def read_side(self) -> Side:
        """Units, fields, channels and districts that occur in the reports."""
        return self.held()[1]

    def last_recorded_at(self) -> datetime | None:
        """The last instant of any event."""
        return pc.max(self.held()[0].events["recorded_at"]).as_py()

    def written(self, changes: Changes) -> None:
        """Nothing to remember: the watermark says it all."""

    def forget(self) -> None:
        """Nothing was remembered."""

    def _chosen(self, condition: Callable[[Any], Any], *, with_unnumbered: bool) -> Batch:
        batch, _ = self.held()
        complaints = batch.complaints if batch.complaints is not None else COMPLAINT.empty_table()
        told = pc.fill_null(condition(complaints["report_id"]), with_unnumbered)
        numbered = pc.is_valid(complaints["report_id"])
        told = pc.if_else(numbered, told, with_unnumbered)
        return Batch(
            batch.reports.filter(condition(batch.reports["report_id"])),
            batch.events.filter(condition(batch.events["report_id"])),
            complaints.filter(told),
        )

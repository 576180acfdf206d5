"""Reports from files (CSV, XLSX, Parquet): one file, or a folder into which files are dropped, under a YAML mapping.

The files are held in memory, the mapped columns only. Two files that hold the same report: the last by name stands,
and the quarantine says so.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl import inventory
from etl.sources.files_read import read_file
from etl.sources.mapped import Mapped
from etl.sources.mapping import SourceMapping
from etl.sources.record import END_ID, FIRST_ID, Batch, Changes, Range, Side, SourceError

Stamp = dict[str, list[int]]
"""Size and time of change of every file, by name."""


class FileSource:
    """Implements etl.sources.record.Source. What was read stays until a file is new, changed or gone."""

    def __init__(self, path: Path, mapping: SourceMapping) -> None:
        if mapping.file is None:
            raise SourceError(mapping.name, "the mapping describes no files (`file:`)")
        self.name, self.province_code = mapping.name, mapping.province
        self._path, self._mapping, self._shape = path, mapping, mapping.file
        self._stamp: Stamp | None = None
        self._batch: Batch | None = None
        self._side: Side | None = None

    def mark(self) -> str:
        """The files as they are now."""
        return json.dumps(self._stamped(), sort_keys=True)

    def ranges(self, report_count: int) -> list[Range]:
        """Bounds are every `report_count`-th report id in order."""
        ids = np.unique(self._load().reports["report_id"].to_numpy())
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
        """Units, fields, channels and districts that occur in the files."""
        self._load()
        assert self._side is not None  # noqa: S101
        return self._side

    def changes(self, since: str) -> Changes:
        """Every report, when a file is new or changed: a file does not tell which of its rows are."""
        mark = self.mark()
        if mark == since:
            return Changes((), False, since)
        before: Stamp = json.loads(since)
        held = self._batch if self._stamp == before else None
        after = self._stamped()
        if held is None and any(after.get(name) != stamp for name, stamp in before.items()):
            raise SourceError(
                self.name,
                "a file changed or went while nobody followed, so rows that it lost cannot be told;"
                " run `ioc etl backfill`",
            )
        ids = set(held.reports["report_id"].to_pylist()) if held is not None else set()
        ids |= set(self._load().reports["report_id"].to_pylist())
        return Changes(sorted(ids), True, mark)

    def written(self, changes: Changes) -> None:
        """Nothing to remember: the watermark says it all."""

    def forget(self) -> None:
        """Nothing was remembered."""

    def last_recorded_at(self) -> datetime | None:
        """The last instant of any event in the files."""
        return pc.max(self._load().events["recorded_at"]).as_py()

    def close(self) -> None:
        """Let go of what was read."""
        self._stamp = self._batch = self._side = None

    # ---------------------------------------------------------------- reading

    def _files(self) -> list[Path]:
        if self._path.is_dir():
            return sorted(self._path.glob(self._shape.pattern))
        if not self._path.is_file():
            raise SourceError(self.name, f"{self._path}: no such file or folder")
        return [self._path]

    def _stamped(self) -> Stamp:
        try:
            stats = [(path.name, path.stat()) for path in self._files()]
        except OSError as error:
            raise SourceError(self.name, f"{error.filename}: {error.strerror}", is_passing=True) from error
        return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats}

    def _load(self) -> Batch:
        stamp = self._stamped()
        if self._batch is None or stamp != self._stamp:
            tables = [read_file(path, self._mapping) for path in self._files()]
            if not tables:
                raise SourceError(
                    self.name, f"{self._path} holds no file {self._shape.pattern}", is_passing=True
                )
            mapped = Mapped(pd.concat(tables, ignore_index=True), self._mapping)
            self._batch, self._side, self._stamp = mapped.batch(), mapped.side(), stamp
        return self._batch

    def _chosen(self, condition: Callable[[Any], Any], *, with_unnumbered: bool) -> Batch:
        batch = self._load()
        complaints = batch.complaints
        assert complaints is not None  # noqa: S101
        told = pc.fill_null(condition(complaints["report_id"]), with_unnumbered)
        return Batch(
            batch.reports.filter(condition(batch.reports["report_id"])),
            batch.events.filter(condition(batch.events["report_id"])),
            complaints.filter(told),
        )

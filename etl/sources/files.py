"""Reports from files (CSV, XLSX, Parquet): one file, or a folder into which files are dropped, under a YAML mapping.

Two files that hold the same report differently: one row stands, and the quarantine says so.
"""

import json
from pathlib import Path

import pandas as pd

from etl.sources.files_read import read_file
from etl.sources.held import HeldSource
from etl.sources.mapped import Mapped
from etl.sources.mapping import SourceMapping
from etl.sources.record import Batch, Changes, Side, SourceError

Stamp = dict[str, list[int]]
"""Size and time of change of every file, by name."""


class FileSource(HeldSource):
    """Implements etl.sources.record.Source. What was read stays until a file is new, changed or gone."""

    def __init__(self, path: Path, mapping: SourceMapping) -> None:
        if mapping.file is None:
            raise SourceError(mapping.name, "the mapping describes no files (`file:`)")
        self.name, self.province_code = mapping.name, mapping.province
        self._path, self._mapping, self._shape = path, mapping, mapping.file
        self._stamp: Stamp | None = None
        self._held: tuple[Batch, Side] | None = None

    def mark(self) -> str:
        """The files as they are now."""
        return json.dumps(self._stamped(), sort_keys=True)

    def held(self) -> tuple[Batch, Side]:
        """Reads every file when one of them is new, changed or gone."""
        stamp = self._stamped()
        if self._held is None or stamp != self._stamp:
            tables = [read_file(path, self._mapping) for path in self._files()]
            if not tables:
                raise SourceError(
                    self.name, f"{self._path} holds no file {self._shape.pattern}", is_passing=True
                )
            mapped = Mapped(pd.concat(tables, ignore_index=True), self._mapping)
            self._held, self._stamp = (mapped.batch(), mapped.side()), stamp
        return self._held

    def changes(self, since: str) -> Changes:
        """Every report, when a file is new or changed: a file does not tell which of its rows are."""
        mark = self.mark()
        if mark == since:
            return Changes((), False, since)
        before: Stamp = json.loads(since)
        known = self._held if self._stamp == before else None
        after = self._stamped()
        if known is None and any(after.get(name) != stamp for name, stamp in before.items()):
            raise SourceError(
                self.name,
                "a file changed or went while nobody followed, so rows that it lost cannot be told;"
                " run `ioc etl backfill`",
            )
        ids = set(known[0].reports["report_id"].to_pylist()) if known else set()
        ids |= set(self.held()[0].reports["report_id"].to_pylist())
        return Changes(sorted(ids), True, mark)

    def close(self) -> None:
        """Let go of what was read."""
        self._stamp = self._held = None

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

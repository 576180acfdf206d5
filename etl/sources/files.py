"""Reports from files (CSV, XLSX, Parquet): one file, or a folder into which files are dropped, under a YAML mapping.

Files are streamed onto disk piece by piece, whatever their size. Two files that hold the same report differently: one
row stands, and the quarantine says so. A file is read when nobody has written to it for some seconds.
"""

import json
import time
from datetime import datetime
from pathlib import Path

from etl.sources.files_read import pieces
from etl.sources.held import HeldSource
from etl.sources.mapped import CHANNEL, Mapped
from etl.sources.mapped_side import SideCount
from etl.sources.mapping import SourceMapping
from etl.sources.record import Changes, SourceError
from etl.sources.spool import Spool, SpoolWriter, once
from kpi.clock import Clock

SETTLED_S = 3.0
PATIENCE_S = 60.0
Stamp = dict[str, list[int]]
"""Size, time of change, and number of every file, by name: a file that replaced another of its name has its own number."""


class FileSource(HeldSource):
    """Implements etl.sources.record.Source. What was read stays until a file is new, changed or gone.

    world: the file system's time, whatever the product's clock says.
    """

    def __init__(
        self, path: Path, mapping: SourceMapping, settled_s: float = SETTLED_S, world: Clock | None = None
    ) -> None:
        if mapping.file is None:
            raise SourceError(mapping.name, "the mapping describes no files (`file:`)")
        self.name, self.province_code = mapping.name, mapping.province
        self._path, self._mapping, self._shape = path, mapping, mapping.file
        self._settled_s, self._world = settled_s, world or Clock()
        self._stamp: Stamp | None = None

    def content(self) -> str:
        """The files as they are now: a build over other files starts anew."""
        return self.mark()

    def mark(self) -> str:
        """The files as they are now."""
        return json.dumps(self._stamped(), sort_keys=True)

    def is_current(self) -> bool:
        """Whether the files are those that were read."""
        return self._stamp == self._stamped()

    def read_anew(self) -> Spool:
        """Every file. Raises SourceError, a passing one when there is none or one changes meanwhile."""
        self._wait_until_settled()
        stamp = self._stamped()
        if not stamp:
            raise self._passing(f"{self._path} holds no file {self._shape.pattern}")
        writer = SpoolWriter()
        try:
            spool = self._streamed(writer)
            if self._stamped() == stamp:
                self._stamp = stamp
                return spool
        except BaseException:
            writer.drop()
            raise
        writer.drop()
        raise self._passing(f"{self._path} changed while it was read; it has to be read again")

    def _streamed(self, writer: SpoolWriter) -> Spool:
        sides, count = SideCount(self._mapping, CHANNEL), 0
        for path in self._files():
            for rows in pieces(path, self._mapping):
                count += len(rows)
                mapped = Mapped(rows, self._mapping)
                writer.add(mapped.batch())
                sides.add(mapped.rows)
        if not count:
            raise SourceError(
                self.name, f"{self._path}: names columns and has no row; an empty mart is not built"
            )
        return writer.finish(sides.side())

    def _passing(self, words: str) -> SourceError:
        return SourceError(self.name, words, is_passing=True)

    def changes(self, since: str) -> Changes:
        """Every report, when a file is new or changed: a file does not tell which of its rows are.

        Files that are still being written are no change yet.
        """
        mark = self.mark()
        if mark == since or self._unsettled():
            return Changes((), False, since)
        before: Stamp = json.loads(since)
        known = self._spool if self._stamp == before else None
        after = self._stamped()
        if known is None and any(after.get(name) != stamp for name, stamp in before.items()):
            raise SourceError(
                self.name,
                "a file changed or went while nobody followed, so rows that it lost cannot be told;"
                " run `ioc etl backfill`",
            )
        were = [known.ids()] if known else []
        return Changes(once([*were, self.held().ids()]), True, mark)

    def close(self) -> None:
        """Let go of what was read."""
        self._stamp = None
        super().close()

    def _files(self) -> list[Path]:
        """Not what programs put beside a file while they write or show it (.a.csv.part, ~$a.xlsx)."""
        if self._path.is_dir():
            found = self._path.glob(self._shape.pattern)
            return sorted(path for path in found if path.is_file() and not path.name.startswith((".", "~$")))
        if not self._path.is_file():
            raise SourceError(self.name, f"{self._path}: no such file or folder")
        return [self._path]

    def _stamped(self) -> Stamp:
        try:
            stats = [(path.name, path.stat()) for path in self._files()]
        except OSError as error:
            raise self._passing(f"{error.filename}: {error.strerror}") from error
        return {name: [stat.st_size, stat.st_mtime_ns, stat.st_ino] for name, stat in stats}

    def _unsettled(self) -> Path | None:
        """A file that was written to, or put there, a moment ago; one from the future is taken as it is."""
        now: datetime = self._world.now()
        for path in self._files():
            try:
                age_s = now.timestamp() - path.stat().st_ctime
            except OSError:
                return path
            if 0 <= age_s < self._settled_s:
                return path
        return None

    def _wait_until_settled(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while path := self._unsettled():
            if time.monotonic() > until:
                raise self._passing(
                    f"{path.name} is still being written: it was changed less than {self._settled_s:g} seconds ago,"
                    " again and again"
                )
            time.sleep(min(self._settled_s / 4, 0.5))

"""What a source without SQL read, laid down on disk in pieces that are sorted by report: any range is read in bounded memory.

A piece is mapped into memory, not loaded: 8 bytes a report are touched to find a range, and then the range's own rows.
The folder is private to its user (it holds citizens' words), lies in TMPDIR, and goes with its source or, if that was
killed, with the next one that this machine makes.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.quarantine import SCHEMA as COMPLAINT
from etl.sources.record import (
    CATEGORY,
    END_ID,
    EVENT,
    FIRST_ID,
    PLACE,
    REPORT,
    UNIT,
    Batch,
    Ids,
    Side,
    SourceError,
)

PREFIX = "ioc-spool-"
REPORT_WITH_DISTRICT = REPORT.append(pa.field("district_code", pa.string()))
_PARTS = {"reports": REPORT_WITH_DISTRICT, "events": EVENT, "complaints": COMPLAINT}
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
_SIDE = {"units": UNIT, "categories": CATEGORY, "places": PLACE}


class SpoolWriter:
    """Takes batches one after the other. Nothing of them stays in memory."""

    def __init__(self) -> None:
        _sweep()
        name = f"{PREFIX}{socket.gethostname()}-{os.getpid()}-"
        self.folder = Path(tempfile.mkdtemp(prefix=name))
        self._count = 0

    def add(self, batch: Batch) -> None:
        """One piece."""
        tables = {"reports": batch.reports, "events": batch.events}
        tables["complaints"] = batch.complaints if batch.complaints is not None else COMPLAINT.empty_table()
        for part, table in tables.items():
            order = pc.sort_indices(table, sort_keys=[("report_id", "ascending", "at_start")])
            _write(self.folder / f"{self._count:06d}.{part}", table.take(order))
        self._count += 1

    def finish(self, side: Side) -> "Spool":
        """The whole, to be read."""
        for name in _SIDE:
            _write(self.folder / f"side.{name}", getattr(side, name))
        return Spool(self.folder)

    def drop(self) -> None:
        """What was written is not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Spool:
    """A finished spool. Raises SourceError where its folder cannot be seen, as on a worker that does not share it."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "side.units").is_file():
            raise SourceError(
                "spool",
                f"{folder} is not here: set TMPDIR of the leader to a folder that it shares with its workers under the"
                " same path",
            )
        self.folder = folder
        self._parts = {part: [_map(path) for path in sorted(folder.glob(f"*.{part}"))] for part in _PARTS}
        self._ids = {part: [_ids(table) for table in tables] for part, tables in self._parts.items()}

    def ids(self) -> NDArray[np.int64]:
        """Every number that a report or a complaint has, once, ascending."""
        return once(self._ids["reports"] + self._ids["complaints"])

    def range(self, from_id: int, to_id: int) -> Batch:
        """from_id <= report_id < to_id; complaints about rows without a number come with the first range."""
        taken = {}
        for part, tables in self._parts.items():
            rows = []
            for table, ids in zip(tables, self._ids[part], strict=True):
                nulls = table.num_rows - len(ids)
                low, high = (nulls + int(np.searchsorted(ids, bound)) for bound in (from_id, to_id))
                if to_id == END_ID:
                    high = table.num_rows
                if from_id == FIRST_ID:
                    low = 0
                rows.append(table.slice(low, high - low))
            taken[part] = _whole(rows, _PARTS[part])
        return Batch(taken["reports"], taken["events"], taken["complaints"])

    def whole(self) -> Batch:
        """Everything."""
        return self.range(FIRST_ID, END_ID)

    def chosen(self, report_ids: Ids) -> Batch:
        """The named reports."""
        wanted = np.unique(np.asarray(report_ids, dtype=np.int64))
        taken = {}
        for part, tables in self._parts.items():
            rows = []
            for table, ids in zip(tables, self._ids[part], strict=True):
                rows.append(table.take(pa.array(_places(ids, wanted) + (table.num_rows - len(ids)))))
            taken[part] = _whole(rows, _PARTS[part])
        return Batch(taken["reports"], taken["events"], taken["complaints"])

    def side(self) -> Side:
        """The small tables, and what was said of rows without a number."""
        pairs = zip(self._parts["complaints"], self._ids["complaints"], strict=True)
        told = [table.slice(0, table.num_rows - len(ids)) for table, ids in pairs]
        tables = {name: _whole([_map(self.folder / f"side.{name}")], of) for name, of in _SIDE.items()}
        return Side(**tables, unnumbered=_whole(told, COMPLAINT))

    def last_recorded_at(self) -> datetime | None:
        """The last instant of any event."""
        found = [pc.max(table["recorded_at"]).as_py() for table in self._parts["events"] if table.num_rows]
        return max((at for at in found if at is not None), default=None)


# ------------------------------------------------------------------- tools


def once(pieces: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Every number of ascending pieces, once, ascending; np.unique would hash them, in five times the memory."""
    ids = np.concatenate([np.empty(0, np.int64), *pieces])
    ids.sort(kind="stable")
    is_first = np.ones(len(ids), dtype=bool)
    np.not_equal(ids[1:], ids[:-1], out=is_first[1:])
    return ids if is_first.all() else ids[is_first]


def _write(path: Path, table: pa.Table) -> None:
    """Uncompressed, so that it can be mapped; columns without any value take no room."""
    table = table.combine_chunks()
    for place, field in enumerate(table.schema):
        if field.name != "report_id" and table[place].null_count == table.num_rows:
            table = table.set_column(place, pa.field(field.name, pa.null()), pa.nulls(table.num_rows))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _map(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _ids(table: pa.Table) -> NDArray[np.int64]:
    """The report ids of a part, ascending; rows without one stand before them and are left out."""
    column = table["report_id"]
    return column.slice(column.null_count).to_numpy() if table.num_rows else np.empty(0, np.int64)


def _places(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the wanted ones stand among sorted ids: a look-up for each, whatever the number of ids."""
    first, end = (np.searchsorted(ids, wanted, side=side) for side in _SIDES)
    counts = end - first
    before = np.cumsum(counts) - counts
    return np.repeat(first - before, counts) + np.arange(counts.sum())


def _whole(rows: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *[table.cast(schema) for table in rows]])


def _sweep() -> None:
    """Spools of processes of this machine that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}{socket.gethostname()}-*"):
        pid = folder.name.removeprefix(f"{PREFIX}{socket.gethostname()}-").split("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)

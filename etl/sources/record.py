"""The contract of every source: what the ETL asks, and the columns and types that a source answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_AT = pa.timestamp("us", tz="UTC")

REPORT = pa.schema(
    [
        ("report_id", pa.int64()),
        ("report_code", pa.string()),
        ("channel_code", pa.string()),
        ("field_code", pa.string()),
        ("urgency", pa.string()),
        ("secrecy", pa.string()),
        ("sent_at", _AT),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("commune_code", pa.string()),
        ("title", pa.string()),
        ("body", pa.string()),
        ("sender_key", pa.string()),
        ("deleted_at", _AT),
    ]
)
"""Columns of a report, as the store contract names them. Instants UTC; report_id is never null."""

EVENT = pa.schema(
    [
        ("event_id", pa.int64()),
        ("report_id", pa.int64()),
        ("kind", pa.string()),
        ("at", _AT),
        ("recorded_at", _AT),
        ("acting_unit_code", pa.string()),
        ("target_unit_code", pa.string()),
        ("committed_at", _AT),
        ("reason_code", pa.string()),
        ("rating", pa.int16()),
        ("has_content", pa.bool_()),
        ("duplicate_of", pa.int64()),
        ("replaces_event_id", pa.int64()),
    ]
)
"""Columns of an event. event_id and report_id are never null."""

UNIT = pa.schema(
    [
        *[(name, pa.string()) for name in ("unit_code", "name", "short_name", "level", "parent_unit_code")],
        *[(name, pa.string()) for name in ("district_code", "commune_code")],
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)
CATEGORY = pa.schema(
    [
        *[(name, pa.string()) for name in ("kind", "code", "name_vi", "name_en")],
        ("sort_order", pa.int32()),
    ]
)
"""Fields and channels together: kind is field or channel."""

CALL = pa.schema(
    [
        ("call_id", pa.int64()),
        ("unit_code", pa.string()),
        ("called_at", _AT),
        ("is_answered", pa.bool_()),
        ("transferred_at", _AT),
    ]
)
DIRECTIVE = pa.schema(
    [
        ("directive_id", pa.int64()),
        ("unit_code", pa.string()),
        ("issued_on", pa.date32()),
        ("number", pa.string()),
    ]
)

PLACE = pa.schema([(name, pa.string()) for name in ("place_code", "name", "full_name")])

FIRST_ID, END_ID = -(2**63), 2**63 - 1


class SourceError(Exception):
    """The source cannot be read. Says which source, what is wrong and where; `is_passing` when waiting may help."""

    def __init__(self, source: str, message: str, *, is_passing: bool = False) -> None:
        super().__init__(f"{source}: {message}")
        self.is_passing = is_passing
        self._said = source, message

    def __reduce__(self) -> tuple[Any, ...]:
        """It survives the way from a worker to its leader; one that does not leaves the leader waiting for ever."""
        return partial(SourceError, is_passing=self.is_passing), self._said


@dataclass(frozen=True)
class Range:
    """Report ids from_id <= id < to_id; report_count is what the source holds there, about."""

    from_id: int
    to_id: int
    report_count: int


@dataclass(frozen=True)
class Batch:
    """Reports (REPORT) and all their events (EVENT), in any order; events may name reports that are not there.

    A source of a province without boundaries may add district_code (text) to its reports. complaints: what the source
    could not read (etl.quarantine.SCHEMA); None where it reads everything.
    """

    reports: pa.Table
    events: pa.Table
    complaints: pa.Table | None = None


@dataclass(frozen=True)
class Side:
    """What is not reports: UNIT, CATEGORY, CALL, DIRECTIVE; PLACE: districts, where no map knows the province."""

    units: pa.Table
    categories: pa.Table
    calls: pa.Table = field(default_factory=CALL.empty_table)
    directives: pa.Table = field(default_factory=DIRECTIVE.empty_table)
    places: pa.Table = field(default_factory=PLACE.empty_table)
    unnumbered: pa.Table | None = None
    """Complaints about all rows that have no report number (etl.quarantine.SCHEMA); None where every row has one."""


Ids = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Changes:
    """What became visible since a watermark; of a long backlog its oldest part.

    report_ids: touched reports, in the order in which to apply them. floor: where to read on when those from a place
    of report_ids on have not been applied yet; None where only the whole can be taken. side_changed: units, fields,
    channels or places changed. call_ids, directive_ids: touched calls and directives, ascending. watermark: where to
    read on after these have been written. more: so many touched reports, at least, are left for the next look. token:
    opaque, to be given to `Source.written` when these are written.
    """

    report_ids: Ids
    side_changed: bool
    watermark: str
    token: object = None
    call_ids: Ids = ()
    directive_ids: Ids = ()
    floor: Callable[[int], str] | None = None
    more: int = 0

    def __bool__(self) -> bool:
        return bool(len(self.report_ids)) or self.touches_side

    @property
    def touches_side(self) -> bool:
        """Whether any of the small tables is to be read."""
        return self.side_changed or bool(len(self.call_ids) or len(self.directive_ids))


class Source(Protocol):
    """One source of reports of one province. Methods raise SourceError and nothing else that is expected.

    It can be copied and pickled: the copy reads the same, over connections of its own.
    """

    name: str
    province_code: str

    def content(self) -> str:
        """What a build that was stopped must find unchanged to go on: '' where changes are told row by row."""

    def mark(self) -> str:
        """A watermark of this moment: `changes(mark())` later shows at least all that is not visible now."""

    def ranges(self, report_count: int) -> list[Range]:
        """Every report id there can be, cut into ranges of about `report_count` reports, ascending, without gaps."""

    def read_range(self, within: Range) -> Batch:
        """The reports of a range with all their events."""

    def read_ids(self, report_ids: Ids) -> Batch:
        """The named reports, as far as they are there, with all their events."""

    def inventory(self, within: Range, but: Sequence[int]) -> pa.Table:
        """To compare with the mart (etl.inventory.SCHEMA): one line per living report of a range, and one per unit over the
        events of the same reports but those named."""

    def read_side(self, call_ids: Ids | None = None, directive_ids: Ids | None = None) -> Side:
        """Units, categories and places whole; of calls and directives the named ones, all of them where None."""

    def changes(self, since: str) -> Changes:
        """What became visible since the watermark, whatever the order of ids and clocks; at most what fits in memory."""

    def written(self, changes: Changes) -> None:
        """Tell the source that these changes are safely in the mart; they need not be shown again."""

    def forget(self) -> None:
        """Forget what `written` was told: from a watermark on, everything is shown again."""

    def last_recorded_at(self) -> datetime | None:
        """recorded_at of the youngest event there."""

    def close(self) -> None:
        """Let go of connections."""

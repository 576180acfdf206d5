"""What a source and a mart can be compared by: a line per report and a line per unit, the same sums in SQL and numpy."""

from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.record import Batch
from etl.sql import id_array

SCHEMA = pa.schema(
    [
        ("report_id", pa.int64()),
        ("unit_code", pa.string()),
        ("sent_s", pa.int64()),
        ("event_count", pa.int64()),
        ("checksum", pa.int64()),
    ]
)
"""Lines of reports have a report_id, lines of units a unit_code; lines with neither say nothing.

Every event is in the line of its report and in that of the unit that it names as target, else of the acting one, else ''.
sent_s: Unix seconds of a report, null if the source has none. checksum: over the events of the line, modulo 2^62.
"""

# A sum of an event's parts fits into 64 bits, whatever they are: an id below 2^47 in size, seconds of the years that
# PostgreSQL knows (-4713 to 294276) below 2^43.1, the length of a text below 2^30.
_MODULUS = 2**47 - 115
"""Prime, so that every bit of an id counts."""
_ID, _AT, _RECORDED, _KIND = 7_919, 104_729, 224_737, 15_485_863
_MASK = 2**62 - 1


def _seconds_of(column: str) -> str:
    """SQL; whole seconds downwards, as the mart keeps them; null of an infinite instant, which no mart holds."""
    return f"CASE WHEN isfinite(t.{column}) THEN floor(date_part('epoch', t.{column}))::bigint END"


_LINE = f"""t.event_id % {_MODULUS} * {_ID} + coalesce({_seconds_of("at")}, 0) * {_AT}
            + coalesce({_seconds_of("recorded_at")}, 0) * {_RECORDED} + coalesce(length(t.kind), 0) * {_KIND}::bigint"""


def select(reports: str, events: str, condition: str, alive: str = "true", but: Iterable[int] = ()) -> str:
    """SQL for the lines, from one pass over the events: `reports` and `events` are qualified tables.

    `condition` restricts alias t of both, `alive` that of reports only. Units are not told of the reports in `but`.
    """
    living = f"FROM {reports} AS t WHERE {condition} AND {alive}"
    unit = "coalesce(t.target_unit_code, t.acting_unit_code, '')"
    return f"""
        SELECT report_id, e.unit_code, r.sent_s, coalesce(e.event_count, 0) AS event_count,
               coalesce(e.checksum, 0) AS checksum
        FROM (SELECT t.report_id, {_seconds_of("sent_at")} AS sent_s {living}) AS r
        FULL JOIN (
            SELECT t.report_id, t.unit_code, count(*) AS event_count,
                   mod(sum(t.line), {_MASK + 1})::bigint & {_MASK} AS checksum
            FROM (SELECT t.report_id, {_LINE} AS line,
                         CASE WHEN t.report_id <> ALL ({id_array(but)}) THEN {unit} END AS unit_code
                  FROM {events} AS t WHERE {condition} AND t.report_id IN (SELECT t.report_id {living})) AS t
            GROUP BY GROUPING SETS ((t.report_id), (t.unit_code))
        ) AS e USING (report_id)
    """


def of_batch(batch: Batch, but: Collection[int] = ()) -> pa.Table:
    """The same lines of a batch, for sources without SQL."""
    alive = batch.reports.filter(pc.is_null(batch.reports["deleted_at"]))
    reports = alive.select(["report_id"]).append_column("sent_s", _seconds(alive["sent_at"]))
    events = batch.events.filter(pc.is_in(batch.events["report_id"], alive["report_id"].combine_chunks()))
    unit = pc.fill_null(pc.coalesce(events["target_unit_code"], events["acting_unit_code"]), "")
    named = pc.is_in(events["report_id"], pa.array(list(but), pa.int64()))
    lines = pa.table([events["report_id"], unit, _lines(events)], ["report_id", "unit_code", "line"])
    by_report = reports.join(_sums(lines, "report_id"), "report_id")
    found = pa.concat_tables(
        [by_report, _sums(lines.filter(pc.invert(named)), "unit_code")], promote_options="default"
    )
    counted = [pc.fill_null(found[name], 0) for name in ("event_count", "checksum")]
    return pa.table([found["report_id"], found["unit_code"], found["sent_s"], *counted], schema=SCHEMA)


def _sums(lines: pa.Table, key: str) -> pa.Table:
    """By key; what does not fit into 64 bits goes round, which 2^62 divides."""
    found = lines.group_by(key).aggregate([("line", "count"), ("line", "sum")])
    checksum = pc.bit_wise_and(found["line_sum"], _MASK)
    return pa.table([found[key], found["line_count"], checksum], [key, "event_count", "checksum"])


def _lines(events: pa.Table) -> pa.Array:
    at, recorded = (pc.fill_null(_seconds(events[name]), 0) for name in ("at", "recorded_at"))
    kind = pc.fill_null(pc.utf8_length(events["kind"]), 0).to_numpy().astype(np.int64)
    ids = np.fmod(events["event_id"].to_numpy(), _MODULUS)
    return pa.array(ids * _ID + at.to_numpy() * _AT + recorded.to_numpy() * _RECORDED + kind * _KIND)


def _seconds(column: pa.ChunkedArray) -> pa.Array:
    """As PostgreSQL: microseconds to seconds in double precision, then downwards; null stays null."""
    found = np.floor(pc.fill_null(column.cast(pa.int64()), 0).to_numpy() / 1_000_000).astype(np.int64)
    return pa.array(found, mask=column.is_null().to_numpy())

"""What a source and a mart can be compared by: a line per report and a line per unit, the same sums in SQL and numpy."""

from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.record import Batch
from etl.sql import id_array

SCHEMA = pa.schema([("report_id", pa.int64()), ("sent_s", pa.int64()), ("checksum", pa.int64())])
"""sent_s: Unix seconds, null if the source has none. checksum: over the report's events, modulo 2^62."""
UNITS = pa.schema([("unit_code", pa.string()), ("event_count", pa.int64()), ("checksum", pa.int64())])
"""Every event in one line: of the unit that it names as target, else of the acting one, else ''."""

_MODULUS = 2**62
_ID, _AT, _RECORDED, _KIND = 7_919, 104_729, 1_299_709, 15_485_863


def _seconds_of(column: str) -> str:
    """SQL; null of an infinite instant, which no mart holds."""
    return f"CASE WHEN isfinite(t.{column}) THEN floor(extract(epoch FROM t.{column}))::bigint END"


_CHECKSUM = f"""mod(sum((t.event_id::numeric * {_ID} + coalesce({_seconds_of("at")}, 0) * {_AT}
                   + coalesce({_seconds_of("recorded_at")}, 0) * {_RECORDED}
                   + coalesce(length(t.kind), 0) * {_KIND}::bigint)::numeric), {_MODULUS})"""


def select(reports: str, events: str, condition: str, alive: str = "true") -> str:
    """SQL for the lines of reports: `reports` and `events` are qualified tables, `condition` restricts alias t of both.

    `alive`: condition on t of reports only.
    """
    return f"""
        SELECT r.report_id, r.sent_s, coalesce(e.checksum, 0)::bigint AS checksum
        FROM (SELECT t.report_id, {_seconds_of("sent_at")} AS sent_s FROM {reports} AS t
              WHERE {condition} AND {alive}) AS r
        LEFT JOIN (
            SELECT t.report_id, {_CHECKSUM} AS checksum FROM {events} AS t WHERE {condition} GROUP BY t.report_id
        ) AS e USING (report_id)
    """


def select_units(
    reports: str, events: str, condition: str, alive: str = "true", but: Iterable[int] = ()
) -> str:
    """SQL for the lines of units, over the events of the same reports but those named in `but`."""
    return f"""
        SELECT coalesce(t.target_unit_code, t.acting_unit_code, '') AS unit_code, count(*) AS event_count,
               {_CHECKSUM}::bigint AS checksum
        FROM {events} AS t
        WHERE {condition} AND t.report_id <> ALL ({id_array(but)})
          AND t.report_id IN (SELECT t.report_id FROM {reports} AS t WHERE {condition} AND {alive})
        GROUP BY 1
    """


def of_batch(batch: Batch) -> pa.Table:
    """Lines of the alive reports of a batch, for sources without SQL."""
    alive = batch.reports.filter(pc.is_null(batch.reports["deleted_at"]))
    sums: dict[int, int] = {}
    for report_id, line in zip(batch.events["report_id"].to_pylist(), _lines(batch.events), strict=True):
        sums[report_id] = sums.get(report_id, 0) + line
    checksums = [sums.get(i, 0) % _MODULUS for i in alive["report_id"].to_pylist()]
    sent = pc.divide(alive["sent_at"].cast(pa.int64()), 1_000_000)
    return pa.table([alive["report_id"], sent, pa.array(checksums, pa.int64())], schema=SCHEMA)


def units_of_batch(batch: Batch, but: Collection[int] = ()) -> pa.Table:
    """Lines of units over the events of the alive reports of a batch but those named."""
    alive = batch.reports.filter(pc.is_null(batch.reports["deleted_at"]))["report_id"].to_pylist()
    wanted = pa.array(sorted(set(alive) - set(but)), pa.int64())
    events = batch.events.filter(pc.is_in(batch.events["report_id"], wanted))
    units = pc.fill_null(pc.coalesce(events["target_unit_code"], events["acting_unit_code"]), "")
    found: dict[str, list[int]] = {}
    for unit, line in zip(units.to_pylist(), _lines(events), strict=True):
        sums = found.setdefault(unit, [0, 0])
        sums[0] += 1
        sums[1] = (sums[1] + line) % _MODULUS
    columns = [list(found), [s[0] for s in found.values()], [s[1] for s in found.values()]]
    return pa.table(columns, schema=UNITS)


def _lines(events: pa.Table) -> list[int]:
    lines = (
        events["event_id"].to_numpy().astype(object) * _ID
        + _seconds(events["at"]) * _AT
        + _seconds(events["recorded_at"]) * _RECORDED
        + pc.fill_null(pc.utf8_length(events["kind"]), 0).to_numpy().astype(object) * _KIND
    )
    found: list[int] = lines.tolist()
    return found


def _seconds(column: pa.ChunkedArray) -> np.ndarray:
    return (pc.fill_null(column.cast(pa.int64()), 0).to_numpy() // 1_000_000).astype(object)

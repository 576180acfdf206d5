"""What a source and a mart can be compared by: one line per report, the same arithmetic in SQL and in numpy."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.record import Batch

SCHEMA = pa.schema([("report_id", pa.int64()), ("sent_s", pa.int64()), ("checksum", pa.int64())])
"""sent_s: Unix seconds, null if the source has none. checksum: over the report's events, modulo 2^62."""

_MODULUS = 2**62
_ID, _AT, _RECORDED, _KIND = 7_919, 104_729, 1_299_709, 15_485_863


def select(reports: str, events: str, condition: str, alive: str = "true") -> str:
    """SQL for the inventory: `reports` and `events` are qualified tables, `condition` restricts alias t of both.

    `alive`: condition on t of reports only.
    """

    def seconds(column: str) -> str:
        return f"floor(extract(epoch FROM t.{column}))::bigint"

    return f"""
        SELECT r.report_id, r.sent_s, coalesce(e.checksum, 0)::bigint AS checksum
        FROM (SELECT t.report_id, {seconds("sent_at")} AS sent_s FROM {reports} AS t
              WHERE {condition} AND {alive}) AS r
        LEFT JOIN (
            SELECT t.report_id, mod(sum((t.event_id * {_ID} + coalesce({seconds("at")}, 0) * {_AT}
                   + coalesce({seconds("recorded_at")}, 0) * {_RECORDED}
                   + coalesce(length(t.kind), 0) * {_KIND}::bigint)::numeric), {_MODULUS}) AS checksum
            FROM {events} AS t WHERE {condition} GROUP BY t.report_id
        ) AS e USING (report_id)
    """


def of_batch(batch: Batch) -> pa.Table:
    """The same for sources without SQL: alive reports of the batch."""
    alive = batch.reports.filter(pc.is_null(batch.reports["deleted_at"]))
    ids, of = alive["report_id"].to_numpy(), batch.events["report_id"].to_numpy()
    events = batch.events
    lines = (
        events["event_id"].to_numpy().astype(object) * _ID
        + _seconds(events["at"]) * _AT
        + _seconds(events["recorded_at"]) * _RECORDED
        + pc.fill_null(pc.utf8_length(events["kind"]), 0).to_numpy().astype(object) * _KIND
    )
    sums: dict[int, int] = {}
    for report_id, line in zip(of.tolist(), lines.tolist(), strict=True):
        sums[report_id] = sums.get(report_id, 0) + line
    checksums = [sums.get(i, 0) % _MODULUS for i in ids.tolist()]
    sent = pc.divide(alive["sent_at"].cast(pa.int64()), 1_000_000)
    return pa.table([alive["report_id"], sent, pa.array(checksums, pa.int64())], schema=SCHEMA)


def _seconds(column: pa.ChunkedArray) -> np.ndarray:
    return (pc.fill_null(column.cast(pa.int64()), 0).to_numpy() // 1_000_000).astype(object)

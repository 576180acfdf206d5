"""From a source's rows to rows that can be judged: cast, whole seconds, corrections and deletions applied.

Nothing is decided here but whether a row can be taken at all; what cannot goes to the quarantine with its reason.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.quarantine import Complaints
from etl.sources.record import Batch
from kpi.stages import KINDS, URGENCIES

SECRECIES = ("none", "sender", "state")
_US_PER_S = 1_000_000
_INSTANT = pa.timestamp("s", tz="UTC")


@dataclass(frozen=True)
class Staged:
    """Rows that can be taken.

    reports: columns of sources.record.REPORT, alive, one per report_id, ascending; instants in whole seconds.
    events: columns of EVENT, one per report_id and event_id, sorted by (report_id, at, event_id), only of these reports.
    is_effective: for each event whether it still counts (not voided, not replaced, not itself a deletion).
    """

    reports: pa.Table
    events: pa.Table
    is_effective: NDArray[np.bool_]


def stage(batch: Batch, complaints: Complaints) -> Staged:
    """Take what can be taken; say of the rest why not. Pure: depends on the batch's rows, not on their order."""
    reports = _reports(batch.reports, complaints)
    events = _events(batch.events, complaints)
    known = _known_reports(batch.reports, reports, events, complaints)
    events = _in_order(events.filter(pa.array(known)))
    return Staged(reports, events, _effective(events, complaints))


# ---------------------------------------------------------------- reports


def _reports(table: pa.Table, complaints: Complaints) -> pa.Table:
    table = _once(table, "report_id", "deleted_at", "report", complaints)
    table = table.filter(pc.is_null(table["deleted_at"])).sort_by("report_id")
    for name in ("sent_at", "deleted_at"):
        table = whole_seconds(table, name)
    good = np.ones(table.num_rows, dtype=bool)
    for name in ("sent_at", "report_code"):
        good &= _complain(
            table, pc.is_null(table[name]), name, "để trống. Điền tại hệ thống PAHT.", complaints
        )
    for name, allowed in (("urgency", URGENCIES), ("secrecy", SECRECIES)):
        wrong = pc.invert(pc.is_in(table[name], pa.array(allowed)))
        good &= _complain(
            table,
            wrong,
            name,
            f"không thuộc danh mục: {', '.join(allowed)}. Sửa tại hệ thống PAHT.",
            complaints,
        )
    for name in ("field_code", "channel_code"):
        empty = pc.is_null(table[name])
        _complain(table, empty, name, "để trống. Phản ánh vẫn được tính, không thuộc mã nào.", complaints)
    return table.filter(pa.array(good))


def _complain(
    table: pa.Table, wrong: pa.ChunkedArray, field: str, reason: str, complaints: Complaints
) -> NDArray[np.bool_]:
    """Complain of the reports where `wrong`; returns where they are right."""
    is_wrong = np.asarray(wrong)
    if is_wrong.any():
        ids = table["report_id"].to_numpy()[is_wrong]
        complaints.add("report", ids, field, f"{field} {reason}", ids)
    return ~is_wrong


# ----------------------------------------------------------------- events


def _events(table: pa.Table, complaints: Complaints) -> pa.Table:
    table = _once(table, "event_id", "recorded_at", "report_event", complaints)
    for name in ("at", "recorded_at", "committed_at"):
        table = whole_seconds(table, name)
    wrongs = (
        (
            "kind",
            pc.invert(pc.is_in(table["kind"], pa.array([*KINDS, "voided"]))),
            "không phải loại sự kiện của hợp đồng dữ liệu. Sửa tại hệ thống PAHT.",
        ),
        ("at", pc.is_null(table["at"]), "để trống. Điền tại hệ thống PAHT."),
        ("recorded_at", pc.is_null(table["recorded_at"]), "để trống. Điền tại hệ thống PAHT."),
    )
    good = np.ones(table.num_rows, dtype=bool)
    for field, wrong, reason in wrongs:
        is_wrong = np.asarray(wrong)
        if is_wrong.any():
            ids, reports = (table[c].to_numpy()[is_wrong] for c in ("event_id", "report_id"))
            complaints.add("report_event", ids, field, f"{field} {reason}", reports)
            good &= ~is_wrong
    return table if good.all() else table.filter(pa.array(good))


def _known_reports(
    all_reports: pa.Table, taken: pa.Table, events: pa.Table, complaints: Complaints
) -> NDArray[np.bool_]:
    """Which events belong to a taken report; complains of those whose report is not in the source at all."""
    of = events["report_id"].to_numpy()
    orphan = ~np.isin(of, all_reports["report_id"].to_numpy())
    if orphan.any():
        ids = events["event_id"].to_numpy()[orphan]
        reason = "Sự kiện thuộc phản ánh không có trong hệ thống PAHT."
        complaints.add("report_event", ids, "report_id", reason, of[orphan])
    return np.isin(of, taken["report_id"].to_numpy())


def _in_order(events: pa.Table) -> pa.Table:
    by = [events[c].to_numpy() for c in ("event_id", "at", "report_id")]
    order = np.lexsort([column.astype("int64") for column in by])
    return events.take(pa.array(order))


def _effective(events: pa.Table, complaints: Complaints) -> NDArray[np.bool_]:
    """Rows minus the replaced and the voided ones. A row can only replace a row of its own report."""
    is_effective = np.asarray(pc.not_equal(events["kind"], "voided")).copy()
    replacing = np.flatnonzero(np.asarray(pc.is_valid(events["replaces_event_id"])))
    if not len(replacing):
        return is_effective
    ids, of = events["event_id"].to_numpy(), events["report_id"].to_numpy()
    target = events["replaces_event_id"].take(pa.array(replacing)).to_numpy()
    near = np.flatnonzero(np.isin(of, of[replacing]))
    rows = pd.MultiIndex.from_arrays([of[near], ids[near]])
    place = rows.get_indexer(pd.MultiIndex.from_arrays([of[replacing], target]))
    at = near[place]
    found = (place >= 0) & (at != replacing)
    is_effective[at[found]] = False
    lost = replacing[~found]
    if len(lost):
        reason = "Sự kiện bị thay thế không thuộc phản ánh này."
        complaints.add("report_event", ids[lost], "replaces_event_id", reason, of[lost])
    return is_effective


# ------------------------------------------------------------------ shared


def whole_seconds(table: pa.Table, name: str) -> pa.Table:
    """Truncate an instant to its second, also before 1970."""
    column = table[name]
    if column.null_count == len(column):
        seconds = pa.nulls(len(column), _INSTANT)
    else:
        values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy() // _US_PER_S
        seconds = pa.array(values, mask=np.asarray(pc.is_null(column))).cast(_INSTANT)
    return table.set_column(table.schema.get_field_index(name), name, seconds)


def _once(table: pa.Table, key: str, newest: str, name: str, complaints: Complaints) -> pa.Table:
    """One row per report and key: of several, the last by `newest`, then by its content; equal rows are one row."""
    keys = table[key].to_numpy()
    values, counts = np.unique(keys, return_counts=True)
    doubled = values[counts > 1]
    if not len(doubled):
        return table
    is_doubled = np.isin(keys, doubled)
    several = table.filter(pa.array(is_doubled)).to_pylist()
    several.sort(key=lambda row: (row[newest] is not None, str(row[newest]), repr(row)))
    last = {(row["report_id"], row[key]): row for row in several}
    differing = sorted({own for row in several if row != last[own := (row["report_id"], row[key])]})
    if differing:
        of, numbers = zip(*differing, strict=True)
        complaints.add(
            name, numbers, key, f"{key} xuất hiện ở nhiều dòng khác nhau. Dòng mới nhất được tính.", of
        )
    kept = pa.Table.from_pylist(list(last.values()), schema=table.schema)
    return pa.concat_tables([table.filter(pa.array(~is_doubled)), kept])


def judged_events(staged: Staged) -> pd.DataFrame:
    """The effective events as kpi.ledger.judge takes them: instants int64 Unix seconds, codes categorical."""
    events = staged.events.filter(pa.array(staged.is_effective))
    return pd.DataFrame({name: for_judge(events[name]) for name in events.schema.names})


def for_judge(column: pa.ChunkedArray) -> object:
    """One column for kpi.ledger.judge: text categorical, instants int64 seconds (nullable where a null occurs)."""
    if pa.types.is_string(column.type):
        return column.dictionary_encode().combine_chunks().to_pandas()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    if column.null_count:
        return column.to_pandas(
            types_mapper={
                pa.int64(): pd.Int64Dtype(),
                pa.int16(): pd.Int16Dtype(),
                pa.bool_(): pd.BooleanDtype(),
            }.get
        )
    return column.to_numpy()

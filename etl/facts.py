"""From rows to facts: where, under which limits, in time or late. A pure function of reports and their events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from etl.quarantine import Complaints
from etl.sources.record import EVENT, REPORT, Batch
from etl.staging import Staged, for_judge, judged_events, stage
from geo.locate import locate_many
from geo.places import coverages_of
from geo.rules import Flag
from kpi import ledger, mart
from kpi.clock import LOCAL
from kpi.rulebook import Rulebook

COARSE_DEGREES = 0.005
_SLICERS = ("district_code", "commune_code", "field_code", "channel_code", "urgency")
_BELIEVED = [
    Flag.INSIDE,
    Flag.ON_BOUNDARY,
    Flag.UNCERTAIN,
    Flag.STORE_DISAGREES,
    Flag.JUST_OUTSIDE,
    Flag.SWAPPED,
    Flag.NO_BOUNDARIES,
]
"""Flags of points that a map may show: the others are no place of this province."""

# A fixed key: the hash only has to be the same in every process; what it hashes is a pseudonym already.
_GROUP_KEY = "ioc.repeat.group"


@dataclass(frozen=True)
class Judging:
    """What facts depend on besides the rows: the province, its law, the unit that IOC work is charged to."""

    province_code: str
    rulebook: Rulebook
    ioc_unit_code: str


@dataclass(frozen=True)
class Facts:
    """Facts of some reports, whole: every row that the mart should hold of them, and nothing else.

    tables: by name of kpi.mart's table, all its columns in order (report.repeats_report_id is null: etl.repeats
    knows all reports). groups: etl.repeats.report_group. quarantine: etl.quarantine.SCHEMA. rows_read: reports and
    events that came in.
    """

    tables: dict[str, pa.Table]
    groups: pa.Table
    quarantine: pa.Table
    rows_read: dict[str, int]


REPORT_TABLES = ("report", "report_detail", "assignment", "hold", "stage", "event")
"""Facts of a report, in the order in which they are written."""


def build(batch: Batch, judging: Judging) -> Facts:
    """Facts of the batch's reports. Depends on their rows only, not on the order or the company they come in."""
    complaints = Complaints()
    if batch.complaints is not None:
        complaints.add_table(batch.complaints)
    staged = stage(batch, complaints)
    judged = _judge(staged, judging, complaints)
    kept = staged.reports.filter(pc.is_in(staged.reports["report_id"], pa.array(judged.report["report_id"])))
    reports = _Reports(kept, judged.report, judging.province_code)
    tables = {
        "report": reports.report(),
        "report_detail": reports.detail(),
        "assignment": reports.of(judged.assignment, *_SLICERS),
        "hold": reports.of(judged.hold, "district_code"),
        "stage": reports.of(judged.stage, *_SLICERS),
        "event": reports.events(staged.events),
    }
    shaped = {name: as_mart(table, mart.metadata.tables[f"mart.{name}"]) for name, table in tables.items()}
    read = {"report": batch.reports.num_rows, "report_event": batch.events.num_rows}
    return Facts(shaped, reports.groups(), complaints.table(), read)


def warm_up(judging: Judging, now: datetime) -> None:
    """Build one invented report: maps, calendar and libraries get ready before the first real one waits for them."""
    report = {"report_id": 0, "report_code": "-", "urgency": "normal", "secrecy": "none", "sent_at": now}
    event = {"event_id": 0, "report_id": 0, "kind": "sent", "at": now, "recorded_at": now}
    reports = pa.Table.from_pylist([{**report, "lon": 0.0, "lat": 0.0}], schema=REPORT)
    build(Batch(reports, pa.Table.from_pylist([event], schema=EVENT)), judging)


def _judge(staged: Staged, judging: Judging, complaints: Complaints) -> ledger.Ledger:
    reports = pd.DataFrame(
        {name: for_judge(staged.reports[name]) for name in ("report_id", "urgency", "sent_at")}
    )
    reports.insert(0, "province_code", judging.province_code)
    judged = ledger.judge(reports, judged_events(staged), judging.rulebook, judging.ioc_unit_code)
    rejected = judged.rejected
    for is_report, part in rejected.groupby(rejected["event_id"].isna()):
        table, key = ("report", "report_id") if is_report else ("report_event", "event_id")
        for field, rows in part.groupby("field", observed=True):
            complaints.add(
                table, rows[key].astype("int64"), str(field), rows["reason"].astype(str), rows["report_id"]
            )
    return judged


class _Reports:
    """The taken reports of a batch, with what judging and locating say of each; all tables take from it."""

    def __init__(self, staged: pa.Table, judged: pd.DataFrame, province_code: str) -> None:
        self.ids = staged["report_id"].to_numpy()
        self.judged = _arrow(judged)
        self.province_code = province_code
        self.columns = {name: staged[name] for name in staged.schema.names}
        self._locate()

    def _locate(self) -> None:
        own = self.columns
        is_secret = pc.not_equal(own["secrecy"], "none")
        lon, lat = (own[name].to_numpy(zero_copy_only=False) for name in ("lon", "lat"))
        days = local_day(own["sent_at"])
        stores = own["commune_code"].to_pandas()
        found = locate_many(lon, lat, days, self.province_code, store_commune=stores)
        flag = found["flag"].astype(str).to_numpy()
        is_swapped = flag == Flag.SWAPPED
        lon, lat = np.where(is_swapped, lat, lon), np.where(is_swapped, lon, lat)
        is_known = np.isin(flag, [str(f) for f in _BELIEVED]) & np.isfinite(lon) & np.isfinite(lat)
        is_shown = is_known & ~np.asarray(is_secret)
        district, commune = (_text(found[name]) for name in ("district_code", "commune_code"))
        if "district_code" in own and not coverages_of(self.province_code):
            district = _dictionary(pc.fill_null(own["district_code"], ""))
        self.grouped_commune = commune
        own["is_secret"] = is_secret
        own["place_flag"] = _dictionary(pa.array(flag))
        own["district_code"] = district
        own["commune_code"] = _blank_where(commune, is_secret)
        own["field_code"] = _dictionary(pc.fill_null(own["field_code"], ""))
        own["channel_code"] = _dictionary(pc.fill_null(own["channel_code"], ""))
        own["urgency"] = _dictionary(own["urgency"])
        for name, exact in (("lon", lon), ("lat", lat)):
            coarse = np.round(np.round(exact / COARSE_DEGREES) * COARSE_DEGREES, 6)
            own[f"{name}_coarse"] = pa.array(coarse, mask=~is_shown)
            own[name] = pa.array(exact, mask=~np.isfinite(exact))

    def report(self) -> pa.Table:
        """Rows of mart.report."""
        own = {
            name: self.columns[name]
            for name in ("report_code", "is_secret", "place_flag", "lon_coarse", "lat_coarse", *_SLICERS)
        }
        own["repeats_report_id"] = pa.nulls(len(self.ids), pa.int64())
        return pa.table({**_columns(self.judged), **own})

    def detail(self) -> pa.Table:
        """Rows of mart.report_detail: none of a secret report."""
        own = {name: self.columns[name] for name in ("lon", "lat", "district_code", "report_id")}
        words = {name: pc.fill_null(self.columns[name], "") for name in ("title", "body")}
        holders = {"holder_unit_codes": self.judged["holder_unit_codes"]}
        table = pa.table({**own, **words, **holders, "province_code": self._province(len(self.ids))})
        return table.filter(pc.invert(self.columns["is_secret"]))

    def of(self, judged: pd.DataFrame, *copied: str) -> pa.Table:
        """Rows of a ledger's frame, with columns copied from their reports."""
        table = _arrow(judged)
        at = pa.array(np.searchsorted(self.ids, table["report_id"].to_numpy()))
        return pa.table({**_columns(table), **{name: _take(self.columns[name], at) for name in copied}})

    def events(self, events: pa.Table) -> pa.Table:
        """Rows of mart.event: every event of these reports, also the replaced and the voided."""
        of = events["report_id"].to_numpy()
        is_ours = np.isin(of, self.ids)
        events, of = (events, of) if is_ours.all() else (events.filter(pa.array(is_ours)), of[is_ours])
        at = pa.array(np.searchsorted(self.ids, of))
        own = {name: events[name] for name in events.schema.names}
        for name in ("kind", "acting_unit_code", "target_unit_code", "reason_code"):
            own[name] = _dictionary(own[name])
        own["province_code"] = self._province(events.num_rows)
        own["district_code"] = _take(self.columns["district_code"], at)
        return pa.table(own)

    def groups(self) -> pa.Table:
        """Rows of etl.report_group: reports whose sender and commune are known and may be linked."""
        sender, commune = self.columns["sender_key"], self.grouped_commune
        is_known = np.asarray(pc.is_valid(sender)) & (np.asarray(pc.fill_null(sender, "")) != "")
        is_known &= np.asarray(pc.not_equal(commune.cast(pa.string()), "")) & ~np.asarray(
            self.columns["is_secret"]
        )
        rows = pa.array(np.flatnonzero(is_known))
        words = [
            column.take(rows).cast(pa.string()) for column in (sender, self.columns["field_code"], commune)
        ]
        joined = pc.binary_join_element_wise(
            *[pa.chunked_array(w) if isinstance(w, pa.Array) else w for w in words], "\x1f"
        )
        keys = joined.to_numpy(zero_copy_only=False).astype(object)
        hashed = pd.util.hash_array(keys, hash_key=_GROUP_KEY, categorize=False).view("int64")
        return pa.table(
            {
                "province_code": self._province(len(rows)),
                "report_id": pa.array(self.ids[is_known]),
                "group_hash": pa.array(hashed),
                "sent_at": self.columns["sent_at"].take(rows),
                "published_at": self.judged["published_at"].take(rows),
            }
        )

    def _province(self, rows: int) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(rows, dtype=np.int8)), pa.array([self.province_code])
        )


# ------------------------------------------------------------ columns and types

_ARROW = {
    sa.Text: pa.string(),
    sa.BigInteger: pa.int64(),
    sa.Integer: pa.int32(),
    sa.SmallInteger: pa.int16(),
    sa.Boolean: pa.bool_(),
    sa.Double: pa.float64(),
    sa.Date: pa.date32(),
    sa.DateTime: pa.timestamp("s", tz="UTC"),
}


def as_mart(table: pa.Table, target: sa.Table) -> pa.Table:
    """The table with exactly the target's columns, in order, in types that COPY takes; text may stay a dictionary.

    Raises MisfitError.
    """
    return pa.table({column.name: _cast(table[column.name], column) for column in target.columns})


class MisfitError(Exception):
    """A value that a column of the mart cannot hold. The message names the column and no value."""


def _cast(column: Any, target: sa.Column) -> Any:
    if isinstance(target.type, ARRAY) or pa.types.is_dictionary(column.type):
        return column
    try:
        return column.cast(_ARROW[type(target.type)])
    except pa.ArrowInvalid as error:
        raise MisfitError(f"{target.table.name}.{target.name}: out of range") from error


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: table[name] for name in table.schema.names}


def _dictionary(column: Any) -> pa.Array:
    encoded = column.dictionary_encode()
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def _take(column: Any, at: pa.Array) -> Any:
    """Rows of a column by position; of a dictionary only the codes move."""
    if isinstance(column, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(column.indices.take(at), column.dictionary)
    return column.take(at)


def _text(column: pd.Series) -> pa.DictionaryArray:
    """A text column without nulls, as a dictionary."""
    return _dictionary(pc.fill_null(pa.array(column, type=pa.string(), from_pandas=True), ""))


def _blank_where(column: pa.DictionaryArray, condition: Any) -> pa.DictionaryArray:
    return _dictionary(pc.if_else(condition, "", pa.chunked_array([column.cast(pa.string())])))


def local_day(instants: Any) -> np.ndarray:
    """Day in Asia/Ho_Chi_Minh of each instant, as datetime64[D]."""
    local = pd.DatetimeIndex(instants.to_pandas()).tz_convert(LOCAL)
    return local.tz_localize(None).to_numpy().astype("datetime64[D]")

"""Reports with their lives, and the rows of them that the store holds at an instant (columns of etl/store/schema.sql)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from etl.store.contract import EVENT_KINDS
from etl.store.simulator.arrow import coded, constant, instants, or_null
from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Ints
from etl.store.simulator.dirt import record
from etl.store.simulator.events import KIND, REASONS, Events
from etl.store.simulator.life import Life
from etl.store.simulator.office import UTC_OFFSET_S
from etl.store.simulator.reports import SECRECY, URGENCY, Reports, make_reports
from etl.store.simulator.setting import Setting
from etl.store.simulator.words import sender_keys, titles_and_bodies

_ENTRY_S = 2  # a report is in the store this long after it was sent


@dataclass(frozen=True)
class Block:
    """Some reports with their whole lives, however far those reach into the future."""

    setting: Setting
    reports: Reports
    events: Events

    @cached_property
    def reclassified_at(self) -> Ints:
        """When the IOC puts the field right: on receiving it, else an hour after it was sent."""
        at = self.reports.sent_at + 3600
        received = self.events.kind == KIND["received"]
        at[self.events.row[received]] = self.events.recorded_at[received]
        return at

    def new_reports(self, after: int, until: int) -> Bools:
        """Reports that reach the store in (after, until]."""
        entered = self.reports.sent_at + _ENTRY_S
        return (entered > after) & (entered <= until)

    def changed_reports(self, after: int, until: int) -> Bools:
        """Reports that were there at `after` and whose row differs at `until`: reclassified or deleted since."""
        was_wrong = self.reports.field != self.reports.first_field
        moments = (self.reclassified_at, was_wrong), (self.reports.deleted_at, self.reports.deleted_at >= 0)
        changed = np.logical_or.reduce([applies & (at > after) & (at <= until) for at, applies in moments])
        return changed & (self.reports.sent_at + _ENTRY_S <= after)

    def new_events(self, after: int, until: int) -> Bools:
        """Events that the store is told in (after, until]."""
        return (self.events.recorded_at > after) & (self.events.recorded_at <= until)

    def __add__(self, other: "Block") -> "Block":
        moved = replace(other.events, row=other.events.row + len(self.reports.number))
        return Block(self.setting, self.reports + other.reports, self.events + moved)

    def unfinished(self, after: int) -> "Block":
        """Only the reports of which the store is still told something after that instant."""
        last = np.maximum(
            self.reports.sent_at + _ENTRY_S, np.maximum(self.reports.deleted_at, self.reclassified_at)
        )
        np.maximum.at(last, self.events.row, self.events.recorded_at)
        keep = last > after
        events = self.events.at_rows(keep[self.events.row])
        events = replace(events, row=(np.cumsum(keep) - 1)[events.row])
        return Block(self.setting, self.reports.at(keep), events)

    def report_table(self, rows: Bools, now: int) -> pa.Table:
        """The rows of paht.report as they stand at `now`."""
        r, setting = self.reports.at(rows), self.setting
        data = read("fields")
        field = np.where(self.reclassified_at[rows] <= now, r.field, r.first_field)
        titles, bodies = titles_and_bodies(setting, r)
        communes = [c.code for c in setting.places.communes]
        return pa.table(
            {
                "province_code": constant(setting.province_code, len(field)),
                "report_id": r.number,
                "report_code": report_codes(setting, r.number, r.sent_at),
                "channel_code": coded(r.channel, [c["code"] for c in data["channels"]]),
                "field_code": coded(field, [f["code"] for f in data["fields"]]),
                "urgency": coded(r.urgency, URGENCY),
                "secrecy": coded(r.secrecy, SECRECY),
                "sent_at": instants(r.sent_at),
                "lon": pa.array(r.lon, from_pandas=True),
                "lat": pa.array(r.lat, from_pandas=True),
                "commune_code": coded(r.store_commune, communes),
                "title": pa.array(titles, pa.string()),
                "body": pa.array(bodies, pa.string()),
                "sender_id": r.sender,
                "sender_key": pa.array(sender_keys(setting, r.sender), pa.string()),
                "deleted_at": instants(np.where(r.deleted_at <= now, r.deleted_at, -1)),
            }
        )

    def event_table(self, rows: Bools) -> pa.Table:
        """The rows of paht.report_event, in the order in which the store is told."""
        e = self.events.at_rows(
            np.flatnonzero(rows)[np.argsort(self.events.recorded_at[rows], kind="stable")]
        )
        units = [u.code for u in self.setting.roster.units]
        return pa.table(
            {
                "province_code": constant(self.setting.province_code, len(e)),
                "event_id": e.event_id,
                "report_id": self.reports.number[e.row],
                "kind": coded(e.kind, EVENT_KINDS),
                "at": instants(e.at),
                "recorded_at": instants(e.recorded_at),
                "acting_unit_code": coded(e.acting, units),
                "target_unit_code": coded(e.target, units),
                "committed_at": instants(e.committed_at),
                "reason_code": coded(e.reason, REASONS),
                "rating": or_null(e.rating, pa.int16()),
                "has_content": or_null(e.has_content, pa.bool_()),
                "duplicate_of": or_null(e.duplicate_of, pa.int64()),
                "replaces_event_id": or_null(e.replaces, pa.int64()),
            }
        )


def make_block(setting: Setting, first: int, last: int) -> Block:
    """Reports number `first` to `last` with their lives."""
    reports = make_reports(setting, np.arange(first, last + 1, dtype=np.int64))
    return Block(setting, reports, record(setting, reports, Life(setting, reports).run()))


def report_codes(setting: Setting, number: Ints, sent_at: Ints) -> pa.Array:
    """PA-year-month-number of the month, as people quote them."""
    months = (sent_at + UTC_OFFSET_S).astype("datetime64[s]").astype("datetime64[M]")
    unique, inverse = np.unique(months, return_inverse=True)
    starts = unique.astype("datetime64[s]").astype(np.int64) - UTC_OFFSET_S
    before = np.array([setting.arrivals.sent_until(int(s) - 1) for s in starts], dtype=np.int64)
    labels = [str(m) for m in unique]
    within = (number - before[inverse]).tolist()
    return pa.array(
        [f"PA-{labels[i]}-{n:05d}" for i, n in zip(inverse.tolist(), within, strict=True)], pa.string()
    )

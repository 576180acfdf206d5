"""A world's rows as the store holds them at an instant; Arrow tables with the columns of etl/store/schema.sql."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from etl.store.contract import EVENT_KINDS
from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Dice, Ints
from etl.store.simulator.dirt import record
from etl.store.simulator.events import KIND, REASONS, Events
from etl.store.simulator.life import Life
from etl.store.simulator.office import EPOCH, UTC_OFFSET_S
from etl.store.simulator.reports import SECRECY, URGENCY, Reports, citizens_until, make_reports
from etl.store.simulator.setting import Setting
from etl.store.simulator.words import citizens, sender_keys, titles_and_bodies

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

    def report_table(self, rows: Bools, now: int) -> pa.Table:
        """The rows of paht.report as they stand at `now`."""
        r, setting = self.reports.at(rows), self.setting
        data = read("fields")
        field = np.where(self.reclassified_at[rows] <= now, r.field, r.first_field)
        titles, bodies = titles_and_bodies(setting, r)
        communes = [c.code for c in setting.places.communes]
        return pa.table(
            {
                "province_code": _constant(setting.province_code, len(field)),
                "report_id": r.number,
                "report_code": report_codes(setting, r.number, r.sent_at),
                "channel_code": _coded(r.channel, [c["code"] for c in data["channels"]]),
                "field_code": _coded(field, [f["code"] for f in data["fields"]]),
                "urgency": _coded(r.urgency, URGENCY),
                "secrecy": _coded(r.secrecy, SECRECY),
                "sent_at": _instants(r.sent_at),
                "lon": pa.array(r.lon, from_pandas=True),
                "lat": pa.array(r.lat, from_pandas=True),
                "commune_code": _coded(r.store_commune, communes),
                "title": pa.array(titles, pa.string()),
                "body": pa.array(bodies, pa.string()),
                "sender_id": r.sender,
                "sender_key": pa.array(sender_keys(setting, r.sender), pa.string()),
                "deleted_at": _instants(np.where(r.deleted_at <= now, r.deleted_at, -1)),
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
                "province_code": _constant(self.setting.province_code, len(e)),
                "event_id": e.event_id,
                "report_id": self.reports.number[e.row],
                "kind": _coded(e.kind, EVENT_KINDS),
                "at": _instants(e.at),
                "recorded_at": _instants(e.recorded_at),
                "acting_unit_code": _coded(e.acting, units),
                "target_unit_code": _coded(e.target, units),
                "committed_at": _instants(e.committed_at),
                "reason_code": _coded(e.reason, REASONS),
                "rating": _or_null(e.rating, pa.int16()),
                "has_content": _or_null(e.has_content, pa.bool_()),
                "duplicate_of": _or_null(e.duplicate_of, pa.int64()),
                "replaces_event_id": _or_null(e.replaces, pa.int64()),
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


def unit_rows(setting: Setting, today: date) -> list[tuple[object, ...]]:
    """Units as the store knows them on `today`: none that will begin, no end that lies ahead."""
    return [
        (setting.province_code, u.code, u.name, u.short_name, u.level, u.parent, u.district, u.commune, u.valid_from,
         u.valid_to if u.valid_to and u.valid_to <= today else None)
        for u in setting.roster.units
        if u.valid_from is None or u.valid_from <= today
    ]  # fmt: skip


def category_rows(setting: Setting, kind: str) -> list[tuple[object, ...]]:
    """Rows of paht.field (`fields`) or paht.channel (`channels`)."""
    entries = read("fields")[kind]
    return [(setting.province_code, e["code"], e["vi"], e["en"], n) for n, e in enumerate(entries, start=1)]


def citizen_table(setting: Setting, first: int, last: int) -> pa.Table:
    """Invented citizens number `first` to `last`."""
    names = ["citizen_id", "full_name", "phone", "cccd", "address", "email"]
    columns = list(zip(*citizens(setting, first, last), strict=True)) or [()] * len(names)
    types = [pa.int64()] + [pa.string()] * 5
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def citizens_at(setting: Setting, reports: int) -> int:
    """How many citizens the store has when it has that many reports."""
    return int(citizens_until(np.array([reports], dtype=np.int64))[0]) if reports else 0


def call_table(setting: Setting, first_report: int, last_report: int, after: int, until: int) -> pa.Table:
    """Hotline calls of (after, until] that belong to the reports of that range: some call instead of writing."""
    habits = read("habits")["hotline"]
    number = np.arange(first_report, last_report + 1, dtype=np.int64)
    dice = Dice(setting.seed, number)
    number = number[dice.chance("calls", habits["calls_per_report"])]
    dice = Dice(setting.seed, number)
    called_at = setting.arrivals.sent_at(number) + dice.below("call", 1800)
    told_at = called_at + 120
    keep = (told_at > after) & (told_at <= until)
    dice, called_at, number = dice.at(keep), called_at[keep], number[keep]
    reports = make_reports(setting, number)
    unit = setting.roster.in_charge[setting.roster.role("commune"), reports.commune]
    district = setting.roster.in_charge[setting.roster.role("district"), reports.commune]
    pleased = setting.roster.habits.pleased
    unit = np.where(dice.chance("to the district", 0.5), district, unit)
    answered = dice.chance("answered", habits["answered"] * np.minimum(1, pleased[unit] + 0.12))
    waited_s = dice.lognormal("transfer", 11, 0.45).astype(np.int64) + 1
    return pa.table(
        {
            "province_code": _constant(setting.province_code, len(number)),
            "call_id": number,
            "unit_code": _coded(unit, [u.code for u in setting.roster.units]),
            "called_at": _instants(called_at),
            "is_answered": pa.array(answered),
            "transferred_at": _instants(np.where(answered, called_at + waited_s, -1)),
        }
    )


def directive_table(setting: Setting, after: int, until: int) -> pa.Table:
    """Written directives of UBND tỉnh issued in (after, until]; units that please less get more of them."""
    per_year = read("habits")["directives"]["per_year"]
    gap_s = 365 * 86_400 // per_year
    number = np.arange(1, (setting.ahead_until - setting.from_at) // gap_s, dtype=np.int64)
    dice = Dice(setting.seed, number)
    issued_at = setting.from_at + (number - 1) * gap_s + dice.below("issued", gap_s)
    keep = (issued_at > after) & (issued_at <= until)
    number, issued_at, dice = number[keep], issued_at[keep], dice.at(keep)
    unit = dice.choose("addressee", (1.02 - setting.roster.habits.pleased) ** 3)
    issued_on = ((issued_at + UTC_OFFSET_S) // 86_400).astype("datetime64[D]")
    years = issued_on.astype("datetime64[Y]").astype(str).tolist()
    numbers = [f"{100 + n * 17}/UBND-KSTT-{y}" for n, y in zip(number.tolist(), years, strict=True)]
    return pa.table(
        {
            "province_code": _constant(setting.province_code, len(number)),
            "directive_id": number,
            "unit_code": _coded(unit, [u.code for u in setting.roster.units]),
            "issued_on": pa.array(issued_on, pa.date32()),
            "number": pa.array(numbers, pa.string()),
        }
    )


def local_date(instant: int) -> date:
    """The day in Asia/Ho_Chi_Minh."""
    return date.fromordinal(EPOCH.toordinal() + (instant + UTC_OFFSET_S) // 86_400)


def _constant(text: str, n: int) -> pa.Array:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))


def _coded(index: Ints, words: Iterable[str]) -> pa.Array:
    """Words by index; -1 is null."""
    return pa.array(list(words), pa.string()).take(pa.array(index, mask=index < 0))


def _or_null(values: Ints, type_: pa.DataType) -> pa.Array:
    return pa.array(values, mask=values < 0).cast(type_)


def _instants(seconds: Ints) -> pa.Array:
    """Microseconds with a zone, as timestamptz; -1 is null."""
    return pa.array(seconds * 1_000_000, mask=seconds < 0).cast(pa.timestamp("us", "UTC"))

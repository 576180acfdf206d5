"""What stands beside the reports: units, fields, channels, citizens, hotline calls, directives."""

from datetime import date

import numpy as np
import pyarrow as pa

from etl.store.simulator.arrow import coded, constant, instants
from etl.store.simulator.data import read
from etl.store.simulator.dice import Dice
from etl.store.simulator.office import EPOCH, UTC_OFFSET_S
from etl.store.simulator.reports import citizens_until, make_reports
from etl.store.simulator.setting import Setting
from etl.store.simulator.words import citizens


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
            "province_code": constant(setting.province_code, len(number)),
            "call_id": number,
            "unit_code": coded(unit, [u.code for u in setting.roster.units]),
            "called_at": instants(called_at),
            "is_answered": pa.array(answered),
            "transferred_at": instants(np.where(answered, called_at + waited_s, -1)),
        }
    )


def directive_table(setting: Setting, after: int, until: int) -> pa.Table:
    """Written directives of UBND tỉnh issued in (after, until] to units of their day; those that please less get more."""
    per_year = read("habits")["directives"]["per_year"]
    gap_s = 365 * 86_400 // per_year
    number = np.arange(1, (setting.ahead_until - setting.from_at) // gap_s, dtype=np.int64)
    dice = Dice(setting.seed, number)
    issued_at = setting.from_at + (number - 1) * gap_s + dice.below("issued", gap_s)
    keep = (issued_at > after) & (issued_at <= until)
    number, issued_at, dice = number[keep], issued_at[keep], dice.at(keep)
    issued_on = ((issued_at + UTC_OFFSET_S) // 86_400).astype("datetime64[D]")
    weights = (1.02 - setting.roster.habits.pleased) ** 3
    unit = dice.choose("addressee", weights * setting.roster.exists_on(issued_on))
    years = issued_on.astype("datetime64[Y]").astype(str).tolist()
    numbers = [f"{100 + n * 17}/UBND-KSTT-{y}" for n, y in zip(number.tolist(), years, strict=True)]
    return pa.table(
        {
            "province_code": constant(setting.province_code, len(number)),
            "directive_id": number,
            "unit_code": coded(unit, [u.code for u in setting.roster.units]),
            "issued_on": pa.array(issued_on, pa.date32()),
            "number": pa.array(numbers, pa.string()),
        }
    )


def local_date(instant: int) -> date:
    """The day in Asia/Ho_Chi_Minh."""
    return date.fromordinal(EPOCH.toordinal() + (instant + UTC_OFFSET_S) // 86_400)

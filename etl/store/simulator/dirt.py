"""What a real store's records have beside the facts: late entries, corrections, voided rows, impossible orders."""

from dataclasses import replace

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Dice, Ints
from etl.store.simulator.events import IDS_PER_REPORT, KIND, NONE, Events, position_in_report
from etl.store.simulator.reports import Reports
from etl.store.simulator.setting import Setting

_CORRECTED = ("approved", "rated", "result")
_FIRST_EXTRA = 60  # event ids of a report from here on are corrections and voided rows


def record(setting: Setting, reports: Reports, events: Events) -> Events:
    """The rows as the store is told them: with ids, recorded_at, and dirt. `events` ordered by report and time."""
    number = reports.number[events.row]
    event_id = number * IDS_PER_REPORT + 1 + position_in_report(events)
    events = replace(events, event_id=event_id, recorded_at=_recorded_at(setting, events.at, event_id))
    dice = Dice(setting.seed, reports.number)
    extra = [_corrections(setting, dice, events), *_voided(setting, dice, events)]
    events, mended = _impossible(setting, dice, events)
    for more in (*extra, mended):
        events = events + more
    return events


def _recorded_at(setting: Setting, at: Ints, event_id: Ints) -> Ints:
    """Mostly within seconds; some officers enter it hours or days later."""
    dice = Dice(setting.seed, event_id)
    hours = np.minimum(dice.lognormal("late entry hours", 5, 1.0), 15 * 24)
    seconds = np.where(
        dice.chance("late entry", read("habits")["dirt"]["late_entry"]),
        hours * 3600,
        dice.uniform("entry", 1, 25),
    )
    return at + seconds.astype(np.int64)


def _pick(dice: Dice, events: Events, name: str, kinds: tuple[str, ...]) -> Ints:
    """Of the reports to which `name` happens, the position of the last event of one of `kinds`."""
    happens = dice.chance(name, read("habits")["dirt"][name])[events.row] & np.isin(
        events.kind, [KIND[k] for k in kinds]
    )
    where = np.flatnonzero(happens)
    rows = events.row[where]
    return where[np.concatenate([rows[1:] != rows[:-1], [True]])] if len(where) else where


def _corrections(setting: Setting, dice: Dice, events: Events) -> Events:
    """A new row of the same kind with another instant or rating, told later, in place of the first."""
    where = _pick(dice, events, "corrected", _CORRECTED)
    old = events.at_rows(where)
    mine = dice.at(old.row)
    before = events.at[np.maximum(where - 1, 0)]  # the report's event before; "sent" is never corrected
    earlier = np.maximum(old.at - mine.uniform("earlier", 300, 5400).astype(np.int64), before + 1)
    is_rating = old.kind == KIND["rated"]
    return replace(
        old,
        event_id=old.event_id // IDS_PER_REPORT * IDS_PER_REPORT + _FIRST_EXTRA,
        replaces=old.event_id,
        at=np.where(is_rating, old.at, earlier),
        rating=np.where(is_rating, 1 + old.rating % 3, old.rating),
        recorded_at=old.recorded_at + mine.uniform("corrected after", 1800, 200_000).astype(np.int64),
    )


def _voided(setting: Setting, dice: Dice, events: Events) -> tuple[Events, Events]:
    """An extension noted on the wrong report, and the row that takes it back."""
    accepted = events.at_rows(_pick(dice, events, "voided", ("accepted",)))
    mine = dice.at(accepted.row)
    first_id = accepted.event_id // IDS_PER_REPORT * IDS_PER_REPORT + _FIRST_EXTRA + 1
    at = accepted.at + 600
    spurious = replace(
        accepted,
        kind=np.full(len(accepted), KIND["extended"]),
        at=at,
        recorded_at=at + 5,
        committed_at=at + 10 * 86_400,
        event_id=first_id,
    )
    taken_back_at = at + mine.uniform("taken back", 1800, 20_000).astype(np.int64)
    voided = replace(
        accepted,
        kind=np.full(len(accepted), KIND["voided"]),
        at=taken_back_at,
        recorded_at=taken_back_at + 5,
        acting=np.full(len(accepted), setting.roster.ioc),
        event_id=first_id + 1,
        replaces=first_id,
        target=np.full(len(accepted), NONE),
    )
    return spurious, voided


def _impossible(setting: Setting, dice: Dice, events: Events) -> tuple[Events, Events]:
    """Approved before it was sent, or a result by a unit that never held it; and the rows that mend it days later."""
    is_stranger = dice.chance("stranger", 0.5)
    at, acting = events.at.copy(), events.acting.copy()
    approved = _pick(dice, events, "impossible", ("approved",))
    early = approved[~is_stranger[events.row[approved]]]
    at[early] -= 90 * 86_400
    results = _pick(dice, events, "impossible", ("result",))
    stranger = results[is_stranger[events.row[results]]]
    acting[stranger] = (acting[stranger] + 7) % len(setting.roster.units)
    right = events.at_rows(np.sort(np.concatenate([early, stranger])))
    mended_after = dice.at(right.row).uniform("mended after", 3 * 86_400, 30 * 86_400)
    mended = replace(
        right,
        event_id=right.event_id // IDS_PER_REPORT * IDS_PER_REPORT + _FIRST_EXTRA + 3,
        replaces=right.event_id,
        recorded_at=right.recorded_at + mended_after.astype(np.int64),
    )
    return replace(events, at=at, acting=acting), mended

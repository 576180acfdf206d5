"""Frames of reports and events turned into the codes that the ledger works on, and the events that can never be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpi.ledger_law import NAT, Codes
from kpi.ledger_transitions import REASON, Events
from kpi.rulebook import Rulebook
from kpi.stages import IOC_ACTS, KINDS, LATEST_RATING, TARGETED, UNIT_ACTS, URGENCIES
from kpi.worktime import Instants

NO_CODE = -1
KIND = {word: code for code, word in enumerate(KINDS)}


@dataclass(frozen=True)
class Encoded:
    """Reports and events as arrays. units[0] and reasons[0] are '' (none)."""

    report_id: Codes
    sent: Instants
    urgency: Codes
    event_id: Codes
    event_report_id: Codes
    kind: Codes
    at: Instants
    recorded: Instants
    acting: Codes
    target: Codes
    committed: Instants
    rating: Codes
    reason: Codes
    duplicate_of: Codes
    units: tuple[str, ...]
    reasons: tuple[str, ...]
    ioc: int

    def parts(self, n_reports: int) -> Iterator["Encoded"]:
        """The same in pieces of `n_reports`, every event in exactly one of them."""
        begins = list(range(0, len(self.report_id), n_reports)) or [0]
        cuts = np.searchsorted(self.event_report_id, self.report_id[begins[1:]])
        edges = [0, *cuts.tolist(), len(self.event_report_id)]
        for n, begin in enumerate(begins):
            reports, events = slice(begin, begin + n_reports), slice(edges[n], edges[n + 1])
            values: dict[str, Any] = {
                name: value[reports if name in ("report_id", "sent", "urgency") else events]
                if isinstance(value, np.ndarray)
                else value
                for name, value in self.__dict__.items()
            }
            yield Encoded(**values)


def encode(reports: pd.DataFrame, events: pd.DataFrame, ioc_unit_code: str) -> Encoded:
    """Raises ValueError when the frames are not sorted as judging needs them."""
    report_id, event_report_id = _int64(reports["report_id"]), _int64(events["report_id"])
    if (np.diff(report_id) <= 0).any():
        raise ValueError("reports must be sorted by report_id, each one once")
    at, event_id = instants(events["at"]), _int64(events["event_id"])
    same = np.diff(event_report_id) == 0
    later = (np.diff(at) > 0) | ((np.diff(at) == 0) & (np.diff(event_id) > 0))
    if (np.diff(event_report_id) < 0).any() or (same & ~later).any():
        raise ValueError("events must be sorted by report_id, at, event_id, each one once")
    units: dict[str, int] = {"": 0, ioc_unit_code: 0 if not ioc_unit_code else 1}
    reasons: dict[str, int] = {"": 0}
    return Encoded(
        report_id, instants(reports["sent_at"]), _known(reports["urgency"], URGENCIES), event_id, event_report_id,
        _known(events["kind"], KINDS), at, instants(events["recorded_at"]),
        _learnt(events["acting_unit_code"], units), _learnt(events["target_unit_code"], units),
        instants(events["committed_at"]), _int64(events["rating"]), _learnt(events["reason_code"], reasons),
        _int64(events["duplicate_of"]), tuple(units), tuple(reasons), units[ioc_unit_code],
    )  # fmt: skip


def _int64(series: pd.Series) -> Codes:
    """Whole numbers, NAT where null."""
    whole = series if series.dtype == np.int64 else pd.to_numeric(series).astype("Int64").fillna(NAT)
    return cast("Codes", whole.to_numpy(dtype=np.int64))


def instants(series: pd.Series) -> Instants:
    """Unix seconds, NAT where null; from whole seconds or from datetimes with a zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return (
            series.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[s]").to_numpy().view(np.int64)
        )
    return _int64(series)


def _factors(series: pd.Series) -> tuple[Codes, list[str | None]]:
    """Codes (-1 for null) and the words that they stand for."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy().astype(np.int64), list(series.cat.categories)
    codes, words = pd.factorize(series)
    return codes.astype(np.int64), list(words)


def _known(series: pd.Series, words: tuple[str, ...]) -> Codes:
    """Codes of known words, NO_CODE for anything else."""
    codes, found = _factors(series)
    place = {word: code for code, word in enumerate(words)}
    return np.array([*[place.get(str(word), NO_CODE) for word in found], NO_CODE])[codes]


def _learnt(series: pd.Series, words: dict[str, int]) -> Codes:
    """Codes of words, learnt as they come; 0 for none."""
    codes, found = _factors(series)
    return np.array([*[words.setdefault(str(word), len(words)) for word in found], 0])[codes]


def report_problems(data: Encoded, rulebook: Rulebook) -> Codes:
    """Reason why a report cannot be judged at all, NO_CODE for none."""
    problem = np.full(len(data.report_id), NO_CODE)
    problem[data.urgency == NO_CODE] = REASON["urgency"]
    problem[(data.sent < rulebook.first_s) | (data.sent >= rulebook.last_s)] = REASON["sent_outside"]
    return problem


def places_of(data: Encoded) -> Codes:
    """Place of each event's report, NO_CODE where there is no such report. Both are sorted by report_id."""
    first = np.searchsorted(data.event_report_id, data.report_id)
    counts = np.searchsorted(data.event_report_id, data.report_id, side="right") - first
    everyone = np.repeat(np.arange(len(data.report_id)), counts)
    if len(everyone) == len(data.event_report_id):
        return everyone
    place = np.full(len(data.event_report_id), NO_CODE)
    within = np.arange(len(everyone)) - np.repeat(np.cumsum(counts) - counts, counts)
    place[np.repeat(first, counts) + within] = everyone
    return place


def event_problems(data: Encoded, place: Codes, rulebook: Rulebook) -> Codes:
    """Why each event cannot be, whatever came before it; NO_CODE where it can."""
    exists = place != NO_CODE
    sent = data.sent[place] if len(data.report_id) else data.at
    kind = data.kind
    is_outside = (data.committed < rulebook.first_s) | (data.committed >= rulebook.last_s)
    tests = (
        (~exists, "report"),
        (kind == NO_CODE, "kind"),
        ((data.at < rulebook.first_s) | (data.at >= rulebook.last_s), "at_outside"),
        (data.at < sent, "before_sent"),
        ((kind == KIND["sent"]) & (data.at != sent), "sent_differs"),
        (_is_one_of(kind, UNIT_ACTS) & (data.acting == 0), "acting"),
        (_is_one_of(kind, TARGETED) & (data.target == 0), "target"),
        ((kind == KIND["extended"]) & is_outside, "committed"),
        ((kind == KIND["dispatched"]) & (data.committed != NAT) & is_outside, "committed"),
        ((kind == KIND["rated"]) & ~((data.rating >= 1) & (data.rating <= LATEST_RATING)), "rating"),
        ((kind == KIND["merged"]) & ((data.duplicate_of == NAT) | (data.duplicate_of == data.event_report_id)), "duplicate_of"),
    )  # fmt: skip
    problem = np.full(len(kind), NO_CODE)
    for fails, reason in reversed(tests):
        problem[fails] = REASON[reason]
    return problem


def _is_one_of(kind: Codes, words: tuple[str, ...]) -> NDArray[np.bool_]:
    table = np.zeros(len(KINDS) + 1, bool)
    table[[KIND[word] for word in words]] = True
    return table[kind]


def ioc_units(data: Encoded, place: Codes, usable: NDArray[np.bool_]) -> Codes:
    """The IOC of each report: the unit of the first thing that an IOC did with it, else the province's own."""
    ioc = np.full(len(data.report_id), data.ioc)
    acts = np.flatnonzero(usable & _is_one_of(data.kind, IOC_ACTS) & (data.acting > 0))[::-1]
    ioc[place[acts]] = data.acting[acts]
    return ioc


def judged_events(data: Encoded, usable: NDArray[np.bool_]) -> Events:
    """The columns of the usable events."""
    return Events(
        data.at[usable], data.acting[usable], data.target[usable], data.committed[usable], data.rating[usable],
        data.reason[usable],
    )  # fmt: skip

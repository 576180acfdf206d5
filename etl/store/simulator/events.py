"""Events of reports as parallel arrays, and the pen that writes them."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from etl.store.contract import EVENT_KINDS
from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools, Ints

KIND = {name: number for number, name in enumerate(EVENT_KINDS)}
REASONS = [code for group in read("habits")["reasons"].values() for code in group] + ["no_information"]
NONE = -1
IDS_PER_REPORT = 100
"""Event ids of report n are n*100 + 1 … n*100 + 99, whatever the batching; they do not ascend over the store."""


@dataclass(frozen=True)
class Events:
    """Events, one entry each in every array; `row` is the report's place in its block, -1 stands for none."""

    row: Ints
    kind: Ints
    at: Ints
    acting: Ints
    target: Ints
    committed_at: Ints
    reason: Ints
    rating: Ints
    has_content: Ints
    duplicate_of: Ints
    recorded_at: Ints
    event_id: Ints
    replaces: Ints

    def at_rows(self, rows: Ints | Bools) -> Self:
        """Some of the events."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            **{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)},
        )

    def __len__(self) -> int:
        return len(self.row)


class Pen:
    """Collects what happens, in the order in which it is written."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Ints]] = {f.name: [] for f in fields(Events)}

    def write(
        self,
        kind: str,
        rows: Ints,
        at: Ints,
        *,
        acting: ArrayLike = NONE,
        target: ArrayLike = NONE,
        committed_at: ArrayLike = NONE,
        reason: ArrayLike = NONE,
        rating: ArrayLike = NONE,
        has_content: ArrayLike = NONE,
        duplicate_of: ArrayLike = NONE,
    ) -> None:
        """One event of `kind` for each of `rows`, at these instants (Unix seconds)."""
        values: dict[str, ArrayLike] = {
            "row": rows, "kind": KIND[kind], "at": at, "acting": acting, "target": target,
            "committed_at": committed_at, "reason": reason, "rating": rating, "has_content": has_content,
            "duplicate_of": duplicate_of, "recorded_at": at, "event_id": NONE, "replaces": NONE,
        }  # fmt: skip
        for name, value in values.items():
            self._parts[name].append(np.array(np.broadcast_to(value, rows.shape), dtype=np.int64))

    def events(self, until: Ints) -> Events:
        """Everything written, ordered by report and time, without what lies at or after the report's `until`."""
        columns = {name: np.concatenate(parts) for name, parts in self._parts.items()}
        keep = columns["at"] < until[columns["row"]]
        columns = {name: column[keep] for name, column in columns.items()}
        order = np.lexsort((columns["at"], columns["row"]))
        return Events(**{name: column[order] for name, column in columns.items()})


def position_in_report(events: Events) -> Ints:
    """0, 1, 2, … within each report; `events` ordered by report."""
    index = np.arange(len(events), dtype=np.int64)
    is_first = np.concatenate([[True], events.row[1:] != events.row[:-1]])
    return index - np.maximum.accumulate(np.where(is_first, index, 0))

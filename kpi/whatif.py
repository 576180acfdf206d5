"""The same past under another text or another reading: what each unit's figures would be. Changes nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from kpi.ledger import Ledger


@dataclass(frozen=True)
class Tally:
    """Lead assignments of a unit by what became of them at one moment; they add up to `received`."""

    received: int = 0
    done_on_time: int = 0
    done_late: int = 0
    done_without_limit: int = 0
    in_time: int = 0
    overdue: int = 0
    left: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*[getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)])

    @property
    def on_time_rate_pct(self) -> float | None:
        """On time of all that were due or done; an overdue case counts as late though it is open. None: no case."""
        judged = self.done_on_time + self.done_late + self.overdue
        return 100 * self.done_on_time / judged if judged else None


@dataclass(frozen=True)
class UnitDifference:
    """One unit's figures under the law in force and under the other reading."""

    unit_code: str
    before: Tally
    after: Tally

    @property
    def is_changed(self) -> bool:
        """Whether any figure differs."""
        return self.before != self.after


def tallies(ledger: Ledger, now: pd.Timestamp) -> dict[str, Tally]:
    """Figures of each lead unit at `now`: unit code -> Tally."""
    lead = ledger.assignment[ledger.assignment["part"] == "lead"]
    ended = lead["ended_by"].astype(str)
    state = ended.map(lambda by: "open" if by == "" else "done" if by == "approved" else "left")
    outcome = lead["outcome"].astype(str).map(
        {"on_time": "done_on_time", "late": "done_late", "none": "done_without_limit", "": ""}
    )  # fmt: skip
    overdue = (lead["due_at"] < now).map({True: "overdue", False: "in_time"})
    word = state.where(state == "left", outcome.where(state == "done", overdue))
    counts = Counter(zip(lead["unit_code"].astype(str), word, strict=True))
    found: dict[str, Tally] = {}
    for (unit, name), count in counts.items():
        found[unit] = found.get(unit, Tally()) + Tally(**{"received": count, name: count})
    return found


def differences(before: Mapping[str, Tally], after: Mapping[str, Tally]) -> list[UnitDifference]:
    """Every unit of either side; those that change most come first, then by code."""
    units = set(before) | set(after)
    found = [UnitDifference(unit, before.get(unit, Tally()), after.get(unit, Tally())) for unit in units]

    def change(unit: UnitDifference) -> int:
        late_before = unit.before.done_late + unit.before.overdue
        return abs(unit.after.done_late + unit.after.overdue - late_before)

    return sorted(found, key=lambda unit: (-change(unit), not unit.is_changed, unit.unit_code))


def total(tallied: Mapping[str, Tally]) -> Tally:
    """All units together."""
    return sum(tallied.values(), Tally())

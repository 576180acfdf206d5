"""What a comparison of store and mart found: reports by kind of difference, days, units, small tables."""

from dataclasses import dataclass, field
from typing import Any

KINDS = ("missing", "doubled", "orphaned", "changed")
"""In the store only; several rows of one report in the store; in the mart only; not the same events."""
_SHOWN = 20


@dataclass
class Found:
    """Outcome: report ids by kind of difference; quarantined: reports that differ because their rows were not taken.

    units, units_differing: how many units were compared, and the codes of those that differ. side_differing: of the
    small tables that differ, how many rows.
    """

    days: int = 0
    reports: int = 0
    missing: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    orphaned: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    quarantined: int = 0
    days_differing: list[str] = field(default_factory=list)
    units: int = 0
    units_differing: list[str] = field(default_factory=list)
    side_differing: dict[str, int] = field(default_factory=dict)
    repaired: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether store and mart agree."""
        return not (self.differing or self.units_differing or self.side_differing)

    @property
    def differing(self) -> list[int]:
        """Every report that differs."""
        return sorted({i for kind in KINDS for i in getattr(self, kind)})

    def counts(self) -> dict[str, int]:
        """How many differ, by kind; kinds without any too."""
        return {
            **{kind: len(getattr(self, kind)) for kind in KINDS},
            "units": len(self.units_differing),
            "side": sum(self.side_differing.values()),
        }

    def as_dict(self) -> dict[str, Any]:
        """For --json; of each list the first twenty and how many there are."""
        lists = {name: getattr(self, name) for name in (*KINDS, "days_differing", "units_differing")}
        return {
            "equal": self.is_equal,
            "days": self.days,
            "reports": self.reports,
            "units": self.units,
            "quarantined": self.quarantined,
            "repaired": self.repaired,
            "side_differing": self.side_differing,
            **{f"{name}_count": len(values) for name, values in lists.items()},
            **{name: values[:_SHOWN] for name, values in lists.items()},
        }

"""A judged report as every part of its explanation sees it: the case, the present moment, the way to speak."""

from dataclasses import dataclass
from datetime import datetime

from kpi.explain_words import Speech
from kpi.ledger_scalar import Case
from kpi.worktime import WorkCalendar, from_unix


@dataclass(frozen=True)
class Judged:
    """now: Unix second within the calendar."""

    case: Case
    calendar: WorkCalendar
    now: int
    speech: Speech

    @property
    def due(self) -> int | None:
        """The limit that the report stands or stood under."""
        return self.case.binding.due if self.case.text and self.case.binding else None

    @property
    def is_due_by_store(self) -> bool:
        """Whether the store itself sets due dates, and no text."""
        return self.case.text is not None and self.case.text.due_by_store

    def worked_s(self, start: int, end: int) -> int:
        """Working seconds between two instants."""
        return self.case.elapsed(end) - self.case.elapsed(start)

    def holder(self, kind: str, unit: str) -> str:
        """Who holds it, in words: a unit's name, its leader, the sender."""
        if kind in ("sender", "province") or not unit:
            return self.speech(f"holder.{kind}")
        name = self.speech.unit(unit)
        return self.speech("leader_of", unit=name) if kind == "leader" else name


def local(second: int | None) -> datetime | None:
    """Unix second -> aware instant; None for None."""
    return None if second is None else from_unix(second)

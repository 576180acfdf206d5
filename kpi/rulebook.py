"""Which text and which calendar judge a report: the law of one province, by the day on which a report was sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kpi.provinces import province_code as code_of_province
from kpi.rules import Regulation, deployments, regulation, regulation_for
from kpi.worktime import Instants, WorkCalendar, calendar_for, local_midnight_s

HORIZON_S = 90 * 86_400
"""Events in the calendar's last 90 days are refused: a limit that starts there could end outside of it."""
VERSION_LENGTH = 12


@dataclass(frozen=True, eq=False)
class Rulebook:
    """The law of one province.

    texts: (first day, text) in order; the first text also holds for nothing before its day. overridden: why this is
    not the law in force (a what-if), '' for the law in force.
    """

    province_code: str
    calendar: WorkCalendar
    texts: tuple[tuple[date, Regulation], ...]
    overridden: str = ""

    @classmethod
    def load(cls, province: str) -> "Rulebook":
        """The law that kpi/deployments.yaml puts in force in `province` (code or short name).

        Raises provinces.UnknownProvinceError, effective.NotInForceError, strict_yaml.DataError.
        """
        code = code_of_province(province)
        spans = deployments()[code].spans
        texts = tuple((span.from_on, regulation_for(code, span.from_on)) for span in spans)
        return cls(code, calendar_for(code), texts)

    def under(self, regulation_id: str, choices: Mapping[str, str] | None = None) -> "Rulebook":
        """The same province as if `regulation_id`, read with `choices`, had always been in force.

        Raises rules.UnknownRegulationError, rules.UnknownChoiceError.
        """
        lent = next((text.base for _, text in self.texts if text.id == regulation_id), None)
        text = regulation(regulation_id).with_base(lent).with_choices(**(choices or {}))
        named = ", ".join([regulation_id, *(f"{k}={v}" for k, v in (choices or {}).items())])
        return replace(self, texts=((self.calendar.first_on, text),), overridden=named)

    def without_base(self) -> "Rulebook":
        """The same texts without what they borrow: a limit that a text does not set is then absent."""
        texts = tuple((day, text.with_base(None)) for day, text in self.texts)
        return replace(self, texts=texts, overridden="without base text")

    @property
    def regulations(self) -> tuple[Regulation, ...]:
        """The texts in order of their first day."""
        return tuple(text for _, text in self.texts)

    @cached_property
    def starts_s(self) -> Instants:
        """Unix second from which each text holds."""
        return np.array([local_midnight_s(day) for day, _ in self.texts], dtype=np.int64)

    @property
    def first_s(self) -> int:
        """First Unix second at which a report can be judged: a text is in force and the calendar is known."""
        return max(int(self.starts_s[0]), self.calendar.starts_at_s)

    @property
    def last_s(self) -> int:
        """First Unix second at which an event can no longer be judged, because the calendar ends soon after."""
        return self.calendar.ends_at_s - HORIZON_S

    def text_index(self, sent_s: Instants) -> NDArray[np.int64]:
        """For each report the place in `regulations` of the text in force when it was sent."""
        return np.searchsorted(self.starts_s, sent_s, side="right") - 1

    def regulation_at(self, sent_s: int) -> Regulation:
        """The text in force at that Unix second."""
        return self.regulations[int(self.text_index(np.array([sent_s]))[0])]

    @cached_property
    def version(self) -> str:
        """Fingerprint of every YAML file of the law (not of its words), and of the override: the same version, the same verdicts."""
        digest = hashlib.sha256(f"{self.province_code}|{self.overridden}".encode())
        folder = Path(__file__).parent
        for path in sorted(set(folder.rglob("*.yaml")) - set(folder.glob("words/*"))):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:VERSION_LENGTH]

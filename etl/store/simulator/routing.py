"""Who is in charge of a report, and to whom it goes by mistake."""

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Dice, Ints
from etl.store.simulator.events import REASONS
from etl.store.simulator.reports import Reports
from etl.store.simulator.setting import Setting

_OTHER_AREA_SHARE = 0.3


class Routing:
    """Units of one block of reports; `right` is the unit in charge of each."""

    def __init__(self, setting: Setting, reports: Reports) -> None:
        self._setting, self._reports = setting, reports
        self._matter = Dice(setting.seed, reports.origin)  # the same matter belongs to the same unit
        self._dice = Dice(setting.seed, reports.number)
        self._role = self._choose_role()
        self.right = setting.roster.in_charge[self._role, reports.commune]

    def _choose_role(self) -> Ints:
        roles = np.zeros(len(self._reports.number), dtype=np.int64)
        for number, field in enumerate(read("fields")["fields"]):
            rows = np.flatnonzero(self._reports.field == number)
            codes = np.array([self._setting.roster.role(name) for name in field["routes"]])
            roles[rows] = codes[self._matter.at(rows).choose("role", list(field["routes"].values()))]
        return roles

    def wrong(self, rows: Ints, number: int) -> tuple[Ints, Ints]:
        """For each of `rows` a unit that is not in charge, and why it will say so; `number` is the attempt."""
        dice, reports, roster = self._dice.at(rows), self._reports, self._setting.roster
        elsewhere = self._setting.places.another(dice, reports.era[rows])
        is_area = dice.chance(f"other area {number}", _OTHER_AREA_SHARE)
        other_area = roster.in_charge[self._role[rows], elsewhere]
        is_area &= other_area != self.right[rows]
        unit = np.where(is_area, other_area, self.other_body(rows, f"wrong body {number}"))
        return unit, np.where(is_area, REASONS.index("other_area"), REASONS.index("not_our_authority"))

    def other_body(self, rows: Ints, purpose: str) -> Ints:
        """A body that has to do with the field, but is not in charge of the report."""
        roles = np.zeros(len(rows), dtype=np.int64)
        for number, field in enumerate(read("fields")["fields"]):
            mine = np.flatnonzero(self._reports.field[rows] == number)
            codes = np.array([self._setting.roster.role(name) for name in field["wrong"]])
            roles[mine] = codes[self._dice.at(rows[mine]).below(purpose, len(codes))]
        return self._setting.roster.in_charge[roles, self._reports.commune[rows]]

"""The life of reports, from event to event, as people live it; a block of reports at a time.

Nothing here knows a limit: people take as long as they take, by the habits of data/habits.yaml.
"""

import numpy as np
from numpy.typing import ArrayLike

from etl.store.simulator.data import read
from etl.store.simulator.dice import Dice, Ints
from etl.store.simulator.events import REASONS, Events, Pen
from etl.store.simulator.handling import Handling
from etl.store.simulator.reports import Reports
from etl.store.simulator.routing import Routing
from etl.store.simulator.setting import Setting

FOREVER = np.iinfo(np.int64).max
LONGEST_LIFE_S = 180 * 86_400  # after half a year nobody comes back to a report
_ROUNDS = 4  # after three wrong dispatches somebody telephones


class Life:
    """One block of reports. `t` is the instant of each report's last event so far, `lead` its lead unit."""

    def __init__(self, setting: Setting, reports: Reports) -> None:
        self.setting = setting
        self.reports = reports
        self.dice = Dice(setting.seed, reports.number)
        self.pen = Pen()
        self.t = reports.sent_at.copy()
        self.closed_at = np.full(len(self.t), FOREVER)  # withdrawing is possible until then
        self.lead = np.full(len(self.t), -1)
        self.is_named = np.zeros(len(self.t), dtype=bool)  # UBND tỉnh named the unit: it does not go astray
        self.routing = Routing(setting, reports)
        self.shares = read("habits")["shares"]
        self.ioc = setting.roster.ioc
        months = np.array(read("habits")["rhythm"]["months"])
        month = (self.t + 7 * 3600).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
        pace = np.array([f["pace"] for f in read("fields")["fields"]])
        self.pace = pace[reports.field] * months[month] / months.mean()

    def chance(self, rows: Ints, purpose: str, probability: ArrayLike) -> np.ndarray:
        """For each of `rows`, whether it happens."""
        return self.dice.at(rows).chance(purpose, probability)

    def share(self, rows: Ints, name: str) -> np.ndarray:
        """For each of `rows`, whether what the habit `name` says happens."""
        return self.chance(rows, name, self.shares[name])

    def desk(self, rows: Ints, purpose: str, hours: ArrayLike, sigma: ArrayLike = 0.7) -> Ints:
        """The instants after some hours at the desk."""
        return self.setting.office.add(self.t[rows], self.dice.at(rows).lognormal(purpose, hours, sigma))

    def clock(self, rows: Ints, purpose: str, hours: ArrayLike, sigma: ArrayLike = 0.8) -> Ints:
        """The instants after some hours by the clock."""
        return (
            self.t[rows] + 1 + (self.dice.at(rows).lognormal(purpose, hours, sigma) * 3600).astype(np.int64)
        )

    def step(self, kind: str, rows: Ints, at: Ints, **columns: ArrayLike) -> None:
        """The event happens, and the report's time moves on."""
        self.pen.write(kind, rows, at, **columns)
        self.t[rows] = at

    def close(self, kind: str, rows: Ints, at: Ints, **columns: ArrayLike) -> None:
        """The event happens and ends the report's life."""
        self.step(kind, rows, at, **columns)
        self.closed_at[rows] = np.minimum(self.closed_at[rows], at)

    def reason(self, rows: Ints, group: str) -> Ints:
        """A reason of the group for each of `rows`."""
        weights = read("habits")["reasons"][group]
        codes = np.array([REASONS.index(code) for code in weights], dtype=np.int64)
        return codes[self.dice.at(rows).choose("reason " + group, list(weights.values()))]

    def run(self) -> Events:
        """All events of the block's reports, to the end of their lives."""
        everyone = np.arange(len(self.t))
        self.pen.write("sent", everyone, self.t)
        calm = self.reports.urgency == 0
        to_dispatch = self._take_in(np.flatnonzero(calm))
        Handling(self).run(self._dispatch(to_dispatch))
        self._hurry(np.flatnonzero(~calm))
        return self.pen.events(until=self._withdraw())

    # ------------------------------------------------------------ what the IOC does

    def _take_in(self, rows: Ints) -> Ints:
        """Ask, receive, refuse, merge, pass on. Returns the reports that have to be dispatched."""
        ioc = read("habits")["ioc"]
        rows = self.ask_sender(rows, "ioc_asks", self.ioc)
        field = self.reports.field[rows]
        refused = self.chance(
            rows, "refused", np.array([f["refuse"] for f in read("fields")["fields"]])[field]
        )
        unseen = rows[refused & self.chance(rows, "refused unseen", 0.6)]
        self.close(
            "refused",
            unseen,
            self.desk(unseen, "refuse", 1.4),
            acting=self.ioc,
            reason=self.reason(unseen, "refused"),
        )
        seen = rows[~np.isin(rows, unseen)]
        self.step(
            "received",
            seen,
            self.desk(seen, "receive", ioc["receive_hours"], ioc["receive_sigma"]),
            acting=self.ioc,
        )
        late = rows[refused & ~np.isin(rows, unseen)]
        self.close(
            "refused",
            late,
            self.desk(late, "refuse", 1.2),
            acting=self.ioc,
            reason=self.reason(late, "refused"),
        )
        rows = rows[~refused]
        merged = rows[self.reports.is_merged[rows]]
        origin = self.reports.origin[merged]
        self.close("merged", merged, self.desk(merged, "merge", 0.6), acting=self.ioc, duplicate_of=origin)
        rows = rows[~self.reports.is_merged[rows]]
        pass_on = np.array([f["pass_on"] for f in read("fields")["fields"]])[self.reports.field[rows]]
        passed = self.chance(rows, "pass on", pass_on)
        away = rows[passed]
        at = self.desk(away, "pass on", 1.3)
        self.close("passed_on", away, at, acting=self.ioc, target=self.routing.right[away])
        return self._ask_province(rows[~passed])

    def ask_sender(self, rows: Ints, habit: str, asker: ArrayLike) -> Ints:
        """Some are asked for more; who does not answer is refused after some days. Returns the others."""
        asked = self.share(rows, habit)
        them = rows[asked]
        by = np.broadcast_to(np.asarray(asker), rows.shape)[asked]
        self.step("info_requested", them, self.desk(them, habit, 1.6), acting=by)
        answers = self.share(them, "sender_supplies")
        self.step("info_supplied", them[answers], self.clock(them[answers], "supply", 11))
        silent = them[~answers]
        self.t[silent] += 48 * 3600
        at = self.desk(silent, "give up", 2.0)
        self.close("refused", silent, at, acting=self.ioc, reason=REASONS.index("no_information"))
        return rows[~np.isin(rows, silent)]

    def _ask_province(self, rows: Ints) -> Ints:
        """For a few nobody knows who is in charge: UBND tỉnh names the unit."""
        them = rows[self.share(rows, "undetermined")]
        self.is_named[them] = True
        self.step("designation_requested", them, self.desk(them, "ask province", 2.5), acting=self.ioc)
        at = self.desk(them, "designate", 9)
        self.step("designated", them, at, acting=self.ioc, target=self.routing.right[them])
        return rows

    def _dispatch(self, rows: Ints) -> Ints:
        """Dispatch until the unit is the right one; wrong ones return it, or sit on it until the IOC takes it back."""
        ioc, habits = read("habits")["ioc"], self.setting.roster.habits
        done, pending = rows, rows
        for number in range(_ROUNDS):
            share = self.shares["wrong_dispatch" if number == 0 else "wrong_again"]
            wrong, reason = self.routing.wrong(pending, number)
            goes_wrong = self.chance(pending, f"wrong {number}", share) & (
                wrong != self.routing.right[pending]
            )
            goes_wrong &= (wrong != self.lead[pending]) & ~self.is_named[pending] & (number < _ROUNDS - 1)
            self.lead[pending] = np.where(goes_wrong, wrong, self.routing.right[pending])
            at = self.desk(pending, f"dispatch {number}", ioc["dispatch_hours"], ioc["dispatch_sigma"])
            self.step("dispatched", pending, at, acting=self.ioc, target=self.lead[pending])
            pending, reason = pending[goes_wrong], reason[goes_wrong]
            sits = self.chance(pending, f"sits {number}", 0.08)
            back = pending[~sits]
            at = self.desk(back, f"return {number}", habits.wrong_return_hours[self.lead[back]])
            self.step("returned_wrong", back, at, acting=self.lead[back], reason=reason[~sits])
            self.t[pending[sits]] = self.desk(pending[sits], f"sits long {number}", 14)
        return done

    # ------------------------------------------------------------ outside the ordinary

    def _hurry(self, rows: Ints) -> None:
        """Urgent and instant matters: by the clock, day and night; a few are false alarms."""
        self.step("received", rows, self.clock(rows, "hurry receive", 0.1), acting=self.ioc)
        false = self.chance(rows, "false alarm", 0.05)
        alarm = rows[false]
        reason = REASONS.index("false_report")
        self.close("refused", alarm, self.clock(alarm, "hurry refuse", 0.3), acting=self.ioc, reason=reason)
        rows = rows[~false]
        self.lead[rows] = self.routing.right[rows]
        lead = self.lead[rows]
        self.step("dispatched", rows, self.clock(rows, "hurry dispatch", 0.09), acting=self.ioc, target=lead)
        self.step("accepted", rows, self.clock(rows, "hurry accept", 0.14), acting=lead)
        at = self.clock(rows, "hurry", 2.6 * self.pace[rows])
        self.closed_at[rows] = at
        self.step("completed", rows, at, acting=lead)
        self.step("result", rows, self.clock(rows, "hurry result", 1.4, 0.9), acting=lead, has_content=1)
        self.step("approved", rows, self.clock(rows, "hurry approve", 0.5), acting=lead)
        self.step("published", rows, self.clock(rows, "hurry publish", 0.6), acting=self.ioc)
        Handling(self).aftermath(rows)

    def _withdraw(self) -> Ints:
        """Some senders withdraw while nothing has been done. Returns until when each report's life is told."""
        rows = np.arange(len(self.t))
        rows = rows[self.share(rows, "withdrawn")]
        self.t[rows] = self.reports.sent_at[rows]
        at = self.clock(rows, "withdraw", 16, 1.1)
        in_time = at < self.closed_at[rows]
        until = self.reports.sent_at + LONGEST_LIFE_S
        until[rows[in_time]] = at[in_time] + 1
        self.pen.write("withdrawn", rows[in_time], at[in_time])
        return until

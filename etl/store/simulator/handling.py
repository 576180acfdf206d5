"""What the lead unit does with a report: accept, ask, forward, extend, answer, approve; and what comes after."""

from typing import TYPE_CHECKING

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Floats, Ints
from etl.store.simulator.office import DAY_S, UTC_OFFSET_S

if TYPE_CHECKING:
    from etl.store.simulator.life import Life

_FORGOTTEN_HOURS = (60, 400)  # until somebody asks after it
_LONG_HOURS = 24  # what an officer sees early to be a long matter
_PROMISE_AT_S = 17 * 3600  # promises end when the office closes


class Handling:
    """The lead unit's part of the lives of one block of reports."""

    def __init__(self, life: "Life") -> None:
        self.life = life
        self.habits = life.setting.roster.habits

    def run(self, rows: Ints) -> None:
        """From dispatched to published, and the aftermath."""
        life = self.life
        accepted = rows[life.share(rows, "accepts")]
        life.step("accepted", accepted, life.desk(accepted, "accept", 1.2, 0.8), acting=life.lead[accepted])
        rows = life.ask_sender(rows, "unit_asks", life.lead[rows])
        forwarded = life.share(rows, "forwarded") & (
            life.routing.other_body(rows, "coordinate") != life.lead[rows]
        )
        hours = life.dice.at(rows).lognormal(
            "handle", self.habits.hours[life.lead[rows]] * life.pace[rows], self.habits.sigma[life.lead[rows]]
        )
        lost = life.share(rows, "forgotten")
        hours[lost] += life.dice.at(rows[lost]).uniform("found again", *_FORGOTTEN_HOURS)
        hours[forwarded] = self._coordinate(rows[forwarded], hours[forwarded])
        result_at = life.setting.office.add(life.t[rows], hours)
        alone = ~forwarded & (hours > _LONG_HOURS)
        self._extend(rows[alone], result_at[alone])
        self._answer(rows, result_at)

    def _coordinate(self, rows: Ints, hours: Floats) -> Floats:
        """Forward to another body and wait for it. Returns the hours that the lead unit then still needs."""
        life = self.life
        other = life.routing.other_body(rows, "coordinate")
        life.step("forwarded", rows, life.desk(rows, "forward", 2.2), acting=life.lead[rows], target=other)
        returned = life.share(rows, "coordination_returned")
        back, reason = rows[returned], life.reason(rows[returned], "returned_wrong")
        at = life.desk(back, "coordination returned", 3.5)
        life.step("coordination_returned", back, at, acting=other[returned], reason=reason)
        helped = rows[~returned]
        at = life.desk(helped, "coordinate work", 0.7 * self.habits.hours[other[~returned]], 0.6)
        life.step("coordination_result", helped, at, acting=other[~returned])
        return np.where(returned, hours * 0.7, life.dice.at(rows).lognormal("consolidate", 4.5, 0.6))

    def _extend(self, rows: Ints, result_at: Ints) -> None:
        """Notices of extension with a promised day; some when it is too late, some a second time."""
        life, office = self.life, self.life.setting.office
        wants = life.share(rows, "extended")
        rows, result_at = rows[wants], result_at[wants]
        dice = life.dice.at(rows)
        late = life.share(rows, "extended_late")
        waited = np.where(late, dice.uniform("extend late", 50, 80), dice.uniform("extend", 12, 38))
        asked_at = office.add(life.t[rows], waited)
        once = np.ones(len(rows), dtype=bool)
        for number, again in enumerate((once, life.share(rows, "extended_twice"))):
            happens = (asked_at < result_at) & again
            them, at = rows[happens], asked_at[happens]
            promised = self._promise(at, dice.at(happens).uniform(f"promise {number}", 3, 10))
            reason = life.reason(them, "extended")
            life.pen.write("extended", them, at, acting=life.lead[them], committed_at=promised, reason=reason)
            asked_at = office.add(asked_at, dice.uniform("extend again", 8, 24))

    @staticmethod
    def _promise(at: Ints, days: Floats) -> Ints:
        local_day = (at + UTC_OFFSET_S) // DAY_S + days.astype(np.int64)
        weekday = (local_day + 3) % 7  # Monday is 0; nobody promises a weekend
        local_day += np.where(weekday >= 5, 7 - weekday, 0)
        return local_day * DAY_S - UTC_OFFSET_S + _PROMISE_AT_S

    def _answer(self, rows: Ints, result_at: Ints) -> None:
        """Result, approval, perhaps sent back for want of content, publication."""
        life, ioc = self.life, read("habits")["ioc"]
        lead = life.lead[rows]
        careless = life.chance(rows, "careless", self.habits.careless[lead])
        life.closed_at[rows] = result_at
        life.step("result", rows, result_at, acting=lead, has_content=~careless)
        life.step(
            "approved", rows, life.desk(rows, "approve", self.habits.leader_hours[lead], 0.9), acting=lead
        )
        back = rows[careless & life.share(rows, "noticed_careless")]
        life.step("sent_back", back, life.desk(back, "send back", 1.2), acting=life.ioc)
        life.step(
            "result", back, life.desk(back, "second result", 6.0), acting=life.lead[back], has_content=1
        )
        hours = self.habits.leader_hours[life.lead[back]]
        life.step("approved", back, life.desk(back, "second approval", hours), acting=life.lead[back])
        at = life.desk(rows, "publish", ioc["publish_hours"], ioc["publish_sigma"])
        life.step("published", rows, at, acting=life.ioc)
        self.aftermath(rows)

    def aftermath(self, rows: Ints) -> None:
        """Ratings, feedback and what the unit makes clear; all count from the publication."""
        life = self.life
        lead, published_at = life.lead[rows], life.t[rows].copy()
        waited_days = (published_at - life.reports.sent_at[rows]) / DAY_S
        pleased = self.habits.pleased[lead] * np.where(waited_days > 9, 0.75, 1.0)
        u = life.dice.at(rows).uniform("pleased")
        rating = np.where(u < pleased * 0.42, 3, np.where(u < pleased, 2, 1))
        rates = life.share(rows, "rated")
        life.pen.write("rated", rows[rates], life.clock(rows[rates], "rate", 18, 1.2), rating=rating[rates])
        answers_back = rows[life.share(rows, "feedback")]
        life.step("feedback", answers_back, life.clock(answers_back, "feedback", 20, 0.9))
        unit = life.lead[answers_back]
        clears = life.chance(answers_back, "clarifies", 1 - self.habits.unclarified[unit])
        them = answers_back[clears]
        hours = 0.4 * self.habits.hours[unit[clears]]
        life.step("clarified", them, life.desk(them, "clarify", hours), acting=unit[clears])

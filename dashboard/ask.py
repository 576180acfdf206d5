"""The first three steps of every callback: whose rows (scope), which (filters of the address), counted when (window).

question = ask(address)                                   # scope, filters, window
rows = await question.gather("overview", {…selects…})     # one snapshot, cached by scope, filters and data version
return build(rows)                                        # pure
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable

from dashboard import access, runtime
from dashboard.ground import Ground, drawn_ground, ground_of
from dashboard.ground_filters import resolved
from dashboard.names import Names
from geo.units import Level
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.periods import Period, period_of
from kpi.queries import dimensions, run
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import WorkCalendar, calendar_for

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """What a page is asked to show, by whom, and the instant that 'now' means (Hub.instant)."""

    scope: Scope
    filters: Filters
    window: Window
    run_id: int

    @property
    def at(self) -> datetime:
        """The instant of 'right now'."""
        return self.window.at

    @property
    def calendar(self) -> WorkCalendar:
        """Office hours and days off of the province."""
        return province_calendar(self.scope.province_code)

    @property
    def today(self) -> date:
        """The day of `at` in Asia/Ho_Chi_Minh."""
        return self.at.astimezone(LOCAL).date()

    def ground(self) -> Ground:
        """The units that a table by place stands on (dashboard.ground.ground_of)."""
        return ground_of(self.filters, self.scope.province_code, self.today)

    def drawn(self, level: Level | None = None) -> Ground:
        """The units that a map draws (dashboard.ground.drawn_ground)."""
        return drawn_ground(self.filters, self.scope.province_code, self.today, level)

    async def gather(
        self, name: str, statements: Mapping[str, Executable], *, behind: bool = False
    ) -> dict[str, Rows]:
        """Rows of several statements from one snapshot, seen by the scope. `name` must tell these statements from others.

        behind: as of kpi.queries.run.gather.
        """
        asked = ",".join(statements)
        parts = (name, asked, self.scope.key(), self.filters.query(), self.at.isoformat(), str(self.run_id))

        async def make() -> dict[str, Rows]:
            return await run.gather(runtime.current().engine, self.scope, statements, behind=behind)

        return await runtime.current().cache.get(parts, make)

    async def names(self) -> Names:
        """Names of units, fields and channels valid today, and of the places of the day that figures stand on.

        Asked anew when a dimension has changed, not with every version.
        """
        on, day = self.today, self.drawn().day or self.today
        version = runtime.current().hub.dimensions
        parts = ("names", self.scope.province_code, on.isoformat(), day.isoformat(), version)

        async def make() -> dict[str, Rows]:
            selects = {
                "units": dimensions.units(on),
                "places": dimensions.places(day),
                "ended_units": dimensions.ended_units(on),
                "ended": dimensions.other_places(day),
                "categories": dimensions.categories(),
            }
            return await run.gather(runtime.current().engine, self.scope, selects)

        return Names.of(await runtime.current().cache.get(parts, make))


def ask(address: Mapping[str, str] | None, also: tuple[str, ...] = ()) -> Question:
    """Read Shell.URL's data for the session of this request. Raises kpi.filters.FilterError for a bad address.

    also: keys of the query string that the page reads itself.
    """
    scope = access.current_scope()
    at = runtime.current().hub.instant()
    search = (address or {}).get("search") or ""
    today = at.astimezone(LOCAL).date()
    filters = Filters.from_query(search, default_period(today), also).within(scope)
    filters = resolved(filters, scope, today)
    window = Window.of(filters.period, at, province_calendar(scope.province_code))
    return Question(scope, filters, window, runtime.current().hub.run_id)


def default_period(today: date) -> Period:
    """Shown when the address names none: the last month whose books are closed (Nghị định 09/2019)."""
    return period_of("month", today).previous()


@cache
def province_calendar(province_code: str) -> WorkCalendar:
    """The province's calendar of office time."""
    return calendar_for(province_code)

"""The clock, passed in everywhere: nothing else asks the machine for the time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Clock:
    """A clock that stands `offset_days` behind the world's; a fixed one for tests when `fixed_at` is given."""

    offset_days: int = 0
    fixed_at: datetime | None = None

    def now(self) -> datetime:
        """This instant, UTC-aware."""
        return self.fixed_at or datetime.now(UTC) - timedelta(days=self.offset_days)

    def today(self) -> date:
        """This day in Asia/Ho_Chi_Minh."""
        return self.now().astimezone(LOCAL).date()

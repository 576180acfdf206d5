"""When the recurring jobs of the ETL are due: schedules.yaml, read strictly, and pure arithmetic of days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from kpi.clock import LOCAL
from kpi.strict_yaml import Strict, parse

FILE = Path(__file__).parent / "schedules.yaml"
THREE_MONTHS_DAYS = 92
"""No three months are longer."""
TRY_AGAIN = timedelta(minutes=15)
"""After a job failed, or was cut off."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Text = Annotated[str, Field(min_length=1)]
KeepDays = Annotated[int, Field(ge=THREE_MONTHS_DAYS)]


class _When(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    weekday: Literal[WEEKDAYS] | None = None  # type: ignore[valid-type]
    reason: Text

    def latest_slot_at(self, now: datetime) -> datetime:
        """The latest instant not after `now` at which the job was due, UTC."""
        local = now.astimezone(LOCAL)
        hour, minute = map(int, self.at.split(":"))
        slot = datetime.combine(local.date(), time(hour, minute), LOCAL)
        days = timedelta(days=1)
        while slot > local or (self.weekday and WEEKDAYS[slot.weekday()] != self.weekday):
            slot -= days
        return slot.astimezone(UTC)

    def next_slot_at(self, now: datetime) -> datetime:
        """The first instant after `now` at which the job is due, UTC."""
        return self.latest_slot_at(now + timedelta(days=7 if self.weekday else 1))


class Plain(_When):
    """A job that looks at the whole mart. after_build: due at once, or done by the build itself until the next slot."""

    task: Literal["reconcile", "check"]
    after_build: Literal["due", "done"]


class MakeMonths(_When):
    """The coming months of the logs are made ahead; rows that lie in no month are moved into theirs, and told."""

    task: Literal["make_months"]
    months_ahead: Annotated[int, Field(ge=2, le=24)]


class ForgetMonths(_When):
    """Whole months of a log go when their last day is older than keep_days (world's clock, as they were written)."""

    task: Literal["forget_months"]
    log: Literal["run", "audit_log"]
    keep_days: KeepDays
    article: Text


class ForgetQuarantine(_When):
    """Rows of the quarantine go keep_days after the source mended them (product's clock)."""

    task: Literal["forget_quarantine"]
    keep_days: KeepDays
    article: Text


Job = Plain | MakeMonths | ForgetMonths | ForgetQuarantine


class _File(Strict):
    jobs: tuple[Annotated[Job, Field(discriminator="task")], ...]


@dataclass(frozen=True)
class Last:
    """The last time that a job was done or tried; instants on the product's clock.

    slot_at: the time at which it was due. status: running | ok | differs | failed.
    """

    slot_at: datetime
    tried_at: datetime
    status: str
    message: str = ""


def is_due(job: Job, last: Last | None, now: datetime, built_at: datetime | None = None) -> bool:
    """Never done, a slot has come since, or the last try failed or was cut off a while ago.

    built_at: when the mart was built last, product's clock; what that means for a job says its `after_build`.
    """
    if built_at and isinstance(job, Plain):
        if job.after_build == "due" and (last is None or last.tried_at < built_at):
            return True
        if job.after_build == "done" and job.latest_slot_at(now) <= built_at:
            return False
    if last is None or job.latest_slot_at(now) > last.slot_at:
        return True
    return last.status in ("running", "failed") and now - last.tried_at >= TRY_AGAIN


def parse_schedules(text: str, file: str) -> Mapping[str, Job]:
    """Jobs by id, in their order. Raises strict_yaml.DataError with file, line and field."""
    record, located = parse(text, file, _File)
    ids = [job.id for job in record.jobs]
    for place, job in enumerate(record.jobs):
        if job.id in ids[:place]:
            raise located.error(("jobs", place, "id"), f"{job.id} stands twice")
    return MappingProxyType({job.id: job for job in record.jobs})


@cache
def load_schedules() -> Mapping[str, Job]:
    """The shipped schedules.yaml."""
    return parse_schedules(FILE.read_text(encoding="utf-8"), FILE.name)

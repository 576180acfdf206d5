"""A foreign source described in YAML: which column is which part of a report, and which milestone is which event."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from etl.sources.instants import same_but_for_day_and_month
from kpi.calendar_data import ProvinceCode
from kpi.stages import KINDS, TARGETED, UNIT_ACTS
from kpi.strict_yaml import DataError, Located, Strict, parse

SHIPPED = Path(__file__).parent / "mappings"
Text = Annotated[str, Field(min_length=1)]
EVENTS_MOST = 32
"""Events of one report in a mapping, at most: an event's id is its report's id times this, plus its place."""


class FileShape(Strict):
    """How the files are written. sheet: of a workbook; it may be left out where there is one. decimal: of coordinates."""

    pattern: Text
    encoding: Text = "utf-8"
    separator: Text = ","
    sheet: Text | None = None
    decimal: Literal[".", ","] = "."


class Open311Shape(Strict):
    """What an Open311 GeoReport v2 server needs beside its address. page_size null: the server does not page.

    answer_most: where a server without pages cuts its answers; left out, every round count is looked at twice.
    """

    jurisdiction_id: Text | None = None
    format: Literal["json", "xml"] = "json"
    first_on: date
    page_size: Annotated[int, Field(gt=0, le=1000)] | None = None
    answer_most: Annotated[int, Field(gt=0, le=100_000)] | None = None


class OwnUnit(Strict):
    """The unit that receives and passes on: the source's own IOC."""

    code: Text
    name: Text


class ReportColumns(Strict):
    """Columns of a report. Whatever column is not named in a mapping is never read.

    unit_if_empty, channel_if_empty: the unit, the channel (not a column) of reports whose source names none; without
    them a row without unit is refused, and one without channel is told of.
    """

    code: Text
    sent_at: Text
    unit: Text
    unit_if_empty: Text | None = None
    unit_name: Text | None = None
    field: Text
    channel: Text | None = None
    channel_if_empty: Text | None = None
    district: Text | None = None
    commune: Text | None = None
    lon: Text | None = None
    lat: Text | None = None
    title: Text | None = None
    body: Text | None = None


class Milestone(Strict):
    """An event of each report whose column `at` is filled and whose `only_if` columns hold one of the values.

    by: who acted. A `dispatched` goes to the report's unit, and carries the store's own due instant from column `due`.
    """

    kind: Text
    at: Text
    by: Literal["ioc", "unit", "sender"]
    due: Text | None = None
    only_if: Annotated[dict[str, tuple[str, ...]], Field(default_factory=dict)]


class SourceMapping(Strict):
    """One source. zone: IANA zone of instants without one. instants: strptime formats tried in order, or "iso"."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,30}$")]
    province: ProvinceCode
    zone: Text
    instants: Annotated[tuple[Text, ...], Field(min_length=1)]
    empty: tuple[str, ...] = ()
    file: FileShape | None = None
    open311: Open311Shape | None = None
    ioc: OwnUnit
    report: ReportColumns
    events: Annotated[tuple[Milestone, ...], Field(min_length=1, max_length=EVENTS_MOST)]
    channel_names: Annotated[dict[str, Text], Field(default_factory=dict)]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        named = [
            value
            for value in self.report.model_dump(exclude={"unit_if_empty", "channel_if_empty"}).values()
            if value
        ]
        for event in self.events:
            named += [event.at, *([event.due] if event.due else []), *event.only_if]
        return tuple(dict.fromkeys(named))

    @property
    def instant_columns(self) -> frozenset[str]:
        """Columns that hold instants."""
        named = [self.report.sent_at, *[e.at for e in self.events], *[e.due for e in self.events if e.due]]
        return frozenset(named)


class PostgresShape(Strict):
    """A database that shows the contract's views. omits: views that its system has nothing for."""

    schema_name: Annotated[str, Field(alias="schema", pattern=r"^[a-z_][a-z0-9_]*$")] = "ioc_v1"
    omits: tuple[Literal["hotline_call", "directive"], ...] = ()


class StoreMapping(Strict):
    """A foreign system in PostgreSQL: which column is what is said by the SQL views that its adopter wrote."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,30}$")]
    province: ProvinceCode
    postgres: PostgresShape


def load_mapping(name_or_path: str) -> SourceMapping:
    """Of files or an Open311 server: a shipped mapping by name ("nyc311"), or any YAML file by path.

    Raises DataError with file, line and field.
    """
    mapping = load_any(name_or_path)
    if isinstance(mapping, StoreMapping):
        raise DataError(name_or_path, 1, "postgres", "a database; files or an Open311 server were asked for")
    return mapping


def load_any(name_or_path: str) -> SourceMapping | StoreMapping:
    """A mapping of whatever kind. Raises DataError with file, line and field."""
    path = SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file():
        path = Path(name_or_path)
    if not path.is_file():
        shipped = ", ".join(sorted(found.stem for found in SHIPPED.glob("*.yaml")))
        raise DataError(
            str(path), 1, "file", f"no such mapping; shipped: {shipped}; or name the path of a YAML file"
        )
    text = path.read_text(encoding="utf-8")
    if "postgres" in Located(text, path.name).values:
        return parse(text, path.name, StoreMapping)[0]
    mapping, located = parse(text, path.name, SourceMapping)
    _check(mapping, located)
    return mapping


def _check(mapping: SourceMapping, located: Located) -> None:
    """What one field alone cannot show."""
    try:
        ZoneInfo(mapping.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise located.error(
            ("zone",), f"{mapping.zone!r} is no IANA time zone, such as Asia/Ho_Chi_Minh"
        ) from error
    if clash := same_but_for_day_and_month(mapping.instants):
        raise located.error(
            ("instants",),
            f"{clash[0]!r} and {clash[1]!r} read 03/04 differently: give each source its own mapping",
        )
    if (mapping.file is None) == (mapping.open311 is None):
        raise located.error(("name",), "describe either `file` or `open311`")
    for place, event in enumerate(mapping.events):
        loc = ("events", place, "kind")
        if event.kind not in KINDS:
            raise located.error(loc, f"{event.kind!r} is not a kind of docs/architecture.md")
        if event.kind in TARGETED and event.kind != "dispatched":
            raise located.error(loc, f"{event.kind} needs a target: write SQL views for the store contract")
        if event.kind in UNIT_ACTS and event.by != "unit":
            raise located.error(("events", place, "by"), f"{event.kind} is done by the unit")
        if event.due and event.kind != "dispatched":
            raise located.error(("events", place, "due"), "only a dispatch carries the store's due instant")

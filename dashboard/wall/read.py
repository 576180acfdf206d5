"""The wall's queries, and their rows read into two frozen records: what is in hand, and the counts of periods. No words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable

from dashboard.ask import Question, Rows
from dashboard.overview_read import DISPATCH, TREND_PERIODS
from dashboard.wall import places
from kpi.periods import Period, period_of
from kpi.queries import figures, in_hand, stages
from kpi.queries.grain import REPORT
from kpi.queries.ground import PLACE, Origin
from kpi.rates import Rate

WHOLE = ""
"""Key of the whole province beside the places' codes."""
URGENT = ("urgent", "instant")
UNKNOWN_PLACE = "-"
"""Key of what has no known place."""
JUDGED = ("on_time", "judged")
_BESIDE = ("overdue_before", "latest_sent_at")
OF_PERIOD = (*JUDGED, "done", "done_rated", "rated", "satisfied")


@dataclass(frozen=True)
class Stock:
    """One place (or the whole province) right now, and its overdue reports 24 hours ago."""

    in_hand: int = 0
    due_soon: int = 0
    overdue: int = 0
    oldest_due_at: datetime | None = None
    overdue_yesterday: int = 0


@dataclass(frozen=True)
class Held:
    """What one unit holds right now that is overdue or due soon; unit '': what no unit holds yet."""

    unit: str
    overdue: int
    due_soon: int
    oldest_due_at: datetime | None


@dataclass(frozen=True)
class Stocks:
    """All that is in hand. By place: WHOLE, or the code of a district (of a commune, where districts ended)."""

    stock: Mapping[str, Stock]
    held: Mapping[str, tuple[Held, ...]]
    overdue_fields: Mapping[str, Mapping[str, int]]
    urgent: Mapping[str, int]
    """In hand right now, by the unit that leads."""
    urgent_sent_at: datetime | None
    """When the youngest of the urgent ones in hand was sent."""


@dataclass(frozen=True)
class Flows:
    """Counts of periods, places as in Stocks."""

    on_time: Mapping[str, Rate]
    on_time_before: Mapping[str, Rate]
    satisfaction: Rate
    satisfaction_before: Rate
    rated: Rate
    dispatch: Rate
    dispatch_before: Rate
    on_time_fields: Mapping[str, Rate]
    trend: tuple[tuple[Period, Rate], ...]

    def __len__(self) -> int:
        """How much is held in memory of it."""
        return len(self.on_time) + len(self.on_time_before) + len(self.on_time_fields) + len(self.trend)


def trend_periods(today: date) -> list[Period]:
    """The last closed months on a local day, oldest first."""
    row = [period_of("month", today).previous()]
    while len(row) < TREND_PERIODS:
        row.insert(0, row[0].previous())
    return row


def stocks_asked(question: Question) -> dict[str, Executable]:
    """The select of what is in hand, which reads it once."""
    return {"now": places.in_hand(question)}


def flows_asked(question: Question) -> dict[str, Executable]:
    """Selects of the period that runs, the one before it, and the trend; answered from one snapshot."""
    filters, window = question.filters, question.window
    before = window.over(filters.period.previous())
    months = [window.over(each) for each in trend_periods(question.today)]
    this = figures.counts(REPORT, filters, window, OF_PERIOD, (*PLACE, "field"))
    return {
        "this": places.placed(question, this),
        "before": places.placed(question, figures.counts(REPORT, filters, before, OF_PERIOD, PLACE)),
        "dispatch": stages.rates_over(filters, (window, before), DISPATCH),
        "trend": figures.trend(filters, months, JUDGED),
    }


def stocks(question: Question, rows: Mapping[str, Rows]) -> Stocks:
    """Rows of `stocks_asked` -> Stocks."""
    now, of_place = rows["now"], (*Origin._fields, *in_hand.COUNTED)
    places_ = _by_place(
        places.by_place(question, [_cut(row, (*of_place, *_BESIDE)) for row in _kind(now, in_hand.PLACES)])
    )
    fields = [_cut(row, (*Origin._fields, "field", "overdue")) for row in _kind(now, in_hand.FIELDS)]
    place_units = [_led(row, Origin._fields) for row in _kind(now, in_hand.PLACE_UNITS)]
    units = [_led(row, ("urgency",)) for row in _kind(now, in_hand.UNITS)]
    urgent = [row["latest_sent_at"] for row in _kind(now, in_hand.PLACES) if row["urgency"] in URGENT]
    return Stocks(
        stock={place: _stock(row) for place, row in places_.items()},
        held=_held(units, places.by_place(question, place_units)),
        overdue_fields=_fields(places.by_place(question, fields)),
        urgent=_urgent(units),
        urgent_sent_at=max(filter(None, urgent), default=None),
    )


def flows(question: Question, rows: Mapping[str, Rows]) -> Flows:
    """Rows of `flows_asked` -> Flows."""
    this, before = places.by_place(question, rows["this"]), places.by_place(question, rows["before"])
    whole, whole_before = _summed(this, ()).get((), {}), _summed(before, ()).get((), {})
    dispatch = rows["dispatch"][0]
    trend = sorted(rows["trend"], key=lambda row: row["place"])
    return Flows(
        on_time=_rates(this),
        on_time_before=_rates(before),
        satisfaction=_share(whole, "satisfied", "rated"),
        satisfaction_before=_share(whole_before, "satisfied", "rated"),
        rated=_share(whole, "done_rated", "done"),
        dispatch=_share(dispatch, "stage_on_time_0", "stage_judged_0"),
        dispatch_before=_share(dispatch, "stage_on_time_1", "stage_judged_1"),
        on_time_fields={
            field or "": _share(row, *JUDGED) for (field,), row in _summed(this, ("field",)).items()
        },
        trend=tuple(
            (period, _share(row, *JUDGED))
            for period, row in zip(trend_periods(question.today), trend, strict=True)
        ),
    )


Row = Mapping[str, Any]


def _summed(rows: Iterable[Row], by: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows added up by some of their keys."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in by)
        if key in found:
            places.add(found[key], row)
        else:
            found[key] = dict(row)
    return found


def _share(row: Row, part: str, whole: str) -> Rate:
    return Rate(row.get(part, 0), row.get(whole, 0))


def _by_place(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Sums of the whole province and of each place."""
    rows = list(rows)
    whole = _summed(rows, ()).get((), {})
    return {WHOLE: whole} | {_place(key): row for (key,), row in _summed(rows, ("place",)).items()}


def _place(code: str) -> str:
    return code or UNKNOWN_PLACE


def _rates(rows: Rows) -> dict[str, Rate]:
    return {place: _share(row, *JUDGED) for place, row in _by_place(rows).items()}


def _stock(row: Row) -> Stock:
    return Stock(
        row.get("in_hand", 0),
        row.get("due_soon", 0),
        row.get("overdue", 0),
        row.get("oldest_due_at"),
        row.get("overdue_before", 0),
    )


def _kind(rows: Rows, kind: int) -> Rows:
    return [row for row in rows if row["kind"] == kind]


def _cut(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _led(row: Row, keys: Iterable[str]) -> dict[str, Any]:
    """A unit's row counts lead assignments; what no unit leads counts reports."""
    prefix = in_hand.LED if row["unit"] is not None else ""
    counted = {name: row[f"{prefix}{name}"] for name in in_hand.COUNTED}
    return {name: row[name] for name in keys} | {"unit": row["unit"] or figures.NOT_DISPATCHED} | counted


def _unit(row: Row) -> Held:
    return Held(row["unit"], row["overdue"], row["due_soon"], row["oldest_due_at"])


def _held(units: Rows, place_units: Rows) -> dict[str, tuple[Held, ...]]:
    """By place, the units and what no unit holds yet."""
    found = {WHOLE: [_unit(row) for row in _summed(units, ("unit",)).values()]}
    for row in place_units:
        found.setdefault(_place(row["place"]), []).append(_unit(row))
    return {place: tuple(held) for place, held in found.items()}


def _fields(place_fields: Rows) -> dict[str, dict[str, int]]:
    whole = _summed(place_fields, ("field",))
    found: dict[str, dict[str, int]] = {
        WHOLE: {field or "": row["overdue"] for (field,), row in whole.items()}
    }
    for row in place_fields:
        found.setdefault(_place(row["place"]), {})[row["field"] or ""] = row["overdue"]
    return found


def _urgent(rows: Rows) -> dict[str, int]:
    urgent = _summed([row for row in rows if row["urgency"] in URGENT], ("unit",))
    return {unit or "": row["in_hand"] for (unit,), row in urgent.items() if row["in_hand"]}

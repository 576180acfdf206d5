"""Every count by name: one condition each, used both to count and to list what was counted.

So the number on a screen and the list behind it cannot differ. Names are also the values of the filter `state`.
Flows lie in [start_at, until_at) of the window; stocks are asked at one instant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, or_

from kpi import mart
from kpi.queries.grain import ASSIGNMENT, REPORT, Grain
from kpi.queries.window import Window

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Measure:
    """One count: `condition` of a row; `spans` are ranges that hold every such row, each served by an index.

    only: the one grain in which it is listed, None for both. is_open: rows still in hand, listed by what is due first.
    """

    name: str
    spans: tuple[str, ...]
    condition: Callable[[Grain, Window], Condition]
    only: Grain | None = None
    is_open: bool = False


def within(column: ColumnElement, window: Window) -> Condition:
    """The instant lies in the period, as far as it has run."""
    return and_(column >= window.start_at, column < window.until_at)


def in_hand_at(grain: Grain, at: datetime, since_at: datetime | None = None) -> Condition:
    """Entered before `at` and not left before it; with an earlier `since_at`: not left before that."""
    return and_(grain.entered_at < at, or_(grain.left_at.is_(None), grain.left_at >= (since_at or at)))


def _ended(*how: str) -> Callable[[Grain, Window], Condition]:
    return lambda grain, window: and_(within(grain.left_at, window), grain.how.in_(how))


def _done(*outcomes: str) -> Callable[[Grain, Window], Condition]:
    """A result approved in the period; with outcomes: only those."""

    def condition(grain: Grain, window: Window) -> Condition:
        done = and_(within(grain.left_at, window), grain.how == grain.done)
        return and_(done, grain.outcome.in_(outcomes)) if outcomes else done

    return condition


def _missed(grain: Grain, window: Window) -> Condition:
    """Fell due in the period while in hand, and not done before its end: leaving it open or returning it does not help."""
    done_before_end = and_(grain.how == grain.done, grain.left_at < window.until_at)
    was_in_hand = or_(grain.left_at.is_(None), grain.left_at > grain.due_at)
    return and_(within(grain.due_at, window), was_in_hand, not_(done_before_end))


def _judged(grain: Grain, window: Window) -> Condition:
    """Denominator of the on-time rate: done in the period under a limit, or missed in it."""
    return or_(_done("on_time", "late")(grain, window), _missed(grain, window))


def _late(grain: Grain, window: Window) -> Condition:
    return or_(_done("late")(grain, window), _missed(grain, window))


def _overdue_at(grain: Grain, at: datetime) -> Condition:
    return and_(in_hand_at(grain, at), grain.due_at < at)


def _not_due_at(grain: Grain, at: datetime) -> Condition:
    return and_(in_hand_at(grain, at), or_(grain.due_at.is_(None), grain.due_at >= at))


def _due_soon(grain: Grain, window: Window) -> Condition:
    return and_(in_hand_at(grain, window.at), grain.due_at >= window.at, grain.due_at <= window.soon_until)


def _in_time(grain: Grain, window: Window) -> Condition:
    return and_(in_hand_at(grain, window.at), or_(grain.due_at.is_(None), grain.due_at > window.soon_until))


def _rated(*ratings: int) -> Callable[[Grain, Window], Condition]:
    def condition(_: Grain, window: Window) -> Condition:
        return and_(within(mart.report.c.rated_at, window), mart.report.c.rating.in_(ratings))

    return condition


def stands() -> Condition:
    """Not refused, withdrawn or merged into another: one matter, told once, that was taken up."""
    return mart.report.c.status.in_(STANDING)


STANDING = ("open", "done", "passed_on")

_ENTERED, _LEFT, _DUE = ("entered",), ("left",), ("due",)
_START, _UNTIL, _NOW = ("stock_start",), ("stock_until",), ("stock_now",)

_ALL = (
    # Now, whatever the period: in_hand = in_time + due_soon + overdue.
    Measure("in_hand", _NOW, lambda g, w: in_hand_at(g, w.at), is_open=True),
    Measure("in_time", _NOW, _in_time, is_open=True),
    Measure("due_soon", _NOW, _due_soon, is_open=True),
    Measure("overdue", _NOW, lambda g, w: _overdue_at(g, w.at), is_open=True),
    # The balance of the period: carried_over + received = what ended in it + left_in_time + left_overdue.
    Measure("carried_over", _START, lambda g, w: in_hand_at(g, w.start_at)),
    Measure("received", _ENTERED, lambda g, w: within(g.entered_at, w)),
    Measure("done_on_time", _LEFT, _done("on_time", "none")),
    Measure("done_late", _LEFT, _done("late")),
    Measure("refused", _LEFT, _ended("refused")),
    Measure("withdrawn", _LEFT, _ended("withdrawn")),
    Measure("passed_on", _LEFT, _ended("passed_on")),
    Measure("merged", _LEFT, _ended("merged")),
    Measure("returned", _LEFT, _ended("returned_wrong"), ASSIGNMENT),
    Measure("reassigned", _LEFT, _ended("reassigned"), ASSIGNMENT),
    Measure("left_in_time", _UNTIL, lambda g, w: _not_due_at(g, w.until_at), is_open=True),
    Measure("left_overdue", _UNTIL, lambda g, w: _overdue_at(g, w.until_at), is_open=True),
    # The on-time rate of the period: on_time / judged; judged = on_time + late.
    Measure("done", _LEFT, _done()),
    Measure("on_time", _LEFT, _done("on_time")),
    Measure("late", (*_LEFT, *_DUE), _late),
    Measure("missed", _DUE, _missed),
    Measure("judged", (*_LEFT, *_DUE), _judged),
    Measure("without_limit", _LEFT, _done("none")),
    Measure("extended", _ENTERED, lambda g, w: and_(within(g.entered_at, w), g.table.c.is_extended)),
    Measure("dispatched", _ENTERED, lambda g, w: within(g.entered_at, w), ASSIGNMENT),
    # What only a whole report has.
    Measure("published", ("published",), lambda _, w: within(mart.report.c.published_at, w), REPORT),
    Measure("rated", ("rated",), _rated(1, 2, 3), REPORT),
    Measure("satisfied", ("rated",), _rated(2, 3), REPORT),
    Measure("rated_3", ("rated",), _rated(3), REPORT),
    Measure("rated_2", ("rated",), _rated(2), REPORT),
    Measure("rated_1", ("rated",), _rated(1), REPORT),
    Measure("done_rated", _LEFT, lambda g, w: and_(_done()(g, w), mart.report.c.rating.is_not(None)), REPORT),
    Measure("standing", _ENTERED, lambda g, w: and_(within(g.entered_at, w), stands()), REPORT),
    Measure(
        "repeated",
        _ENTERED,
        lambda g, w: and_(within(g.entered_at, w), mart.report.c.repeats_report_id.is_not(None)),
        REPORT,
    ),
)

MEASURES = {measure.name: measure for measure in _ALL}

NOW = ("in_hand", "in_time", "due_soon", "overdue")
"""Stocks at the window's instant."""

BALANCE = (
    "carried_over",
    "received",
    "done_on_time",
    "done_late",
    "refused",
    "withdrawn",
    "passed_on",
    "merged",
    "returned",
    "reassigned",
    "left_in_time",
    "left_overdue",
)
"""The two sides of the balance; of reports, returned and reassigned are always 0."""

RATE = ("on_time", "late", "missed", "judged", "done", "without_limit", "extended")
FLOW = ("received", "on_time", "judged")
"""What a long row of periods shows: three index ranges, no stock."""

RATING = ("rated", "satisfied", "rated_3", "rated_2", "rated_1", "done_rated", "done")
"""Counts of the satisfaction of citizens: always by report, its unit being the last lead."""


def span(grain: Grain, name: str, window: Window) -> Condition:
    """A range of rows that an index of the mart serves."""
    ranges: dict[str, Callable[[], Condition]] = {
        "entered": lambda: within(grain.entered_at, window),
        "left": lambda: within(grain.left_at, window),
        "due": lambda: within(grain.due_at, window),
        "rated": lambda: within(mart.report.c.rated_at, window),
        "published": lambda: within(mart.report.c.published_at, window),
        "stock_now": lambda: in_hand_at(grain, window.at),
        "stock_start": lambda: in_hand_at(grain, window.start_at),
        "stock_until": lambda: in_hand_at(grain, window.until_at),
    }
    return ranges[name]()

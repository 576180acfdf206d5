"""Dated values: what held on which day. No overlap, no gap, and a question before the first day is an error."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


class NotInForceError(LookupError):
    """Nothing held on the day asked for; the text says what, which day, and from when to when something did."""


class BadValidityError(ValueError):
    """Two validities overlap or leave a gap. `index` is the place of the later one."""

    def __init__(self, index: int, problem: str) -> None:
        self.index = index
        super().__init__(problem)


@dataclass(frozen=True)
class Span(Generic[T]):
    """`value` holds on every day with from_on <= day < until_on (None: no end set)."""

    from_on: date
    until_on: date | None
    value: T


class Dated(Generic[T]):
    """Values by day.

    >>> d = Dated("limit", [Span(date(2022, 1, 1), date(2024, 1, 1), 6), Span(date(2024, 1, 1), None, 5)])
    >>> d.value_on(date(2023, 12, 31)), d.value_on(date(2024, 1, 1))
    (6, 5)
    """

    def __init__(self, name: str, spans: Sequence[Span[T]]) -> None:
        """`spans` in order of time. Raises BadValidityError when one is empty, overlaps, or leaves a gap."""
        if not spans:
            raise BadValidityError(0, f"{name}: no dated value at all")
        for index, span in enumerate(spans):
            if span.until_on is not None and span.until_on <= span.from_on:
                raise BadValidityError(
                    index, f"{name}: ends on {span.until_on}, not after its start {span.from_on}"
                )
            if index:
                _check_joined(name, index, spans[index - 1].until_on, span.from_on)
        self.name = name
        self.spans = tuple(spans)
        self._starts = [span.from_on for span in spans]

    def span_on(self, day: date) -> Span[T]:
        """The span that covers `day`. Raises NotInForceError."""
        place = bisect_right(self._starts, day) - 1
        span = self.spans[max(place, 0)]
        if place < 0 or (span.until_on is not None and day >= span.until_on):
            end = self.spans[-1].until_on
            raise NotInForceError(
                f"{self.name}: nothing in force on {day:%d/%m/%Y}; known from {self._starts[0]:%d/%m/%Y}"
                + (f" until before {end:%d/%m/%Y}" if end else "")
            )
        return span

    def value_on(self, day: date) -> T:
        """The value that held on `day`. Raises NotInForceError."""
        return self.span_on(day).value


def _check_joined(name: str, index: int, previous_until: date | None, from_on: date) -> None:
    if previous_until is None or from_on < previous_until:
        raise BadValidityError(
            index, f"{name}: {from_on} overlaps the value before it, which ends {previous_until or 'never'}"
        )
    if from_on > previous_until:
        raise BadValidityError(index, f"{name}: a gap, nothing holds from {previous_until} until {from_on}")

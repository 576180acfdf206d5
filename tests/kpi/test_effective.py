"""Dated values: edges of validity, overlaps, gaps, and the question before the first day."""

from datetime import date

import pytest

from kpi.effective import BadValidityError, Dated, NotInForceError, Span

LIMITS = Dated(
    "limit", [Span(date(2022, 1, 1), date(2024, 1, 1), 6), Span(date(2024, 1, 1), date(2026, 1, 1), 5)]
)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2022, 1, 1), 6),  # first day
        (date(2023, 12, 31), 6),  # last day of the first span: until is the day after
        (date(2024, 1, 1), 5),
        (date(2025, 12, 31), 5),
    ],
)
def test_value_on_day(day, value):
    assert LIMITS.value_on(day) == value


@pytest.mark.parametrize("day", [date(2021, 12, 31), date(2026, 1, 1)])
def test_outside_is_an_error_naming_the_day(day):
    with pytest.raises(NotInForceError, match=rf"limit: .*{day:%d/%m/%Y}.*01/01/2022.*01/01/2026"):
        LIMITS.value_on(day)


@pytest.mark.parametrize(
    ("spans", "index", "words"),
    [
        ([], 0, "no dated value"),
        ([Span(date(2022, 1, 1), date(2022, 1, 1), 6)], 0, "not after its start"),
        ([Span(date(2022, 1, 1), None, 6), Span(date(2024, 1, 1), None, 5)], 1, "overlaps"),
        ([Span(date(2022, 1, 1), date(2024, 1, 2), 6), Span(date(2024, 1, 1), None, 5)], 1, "overlaps"),
        ([Span(date(2022, 1, 1), date(2023, 12, 31), 6), Span(date(2024, 1, 1), None, 5)], 1, "gap"),
    ],
)
def test_refused_validities(spans, index, words):
    with pytest.raises(BadValidityError, match=words) as caught:
        Dated("limit", spans)
    assert caught.value.index == index

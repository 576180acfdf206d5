"""Titles that say the point, made by rules from the data. Pure: values in, a sentence out.

When no rule fires the title is the plain name of the measure, never an invented story (design guide, section 1.2).
A rate takes part only from MIN_COUNT on, and a difference only from MIN_DIFFERENCE_PCT on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.text import number, points, small_number, t
from kpi.rates import Rate

MIN_COUNT = 10
"""Below it a rate is a fraction ('7 trên 8'), design guide, section 7."""
MIN_DIFFERENCE_PCT = 1.0
MARK_PCT = 90
FEW_UNITS = 3
DISTRICT_MARKS_PCT = (90, 93, 95, 97)
"""Class bounds of the district map: fixed, the same all year."""


@dataclass(frozen=True)
class Named:
    """A unit, field or district with its count and its rate."""

    name: str
    count: int
    rate: Rate


def is_enough(rate: Rate) -> bool:
    """Whether the rate may be shown and spoken of as one."""
    return rate.denominator >= MIN_COUNT


def change_of_count(value: int, before: int, period: str) -> str:
    """'Giảm 156 so với tháng 9'."""
    if value == before:
        return t("head.same", period=period)
    return t(
        "head.more" if value > before else "head.less", amount=number(abs(value - before)), period=period
    )


def change_of_rate(rate: Rate, before: Rate, period: str) -> str:
    """'Tăng 2,4 điểm so với tháng 9'; '' where one of them has too few to compare."""
    if not (is_enough(rate) and is_enough(before)) or rate.pct is None or before.pct is None:
        return ""
    difference_pct = round(rate.pct, 1) - round(before.pct, 1)
    if abs(difference_pct) < 0.05:
        return t("head.same", period=period)
    return t(
        "head.more" if difference_pct > 0 else "head.less", amount=points(difference_pct / 100), period=period
    )


def who_holds(overdue_by_unit: Sequence[tuple[str, int]]) -> tuple[str, str]:
    """(point, names) of the verdict banner; overdue_by_unit: (name, overdue), any order, zeros allowed.

    ('3 đơn vị giữ 22 trên 41 phản ánh quá hạn', 'Sở Giao thông vận tải 9, …'); the three speak for the whole only
    when they hold a third of it or more.
    """
    held = sorted(
        ((name, count) for name, count in overdue_by_unit if count), key=lambda pair: (-pair[1], pair[0])
    )
    whole = sum(count for _, count in held)
    if not whole:
        return t("head.none_overdue"), ""
    top = held[:FEW_UNITS]
    part = sum(count for _, count in top)
    mark = "; " if any("," in name for name, _ in top) else ", "
    names = mark.join(f"{name} {number(count)}" for name, count in top)
    if len(held) == 1:
        return t("head.one_holds_all", whole=number(whole)), names
    if len(held) <= FEW_UNITS:
        return t("head.few_hold_all", units=small_number(len(held)), whole=number(whole)), names
    if part * 3 < whole:
        return t("head.many_hold", whole=number(whole), units=number(len(held))), names
    return t("head.few_hold_part", units=len(top), part=number(part), whole=number(whole)), names


def trend(rates: Sequence[Rate], previous_label: str) -> str:
    """Title of the on-time line; the last rate is the one that is spoken of."""
    spoken = [round(rate.pct, 1) for rate in rates if is_enough(rate) and rate.pct is not None]
    if len(spoken) < 4 or not is_enough(rates[-1]) or not is_enough(rates[-2]):
        return t("head.trend_plain")
    last, before, others = spoken[-1], spoken[-2], spoken[:-1]
    if last < min(others):
        return t("head.trend_lowest", count=len(spoken))
    if last > max(others):
        return t("head.trend_highest", count=len(spoken))
    if abs(last - before) < MIN_DIFFERENCE_PCT:
        return t("head.trend_plain")
    key = "head.trend_up" if last > before else "head.trend_down"
    return t(key, amount=points((last - before) / 100), period=previous_label)


def units(shown: Sequence[Named]) -> str:
    """'Hai đơn vị dưới 90 % đúng hạn', of the units that the table shows."""
    below = [unit for unit in shown if is_enough(unit.rate) and (unit.rate.pct or 0) < MARK_PCT]
    return (
        t("head.units_below", count=small_number(len(below)), mark=MARK_PCT)
        if below
        else t("head.units_plain")
    )


def fields(shown: Sequence[Named]) -> str:
    """'Giao thông nhiều nhất, ngập nước trễ nhất'."""
    spoken = [field for field in shown if is_enough(field.rate)]
    if len(spoken) < 2:
        return t("head.fields_plain")
    most = max(spoken, key=lambda field: (field.count, field.name))
    worst = min(spoken, key=lambda field: (field.rate.pct or 0, field.name))
    if most.name == worst.name:
        return t("head.fields_both", most=most.name)
    return t("head.fields_most_worst", most=most.name, worst=_in_sentence(worst.name))


def districts(shown: Sequence[Named]) -> tuple[str, list[Named]]:
    """(title, the districts it speaks of, lowest first): those below the lowest class bound that has some below it."""
    spoken = sorted(
        (place for place in shown if is_enough(place.rate)),
        key=lambda place: (place.rate.pct or 0, place.name),
    )
    for mark in DISTRICT_MARKS_PCT:
        below = [place for place in spoken if (place.rate.pct or 0) < mark]
        if below:
            return t("head.districts_below", count=small_number(len(below)), mark=mark), below
    return t("head.districts_plain"), []


def _in_sentence(name: str) -> str:
    """A field's name within a sentence: 'Cấp thoát nước' -> 'cấp thoát nước'; an abbreviation stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]

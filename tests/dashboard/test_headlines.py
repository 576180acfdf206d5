"""Titles by rules: each rule fires where it should, words of amount are computed, and silence is the plain name."""

import pytest

from dashboard import headlines
from dashboard.headlines import Named
from kpi.rates import Rate


@pytest.mark.parametrize(
    ("overdue", "point", "names"),
    [
        ([], "Không có phản ánh quá hạn.", ""),
        ([("A", 0)], "Không có phản ánh quá hạn.", ""),
        ([("A", 5), ("B", 0)], "Một đơn vị giữ toàn bộ 5 phản ánh quá hạn", "A 5"),
        ([("A", 2), ("B", 3)], "Hai đơn vị giữ toàn bộ 5 phản ánh quá hạn", "B 3, A 2"),
        # 9 + 7 + 6 = 22 of 22 + 5 + 5 + 4 + 3 + 2 = 41
        (
            [("MX", 5), ("GT", 9), ("TP", 7), ("MT", 6), ("DL", 4), ("CA", 3), ("VC", 2), ("X", 5)],
            "3 đơn vị giữ 22 trên 41 phản ánh quá hạn",
            "GT 9, TP 7, MT 6",
        ),
        # a name with a comma keeps to itself
        (
            [("UBND phường 3, Sóc Trăng", 2), ("B", 3)],
            "Hai đơn vị giữ toàn bộ 5 phản ánh quá hạn",
            "B 3; UBND phường 3, Sóc Trăng 2",
        ),
        # 1 each in 20 units: 3 of 20 is under a third
        (
            [(f"U{n:02}", 1) for n in range(20)],
            "20 phản ánh quá hạn ở 20 đơn vị, nhiều nhất",
            "U00 1, U01 1, U02 1",
        ),
    ],
)
def test_who_holds(overdue, point, names) -> None:
    assert headlines.who_holds(overdue) == (point, names)


@pytest.mark.parametrize(
    ("value", "before", "words"),
    [
        (1018, 1174, "Giảm 156 so với tháng 9"),
        (41, 35, "Tăng 6 so với tháng 9"),
        (41, 41, "Không đổi so với tháng 9"),
    ],
)
def test_change_of_count(value, before, words) -> None:
    assert headlines.change_of_count(value, before, "tháng 9") == words


@pytest.mark.parametrize(
    ("rate", "before", "words"),
    [
        (Rate(907, 967), Rate(914, 1000), "Tăng 2,4 điểm so với tháng 9"),  # 93.8 − 91.4
        (Rate(914, 1000), Rate(907, 967), "Giảm 2,4 điểm so với tháng 9"),
        (Rate(981, 1000), Rate(981, 1000), "Không đổi so với tháng 9"),
        (Rate(7, 8), Rate(914, 1000), ""),  # too few to compare
        (Rate(914, 1000), Rate(0, 0), ""),
    ],
)
def test_change_of_rate(rate, before, words) -> None:
    assert headlines.change_of_rate(rate, before, "tháng 9") == words


def rates(*per_cent: float) -> list[Rate]:
    return [Rate(round(value * 10), 1000) for value in per_cent]


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ((94, 93, 92, 91.0), "Đúng hạn thấp nhất trong 4 kỳ"),
        ((90, 91, 92, 95.0), "Đúng hạn cao nhất trong 4 kỳ"),
        ((90, 96, 91.4, 93.8), "Đúng hạn tăng 2,4 điểm so với tháng 9"),  # 93.8 − 91.4
        ((90, 96, 95, 93.0), "Đúng hạn giảm 2,0 điểm so với tháng 9"),
        ((90, 96, 93.5, 93.0), "Đúng hạn và tiếp nhận"),  # 0.5 is no story
        ((93, 91, 93.0), "Đúng hạn và tiếp nhận"),  # fewer than four points
    ],
)
def test_trend(values, title) -> None:
    assert headlines.trend(rates(*values), "tháng 9") == title


def test_trend_says_nothing_of_a_period_with_too_few() -> None:
    assert headlines.trend([*rates(94, 93, 92, 95), Rate(1, 2)], "tháng 9") == "Đúng hạn và tiếp nhận"


def named(name: str, count: int, on_time: int, judged: int) -> Named:
    return Named(name, count, Rate(on_time, judged))


def test_units_below_the_mark() -> None:
    shown = [named("A", 0, 86, 100), named("B", 0, 89, 100), named("C", 0, 90, 100), named("D", 0, 1, 9)]
    assert headlines.units(shown) == "Hai đơn vị dưới 90 % đúng hạn"  # C stands on the mark, D has too few
    assert headlines.units(shown[2:]) == "Đúng hạn theo đơn vị"


def test_fields_most_and_worst() -> None:
    shown = [named("Giao thông", 268, 91, 100), named("Cấp thoát nước", 108, 88, 99), named("Khác", 9, 1, 9)]
    assert headlines.fields(shown) == "Giao thông nhiều nhất, cấp thoát nước trễ nhất"
    assert headlines.fields(shown[:1]) == "Theo lĩnh vực"
    assert headlines.fields([named("A", 9, 5, 10), named("B", 8, 9, 10)]) == "A nhiều nhất và trễ nhất"


def test_districts_below_the_lowest_bound_that_has_some() -> None:
    shown = [
        named("Mỹ Xuyên", 95, 921, 1000),
        named("TP Sóc Trăng", 296, 929, 1000),
        named("Kế Sách", 50, 96, 100),
    ]
    title, spoken = headlines.districts(shown)
    assert title == "Hai địa bàn dưới 93 %"
    assert [place.name for place in spoken] == ["Mỹ Xuyên", "TP Sóc Trăng"]
    assert headlines.districts([named("A", 1, 99, 100)]) == ("Theo địa bàn", [])

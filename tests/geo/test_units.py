"""Units on their days: re-used codes, the seam of 2025-07-01, search, order, places without boundaries."""

from collections import Counter
from datetime import date, timedelta

import pytest

from geo.places import coverage_on, coverages_of
from geo.text import fold, sort_key
from geo.units import Level, UnknownUnitError, all_units, load, parent_of, search, unit, units_on

LAST_OLD, FIRST_NEW, NOW = date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("province", "day", "districts", "communes"),
    [  # the counts of data/SOURCES.md, "Checks run"
        ("94", date(2021, 7, 1), 11, 109),
        ("94", date(2024, 10, 1), 11, 108),
        ("94", LAST_OLD, 11, 108),
        ("52", date(2021, 7, 1), 11, 159),
        ("52", LAST_OLD, 11, 155),
        ("70", date(2022, 12, 31), 11, 111),
        ("94", FIRST_NEW, 0, 103),  # leads to Cần Thơ
        ("52", FIRST_NEW, 0, 135),  # the same code, now Gia Lai
        ("70", FIRST_NEW, 0, 95),  # leads to Đồng Nai
    ],
)
def test_counts(province, day, districts, communes):
    assert len(units_on(day, level="district", province_code=province)) == districts
    assert len(units_on(day, level="commune", province_code=province)) == communes


@pytest.mark.parametrize(("ground", "communes"), [("94", 43), ("52", 58), ("70", 40)])
def test_todays_communes_on_an_old_provinces_ground(ground, communes):
    found = units_on(NOW, level="commune", ground=ground)
    assert len(found) == communes
    assert {u.province_code for u in found} == {{"94": "92", "52": "52", "70": "75"}[ground]}


@pytest.mark.parametrize(
    ("code", "day", "full_name"),
    [
        ("31522", date(2024, 8, 31), "Phường 9"),
        ("31522", date(2024, 9, 1), "Phường 1"),
        ("31513", date(2024, 8, 31), "Phường 1"),
        ("21583", date(2024, 11, 30), "Phường Lê Lợi"),
        ("21583", date(2024, 12, 1), "Phường Thị Nại"),
        ("21583", FIRST_NEW, "Phường Quy Nhơn"),
        ("52", LAST_OLD, "Tỉnh Bình Định"),
        ("52", FIRST_NEW, "Tỉnh Gia Lai"),
        ("697", date(2022, 9, 30), "Huyện Chơn Thành"),
        ("697", date(2022, 10, 1), "Thị xã Chơn Thành"),
        ("75", date(2026, 4, 29), "Tỉnh Đồng Nai"),
        ("75", date(2026, 4, 30), "Thành phố Đồng Nai"),
    ],
)
def test_a_code_is_read_on_its_day(code, day, full_name):
    assert unit(code, day).full_name == full_name


def test_a_code_that_is_no_unit_on_that_day_says_when_it_was():
    with pytest.raises(UnknownUnitError, match=r"31513.*2024-09-01.*Phường 1"):
        unit("31513", date(2024, 9, 1))


def test_each_code_is_unique_on_each_day_of_change():
    for day in {d for u in all_units() for d in (u.valid_from, u.valid_to) if d and d >= date(2021, 1, 1)}:
        for moment in (day - timedelta(days=1), day):
            counted = Counter(u.code for u in units_on(moment))
            assert max(counted.values()) == 1, (moment, counted.most_common(1))


def test_parents():
    ward = unit("31522", LAST_OLD)
    district = parent_of(ward, LAST_OLD)
    assert district is not None
    assert district.full_name == "Thành phố Sóc Trăng"
    assert parent_of(district, LAST_OLD) == unit("94", LAST_OLD)
    assert parent_of(unit("94", LAST_OLD)) is None
    assert parent_of(unit("31510", NOW)) == unit("92", NOW)  # no district between
    assert parent_of(unit("25444", date(2022, 9, 30))) == unit(
        "697", date(2021, 1, 1)
    )  # the huyện, not yet thị xã


def test_every_unit_has_its_parent():
    for u in all_units():
        assert u.level == Level.PROVINCE or parent_of(u) is not None


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Mỹ Xuyên", "Thị trấn Mỹ Xuyên"),
        ("my xuyen", "Thị trấn Mỹ Xuyên"),
        ("huyen my xuyen", "Huyện Mỹ Xuyên"),
        ("31522", "Phường 9"),
        ("ngã năm", "Thị xã Ngã Năm"),
        ("hoà tú 1", "Xã Hòa Tú 1"),  # the mark stands elsewhere
        ("tú 1", "Xã Hòa Tú 1"),
    ],
)
def test_search(query, first):
    assert search(query, date(2024, 1, 1), province_code="94")[0].full_name == first


def test_search_puts_the_tone_that_was_typed_first():
    names = [u.name for u in search("phú", date(2024, 1, 1), level="commune", province_code="94")]
    with_tone = [n for n in names if "Phú" in n.split()]
    assert names[: len(with_tone)] == with_tone
    assert search("khong co", date(2024, 1, 1), province_code="94") == []


def test_units_come_in_vietnamese_order():
    names = [u.name for u in units_on(LAST_OLD, level="district", province_code="94")]
    assert names == sorted(names, key=sort_key)
    assert names.index("Mỹ Tú") < names.index("Mỹ Xuyên") < names.index("Ngã Năm")


@pytest.mark.parametrize(
    ("key", "day", "name"),
    [
        ("94", LAST_OLD, "Sóc Trăng"),
        ("soctrang", LAST_OLD, "Sóc Trăng"),
        ("Sóc Trăng", LAST_OLD, "Sóc Trăng"),
        ("soctrang", NOW, "Cần Thơ"),
        ("binhdinh", NOW, "Gia Lai"),
        ("52", LAST_OLD, "Bình Định"),
        ("52", NOW, "Gia Lai"),
        ("gialai", LAST_OLD, None),  # the old Gia Lai (64): no boundaries held
        ("92", LAST_OLD, None),  # the old Cần Thơ
        ("94", date(2020, 12, 31), None),  # before the data begin
        ("nyc", NOW, None),
    ],
)
def test_what_a_province_key_leads_to(key, day, name):
    coverage = coverage_on(key, day)
    assert (coverage.name if coverage else None) == name


def test_a_place_without_boundaries_is_an_empty_book():
    book = load("nyc")
    assert (book.has_boundaries, book.units, coverages_of("nyc")) == (False, (), ())
    assert units_on(NOW, province_code="nyc") == []


def test_a_book_holds_both_sides_of_the_reform():
    book = load("soctrang")
    assert book.has_boundaries
    assert {"Tỉnh Sóc Trăng", "Thành phố Cần Thơ"} <= {u.full_name for u in book.units}
    assert all(fold(u.full_name).endswith(fold(u.name)) for u in book.units)

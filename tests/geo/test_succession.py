"""What units became and what they were: mergers, splits, renames, both directions, every level."""

from datetime import date

import pytest

from geo.succession import NoSuchLevelError, Share, predecessors_of, successors_of
from geo.units import Level, all_units, units_on

OLD, MERGED, NEW = date(2024, 1, 1), date(2024, 10, 1), date(2026, 11, 22)


def as_dict(shares):
    """Code to share, rounded to what the data give."""
    return {s.code: round(s.area_share, 3) for s in shares}


@pytest.mark.parametrize(
    ("code", "day", "to_day", "expected"),
    [
        ("31513", OLD, OLD, {"31513": 1.0}),  # nothing happened
        ("31513", OLD, MERGED, {"31522": 1.0}),  # Phường 1 + Phường 9 -> Phường 1 (31522), 1105/NQ-UBTVQH15
        ("31513", OLD, NEW, {"31510": 1.0}),  # through 31522 to phường Phú Lợi
        ("21634", OLD, NEW, {"21622": 0.878, "21628": 0.122}),  # An Nghĩa split, 1664 khoản 40 and 37
        ("22000", OLD, NEW, {"22006": 0.547, "21994": 0.453}),  # Canh Hiệp split
        ("25270", date(2025, 7, 1), NEW, {"25270": 1.0}),  # Lộc Ninh: xã, then phường
        ("94", OLD, NEW, {"92": 1.0}),
        ("70", OLD, NEW, {"75": 1.0}),
    ],
)
def test_successors(code, day, to_day, expected):
    assert as_dict(successors_of(code, day, to_day)) == expected


def test_a_district_became_communes():
    shares = successors_of("947", OLD, NEW)  # huyện Mỹ Xuyên
    assert len(shares) == 5
    assert sum(s.area_share for s in shares) == pytest.approx(1)
    assert successors_of("947", OLD, NEW, level="province") == [Share("92", pytest.approx(1.0))]
    with pytest.raises(NoSuchLevelError, match="no district above"):
        successors_of("947", OLD, NEW, level="district")


def test_predecessors_by_area():
    shares = predecessors_of("31510", NEW, MERGED)  # phường Phú Lợi: four old wards
    assert {s.code for s in shares} == {"31522", "31516", "31510", "31519"}
    assert not any(s.is_certain for s in shares)
    assert predecessors_of("31510", NEW, MERGED, level="district") == [Share("941", pytest.approx(1.0))]


def test_ground_without_boundaries_is_said():
    assert predecessors_of("31135", NEW, OLD) == [Share(None, 1.0)]  # Ninh Kiều: old Cần Thơ, not held
    gia_lai = as_dict(predecessors_of("52", NEW, OLD))
    assert gia_lai == {"52": 0.281, None: 0.719}  # Bình Định 6,066 of 21,581 km²


def test_directions_are_not_confused():
    with pytest.raises(ValueError, match="ask predecessors_of"):
        successors_of("31510", NEW, OLD)
    with pytest.raises(ValueError, match="ask successors_of"):
        predecessors_of("31513", OLD, NEW)


@pytest.mark.parametrize("province", ["94", "52", "70"])
def test_every_commune_is_wholly_succeeded_and_area_is_kept(province):
    before = units_on(OLD, level="commune", province_code=province)
    area_km2: dict[str | None, float] = {}
    for u in before:
        shares = successors_of(u.code, OLD, NEW)
        assert sum(s.area_share for s in shares) == pytest.approx(1)
        for s in shares:
            area_km2[s.code] = area_km2.get(s.code, 0.0) + s.area_share * u.area_km2
    after = {u.code: u.area_km2 for u in units_on(NEW, level="commune", ground=province)}
    assert area_km2 == pytest.approx(after, rel=2e-3)  # shares of splits have three decimals


def test_every_todays_commune_has_shares_that_add_up_to_one():
    for u in all_units():
        if u.level == Level.COMMUNE and u.valid_on(NEW):
            assert sum(s.area_share for s in predecessors_of(u.code, NEW, OLD)) == pytest.approx(1)

"""Figures across the reform: sums kept, estimates shown, nothing lost."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.restate import restate
from geo.units import UnknownUnitError, units_on

OLD, MERGED, NEW = date(2024, 1, 1), date(2024, 10, 1), date(2026, 11, 22)
OLD_CODES = [u.code for p in ("94", "52", "70") for u in units_on(OLD, level="commune", province_code=p)]
NEW_CODES = [u.code for p in ("92", "52", "75") for u in units_on(NEW, level="commune", province_code=p)]


def test_a_merger_adds_up_and_is_certain():
    frame = pd.DataFrame({"commune_code": ["31513", "31522"], "n": [3, 4]})
    result = restate(frame, ["n"], OLD, NEW)
    assert result.to_dict("records") == [{"commune_code": "31510", "n": 7.0, "n_uncertain": 0.0}]


def test_a_split_is_divided_by_area_and_marked():
    result = restate(pd.DataFrame({"commune_code": ["21634"], "n": [10]}), ["n"], OLD, NEW)
    assert result.set_index("commune_code").n.to_dict() == pytest.approx({"21622": 8.78, "21628": 1.22})
    assert (result.n_uncertain == result.n).all()


def test_other_columns_are_keys_and_a_missing_code_stays():
    frame = pd.DataFrame(
        {
            "month": ["a", "a", "b"],
            "commune_code": ["31513", "31522", None],
            "n": [1, 2, 5],
            "late": [1, 0, 2],
        }
    )
    result = restate(frame, ["n", "late"], OLD, NEW)
    assert result.month.tolist() == ["a", "b"]
    assert result.n.tolist() == [3, 5]  # 1 + 2; 5 without a place
    assert result.commune_code.isna().tolist() == [False, True]


def test_a_series_through_july_2025_on_one_ground():
    days = [date(2024, 8, 31), date(2024, 9, 1), date(2025, 6, 30), date(2025, 7, 1)]
    frame = pd.DataFrame(
        {"day": days, "commune_code": ["31513", "31522", "31522", "31510"], "n": [1, 2, 3, 4]}
    )
    today = restate(frame, ["n"], "day", NEW)
    assert today.commune_code.unique().tolist() == ["31510"]
    assert (today.n.tolist(), today.n_uncertain.sum()) == ([1, 2, 3, 4], 0)
    back = restate(frame, ["n"], "day", date(2025, 6, 30), level="district", into="district_code")
    assert back.district_code.unique().tolist() == ["941"]
    assert (back.n.tolist(), back.n_uncertain.sum()) == ([1, 2, 3, 4], 0)


def test_back_to_old_wards_is_an_estimate():
    result = restate(pd.DataFrame({"commune_code": ["31510"], "n": [100]}), ["n"], NEW, MERGED)
    assert len(result) == 4
    assert result.n.sum() == pytest.approx(100)
    assert result.n_uncertain.sum() == pytest.approx(100)


def test_ground_without_boundaries_keeps_its_figure_without_a_code():
    result = restate(pd.DataFrame({"commune_code": ["31135"], "n": [9]}), ["n"], NEW, OLD)
    assert result.n.tolist() == [9]
    assert result.commune_code.isna().all()


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        ({"code": ["31513"], "n": [1]}, KeyError, "no column"),
        ({"commune_code": ["31513"], "n": [None]}, ValueError, "empty figures"),
        ({"commune_code": ["99999"], "n": [1]}, UnknownUnitError, "99999"),
    ],
)
def test_what_cannot_be_carried_is_refused(frame, error, words):
    with pytest.raises(error, match=words):
        restate(pd.DataFrame(frame), ["n"], OLD, NEW)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([*OLD_CODES, None]), st.integers(0, 10**6)), min_size=1, max_size=40),
    st.sampled_from(
        [(OLD, NEW, None), (OLD, MERGED, None), (OLD, MERGED, "district"), (OLD, NEW, "province")]
    ),
)
def test_sums_are_kept_forwards(rows, way):
    from_day, to_day, level = way
    frame = pd.DataFrame(rows, columns=["commune_code", "n"])
    result = restate(frame, ["n"], from_day, to_day, level=level)
    assert result.n.sum() == pytest.approx(frame.n.sum())
    assert (result.n_uncertain <= result.n + 1e-9).all()
    if level == "province":
        assert result.n_uncertain.sum() == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(NEW_CODES), st.floats(0, 1e6)), min_size=1, max_size=40),
    st.sampled_from([None, "district", "province"]),
)
def test_sums_are_kept_backwards(rows, level):
    frame = pd.DataFrame(rows, columns=["commune_code", "hours"])
    result = restate(frame, ["hours"], NEW, OLD, level=level)
    assert result.hours.sum() == pytest.approx(frame.hours.sum())

"""Points to communes: known places, both sides of each change, every flag, and agreement with geopandas."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries import layer_on
from geo.layer_index import index_of
from geo.locate import locate_many
from geo.places import coverage_on
from geo.rules import Flag

OLD, MERGED, NEW = date(2024, 8, 31), date(2024, 9, 1), date(2026, 11, 22)


def one(lon, lat, on, province_code=None, store=None):
    """The single row of a single point."""
    store_commune = None if store is None else [store]
    return locate_many([lon], [lat], on, province_code, store_commune=store_commune).iloc[0]


@pytest.mark.parametrize(
    ("lon", "lat", "on", "province", "district", "commune"),
    [
        # the three points of data/SOURCES.md, before and after the reform
        (105.9739, 9.6025, date(2025, 6, 30), "94", "941", "31522"),  # Phường 1 by its code of 2024
        (105.9739, 9.6025, OLD, "94", "941", "31513"),  # Phường 1 by its older code
        (105.9739, 9.6025, NEW, "92", None, "31510"),  # phường Phú Lợi
        (109.2233, 13.7757, date(2024, 1, 1), "52", "540", "21571"),  # Lê Hồng Phong
        (109.2233, 13.7757, date(2025, 7, 1), "52", None, "21583"),  # phường Quy Nhơn
        (106.8832, 11.5350, date(2021, 1, 1), "70", "689", "25195"),  # Tân Phú
        (106.8832, 11.5350, NEW, "75", None, "25195"),  # phường Bình Phước keeps the code
    ],
)
@pytest.mark.parametrize("searched", ["all provinces", "its province"])
def test_known_points(lon, lat, on, province, district, commune, searched):
    row = one(lon, lat, on, None if searched == "all provinces" else province)
    assert (row.province_code, row.commune_code) == (province, commune)
    assert row.district_code == district if district else pd.isna(row.district_code)


@pytest.mark.parametrize(
    ("lon", "lat", "flag"),
    [
        (np.nan, 9.6, Flag.MISSING),
        (0.0, 0.0, Flag.ZERO),
        (9.6025, 105.9739, Flag.SWAPPED),
        (587_000.0, 1_061_000.0, Flag.INVALID),  # a VN-2000 coordinate
        (np.inf, 9.6, Flag.INVALID),
        (105.8, 9.5, Flag.INSIDE),
        (106.8, 9.0, Flag.AT_SEA_OR_ABROAD),
        (2.35, 48.86, Flag.AT_SEA_OR_ABROAD),  # Paris
        (105.85, 21.03, Flag.OUTSIDE_PROVINCE),  # Hà Nội
    ],
)
def test_flags_of_positions(lon, lat, flag):
    assert one(lon, lat, OLD, "94").flag == flag


def test_no_point_is_dropped_and_order_is_kept():
    lon = pd.Series([0.0, 105.8, np.nan], index=[7, 3, 5])
    assert list(locate_many(lon, [0.0, 9.5, 9.5], OLD, "94").index) == [7, 3, 5]


def test_a_swapped_point_is_located_and_still_counted_as_swapped():
    row = one(9.6025, 105.9739, NEW, "94")
    assert (row.commune_code, row.flag) == ("31510", Flag.SWAPPED)


def test_days_of_one_call_may_differ():
    on = np.array([OLD, MERGED, NEW], "M8[D]")
    codes = locate_many([105.9739] * 3, [9.6025] * 3, on, "soctrang").commune_code
    assert list(codes) == ["31513", "31522", "31510"]
    ordinals = np.array([OLD.toordinal(), MERGED.toordinal(), NEW.toordinal()])
    assert list(locate_many([105.9739] * 3, [9.6025] * 3, ordinals, "94").commune_code) == list(codes)


@pytest.mark.parametrize(("province", "on"), [("nyc", OLD), ("94", date(2020, 12, 31)), ("92", OLD)])
def test_without_boundaries_the_store_is_kept_and_it_is_said(province, on):
    row = one(105.8, 9.5, on, province, store="QUEENS")
    assert (row.flag, row.commune_code, row.commune_source) == (Flag.NO_BOUNDARIES, "QUEENS", "store")


def test_without_boundaries_and_without_coordinates_the_store_is_kept_too():
    row = one(np.nan, np.nan, OLD, "nyc", store="QUEENS")
    assert (row.flag, row.commune_code, row.commune_source) == (Flag.MISSING, "QUEENS", "store")


def test_the_store_agrees_or_disagrees_or_is_silent():
    inside = one(105.8, 9.5, OLD, "94").commune_code
    assert one(105.8, 9.5, OLD, "94", store=inside).flag == Flag.INSIDE
    assert one(105.8, 9.5, OLD, "94", store=" ").flag == Flag.INSIDE
    for other in ("31522", "99999"):  # another commune; no commune at all
        row = one(105.8, 9.5, OLD, "94", store=other)
        assert (row.flag, row.commune_code, row.commune_source) == (Flag.STORE_DISAGREES, inside, "point")


def test_near_an_approximate_ward_line_the_store_of_the_same_town_is_believed():
    # 9.6025 N 105.9739 E lies within 200 m of the line between wards of TP Sóc Trăng (district 941)
    assert one(105.9739, 9.6025, OLD, "94").flag == Flag.UNCERTAIN
    believed = one(105.9739, 9.6025, OLD, "94", store="31510")
    assert (believed.flag, believed.commune_code, believed.commune_source) == (
        Flag.UNCERTAIN,
        "31510",
        "store",
    )
    elsewhere = one(105.9739, 9.6025, OLD, "94", store="31783")  # a ward of Vĩnh Châu (950)
    assert (elsewhere.flag, elsewhere.commune_code) == (Flag.STORE_DISAGREES, "31513")


def test_today_no_line_is_approximate():
    assert one(105.9739, 9.6025, NEW, "94").flag == Flag.INSIDE


def test_on_the_line_between_two_communes():
    layer = layer_on(coverage_on("92", NEW), NEW)
    corner = shapely.get_coordinates(layer.polygons[0])[0]
    touching = [
        u.code for u, p in zip(layer.units, layer.polygons, strict=True) if shapely.intersects_xy(p, *corner)
    ]
    row = one(*corner, NEW, "92")
    assert (row.flag, row.commune_code) == (Flag.ON_BOUNDARY, min(touching))
    told = one(*corner, NEW, "92", store=max(touching))
    assert (told.flag, told.commune_code) == (Flag.ON_BOUNDARY, max(touching))


def test_just_outside_is_named_but_not_moved():
    layer = layer_on(coverage_on("94", OLD), OLD)
    west = min(shapely.get_coordinates(layer.polygons), key=lambda xy: xy[0])
    row = one(west[0] - 0.001, west[1], OLD, "94")  # 0.001° of longitude = 110 m
    assert row.flag == Flag.JUST_OUTSIDE
    assert pd.isna(row.commune_code)
    assert row.near_commune_code in {u.code for u in layer.units}
    assert one(west[0] - 0.01, west[1], OLD, "94").flag != Flag.JUST_OUTSIDE  # 1.1 km


def test_lengths_and_days_are_checked():
    with pytest.raises(ValueError, match="differ in length"):
        locate_many([1.0, 2.0], [1.0], OLD)
    with pytest.raises(ValueError, match="no day at row 1"):
        locate_many([1.0, 2.0], [1.0, 2.0], np.array(["2024-01-01", "NaT"], "M8[D]"))
    instants = pd.Series(pd.to_datetime(["2024-08-31T18:00:00Z"]))  # 2024-09-01 01:00 in Vietnam: which day?
    with pytest.raises(ValueError, match="not instants with a zone"):
        locate_many([1.0], [1.0], instants)


@pytest.mark.parametrize(
    ("province", "on"), [("94", OLD), ("94", MERGED), ("52", NEW), ("70", date(2022, 1, 1))]
)
def test_identical_to_sjoin(province, on):
    layer = layer_on(coverage_on(province, on), on)
    corners = shapely.get_coordinates(layer.polygons)
    rng = np.random.default_rng(7)
    low, high = corners.min(axis=0) - 0.01, corners.max(axis=0) + 0.01
    near_lines = corners[rng.integers(len(corners), size=10_000)] + rng.normal(0, 1e-5, (10_000, 2))
    points = np.vstack([rng.uniform(low, high, (10_000, 2)), near_lines, corners[::20]])
    label, _ = index_of(layer).grid.locate(*points.T.copy())
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=4326)
    communes = gpd.GeoDataFrame({"label": range(len(layer.units))}, geometry=list(layer.polygons), crs=4326)
    joined = gpd.sjoin(frame, communes, how="left", predicate="intersects")
    expected = joined.label.groupby(level=0).min().fillna(-1).astype(int)
    np.testing.assert_array_equal(label, expected)


@settings(max_examples=200, deadline=None)
@given(st.floats(105.5, 106.3), st.floats(9.2, 10.0), st.sampled_from([OLD, MERGED, NEW]))
def test_the_commune_holds_its_point(lon, lat, on):
    row = one(lon, lat, on, "94")
    layer = layer_on(coverage_on("94", on), on)
    holders = {
        u.code for u, p in zip(layer.units, layer.polygons, strict=True) if shapely.intersects_xy(p, lon, lat)
    }
    if pd.isna(row.commune_code):
        assert not holders
    else:
        assert row.commune_code in holders

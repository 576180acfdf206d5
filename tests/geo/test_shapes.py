"""GeoJSON for the map: right units of the day, shared borders stay shared, the islands are there."""

import json
from datetime import date

import geopandas as gpd
import pytest
import shapely

from geo.shapes import country, shapes

OLD, NEW = date(2024, 1, 1), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("level", "on", "province", "ground", "count"),
    [
        ("commune", OLD, "94", None, 109),
        ("district", OLD, "94", None, 11),
        ("province", OLD, "94", None, 1),
        ("commune", NEW, "94", None, 103),
        ("commune", NEW, "94", "94", 43),
        ("district", NEW, "94", None, 0),  # districts have ended
        ("commune", NEW, "nyc", None, 0),
    ],
)
def test_features(level, on, province, ground, count):
    features = shapes(level, on, province, ground=ground)["features"]
    assert len(features) == count
    for feature in features:
        assert feature["id"] == feature["properties"]["code"]
        label = shapely.Point(feature["properties"]["label_lon"], feature["properties"]["label_lat"])
        assert shapely.from_geojson(json.dumps(feature["geometry"])).covers(label)


def test_simplified_communes_are_smaller_and_still_tile():
    full, small = (gpd.GeoDataFrame.from_features(shapes("commune", OLD, "94", s)) for s in (None, 150.0))
    assert len(small.get_coordinates()) < 0.6 * len(full.get_coordinates())
    assert shapely.coverage_is_valid(small.geometry.to_numpy(), gap_width=1e-4)


def test_the_code_names_the_unit_of_the_day():
    by_code = {f["id"]: f["properties"]["full_name"] for f in shapes("commune", OLD, "94")["features"]}
    assert by_code["31522"] == "Phường 9"


@pytest.mark.parametrize(("on", "outlines"), [(OLD, 1), (NEW, 34)])
def test_the_country_shows_hoang_sa_and_truong_sa(on, outlines):
    features = country(on)["features"]
    labels = [f for f in features if f["properties"]["level"] == "label"]
    assert {f["properties"]["name"] for f in labels} == {"Quần đảo Hoàng Sa", "Quần đảo Trường Sa"}
    land = gpd.GeoDataFrame.from_features([f for f in features if f not in labels])
    assert len(land) == outlines
    for lon, lat in ((111.5, 16.4), (113.5, 9.6)):  # around the two archipelagos
        assert land.distance(shapely.Point(lon, lat)).min() < 1.0  # a degree
    assert land.total_bounds[2] > 114.0  # Trường Sa reaches that far east


def test_the_country_changes_name_with_the_law():
    names = {f["id"]: f["properties"]["full_name"] for f in country(date(2026, 4, 29))["features"][:-2]}
    later = {f["id"]: f["properties"]["full_name"] for f in country(date(2026, 4, 30))["features"][:-2]}
    assert (names["75"], later["75"]) == ("Tỉnh Đồng Nai", "Thành phố Đồng Nai")

"""Boundaries as GeoJSON for the map, each feature with its code, name and label point."""

import json
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries import METRES_PER_DEGREE, polygon_of
from geo.places import Coverage, boundary_file, coverage_on, places
from geo.units import AdminUnit, Level, epoch_start, units_on

GeoJson = dict[str, Any]


def shapes(
    level: Level | str,
    on: date,
    province_code: str,
    simplify: float | None = None,
    *,
    ground: str | None = None,
) -> GeoJson:
    """FeatureCollection of the units of `level` that `province_code` leads to on `on` (geo.units.units_on).

    `simplify`: tolerance in metres; shared borders stay shared. `ground`: only units on that former province's ground.
    Feature `id` is the code; properties: code, name, full_name, kind, parent_code, label_lon, label_lat.
    Without boundaries, or without such a level on that day, the collection is empty. Cached: do not change it.
    """
    coverage = coverage_on(province_code, on)
    if coverage is None:
        return _collection([])
    return _shapes(Level(level), coverage, max(epoch_start(on), coverage.valid_from), simplify, ground)


def country(on: date, simplify: float | None = None) -> GeoJson:
    """Outline of the whole country with Hoàng Sa and Trường Sa, each with a label point (`level` "label").

    From 2025-07-01 one feature per province; before that day one for the country, since the old provinces'
    outlines are not held. Strongly simplified: for overview maps only. Cached: do not change it.
    """
    return _country(epoch_start(on), simplify)


@lru_cache(maxsize=128)
def _shapes(
    level: Level, coverage: Coverage, day: date, simplify: float | None, ground: str | None
) -> GeoJson:
    units = units_on(day, level=level, province_code=coverage.province_code, ground=ground)
    polygons = _simplified(np.array([polygon_of(u, coverage) for u in units], dtype=object), simplify)
    return _collection([_feature(p, u.code, _properties(u)) for u, p in zip(units, polygons, strict=True)])


@lru_cache(maxsize=16)
def _country(day: date, simplify: float | None) -> GeoJson:
    frame = gpd.read_file(boundary_file(places().country.boundaries))
    labels = frame[frame["level"] == "label"]
    provinces = frame[frame["level"] == "province"]
    if day < places().country.valid_from:
        land = provinces[provinces["valid_to"].isna()].geometry.to_numpy()
        name = {"code": "VN", "name": places().country.name, "level": "country"}
        features = [_feature(_simplified(np.array([shapely.union_all(land)]), simplify)[0], "VN", name)]
    else:
        stamp = np.datetime64(day)
        valid = (provinces["valid_from"] <= stamp) & ~(provinces["valid_to"] <= stamp)
        now = provinces[valid]
        outlines = _simplified(now.geometry.to_numpy(), simplify)
        features = [_feature(g, r.code, _outline(r)) for g, r in zip(outlines, now.itertuples(), strict=True)]
    return _collection(features + [_feature(r.geometry, r.id, _outline(r)) for r in labels.itertuples()])


def _simplified(polygons: np.ndarray, tolerance_m: float | None) -> np.ndarray:
    if tolerance_m is None or not len(polygons):
        return polygons
    return shapely.coverage_simplify(polygons, tolerance_m / METRES_PER_DEGREE)


def _properties(u: AdminUnit) -> dict[str, Any]:
    return {
        "code": u.code,
        "name": u.name,
        "full_name": u.full_name,
        "kind": u.kind,
        "parent_code": u.parent_code,
        "label_lon": u.label_lon,
        "label_lat": u.label_lat,
    }


def _outline(row: Any) -> dict[str, Any]:
    return {"code": row.code, "name": row.name, "full_name": row.full_name, "level": row.level}


def _feature(geometry: shapely.Geometry, identity: str, properties: dict[str, Any]) -> GeoJson:
    shape = json.loads(shapely.to_geojson(shapely.set_precision(geometry, 1e-5, mode="pointwise")))
    return {"type": "Feature", "id": identity, "properties": properties, "geometry": shape}


def _collection(features: list[GeoJson]) -> GeoJson:
    return {"type": "FeatureCollection", "features": features}

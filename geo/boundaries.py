"""Polygons of a coverage on a day, and the lines among them that are approximate."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.places import Coverage, PlaceDataError, boundary_file, coverage_on
from geo.units import AdminUnit, Level, all_units, units_on

METRES_PER_DEGREE = 111_320.0  # of latitude; a planar approximation, good to 1 % within one province


@dataclass(frozen=True, eq=False)
class CommuneLayer:
    """The communes of one coverage on the days [valid_from, valid_to), ordered by code; they tile the province."""

    coverage: Coverage
    valid_from: date
    valid_to: date | None
    units: tuple[AdminUnit, ...]
    polygons: np.ndarray  # of shapely geometries, one per unit, EPSG:4326


@cache
def polygons(coverage_name: str, file_name: str) -> dict[str, shapely.Geometry]:
    """Polygon by unit id ("31522@2024-09-01") of one boundary file. Raises `PlaceDataError`."""
    path = boundary_file(file_name)
    if not path.exists():
        raise PlaceDataError(f"places.yaml, {coverage_name}: no file boundaries/{file_name}")
    try:
        frame = gpd.read_file(path)
    except Exception as error:  # whatever the reader of the format raises
        raise PlaceDataError(f"boundaries/{file_name}: is no GeoJSON ({error})") from error
    if "id" not in frame:
        raise PlaceDataError(f"boundaries/{file_name}: features have no id, such as 31522@2024-09-01")
    doubled = sorted(set(frame["id"][frame["id"].duplicated()]))
    if doubled:
        raise PlaceDataError(f"boundaries/{file_name}: {', '.join(doubled)} stands twice")
    return dict(zip(frame["id"], frame.geometry, strict=True))


def polygon_of(unit: AdminUnit, coverage: Coverage) -> shapely.Geometry:
    """The polygon of one version of a unit. Raises `PlaceDataError` when the file has none."""
    found = polygons(coverage.name, coverage.boundaries).get(unit.id)
    if found is None:
        raise PlaceDataError(
            f"boundaries/{coverage.boundaries}: no polygon with id {unit.id} ({unit.full_name})"
        )
    return found


def layer_on(coverage: Coverage, day: date) -> CommuneLayer:
    """The communes of `coverage` on `day`. Raises `ValueError` on a day that is none of its own."""
    if not coverage.holds_on(day):
        raise ValueError(f"the boundaries of {coverage.name} do not hold on {day}")
    starts = layer_starts(coverage)
    index = int(np.searchsorted(np.array(starts, "M8[D]"), np.datetime64(day), side="right")) - 1
    return _layer(coverage, starts[index])


@cache
def layer_starts(coverage: Coverage) -> tuple[date, ...]:
    """Days on which a commune of the coverage began or ended, from its first day on."""
    days = {coverage.valid_from}
    for unit in _communes(coverage):
        days |= {d for d in (unit.valid_from, unit.valid_to) if d is not None and coverage.holds_on(d)}
    return tuple(sorted(days))


@lru_cache(maxsize=64)
def _layer(coverage: Coverage, start: date) -> CommuneLayer:
    units = sorted(
        units_on(start, level=Level.COMMUNE, province_code=coverage.province_code), key=lambda u: u.code
    )
    later = [d for d in layer_starts(coverage) if d > start]
    shapes = np.array([polygon_of(u, coverage) for u in units], dtype=object)
    return CommuneLayer(coverage, start, later[0] if later else coverage.valid_to, tuple(units), shapes)


def _communes(coverage: Coverage) -> list[AdminUnit]:
    last = coverage.valid_to or date.max
    return [
        u
        for u in all_units()
        if u.level == Level.COMMUNE
        and u.province_code == coverage.province_code
        and (u.valid_from is None or u.valid_from < last)
        and (u.valid_to is None or u.valid_to > coverage.valid_from)
    ]


def approximate_lines(layer: CommuneLayer) -> np.ndarray:
    """Pieces of the borders that touch a unit of the coverage's `approximate_kinds` and that the next coverage lacks.

    Borders that the next coverage shares come from its better source (data/SOURCES.md, "What was done" 3).
    Empty when the coverage names no such kind.
    """
    kinds = layer.coverage.approximate_kinds
    tree = shapely.STRtree(layer.polygons)
    left, right = tree.query(layer.polygons, predicate="touches")
    wards = np.array([u.kind in kinds for u in layer.units])
    pair = (left < right) & (wards[left] | wards[right])
    borders = shapely.boundary(layer.polygons)
    shared = shapely.intersection(borders[left[pair]], borders[right[pair]])
    kept = shapely.difference(shared, shapely.union_all(shapely.boundary(_polygons_after(layer.coverage))))
    return shapely.get_parts(shapely.line_merge(kept[~shapely.is_empty(kept)]))


def approximate_zones(layer: CommuneLayer, margin_m: float) -> np.ndarray:
    """Areas within `margin_m` metres of the approximate lines, one per unit of the next coverage, and inside it."""
    lines = approximate_lines(layer)
    if not len(lines):
        return lines
    after = _polygons_after(layer.coverage)
    line, holder = shapely.STRtree(after).query(
        shapely.line_interpolate_point(lines, 0.5, normalized=True), "within"
    )
    middle_lat = float(shapely.total_bounds(after)[[1, 3]].mean())
    zones = []
    for group in np.unique(holder):
        near = shapely.buffer(
            to_metres(shapely.union_all(lines[line[holder == group]]), middle_lat), margin_m
        )
        zones.append(shapely.intersection(to_degrees(near, middle_lat), after[group]))
    return np.array(zones, dtype=object)


def _polygons_after(coverage: Coverage) -> np.ndarray:
    """Communes of the next coverage on this one's ground, on its first day."""
    after = coverage_on(coverage.province_code, coverage.valid_to) if coverage.valid_to is not None else None
    if after is None:
        return np.array([], dtype=object)
    day, ground = after.valid_from, coverage.province_code
    units = units_on(day, level=Level.COMMUNE, province_code=after.province_code, ground=ground)
    return np.array([polygon_of(u, after) for u in units], dtype=object)


def to_metres(geometry: Any, middle_lat: float) -> Any:
    """A geometry, or an array of them, from degrees to metres on a plane that is true at `middle_lat`."""
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(middle_lat)), METRES_PER_DEGREE])
    return shapely.transform(geometry, lambda xy: xy * scale)


def to_degrees(geometry: Any, middle_lat: float) -> Any:
    """The inverse of `to_metres`."""
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(middle_lat)), METRES_PER_DEGREE])
    return shapely.transform(geometry, lambda xy: xy / scale)

"""What locating needs of one layer of communes: raster, codes, approximate zones, distances. Built once, cached."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import CommuneLayer, approximate_zones, to_degrees, to_metres
from geo.grid import OUTSIDE, PolygonGrid
from geo.places import boundary_file, places
from geo.rules import rules

_COUNTRY_CELLS = 1024
_ZONE_CELLS = 1024
_BUFFER_SLACK = 1.1  # a buffer's arcs are chords: the zone must hold all that the exact distance accepts


@dataclass(frozen=True, eq=False)
class LayerIndex:
    """A layer of communes with everything that answers questions about points in it. Labels are positions in `units`."""

    layer: CommuneLayer

    @cached_property
    def grid(self) -> PolygonGrid:
        """Which commune holds a point."""
        return PolygonGrid(self.layer.polygons)

    @cached_property
    def codes(self) -> pd.Index:
        """Commune codes in the order of the labels."""
        return pd.Index([u.code for u in self.layer.units])

    @cached_property
    def districts(self) -> np.ndarray:
        """Parent code of each commune: its district, or its province where there are no districts."""
        return np.array([u.parent_code for u in self.layer.units], dtype=object)

    @cached_property
    def _zones(self) -> PolygonGrid | None:
        zones = approximate_zones(self.layer, rules().limits.approximate_margin_m)
        return PolygonGrid(zones, _ZONE_CELLS) if len(zones) else None

    def near_approximate_line(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Mask of the points within the margin of an approximate line."""
        if self._zones is None:
            return np.zeros(len(lon), dtype=bool)
        return self._zones.locate(lon, lat)[0] != OUTSIDE

    def touches(self, label: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Mask: the commune `label` holds the point or has it on its line."""
        return shapely.intersects_xy(self.layer.polygons[label], lon, lat)

    @cached_property
    def _middle_lat(self) -> float:
        _, south, _, north = shapely.total_bounds(self.layer.polygons)
        return float(south + north) / 2

    @cached_property
    def _metric_tree(self) -> shapely.STRtree:
        return shapely.STRtree(to_metres(self.layer.polygons, self._middle_lat))

    @cached_property
    def _surroundings(self) -> PolygonGrid:
        """The province and a little more than `just_outside_m` around it: a quick no for points far away."""
        whole = to_metres(shapely.coverage_union_all(self.layer.polygons), self._middle_lat)
        wide = shapely.buffer(whole, rules().limits.just_outside_m * _BUFFER_SLACK, quad_segs=4)
        return PolygonGrid(np.array([to_degrees(wide, self._middle_lat)], dtype=object), _ZONE_CELLS)

    def nearest(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Label of the nearest commune within `just_outside_m` (OUTSIDE: none), for points that none holds."""
        found = np.full(len(lon), OUTSIDE, dtype=np.int32)
        close = np.flatnonzero(self._surroundings.locate(lon, lat)[0] != OUTSIDE)
        points = to_metres(shapely.points(lon[close], lat[close]), self._middle_lat)
        limit_m = rules().limits.just_outside_m
        point, label = self._metric_tree.query_nearest(points, max_distance=limit_m, all_matches=False)
        found[close[point]] = label
        return found


@lru_cache(maxsize=64)
def index_of(layer: CommuneLayer) -> LayerIndex:
    """The index of a layer. `geo.boundaries.layer_on` returns the same layer object for the same days."""
    return LayerIndex(layer)


@dataclass(frozen=True)
class CountryIndex:
    """Today's provinces on the simplified outline."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    grid: PolygonGrid


@lru_cache(maxsize=1)
def country_index() -> CountryIndex:
    """Which of today's provinces holds a point, to within the outline's 600 m; for telling land from sea, no more."""
    frame = gpd.read_file(boundary_file(places().country.boundaries))
    frame = frame[(frame["level"] == "province") & frame["valid_to"].isna()]
    return CountryIndex(
        tuple(frame["code"]),
        tuple(frame["full_name"]),
        PolygonGrid(frame.geometry.to_numpy(), _COUNTRY_CELLS),
    )

"""Points per second of geo.locate against geopandas' sjoin, in one process; run by `make bench-geo`.

The points lie where reports lie: spread over the ground of the province, with the two per cent that fall outside it.
Both sides answer the same points on the same communes, and the bench stops if one answer differs.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import date
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import CommuneLayer, layer_on
from geo.locate import locate_many
from geo.places import coverage_on

CASES = [("94", date(2024, 1, 1)), ("52", date(2024, 1, 1)), ("70", date(2024, 1, 1))]
CASES += [("92", date(2026, 1, 1)), ("52", date(2026, 1, 1)), ("75", date(2026, 1, 1))]
POINTS = 1_000_000
SJOIN_POINTS = 200_000
OUTSIDE_SHARE = 0.02
ROUNDS = 3


def _points(layer: CommuneLayer) -> np.ndarray:
    """POINTS rows of lon, lat: uniform over the province, the share OUTSIDE_SHARE around it."""
    rng = np.random.default_rng(2025)
    west, south, east, north = shapely.total_bounds(layer.polygons)
    ground = shapely.coverage_union_all(layer.polygons)
    shapely.prepare(ground)
    found: list[np.ndarray] = []
    while sum(map(len, found)) < POINTS:
        xy = rng.uniform((west, south), (east, north), (POINTS // 2, 2))
        keep = shapely.contains_xy(ground, *xy.T) | (rng.random(len(xy)) < OUTSIDE_SHARE)
        found.append(xy[keep])
    return np.concatenate(found)[:POINTS]


def _best_s(run: Callable[[], Any]) -> tuple[float, Any]:
    """Least wall-clock seconds of ROUNDS runs, and the last answer."""
    best, answer = float("inf"), None
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - start)
    return best, answer


def _sjoin(lon: np.ndarray, lat: np.ndarray, communes: gpd.GeoDataFrame) -> np.ndarray:
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    joined = gpd.sjoin(points, communes, how="left", predicate="intersects")
    return joined["code"].groupby(level=0).min().to_numpy()


def _case(province_code: str, day: date) -> dict[str, float]:
    coverage = coverage_on(province_code, day)
    assert coverage is not None
    layer = layer_on(coverage, day)
    communes = gpd.GeoDataFrame(
        {"code": [u.code for u in layer.units]}, geometry=list(layer.polygons), crs=4326
    )
    lon, lat = _points(layer).T.copy()
    days = np.full(POINTS, np.datetime64(day))
    start = time.perf_counter()
    locate_many(lon[:1], lat[:1], days[:1], province_code)
    build_s = time.perf_counter() - start
    ours_s, ours = _best_s(lambda: locate_many(lon, lat, days, province_code))
    some_lon, some_lat = lon[:SJOIN_POINTS], lat[:SJOIN_POINTS]
    theirs_s, theirs = _best_s(lambda: _sjoin(some_lon, some_lat, communes))
    codes = ours["commune_code"].iloc[:SJOIN_POINTS]
    if codes.fillna("").tolist() != pd.Series(theirs).fillna("").tolist():
        raise SystemExit(f"bench-geo: {coverage.name} on {day}: locate and sjoin differ")
    rate, sjoin_rate = POINTS / ours_s, SJOIN_POINTS / theirs_s
    print(
        f"{coverage.name:<12} {day}  {len(layer.units):>4} communes  {rate:>12,.0f} points/s"
        f"  sjoin {sjoin_rate:>10,.0f}  x{rate / sjoin_rate:.1f}  first call {build_s:.2f} s"
    )
    return {"points_per_s": rate, "vs_sjoin": rate / sjoin_rate}


def main() -> None:
    """Print a line per case, then the slowest case as JSON."""
    results = [_case(*case) for case in CASES]
    slowest = min(results, key=lambda r: r["points_per_s"])
    print(
        json.dumps(
            {"points_per_s": round(slowest["points_per_s"]), "vs_sjoin": round(slowest["vs_sjoin"], 1)}
        )
    )


if __name__ == "__main__":
    main()

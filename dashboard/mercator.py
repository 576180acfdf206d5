"""Web Mercator as the map's tiles have it: the world is one unit wide, north up is small y. Pure numpy, scalars too."""

import math
from typing import Any

import numpy as np

MOST_LAT = 85.05


def world(lon: Any, lat: Any) -> tuple[Any, Any]:
    """x and y of places in degrees WGS 84; NaN stays NaN; latitudes beyond MOST_LAT lie at the edge."""
    radians = np.radians(np.clip(lat, -MOST_LAT, MOST_LAT))
    return (lon + 180) / 360, (1 - np.arcsinh(np.tan(radians)) / math.pi) / 2


def degrees(x: Any, y: Any) -> tuple[Any, Any]:
    """Longitude and latitude of a place in the world, rounded to about 0,1 m."""
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * y))))
    return np.round(x * 360 - 180, 6), np.round(lat, 6)

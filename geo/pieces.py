"""Where the parts of a divided unit lie: polygons that tell to which unit of another day a point in it belongs."""

from collections.abc import Iterator
from datetime import date

import shapely
from shapely import Geometry

from geo.boundaries import METRES_PER_DEGREE, polygon_of
from geo.places import coverage_on
from geo.succession import shares
from geo.units import Level, unit

MARGIN_DEGREES = 0.01
"""Beyond the unit's own bounds: a coarse point may lie a little outside."""
SIMPLIFY_M = 100.0


def pieces_of(
    code: str, day: date, to_day: date, level: Level | str | None = None
) -> list[tuple[str, Geometry]]:
    """(code of the unit of `to_day`, polygon without holes) of every part of the unit (code, day), largest share first.

    Several polygons may have one code. Empty for a unit that goes whole into another one, and where no boundaries are
    held. Polygons are cut to the unit's surroundings, EPSG:4326, and simplified. Raises as `geo.succession.shares`.
    """
    found = [share.code for share in shares(code, day, to_day, level) if share.code]
    own, other = unit(code, day), [unit(each, to_day) for each in found]
    before, after = coverage_on(own.province_code, day), coverage_on(own.province_code, to_day)
    if len(found) < 2 or before is None:
        return []
    west, south, east, north = shapely.bounds(polygon_of(own, before))
    box = (west - MARGIN_DEGREES, south - MARGIN_DEGREES, east + MARGIN_DEGREES, north + MARGIN_DEGREES)
    made: list[tuple[str, Geometry]] = []
    for each in other:
        coverage = after or coverage_on(each.province_code, to_day)
        if coverage is not None:
            made += [
                (each.code, part) for part in _parts(shapely.clip_by_rect(polygon_of(each, coverage), *box))
            ]
    return made


def _parts(shape: Geometry) -> Iterator[Geometry]:
    thin = shapely.simplify(shape, SIMPLIFY_M / METRES_PER_DEGREE)
    for part in shapely.get_parts(thin):
        if shapely.get_dimensions(part) == 2 and not part.is_empty:
            yield shapely.polygons(shapely.get_exterior_ring(part))

"""The map of the wall: districts (communes, where these ended) as filled shapes, one diamond with its count in each, names that keep off the bezels.

Pure: shapes and counts in, coordinates in canvas pixels out. No points, at no zoom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, inf, radians
from typing import Any

EM_PER_LETTER = 0.58
"""Width of a letter of IBM Plex Sans in a name, rather too wide than too narrow."""
LINE_EM = 1.3
GAP_PX = 14
BEZEL_PX = (40, 30)
"""Half-width of the band along a bezel (x, y) in which no text or mark may lie."""


@dataclass(frozen=True)
class Box:
    """A rectangle in canvas pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def moved(self, x: float, y: float) -> "Box":
        """The same rectangle elsewhere."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)


@dataclass(frozen=True)
class Label:
    """One unit: its diamond (radius 0: none) and its name, whose baseline starts at (text_x, text_y)."""

    code: str
    name: str
    count: int
    x: float
    y: float
    radius: float
    text_x: float
    text_y: float


@dataclass(frozen=True)
class DrawnMap:
    """Paths by code and labels, in canvas pixels of the map's place."""

    paths: dict[str, str]
    labels: list[Label]

    def __repr__(self) -> str:
        """Told apart by its labels: the paths are the ground's."""
        return self._labels

    @cached_property
    def _labels(self) -> str:
        return repr(self.labels)


@dataclass(frozen=True)
class Frame:
    """Where the map may lie (area), what must stay free of its words (reserved), and the size of its letters."""

    area: Box
    reserved: Sequence[Box]
    font_px: float


def draw(
    areas: Mapping[str, Any],
    counts: Mapping[str, int],
    names: Mapping[str, str],
    frame: Frame,
) -> DrawnMap:
    """Project a GeoJSON collection of units into the frame and place diamonds, and the names given, by code of the unit."""
    to_px = _projection(areas["features"], frame.area)
    paths = {f["id"]: _path(f["geometry"], to_px) for f in areas["features"]}
    spots = {
        f["id"]: Spot(
            to_px(f["properties"]["label_lon"], f["properties"]["label_lat"]), _extent(f["geometry"])
        )
        for f in areas["features"]
    }
    placed: list[Box] = []
    diamonds: dict[str, tuple[float, float, float]] = {}
    most = max(counts.values(), default=0)
    for code in sorted(counts, key=lambda code: (-counts[code], code)):
        diamonds[code] = _diamond(spots[code].at, _radius(counts[code], most, frame.font_px), frame, placed)
    labels = []
    for code in sorted(spots, key=lambda code: (spots[code].extent, code)):
        x, y, radius = diamonds.get(code, (*spots[code].at, 0.0))
        name = names.get(code, "")
        text_x, text_y = _name(name, (x, y), radius, frame, placed) if name else (x, y)
        labels.append(Label(code, name, counts.get(code, 0), x, y, radius, text_x, text_y))
    return DrawnMap(paths, labels)


@dataclass(frozen=True)
class Spot:
    """Where a district would have its label, and how much room it offers (in square degrees)."""

    at: tuple[float, float]
    extent: float


def _extent(geometry: Mapping[str, Any]) -> float:
    points = [point for ring in _rings(geometry) for point in ring]
    width = max(p[0] for p in points) - min(p[0] for p in points)
    return width * (max(p[1] for p in points) - min(p[1] for p in points))


def _projection(features: Sequence[Mapping[str, Any]], area: Box) -> Any:
    points = [point for f in features for ring in _rings(f["geometry"]) for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    scale = min(
        (area.right - area.left) / ((east - west) * squeeze), (area.bottom - area.top) / (north - south)
    )
    left = area.left + (area.right - area.left - (east - west) * squeeze * scale) / 2
    top = area.top + (area.bottom - area.top - (north - south) * scale) / 2

    def to_px(lon: float, lat: float) -> tuple[float, float]:
        return left + (lon - west) * squeeze * scale, top + (north - lat) * scale

    return to_px


def _rings(geometry: Mapping[str, Any]) -> list[list[list[float]]]:
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return [ring for polygon in geometry["coordinates"] for ring in polygon]


def _path(geometry: Mapping[str, Any], to_px: Any) -> str:
    parts = []
    for ring in _rings(geometry):
        corners = [to_px(lon, lat) for lon, lat, *_ in ring]
        parts.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in corners) + "Z")
    return "".join(parts)


def _diamond(
    at: tuple[float, float], radius: float, frame: Frame, placed: list[Box]
) -> tuple[float, float, float]:
    """(x, y, radius): on the spot of its district, or beside it where a bezel or another diamond is in the way."""
    shape = Box(-radius, -radius, radius, radius).moved(*at)
    _, (dx, dy) = _cheapest([(0.0, shape, move) for move in _moves(radius * 0.5)], frame, placed)
    placed.append(shape.moved(dx, dy))
    return at[0] + dx, at[1] + dy, radius


def _name(
    name: str, at: tuple[float, float], radius: float, frame: Frame, placed: list[Box]
) -> tuple[float, float]:
    """(middle, baseline) of a name: under its diamond, above or beside it; without a diamond on the spot itself."""
    width, height = len(name) * EM_PER_LETTER * frame.font_px, LINE_EM * frame.font_px
    centred = Box(-width / 2, -height / 2, width / 2, height / 2)
    up, aside = radius + (GAP_PX + height) / 2, radius + GAP_PX + width / 2
    sides = [(0.0, up), (0.0, -up), (aside, 0.0), (-aside, 0.0)] if radius else [(0.0, 0.0)]
    choices = [
        (rank * frame.font_px, centred.moved(at[0] + x, at[1] + y), move)
        for rank, (x, y) in enumerate(sides)
        for move in _moves(frame.font_px * 0.4)
    ]
    box, (dx, dy) = _cheapest(choices, frame, placed)
    found = box.moved(dx, dy)
    placed.append(found)
    return (found.left + found.right) / 2, found.top + frame.font_px


def _moves(step: float) -> list[tuple[float, float]]:
    """No move, then small ones in every direction."""
    steps = [step * times for times in (0, -1, 1, -2, 2, -3, 3, -4, 4)]
    return [(dx, dy) for dx in steps for dy in steps]


Choice = tuple[float, Box, tuple[float, float]]
"""A price of its own, a box and how far it is moved."""


def _cheapest(
    choices: Sequence[Choice], frame: Frame, placed: Sequence[Box]
) -> tuple[Box, tuple[float, float]]:
    """Box and move of the choice that costs least. No further than where the move alone costs more than what was found."""
    least, (_, box, move) = inf, choices[0]
    for price, each, way in sorted(
        choices, key=lambda choice: choice[0] + abs(choice[2][0]) + abs(choice[2][1])
    ):
        if price + abs(way[0]) + abs(way[1]) >= least:
            break
        cost = price + _cost(each, way, frame, placed)
        if cost < least:
            least, box, move = cost, each, way
    return box, move


def _cost(box: Box, move: tuple[float, float], frame: Frame, placed: Sequence[Box]) -> float:
    """How far it is moved, what it covers, whether it touches a reserved band or leaves the frame."""
    moved, area = box.moved(*move), frame.area
    cost = abs(move[0]) + abs(move[1]) + sum(moved.overlap(other) / 4 for other in placed)
    cost += sum(10_000 + moved.overlap(other) for other in frame.reserved if moved.overlap(other))
    is_out = moved.left < area.left or moved.right > area.right
    return cost + (10_000 if is_out or moved.top < area.top or moved.bottom > area.bottom else 0)


def _radius(count: int, most: int, font_px: float) -> float:
    """The diamond grows with the root of its count; the smallest still holds two digits at the size of the names."""
    if not count:
        return 0.0
    digits = len(str(count))
    return font_px * (0.75 + 0.5 * (count / max(most, 1)) ** 0.5 + 0.28 * max(digits - 1, 0))


def bezel_bands(xs: Sequence[float], ys: Sequence[float], size_px: tuple[int, int]) -> list[Box]:
    """The bands along the bezels that cross a place of this size; coordinates within that place."""
    wide, tall = size_px
    return [Box(x - BEZEL_PX[0], 0, x + BEZEL_PX[0], tall) for x in xs] + [
        Box(0, y - BEZEL_PX[1], wide, y + BEZEL_PX[1]) for y in ys
    ]

"""The map of the wall: districts as filled shapes, one diamond with its count in each, names that keep off the bezels.

Pure: shapes and counts in, coordinates in canvas pixels out. No points, at no zoom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
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
    """One district: its diamond (radius 0: none) and its name, whose baseline starts at (text_x, text_y)."""

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
    """Paths by district code and labels, in canvas pixels of the map's place."""

    paths: dict[str, str]
    labels: list[Label]


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
    """Project a GeoJSON collection of districts into the frame and place diamonds and names, by code of the district."""
    to_px = _projection(areas["features"], frame.area)
    paths = {f["id"]: _path(f["geometry"], to_px) for f in areas["features"]}
    placed: list[Box] = []
    labels = []
    order = sorted(areas["features"], key=lambda f: (-counts.get(f["id"], 0), f["id"]))
    for feature in order:
        code, properties = feature["id"], feature["properties"]
        name = names.get(code, properties["name"])
        x, y = to_px(properties["label_lon"], properties["label_lat"])
        label, boxes = _placed(
            code, name, counts.get(code, 0), (x, y), max(counts.values(), default=0), frame, placed
        )
        placed += boxes
        labels.append(label)
    return DrawnMap(paths, labels)


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


def _placed(
    code: str,
    name: str,
    count: int,
    anchor: tuple[float, float],
    most: int,
    frame: Frame,
    placed: Sequence[Box],
) -> tuple[Label, list[Box]]:
    """The first of all nearby places where diamond and name hit nothing; the best one if all hit something."""
    radius = _radius(count, most, frame.font_px)
    width, height = len(name) * EM_PER_LETTER * frame.font_px, LINE_EM * frame.font_px
    diamond = Box(-radius, -radius, radius, radius)
    sides = [
        Box(-width / 2, radius + GAP_PX / 2, width / 2, radius + GAP_PX / 2 + height),
        Box(-width / 2, -radius - GAP_PX / 2 - height, width / 2, -radius - GAP_PX / 2),
        Box(radius + GAP_PX, -height / 2, radius + GAP_PX + width, height / 2),
        Box(-radius - GAP_PX - width, -height / 2, -radius - GAP_PX, height / 2),
    ]
    steps = [step * frame.font_px * 0.4 for step in (0, -1, 1, -2, 2, -3, 3, -4, 4)]

    def cost(choice: tuple[int, float, float]) -> float:
        rank, dx, dy = choice
        x, y = anchor[0] + dx, anchor[1] + dy
        boxes = [sides[rank].moved(x, y), *([diamond.moved(x, y)] if radius else [])]
        return rank * 60 + abs(dx) * 1.5 + abs(dy) + _hits(boxes, frame, placed)

    rank, dx, dy = min(((rank, dx, dy) for rank in range(4) for dy in steps for dx in steps), key=cost)
    x, y = anchor[0] + dx, anchor[1] + dy
    text = sides[rank].moved(x, y)
    middle = (text.left + text.right) / 2
    label = Label(code, name, count, x, y, radius, middle, text.top + frame.font_px)
    boxes = [text, *([diamond.moved(x, y)] if radius else [])]
    return label, boxes


def _radius(count: int, most: int, font_px: float) -> float:
    """The diamond grows with the root of its count; the smallest still holds two digits at the size of the names."""
    if not count:
        return 0.0
    return font_px * (0.95 + 0.5 * (count / max(most, 1)) ** 0.5) + (
        0.28 * font_px * (len(str(count)) - 2) if count > 99 else 0
    )


def _hits(boxes: Sequence[Box], frame: Frame, placed: Sequence[Box]) -> float:
    """What a place costs: overlaps with what stands already, with reserved bands, and what leaves the frame."""
    area, cost = frame.area, 0.0
    for box in boxes:
        cost += sum(box.overlap(other) for other in placed)
        cost += sum(10_000 + box.overlap(other) for other in frame.reserved if box.overlap(other))
        if box.left < area.left or box.right > area.right or box.top < area.top or box.bottom > area.bottom:
            cost += 10_000
    return cost


def bezel_bands(xs: Sequence[float], ys: Sequence[float], size_px: tuple[int, int]) -> list[Box]:
    """The bands along the bezels that cross a place of this size; coordinates within that place."""
    wide, tall = size_px
    return [Box(x - BEZEL_PX[0], 0, x + BEZEL_PX[0], tall) for x in xs] + [
        Box(0, y - BEZEL_PX[1], wide, y + BEZEL_PX[1]) for y in ys
    ]

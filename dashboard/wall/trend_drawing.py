"""The on-time line of the wall: twelve months on a cut axis, bands of notes, a dotted mark. Pure: values in, pixels out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.figure_notes import Note
from dashboard.headlines import is_enough
from kpi.periods import Period
from kpi.rates import Rate

EM_PER_LETTER = 0.58
HEADROOM = 0.12
LEAST_SPAN_PCT = 6.0
"""The axis spans at least so many points, so that noise does not look like a fall."""


@dataclass(frozen=True)
class Tick:
    """A word under the axis, centred on x (start and end: the side that stays inside)."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True)
class DrawnTrend:
    """Everything in pixels of a drawing `width` by `height`; lines broken where a month has too few cases."""

    width: float
    height: float
    lines: list[str]
    bands: list[tuple[float, float]]
    ticks: list[Tick]
    mark_y: float
    plot_bottom: float
    plot_right: float
    last: tuple[float, float] | None
    last_y: float
    mark_text_y: float
    """Baselines of the two words on the right, kept apart."""


def draw(
    trend: Sequence[tuple[Period, Rate]],
    notes: Sequence[Note],
    mark_pct: float,
    size_px: tuple[float, float],
    font_px: float,
) -> DrawnTrend | None:
    """None with fewer than four months to speak of: then the numbers alone say more."""
    spoken = [rate.pct for _, rate in trend if is_enough(rate) and rate.pct is not None]
    if len(spoken) < 4:
        return None
    width, height = size_px
    right, bottom = width - 5.4 * font_px, height - 1.45 * font_px
    low, high = min(*spoken, mark_pct), max(*spoken, mark_pct)
    span = max(high - low, LEAST_SPAN_PCT) * (1 + 2 * HEADROOM)
    middle = (low + high) / 2
    step = (right - font_px) / (len(trend) - 1)

    def y(pct: float) -> float:
        return bottom * (0.5 - (pct - middle) / span)

    points = [
        (font_px / 2 + place * step, y(rate.pct)) if is_enough(rate) and rate.pct is not None else None
        for place, (_, rate) in enumerate(trend)
    ]
    periods = [period for period, _ in trend]
    bands = [(note, *_band(note, periods, font_px / 2, step)) for note in notes]
    return DrawnTrend(
        width,
        height,
        _lines(points),
        [(left, until) for _, left, until in bands],
        _ticks(periods, bands, font_px, step),
        y(mark_pct),
        bottom,
        right,
        points[-1],
        *_right_words(points[-1], y(mark_pct), font_px),
    )


def _right_words(last: tuple[float, float] | None, mark_y: float, font_px: float) -> tuple[float, float]:
    """Baselines of the last value and of the mark's name: at their heights, at least a line apart."""
    half, line = 0.36 * font_px, 1.15 * font_px
    last_y = max((last[1] if last else 0.0) + half, font_px)
    mark_text_y = mark_y + half
    if abs(mark_text_y - last_y) < line:
        mark_text_y = last_y + (line if mark_text_y >= last_y else -line)
    if mark_text_y < font_px:
        last_y, mark_text_y = font_px + line, font_px
    return last_y, mark_text_y


def _lines(points: Sequence[tuple[float, float] | None]) -> list[str]:
    """Unbroken stretches as SVG points."""
    lines: list[list[str]] = [[]]
    for point in points:
        if point is None:
            lines.append([])
        else:
            lines[-1].append(f"{point[0]:.1f},{point[1]:.1f}")
    return [" ".join(line) for line in lines if len(line) > 1]


def _band(note: Note, periods: Sequence[Period], left: float, step: float) -> tuple[float, float]:
    """From and until of a note, at least a quarter of a month wide; a month's point stands at its middle."""

    def x(day: date) -> float:
        place = next((i for i, period in enumerate(periods) if day < period.end_on), len(periods) - 1)
        period = periods[place]
        share = (day - period.start_on).days / max((period.end_on - period.start_on).days, 1)
        return left + (place + min(max(share, 0.0), 1.0) - 0.5) * step

    first, last = x(note.from_on), x(note.until_on)
    spare = max(step * 0.5 - (last - first), 0) / 2
    limit = left + (len(periods) - 1) * step
    return max(first - spare, 0.0), min(last + spare, limit)


def _ticks(
    periods: Sequence[Period], bands: Sequence[tuple[Note, float, float]], font_px: float, step: float
) -> list[Tick]:
    """First and last month, then the notes that still find room between them."""
    last_x = font_px / 2 + step * (len(periods) - 1)
    ticks = [Tick(0, _month(periods[0]), "start"), Tick(last_x, _month(periods[-1]), "middle")]
    taken = [(0.0, _width(ticks[0].text, font_px))]
    half = _width(ticks[1].text, font_px) / 2
    taken.append((last_x - half, last_x + half))
    for note, left, until in bands:
        text = note.label.rstrip("0123456789–/ ")
        middle, half = (left + until) / 2, _width(text, font_px) / 2
        span = (middle - half - font_px / 2, middle + half + font_px / 2)
        if span[0] >= 0 and all(span[1] <= a or span[0] >= b for a, b in taken):
            ticks.append(Tick(middle, text, "middle"))
            taken.append(span)
    return ticks


def _month(period: Period) -> str:
    return f"{period.number}/{period.year % 100:02}"


def _width(text: str, font_px: float) -> float:
    return len(text) * EM_PER_LETTER * font_px

"""The shading of districts and communes: one measure, four fixed classes in words of numbers, hatched where n is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dashboard.map_points import DUE_SOON, IN_TIME, OVERDUE, STATES
from dashboard.text import number, percent, t

FEW = 10
"""Under this n an area's rate is not coloured but hatched."""
COUNT_CLASSES = (10, 20, 40)


@dataclass(frozen=True)
class Shading:
    """A measure that areas can be shaded by. bounds: lower ends of classes 2 to 4, in the measure's unit.

    is_share: a share 0..1 of n; else a count. low_is_bad: the dark end of the ramp stands for low values.
    """

    id: str
    bounds: tuple[float, float, float]
    is_share: bool = False
    low_is_bad: bool = False


SHADINGS = {
    shading.id: shading
    for shading in (
        Shading("in_hand", COUNT_CLASSES),
        Shading("overdue", (5, 10, 20)),
        Shading("overdue_share", (0.05, 0.10, 0.20), is_share=True),
        Shading("on_time_rate", (0.80, 0.90, 0.95), is_share=True, low_is_bad=True),
        Shading("satisfaction", (0.80, 0.90, 0.95), is_share=True, low_is_bad=True),
        Shading("none", COUNT_CLASSES),
    )
}
"""The choices of the legend, in its order; the first is the default."""


@dataclass(frozen=True)
class Figure:
    """A measure of one area: value (None = nothing to judge) and the n it rests on."""

    value: float | None
    n: int


def count_by_area(
    area: npt.NDArray[np.int32], codes: Sequence[str], states: npt.NDArray[np.int8]
) -> dict[str, npt.NDArray[np.int64]]:
    """Counts per state of each area code; '' (not known) stays out."""
    table = np.bincount(area * len(STATES) + states, minlength=len(codes) * len(STATES)).reshape(
        -1, len(STATES)
    )
    return {code: row for code, row in zip(codes, table, strict=True) if code and row.any()}


def stock_figures(shading: Shading, counts: Mapping[str, npt.NDArray[np.int64]]) -> dict[str, Figure]:
    """The measures that are counted from the reports on the map themselves."""
    figures = {}
    for code, row in counts.items():
        n = int(row[[IN_TIME, DUE_SOON, OVERDUE]].sum()) if shading.id != "in_hand" else int(row.sum())
        overdue = int(row[OVERDUE])
        value: float | None = {"in_hand": n, "overdue": overdue}.get(shading.id, overdue / n if n else None)
        figures[code] = Figure(value, n)
    return figures


def classes(shading: Shading, figures: Mapping[str, Figure]) -> tuple[float, ...]:
    """Lower ends of classes 2 to 4. Counts grow with the province: tens, hundreds …, never by a single report."""
    if shading.is_share:
        return shading.bounds
    most, factor = max((f.value or 0 for f in figures.values()), default=0), 1
    while most >= shading.bounds[-1] * factor * 5:
        factor *= 5 if str(factor)[0] == "1" else 2
    return tuple(bound * factor for bound in shading.bounds)


def shade(shading: Shading, figures: Mapping[str, Figure]) -> dict[str, object]:
    """What the browser draws: {"words": of the classes from pale to dark, "areas": {code: …}, "few", "n"}."""
    if shading.id == "none":
        return {"words": [], "areas": {}, "few": False, "n": ""}
    bounds = classes(shading, figures)
    areas = {code: _area(shading, figure, bounds) for code, figure in figures.items()}
    words = _words(shading, bounds)
    return {
        "words": words[::-1] if shading.low_is_bad else words,
        "areas": areas,
        "few": any(area["few"] for area in areas.values()),
        "n": t("map.n", n=number(sum(figure.n for figure in figures.values()))),
    }


def _area(shading: Shading, figure: Figure, bounds: Sequence[float]) -> dict[str, object]:
    is_few = shading.is_share and figure.n < FEW
    place = sum(figure.value >= bound for bound in bounds) if figure.value is not None else None
    if place is not None and shading.low_is_bad:
        place = len(bounds) - place
    return {
        "class": "none" if place is None else place,
        "few": is_few,
        "text": _text(shading, figure, is_few),
    }


def _text(shading: Shading, figure: Figure, is_few: bool) -> list[str]:
    name = t(f"map.shade.{shading.id}")
    if figure.value is None:
        return [f"{name}: {t('say.empty')}"]
    if not shading.is_share:
        return [f"{name}: {number(figure.value)}"]
    part = number(round(figure.value * figure.n))
    if is_few:
        return [f"{name}: {t('say.too_few', part=part, whole=number(figure.n))}"]
    return [f"{name}: {percent(figure.value)}", t("say.part_of", part=part, whole=number(figure.n))]


def _words(shading: Shading, bounds: Sequence[float]) -> list[str]:
    scale = 100 if shading.is_share else 1
    ends = [round(bound * scale) for bound in bounds]
    step = 0 if shading.is_share else 1
    middle = [f"{number(a)}–{number(b - step)}" for a, b in pairwise(ends)]
    return [t("map.class.under", end=number(ends[0])), *middle, t("map.class.from", end=number(ends[-1]))]

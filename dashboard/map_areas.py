"""The shading of districts and communes: one measure, four fixed classes in words of numbers, hatched where n is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.ground import Ground
from dashboard.ground_words import count_words
from dashboard.map_points import STATES, Points
from dashboard.text import number, percent, t
from kpi.queries.measures import NOW

FEW = 10
"""Under this n an area's rate is not coloured but hatched."""
COUNT_CLASSES = (10, 20, 40)
OPEN_STATES = ("in_time", "due_soon", "overdue")
PERIOD_COUNTS = {"on_time_rate": ("on_time", "judged"), "satisfaction": ("satisfied", "rated")}
"""Numerator and denominator of the shadings that are no count of the points."""


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


COUNT = Shading("count", COUNT_CLASSES)
"""In the place of in_hand where the choice holds reports that have left."""


def shading_of(name: str, state: str | None) -> Shading:
    """The shading of SHADINGS with this name, for a choice of this state (a measure; None: in hand)."""
    is_of_now = state is None or state in NOW
    return SHADINGS[name] if is_of_now or name != "in_hand" else COUNT


@dataclass(frozen=True)
class Figure:
    """A measure of one area: value (None = nothing to judge), the n it rests on, and how much of n was divided by area."""

    value: float | None
    n: float
    uncertain: float = 0


Figures = Mapping[str, Figure]
"""By code of the area drawn; '' holds what no area shows: place not known, or outside the boundaries held."""


def stock_figures(
    shading: Shading, points: Points, states: npt.NDArray[np.int8], ground: Ground
) -> dict[str, Figure]:
    """The measures that are counted from the reports on the map themselves, on the units that are drawn."""
    table = np.bincount(
        points.origin * len(STATES) + states, points.n, len(points.origins) * len(STATES)
    ).astype(np.int64)
    counted = [
        {**origin._asdict(), **dict(zip(STATES, row.tolist(), strict=True))}
        for origin, row in zip(points.origins, table.reshape(-1, len(STATES)), strict=True)
    ]
    return {row["place"]: _stock(shading, row) for row in ground.rows(counted)}


def _stock(shading: Shading, row: Mapping[str, Any]) -> Figure:
    counted = STATES if shading.id in ("in_hand", "count") else OPEN_STATES
    n = sum(row[state] for state in counted)
    uncertain = sum(row.get(f"{state}_uncertain", 0) for state in counted)
    overdue = row["overdue"]
    value: float | None = {"in_hand": n, "count": n, "overdue": overdue}.get(
        shading.id, overdue / n if n else None
    )
    return Figure(value, n, uncertain)


def period_figures(shading: Shading, rows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """The rates of the period, from rows by place with the counts of PERIOD_COUNTS."""
    part, whole = PERIOD_COUNTS[shading.id]
    return {
        row["place"]: Figure(
            row[part] / row[whole] if row[whole] else None, row[whole], row.get(f"{whole}_uncertain", 0)
        )
        for row in rows
    }


def classes(shading: Shading, figures: Figures) -> tuple[float, ...]:
    """Lower ends of classes 2 to 4. Counts grow with the province: tens, hundreds …, never by a single report."""
    if shading.is_share:
        return shading.bounds
    most, factor = max((f.value or 0 for f in figures.values()), default=0), 1
    while most >= shading.bounds[-1] * factor * 5:
        factor *= 5 if str(factor)[0] == "1" else 2
    return tuple(bound * factor for bound in shading.bounds)


def shade(shading: Shading, figures: Figures) -> dict[str, object]:
    """What the browser draws: {"words": of the classes from pale to dark, "areas": {code: …}, "few", "n"}.

    n says how many reports there are in all, how many of them no area shows, and how many were divided by area.
    """
    if shading.id == "none":
        return {"words": [], "areas": {}, "few": False, "n": ""}
    bounds = classes(shading, figures)
    areas = {code: _area(shading, figure, bounds) for code, figure in figures.items() if code}
    words = _words(shading, bounds)
    return {
        "words": words[::-1] if shading.low_is_bad else words,
        "areas": areas,
        "few": any(area["few"] for area in areas.values()),
        "n": _n_words(figures),
    }


def _n_words(figures: Figures) -> str:
    words = [t("map.n", n=number(round(sum(figure.n for figure in figures.values()))))]
    if "" in figures and figures[""].n:
        words.append(t("map.n_unknown", n=count_words(figures[""].n)))
    if divided := sum(figure.uncertain for figure in figures.values()):
        words.append(t("map.n_divided", n=number(divided, 1)))
    return "; ".join(words)


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
        return [f"{name}: {count_words(figure.value)}", *_divided(figure)]
    part, whole = count_words(round(figure.value * figure.n, 6)), count_words(figure.n)
    if is_few:
        return [f"{name}: {t('say.too_few', part=part, whole=whole)}", *_divided(figure)]
    return [f"{name}: {percent(figure.value)}", t("say.part_of", part=part, whole=whole), *_divided(figure)]


def _divided(figure: Figure) -> list[str]:
    """How much of a figure is an estimate, where any is."""
    if not figure.uncertain:
        return []
    return [t("map.divided", share=percent(figure.uncertain / figure.n, 0))]


def _words(shading: Shading, bounds: Sequence[float]) -> list[str]:
    scale = 100 if shading.is_share else 1
    ends = [round(bound * scale) for bound in bounds]
    step = 0 if shading.is_share else 1
    middle = [f"{number(a)}–{number(b - step)}" for a, b in pairwise(ends)]
    return [t("map.class.under", end=number(ends[0])), *middle, t("map.class.from", end=number(ends[-1]))]

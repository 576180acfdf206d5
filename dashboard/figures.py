"""Rows -> Plotly figures: pure functions of values and the theme's tokens. One look for every chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figure_notes import Note, draw_notes
from dashboard.text import number, t
from dashboard.tokens import Scheme, tokens

FONT = '"IBM Plex Sans", "Noto Sans", system-ui, sans-serif'
SEPARATORS = ",."
LABEL_PX = 12


@dataclass(frozen=True)
class Point:
    """One period of a trend. rate_pct None = too few to draw."""

    label: str
    """What the axis shows; a line break is <br>."""
    name: str
    """What a hover shows."""
    start_on: date
    end_on: date
    count: int
    rate_pct: float | None
    count_href: str = ""
    """Where a click on the bar leads; rate_href: on the point of the line; '' = nowhere."""
    rate_href: str = ""
    hint: str = ""
    """What a hover says of the click."""


def base(scheme: Scheme, height: int) -> dict[str, object]:
    """Layout of a figure in the product's look; the title stands outside, in HTML.

    A plain dict: to merge one figure's layout into another's takes a third of a second, its template alone.
    """
    color = tokens(scheme)
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 4, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": LABEL_PX, "color": color["ink-2"]},
        "separators": SEPARATORS,
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": color["card"],
            "bordercolor": color["line"],
            "font": {"family": FONT, "color": color["ink"]},
        },
    }


def trend(
    points: Sequence[Point], notes: Sequence[Note], mark_pct: float, scheme: Scheme, height: int
) -> go.Figure:
    """On-time rate as a line on a cut axis over bars of counts from zero, two small charts over one time axis."""
    color = tokens(scheme)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.12)
    figure.update_layout(base(scheme, height))
    places = list(range(len(points)))
    rates = [point.rate_pct for point in points]
    _rate_line(figure, points, color)
    bars = [color["bar-quiet"]] * (len(points) - 1) + [color["bar"]]
    counts = [point.count for point in points]
    figure.add_bar(
        x=places,
        y=counts,
        customdata=[point.count_href for point in points],
        marker={"color": bars, "line": {"width": 0}},
        width=0.6,
        hovertemplate=[_hover(point, number(point.count)) for point in points],
        row=2,
        col=1,
    )
    _mark(figure, mark_pct, rates, len(points), color)
    _labels(figure, points, color)
    draw_notes(figure, [(point.start_on, point.end_on) for point in points], notes, color)
    low, high = rate_range(rates, mark_pct)
    # "x": the whole height of a period is its mark, so that a short bar and a thin line are easy to hit.
    figure.update_layout(margin={"l": 8, "r": 64, "t": 34, "b": 36}, hovermode="x")
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.update_yaxes(range=[low, high], row=1, col=1)
    figure.update_yaxes(range=[0, max([*counts, 1]) * 1.3], row=2, col=1)
    figure.update_xaxes(
        showgrid=False,
        zeroline=False,
        showline=False,
        fixedrange=True,
        range=[-0.5, len(points) - 0.5],
        tickvals=places,
        tickangle=0,
    )
    ticks = [
        point.label if place < len(points) - 1 else f"<b>{point.label}</b>"
        for place, point in enumerate(points)
    ]
    figure.update_xaxes(ticktext=ticks, tickfont={"size": LABEL_PX, "color": color["ink-2"]}, row=2, col=1)
    return figure


def rate_range(rates: Sequence[float | None], mark_pct: float) -> tuple[float, float]:
    """The cut axis of a rate: from a little under the lowest value or mark to a little over the highest."""
    known = [rate for rate in rates if rate is not None] + [mark_pct]
    pad = max((max(known) - min(known)) * 0.25, 1.0)
    return min(known) - pad, max(known) + pad * 2.2


def _rate_line(figure: go.Figure, points: Sequence[Point], color: dict[str, str]) -> None:
    rates = [point.rate_pct for point in points]
    sizes = [5] * (len(points) - 1) + [9]
    hover = [
        _hover(point, f"{number(point.rate_pct, 1)} %") if point.rate_pct is not None else ""
        for point in points
    ]
    figure.add_scatter(
        x=list(range(len(points))),
        y=rates,
        customdata=[point.rate_href for point in points],
        mode="lines+markers",
        line={"color": color["ink"], "width": 1.8},
        marker={"color": color["ink"], "size": sizes, "opacity": 1},
        hovertemplate=hover,
        connectgaps=False,
        row=1,
        col=1,
    )


def _hover(point: Point, value: str) -> str:
    """Period, value, and what a click does; no second box of the trace's name."""
    return "<br>".join(word for word in (point.name, value, point.hint) if word) + "<extra></extra>"


def _mark(
    figure: go.Figure, mark_pct: float, rates: Sequence[float | None], count: int, color: dict[str, str]
) -> None:
    line = {"color": color["ink-3"], "width": 1.4, "dash": "dot"}
    figure.add_shape(type="line", x0=-0.45, x1=count - 0.5, y0=mark_pct, y1=mark_pct, line=line, row=1, col=1)
    figure.add_annotation(
        x=count - 0.5, xshift=4, y=mark_pct, text=t("overview.mark"), showarrow=False, xanchor="left", yshift=_clear(rates, mark_pct),
        font={"color": color["ink-3"]}, row=1, col=1,
    )  # fmt: skip


def _clear(rates: Sequence[float | None], mark_pct: float) -> int:
    """Pixels that the mark's name steps aside when the last value's label would stand on it."""
    last = rates[-1] if rates else None
    if last is None:
        return 0
    low, high = rate_range(rates, mark_pct)
    near = abs(last - mark_pct) < (high - low) * 0.14
    return 0 if not near else (-14 if last >= mark_pct else 14)


def _labels(figure: go.Figure, points: Sequence[Point], color: dict[str, str]) -> None:
    """Last value bold, lowest and first plain; of the counts the last and the highest."""
    last = len(points) - 1

    def say(place: float, y: float, words: str, row: int, *, bold: bool = False, shift: int = 0) -> None:
        at = {"x": place, "y": y, "showarrow": False, "yshift": shift, "row": row, "col": 1}
        font = {"color": color["ink"] if bold else color["ink-2"], "size": 13 if bold else LABEL_PX}
        words = f"<b>{words}</b>" if bold else words
        figure.add_annotation(
            text=words, xanchor="left" if bold else "center", xshift=9 if bold else 0, font=font, **at
        )

    known = [(point.rate_pct, place) for place, point in enumerate(points) if point.rate_pct is not None]
    for rate, place in {min(known), known[0]} if known else set():
        if place != last:
            say(place, rate, number(rate, 1), 1, shift=-13)
    if points and points[last].rate_pct is not None:
        say(last, points[last].rate_pct or 0, f"{number(points[last].rate_pct, 1)} %", 1, bold=True)
    if points:
        high = max(range(len(points)), key=lambda place: points[place].count)
        if high != last:
            say(high, points[high].count, number(points[high].count), 2, shift=9)
        say(last + 0.22, points[last].count, number(points[last].count), 2, bold=True, shift=-8)
    for row, words in ((1, t("overview.trend_rate")), (2, t("overview.trend_received"))):
        figure.add_annotation(
            text=words, x=-0.45, y=1, yref="y domain" if row == 1 else "y2 domain", xref="x", showarrow=False,
            xanchor="left", yanchor="bottom", yshift=-14 if row == 1 else 2, font={"color": color["ink-3"]},
        )  # fmt: skip


def areas(
    geojson: dict,
    class_of: dict[str, int | None],
    marked: Sequence[str],
    scheme: Scheme,
    height: int,
    hover: dict[str, str],
) -> go.Figure:
    """A small static choropleth: one polygon trace per area; class 0 (palest) … 4, None = too few (hatched by a line)."""
    color = tokens(scheme)
    figure = go.Figure(layout=base(scheme, height))
    for feature in sorted(geojson["features"], key=lambda feature: feature["properties"]["code"] in marked):
        code = feature["properties"]["code"]
        level = class_of.get(code)
        fill = color["sunken"] if level is None else color[f"ramp-{level + 1}"]
        is_marked = code in marked
        xs, ys = _rings(feature["geometry"])
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            fill="toself",
            fillcolor=fill,
            line={"color": color["ink"] if is_marked else color["card"], "width": 1.4 if is_marked else 1},
            hoveron="fills",
            text=hover.get(code, feature["properties"]["name"]),
            hoverinfo="text",
            name=feature["properties"]["name"],
        )
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True, scaleanchor="x", scaleratio=1.02)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure


def _rings(geometry: dict) -> tuple[list[float | None], list[float | None]]:
    """Outer rings as one line with gaps; five decimals of a degree are a metre."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for polygon in polygons:
        xs += [round(point[0], 4) for point in polygon[0]] + [None]
        ys += [round(point[1], 4) for point in polygon[0]] + [None]
    return xs, ys

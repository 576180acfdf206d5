"""What a unit holds right now: one mark per report along the working time it has left. Pure; part of pages/unit.py."""

from collections.abc import Callable, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components import Child, card, empty, link, state_mark
from dashboard.drawings import pct, upright
from dashboard.report_list import state_of, working_times
from dashboard.text import clock_time, number, t, working_day_s, working_time
from dashboard.unit_view import View
from kpi.queries.window import DUE_SOON_WORKING_HOURS, HOUR_S

MOST_DAYS = 10
"""Beyond it, on either side, reports stand at the end of the axis."""
LEAST_DAYS = 3
ROWS = 3
TICK_SHARE = 0.08
"""Room that the words of a tick need."""
MARK_SHARE = 0.022
"""Width of a mark as a share of the drawing: closer ones stand in another row."""


def card_of(view: View) -> Component:
    """Title with the counts, the drawing, the way to the list."""
    own, rows = view.own, view.rows["held"]
    if not rows:
        return card(t("unit.none_in_hand"), empty(t("unit.none_in_hand_sub")), class_name="span-12")
    title = t(
        "unit.in_hand", count=number(own.in_hand), overdue=number(own.overdue), soon=number(own.due_soon)
    )
    sub = t("unit.in_hand_sub", at=clock_time(view.question.at))
    more = link(t("unit.open_list"), view.href("in_hand"))
    return card(title, _drawing(view, rows), sub, action=more, class_name="span-12")


def _drawing(view: View, rows: Sequence[dict[str, Any]]) -> list[Child]:
    times = working_times(rows, view.question.at, view.question.calendar)
    judged = [(row, -past_s) for row, past_s in zip(rows, times, strict=True) if past_s is not None]
    low_d = _days([-left_s for _, left_s in judged])
    high_d = _days([left_s for _, left_s in judged])
    width_s = (low_d + high_d) * working_day_s()

    def place(left_s: float) -> float:
        return min(max((left_s + low_d * working_day_s()) / width_s, 0.012), 0.988)

    soon_s = DUE_SOON_WORKING_HOURS * HOUR_S
    zones = [
        html.Span(className="zone zone-overdue", style={"left": 0, "width": pct(place(0))}),
        html.Span(
            className="zone zone-soon", style={"left": pct(place(0)), "width": pct(place(soon_s) - place(0))}
        ),
    ]
    marks = _marks(view, judged, place)
    body: list[Child] = [
        html.Div([*zones, upright(place(0), "now"), *marks], className="held"),
        html.Div(_ticks(low_d, high_d, place), className="held-axis"),
    ]
    without = len(rows) - len(judged)
    if without:
        body.append(html.P(t("unit.without_limit", count=number(without)), className="caption"))
    return body


def _days(amounts_s: Sequence[float]) -> int:
    """Whole working days of an axis that holds them all, between LEAST_DAYS and MOST_DAYS."""
    farthest_s = max((amount for amount in amounts_s if amount > 0), default=0)
    return int(min(max(-(-farthest_s // working_day_s()), LEAST_DAYS), MOST_DAYS))


def _marks(
    view: View, judged: Sequence[tuple[dict[str, Any], int]], place: Callable[[float], float]
) -> list[Child]:
    """Each report at its place; one that would cover another goes to the next row."""
    ends = [-1.0] * ROWS
    made: list[Child] = []
    for row, left_s in sorted(judged, key=lambda pair: pair[1]):
        share = place(left_s)
        free = [number_ for number_ in range(ROWS) if share - ends[number_] >= MARK_SHARE]
        line = free[0] if free else min(range(ROWS), key=lambda number_: ends[number_])
        ends[line] = share
        state = state_of(row, view.question)
        time = t("reports.over" if left_s < 0 else "reports.left", amount=working_time(left_s))
        label = f"{row['report_code']}: {time}"
        made.append(
            link(
                state_mark(state, 20 if state == "in_time" else 24),
                f"/report?code={row['report_code']}",
                f"held-mark held-row-{line}",
                style={"left": pct(share)},
                title=label,
                **{"aria-label": label},
            )
        )
    return made


def _ticks(low_d: int, high_d: int, place: Callable[[float], float]) -> list[Component]:
    """'hết hạn', 'quá 3 ngày', 'còn 3 ngày': the ends first, then what has room between."""
    words = {0: t("unit.due")}
    words |= {-day: t("reports.over", amount=t("unit.days", amount=day)) for day in _steps(low_d)}
    words |= {day: t("reports.left", amount=t("unit.days", amount=day)) for day in _steps(high_d)}
    taken: list[float] = []
    made: list[Component] = []
    for day, said in words.items():
        share = min(max(place(day * working_day_s()), 0.04), 0.96)
        if all(abs(share - other) >= TICK_SHARE for other in taken):
            taken.append(share)
            dress = "tick tick-due" if day == 0 else "tick"
            made.append(html.Span(said, className=dress, style={"left": pct(share)}))
    return made


def _steps(days: int) -> list[int]:
    """Days that are written on one side of the axis: the last one, then about every third before it."""
    return list(range(days, 0, -max(days // 3, 1)))

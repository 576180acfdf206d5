"""Who had a report from when to when: a lane per holder on real time, off hours shaded, limits as uprights. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboard.components import HIDDEN, Child, State, state_mark
from dashboard.drawings import Stretch, lane, pct, upright
from dashboard.text import clock_time, day_month, t, weekday_short, working_amount, working_time
from kpi.clock import LOCAL
from kpi.explanation import Explanation, Lane, Point, Span, StageExplained

EDGE = timedelta(hours=6)
MOST_SHADED_DAYS = 45
"""Longer lives show no shading of nights: the stripes would be finer than the eye."""
MOST_TICKS = 16
CLOSE_SHARE = 0.02
"""An upright as close as this to a stretch would run through the first of its words."""
WORDS_SHARE = 0.22
"""Room that the words of a stretch need, as a share of the drawing."""
LABEL_ROOM = 0.12
"""Room at the right end for words of the last event, as a share of the life."""
LANE_ORDER = ("ioc", "province", "lead", "coordinating", "leader", "sender")
SPOKEN = ("sent", "rated", "approved", "published")
"""What happened that is written in the lanes; everything stands in the table of events."""


@dataclass(frozen=True)
class Axis:
    """Real time from the day the report was sent to the last thing drawn."""

    start_at: datetime
    end_at: datetime

    def share(self, at: datetime) -> float:
        """Where an instant lies, 0..1."""
        return (at - self.start_at) / (self.end_at - self.start_at)

    @property
    def days(self) -> list[date]:
        """The days that it touches."""
        first, last = self.start_at.astimezone(LOCAL).date(), self.end_at.astimezone(LOCAL).date()
        return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def axis_of(told: Explanation) -> Axis:
    """From the morning of the first day to the evening of the last."""
    instants = [point.at for point in told.points]
    instants += [at for lane_ in told.lanes for span in lane_.spans for at in (span.from_at, span.until_at)]
    instants += [told.due_at] if told.due_at else []
    first, last = min(instants).astimezone(LOCAL), max(instants).astimezone(LOCAL)
    start = first.replace(hour=0, minute=0, second=0, microsecond=0) + EDGE
    end = last.replace(hour=0, minute=0, second=0, microsecond=0) + 3 * EDGE
    room = (last - first) * LABEL_ROOM
    return Axis(min(start, first - EDGE / 4), max(end, last + room))


def lanes(told: Explanation) -> Component:
    """The whole drawing: heads of the limits, a row per holder, the days."""
    axis = axis_of(told)
    ground = [*_shading(told, axis), *_limits(told, axis)]
    ordered = sorted(told.lanes, key=lambda lane_: LANE_ORDER.index(lane_.holder_kind))
    rows = [_row(told, axis, lane_) for lane_ in ordered]
    if not any(lane_.holder_kind == "sender" for lane_ in told.lanes):
        rows.append(_row(told, axis, Lane("sender", "", t("holder.sender"), "", ())))
    return html.Div(
        [
            html.Div([html.Div(), html.Div(ground, className="life-ground")], className="life-behind"),
            *rows,
            html.Div(
                [html.Div(), html.Div(_days(axis), className="life-days")], className="life-row life-foot"
            ),
        ],
        className="life",
    )


def _shading(told: Explanation, axis: Axis) -> list[Component]:
    is_long = len(axis.days) > MOST_SHADED_DAYS
    made: list[Component] = []
    for off in told.off_times:
        if is_long and off.kind in ("night", "between_sessions"):
            continue
        start, end = max(axis.share(off.from_at), 0), min(axis.share(off.until_at), 1)
        if end <= start:
            continue
        style = {"left": pct(start), "width": pct(end - start)}
        made.append(html.Span(className="off-time", style=style, title=off.label))
    return made


def _limits(told: Explanation, axis: Axis) -> list[Component]:
    """The deadline, red, with its length and article; the IOC's own limit, dashed."""
    made: list[Component] = []
    dispatch = _dispatch(told, axis)
    if dispatch and dispatch.due_at:
        words = [
            html.B(t("report.dispatch_due", at=_short(dispatch.due_at))),
            html.Span(f"{dispatch.limit}, {dispatch.article}: {dispatch.verdict}"),
        ]
        made.append(_limit(axis.share(dispatch.due_at), "limit", words))
    if told.due_at:
        handle = next((s for s in reversed(told.stages) if s.stage == "handle" and s.due_at), None)
        handle = handle or next((s for s in reversed(told.stages) if s.due_at == told.due_at), None)
        below = ", ".join(part for part in (handle.limit, handle.article) if part) if handle else ""
        made.append(
            _limit(
                axis.share(told.due_at),
                "due",
                [html.B(t("report.due", at=_short(told.due_at))), html.Span(below)],
            )
        )
    return made


def _dispatch(told: Explanation, axis: Axis) -> StageExplained | None:
    """The IOC's own stage, if its limit has room for words beside the deadline's."""
    for stage in told.stages:
        if stage.stage == "dispatch" and stage.due_at:
            apart = abs(axis.share(stage.due_at) - axis.share(told.due_at)) if told.due_at else 1
            return stage if apart > WORDS_SHARE else None
    return None


def _limit(share: float, kind: str, words: list[Child]) -> Component:
    side = "left" if share > 0.5 else "right"
    return upright(share, kind, html.Span(words, className=f"limit-words limit-{side}"))


def _short(at: datetime) -> str:
    local = at.astimezone(LOCAL)
    return f"{clock_time(local)} {day_month(local.date())}"


def _row(told: Explanation, axis: Axis, lane_: Lane) -> Component:
    name = lane_.unit if lane_.holder_kind == "ioc" else t(f"holder.{lane_.holder_kind}")
    below = lane_.unit if lane_.holder_kind not in ("ioc", "sender", "province") else ""
    stretches: list[Stretch] = []
    for span in lane_.spans:
        stretches += _stretches(axis, lane_, span)
    marks = [*_words(told, axis, lane_), *_points(told, axis, lane_)]
    title = [
        html.Div(name or t(f"holder.{lane_.holder_kind}"), className="life-name"),
        html.Div(below, className="caption"),
    ]
    return html.Div([html.Div(title), lane(stretches, marks)], className="life-row")


def _stretches(axis: Axis, lane_: Lane, span: Span) -> list[Stretch]:
    said = t("report.held", amount=working_time(span.worked_s))
    start, end = axis.share(span.from_at), axis.share(span.until_at)
    if span.late_from_at is None or lane_.holder_kind == "sender":
        return [Stretch(start, end, lane_.holder_kind, said)]
    late = axis.share(span.late_from_at)
    late_said = t("report.late_part", amount=working_time(span.late_s))
    parts = [Stretch(start, late, lane_.holder_kind, said)] if late > start else []
    return [*parts, Stretch(late, end, "late", late_said)]


def _words(told: Explanation, axis: Axis, lane_: Lane) -> list[Component]:
    """How long the longest stretch of a lane was: in it where there is room, else beside it."""
    if not lane_.spans or lane_.holder_kind == "sender":
        return []
    span = max(lane_.spans, key=lambda s: s.until_at - s.from_at)
    start, end = axis.share(span.from_at), axis.share(span.until_at)
    said = t("report.held_short", amount=working_amount(span.worked_s))
    if span.late_s:
        said += f", {t('report.late_short', amount=working_amount(span.late_s))}"
    if end - start > WORDS_SHARE * (1.6 if span.late_s else 1):
        return [html.Span(said, className=f"lane-words in-{lane_.holder_kind}", style={"left": pct(start)})]
    if start > 0.4:
        return [html.Span(said, className="lane-words", style={"right": pct(1 - start)})]
    dispatch = _dispatch(told, axis)
    uprights = [axis.share(at) for at in (told.due_at, dispatch and dispatch.due_at) if at]
    clear = max([end, *(share for share in uprights if 0 < share - end < CLOSE_SHARE)])
    return [html.Span(said, className="lane-words", style={"left": pct(clear)})]


def _points(told: Explanation, axis: Axis, lane_: Lane) -> list[Component]:
    points = [
        point
        for point in told.points
        if point.holder_kind == lane_.holder_kind and point.unit_code in ("", lane_.unit_code)
    ]
    spoken = [point for point in points if point.kind in SPOKEN]
    return [_point(told, axis, point, is_last=point is spoken[-1]) for point in spoken]


def _point(told: Explanation, axis: Axis, point: Point, *, is_last: bool) -> Component:
    share = axis.share(point.at)
    side = "left" if share > 0.92 else "right"
    if point.kind == "approved":
        state: State = "done_late" if told.state == "done_late" else "done_on_time"
        mark: Component = state_mark(state, 18)
    else:
        mark = html.Span(className="point-dot", **HIDDEN)
    words = (
        html.Span(point.label, className=f"point-words point-{side}")
        if is_last or point.kind == "approved"
        else None
    )
    return html.Span([mark, words], className="point", style={"left": pct(share)}, title=point.label)


def _days(axis: Axis) -> list[Component]:
    days = axis.days
    step = -(-len(days) // MOST_TICKS)
    made: list[Component] = []
    for day in days[::step]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=LOCAL)
        share = axis.share(noon)
        if not 0.01 < share < 0.96:
            continue
        dress = "day day-off" if day.isoweekday() > 5 and step == 1 else "day"
        made.append(
            html.Span(f"{weekday_short(day)} {day_month(day)}", className=dress, style={"left": pct(share)})
        )
    return made

"""The list behind a number: its title, its rows, the way to the next page. Pure; drawn by callbacks/reports.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.ask import Question
from dashboard.components import Child, Column, State, card, empty, link, state_mark, state_word, table
from dashboard.ground_words import list_words
from dashboard.hotspots_view import cell_metres
from dashboard.names import Names
from dashboard.text import DASH, clock_time, instant, number, on, t, working_time
from kpi.cells import Cell
from kpi.queries.measures import MEASURES
from kpi.queries.reports import PRESSING, URGENT, WAITING
from kpi.queries.stages import STATES as STAGE_STATES
from kpi.worktime import WorkCalendar, to_unix

Row = Mapping[str, Any]
DEFAULT_STATE = "in_hand"


@dataclass(frozen=True)
class Listing:
    """One page of a list. shown: rows on the pages before it; next_after: cursor of the next page, None on the last."""

    question: Question
    names: Names
    rows: Sequence[Row]
    count: int
    shown: int
    next_after: str | None
    by: str | None
    """'unit': the list stands behind a figure of all units, so its rows are assignments."""

    @property
    def state(self) -> str:
        """The state that names the list."""
        return self.question.filters.state or DEFAULT_STATE

    @property
    def by_assignment(self) -> bool:
        """Whether a row is a lead assignment rather than a report."""
        of_reports = self.state in MEASURES and MEASURES[self.state].only is not None
        named = self.state == "dispatched" or (self.state in MEASURES and not of_reports)
        return bool(named and (self.by == "unit" or self.question.filters.unit))


def page(listing: Listing) -> list[Component]:
    """The card of the list, with what is counted, how many, and in which order."""
    body = _table(listing) if listing.rows else empty(t("reports.empty"))
    made = [card(_title(listing), [body, _foot(listing)], _sub(listing), class_name="span-12")]
    return list(made)


def _title(listing: Listing) -> str:
    noun = t("reports.assignments" if listing.by_assignment else "reports.reports")
    label = t(f"state.{listing.state}")
    filters = listing.question.filters
    if listing.state in STAGE_STATES and filters.stage:
        label = f"{t(f'stage.{filters.stage}')}: {_small(label)}"
    return t("reports.title", count=number(listing.count), noun=noun, state=_small(label))


def _small(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _sub(listing: Listing) -> list[Child]:
    is_open = is_stock(listing.state)
    if is_open:
        when = t("reports.now", at=clock_time(listing.question.at))
    else:
        period = listing.question.filters.period
        when = t("reports.in_period", start=on(period.start_on), end=on(period.last_on))
    order = t("reports.order_open" if is_open else "reports.order_closed")
    parts: list[Child] = [f"{when}. {order}."]
    parts += [f" {words}" for words in list_words(listing.question)]
    if listing.question.filters.cell:
        parts.append(_cell_words(listing))
    if listing.count > len(listing.rows):
        first = listing.shown + 1
        last = listing.shown + len(listing.rows)
        parts.append(
            f" {t('reports.part', first=number(first), last=number(last), whole=number(listing.count))}."
        )
    return parts


def _cell_words(listing: Listing) -> Component:
    """In which cell, and the way to the list without it."""
    cell = Cell.parse(str(listing.question.filters.cell))
    words = t("reports.in_cell", lat=number(cell.lat, 3), lon=number(cell.lon, 3), metres=cell_metres())
    whole = link(t("reports.leave_cell"), f"?{listing.question.filters.with_(cell=None).query()}")
    return html.Span([f" {words}. ", whole])


def is_stock(state: str) -> bool:
    """Whether the list says how things stand now (whatever the period) rather than what happened in a period."""
    return state in (WAITING, PRESSING, URGENT) or (
        state in MEASURES and "stock_now" in MEASURES[state].spans
    )


def _table(listing: Listing) -> Component:
    has_titles = any(row["title"] for row in listing.rows)
    columns = [
        Column("code", t("reports.col.code")),
        Column("state", t("reports.col.state"), class_name="state-cell"),
        Column("about", t("reports.col.about" if has_titles else "reports.col.field")),
        Column("place", t("reports.col.place")),
        Column("holder", t("reports.col.holder")),
        Column("due", t("reports.col.due"), numeric=True),
        Column("time", t("reports.col.time"), numeric=True),
    ]
    times = working_times(listing.rows, listing.question.at, listing.question.calendar)
    rows = [_row(listing, row, seconds) for row, seconds in zip(listing.rows, times, strict=True)]
    return table(columns, rows, caption=_title(listing), class_name="report-list")


def _row(listing: Listing, row: Row, seconds: int | None) -> dict[str, Child]:
    names, state = listing.names, state_of(row, listing.question)
    urgent = [_urgent(row)] if row["urgency"] != "normal" else []
    return {
        "code": row["report_code"],
        "state": html.Div([*urgent, state_word(state) if not _has_moved(row) else t("reports.moved")]),
        "about": _about(row, names),
        "place": place_words(row, names),
        "holder": holder_words(row, names),
        "due": instant(row["due_at"]) if row["due_at"] else html.Span(t("say.no_limit"), className="ink-3"),
        "time": _time_words(state, seconds, is_left=row["left_at"] is not None),
        "_href": f"/report?{urlencode({'code': row['report_code']})}",
    }


def _urgent(row: Row) -> Component:
    return html.Span(
        [html.Span(className="mark mark-urgent"), t(f"urgency.{row['urgency']}")],
        className="state urgent-word",
    )


def _about(row: Row, names: Names) -> Child:
    if row["is_secret"]:
        return html.Span([state_mark("secret"), t("reports.secret")], className="state state-secret")
    field = names.field(row["field_code"])
    if not row["title"]:
        return field
    return [html.Div(row["title"], className="row-title"), html.Div(field, className="caption")]


def place_words(row: Row, names: Names) -> str:
    """'Phường 2, TP Sóc Trăng'; only the district where the commune is not known or the report is secret."""
    return names.address(row)


def holder_words(row: Row, names: Names) -> Child:
    """Who holds it now, with the part it plays; a closed report: the lead unit that had it last."""
    if not row["holder_kind"]:
        return names.unit(row["lead_unit_code"]) if row["lead_unit_code"] else DASH
    part = t(f"holder.{row['holder_kind']}")
    if row["holder_kind"] in ("sender", "province", "ioc"):
        return part
    return [names.unit(row["holder_unit_code"]), html.Div(part, className="caption")]


def _has_moved(row: Row) -> bool:
    """A unit's row whose report has gone on to somebody else."""
    return row["status"] == "open" and row["left_at"] is not None


def state_of(row: Row, question: Question) -> State:
    """Deadline state of a row now, by the rule of kpi.queries.measures."""
    if row["status"] == "done":
        return "done_late" if row["outcome"] == "late" else "done_on_time"
    if row["status"] != "open":
        return "other"
    due_at = row["due_at"]
    if due_at is None or due_at > question.window.soon_until:
        return "in_time"
    return "overdue" if due_at < question.at else "due_soon"


def working_times(rows: Sequence[Row], at: datetime, calendar: WorkCalendar) -> list[int | None]:
    """Working seconds from each row's limit to the instant it left, or to now: positive = past the limit."""
    known = [row for row in rows if row["due_at"] is not None]
    if not known:
        return [None] * len(rows)
    ends = np.array([to_unix(row["left_at"] or at) for row in known])
    dues = np.array([to_unix(row["due_at"]) for row in known])
    past_s = iter((calendar.elapsed_s(ends) - calendar.elapsed_s(dues)).tolist())
    return [None if row["due_at"] is None else int(next(past_s)) for row in rows]


def _time_words(state: State, seconds: int | None, *, is_left: bool) -> Child:
    if seconds is None:
        return html.Span(DASH, className="ink-3")
    if is_left:
        words = t("reports.late" if seconds > 0 else "reports.early", amount=working_time(seconds))
        return html.Span(words, className="late-text" if seconds > 0 else "ink-3")
    key = "reports.over" if state == "overdue" else "reports.left"
    dress = {"overdue": "overdue-text", "due_soon": "soon-text strong"}.get(state, "")
    return html.Span(t(key, amount=working_time(seconds)), className=dress)


def _foot(listing: Listing) -> Component | None:
    links: list[Child] = []
    if listing.shown:
        links.append(link(t("reports.first"), f"?{_query(listing)}", "button"))
    if listing.next_after:
        shown = listing.shown + len(listing.rows)
        more = {"after": listing.next_after, "shown": str(shown)}
        words = t("reports.next", count=number(min(len(listing.rows), listing.count - shown)))
        links.append(link(words, f"?{_query(listing, **more)}", "button"))
    return html.Div(links, className="list-foot") if links else None


def _query(listing: Listing, **more: str) -> str:
    by = {"by": listing.by} if listing.by else {}
    also = urlencode({**by, **more})
    return "&".join(part for part in (listing.question.filters.query(), also) if part)

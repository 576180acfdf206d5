"""Who held the late reports of a unit: bars of working time aligned on the deadline. Pure; part of pages/unit.py."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.components import Child, card, empty, link
from dashboard.drawings import Stretch, lane, upright
from dashboard.text import number, t, working_amount, working_time
from dashboard.unit_view import View
from kpi.worktime import to_unix

HOLDERS = ("ioc", "province", "lead", "coordinating", "leader", "sender")


def card_of(view: View) -> Component:
    """Shares of the time by holder, and the latest reports drawn around their deadline."""
    shares = {row["holder_kind"]: int(row["working_s"] or 0) for row in view.rows["late_by_holder"]}
    lanes = _lanes(view)
    count = view.rows["late_count"][0]["count"]
    if not lanes:
        return card(t("unit.late_plain"), empty(t("unit.none_late")), class_name="span-5")
    whole_s = sum(shares.values()) or 1
    sub = t("unit.late_sub", shown=number(len(lanes)), count=number(count))
    low = min(start for _, stretches in lanes for start, _, _ in stretches)
    high = max(end for _, stretches in lanes for _, end, _ in stretches)
    body = [
        _head(low, high),
        *[_row(row, stretches, low, high) for row, stretches in lanes],
        _legend(shares, whole_s),
    ]
    more = link(t("unit.open_list"), view.href("done_late"))
    return card(
        _title(shares, whole_s), html.Div(body, className="late-lanes"), sub, action=more, class_name="span-5"
    )


def _title(shares: dict[str, int], whole_s: int) -> str:
    """'Đơn vị chủ trì giữ 62 % thời gian của phản ánh trễ', of the one that held most."""
    most = max(shares, key=lambda kind: shares[kind], default=None)
    if most is None or not shares[most]:
        return t("unit.late_plain")
    return t("unit.late_title", holder=t(f"holder.{most}"), share=number(100 * shares[most] / whole_s))


Lane = tuple[dict[str, Any], list[tuple[int, int, str]]]


def _lanes(view: View) -> list[Lane]:
    """Per report its holds as working seconds before (negative) and after its deadline."""
    rows = [row for row in view.rows["late_lanes"] if row["to_at"] is not None and row["due_at"] is not None]
    if not rows:
        return []
    ends = [np.array([to_unix(row[key]) for row in rows]) for key in ("from_at", "to_at", "due_at")]
    from_s, to_s, due_s = (view.question.calendar.elapsed_s(at) for at in ends)
    placed = [
        (row, (int(start), int(end), row["holder_kind"]))
        for row, start, end in zip(rows, from_s - due_s, to_s - due_s, strict=True)
    ]
    lanes: list[Lane] = []
    for _, parts in groupby(placed, key=lambda pair: pair[0]["report_code"]):
        found = list(parts)
        lanes.append((found[0][0], _until_late(found[0][0], [stretch for _, stretch in found])))
    return lanes


def _until_late(row: dict[str, Any], stretches: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Only up to the approval that decides: what the IOC does afterwards is nobody's lateness."""
    late_s = row["late_s"] or 0
    return [
        (start, min(end, late_s), kind) for start, end, kind in stretches if start < late_s and end > start
    ]


def _head(low: int, high: int) -> Component:
    due = upright(-low / ((high - low) or 1), "due", html.Span(t("unit.due"), className="upright-word"))
    before = html.Span(t("unit.hours_before"), className="caption")
    return html.Div(
        [html.Span(""), html.Span([before, due], className="lane lane-head"), html.Span("")],
        className="late-row",
    )


def _row(row: dict[str, Any], stretches: Sequence[tuple[int, int, str]], low: int, high: int) -> Component:
    width = (high - low) or 1
    drawn = [
        Stretch(
            (start - low) / width,
            (end - low) / width,
            kind,
            f"{t(f'holder.{kind}')}: {working_time(end - start)}",
        )
        for start, end, kind in stretches
    ]
    code = link(row["report_code"], f"/report?code={row['report_code']}", "cell-link late-code")
    late = html.Span(t("unit.late_by", amount=working_amount(row["late_s"] or 0)), className="late-amount")
    return html.Div([code, lane(drawn, [upright(-low / width, "due")]), late], className="late-row")


def _legend(shares: dict[str, int], whole_s: int) -> Component:
    items: list[Child] = [
        html.Li(
            [
                html.Span(className=f"swatch hold-{kind}"),
                t(f"holder.{kind}"),
                html.B(f" {number(100 * shares[kind] / whole_s)} %"),
            ]
        )
        for kind in HOLDERS
        if shares.get(kind)
    ]
    return html.Ul(items, className="hold-legend")

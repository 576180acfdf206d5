"""The card of the page Dữ liệu that shows store against mart, by day and by unit: rows -> components. Pure."""

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Rows
from dashboard.components import Child, Column, card, empty, state_mark, table
from dashboard.text import instant, number, on, t

KINDS = ("missing", "doubled", "orphaned", "changed")
_CHECKSUM_DIGITS = 8


def reconciliation(days: Rows, units: Rows) -> Component:
    """What differs stands open, with an alarm in the title; everything else can be opened."""
    if not days:
        return card(t("data.reconciliation"), empty(t("data.not_reconciled")), class_name="span-12")
    wrong_days, wrong_units = ([row for row in rows if row["differs"]] for rows in (days, units))
    checked_at = max(row["checked_at"] for row in days)
    parts: list[Child] = []
    if wrong_days:
        parts.append(_days(wrong_days, t("data.differs_days", count=number(len(wrong_days)))))
    if wrong_units:
        parts.append(_units(wrong_units, t("data.differs_units", count=number(len(wrong_units)))))
    parts.append(_more(t("data.every_day", count=number(len(days))), _days(days, t("data.reconciliation"))))
    if units:
        words = t("data.every_unit", count=number(len(units)))
        parts.append(_more(words, _units(units, t("data.reconciliation"))))
    title = _title(len(wrong_days), len(wrong_units), len(days), len(units))
    return card(title, parts, t("data.reconciliation_sub", at=instant(checked_at)), class_name="span-12")


def _title(wrong_days: int, wrong_units: int, days: int, units: int) -> Child:
    if not wrong_days and not wrong_units:
        return t("data.agrees", days=number(days), units=number(units))
    words = t("data.differs", days=number(wrong_days), units=number(wrong_units))
    return html.Span([state_mark("overdue"), f" {words}"], className="state-overdue", role="alert")


def _more(words: str, body: Component) -> Component:
    return html.Details([html.Summary(words), body], className="more")


_SUMS = (("store", "data.col.store"), ("mart", "data.col.mart"))


def _days(rows: Sequence[Any], caption: str) -> Component:
    columns = [
        Column("on", t("data.col.day")),
        *[Column(name, t(word), numeric=True) for name, word in _SUMS],
        Column("quarantined", t("data.col.quarantined"), numeric=True),
        *[Column(kind, t(f"data.col.{kind}"), numeric=True) for kind in KINDS],
        *_checksum_columns(),
    ]
    made = [
        {
            "on": on(row["on_date"]),
            "quarantined": number(row["quarantined_count"]),
            **{kind: number(row[f"{kind}_count"]) for kind in KINDS},
            **_both_sides(row),
        }
        for row in rows
    ]
    return table(columns, made, caption=caption)


def _units(rows: Sequence[Any], caption: str) -> Component:
    columns = [
        Column("unit", t("data.col.unit")),
        Column("store", t("data.col.store_events"), numeric=True),
        Column("mart", t("data.col.mart_events"), numeric=True),
        *_checksum_columns(),
    ]
    made = [
        {"unit": row["short_name"] or row["unit_code"] or t("data.sender"), **_both_sides(row)}
        for row in rows
    ]
    return table(columns, made, caption=caption)


def _checksum_columns() -> list[Column]:
    return [Column(f"{name}_sum", t(f"data.col.{name}_sum"), numeric=True) for name, _ in _SUMS]


def _both_sides(row: Any) -> dict[str, Child]:
    """Counts, and checksums short enough to compare by eye."""
    return {
        **{name: number(row[f"{name}_count"]) for name, _ in _SUMS},
        **{f"{name}_sum": f"{row[f'{name}_checksum']:016x}"[-_CHECKSUM_DIGITS:] for name, _ in _SUMS},
    }

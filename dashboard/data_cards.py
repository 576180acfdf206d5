"""The cards of the page Dữ liệu: rows of kpi.queries.operations -> components. Pure; drawn by callbacks/data.py."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.ask import Rows
from dashboard.components import Child, Column, bar, card, empty, state_mark, table
from dashboard.freshness import Freshness, freshness
from dashboard.text import age, instant, language, number, t, words
from geo.rules import Flag, rules
from kpi.wording import reason_text

Row = Mapping[str, Any]
RUNS_SHOWN = 12
QUARANTINE_SHOWN = 50
NOT_A_PROBLEM = ("inside", "on_boundary")
"""Flags of geo.locate that say the place is known well."""


def sources(rows: Rows, now: datetime, rhythm: timedelta) -> Component:
    """How old each source's news is."""
    columns = [
        Column("source", t("data.col.source")),
        Column("state", t("data.col.state")),
        Column("contact", t("data.col.contact"), numeric=True),
        Column("event", t("data.col.event"), numeric=True),
        Column("waiting", t("data.col.behind"), numeric=True),
        Column("run", t("data.col.version"), numeric=True),
    ]
    made = [_source_row(row, now, rhythm) for row in rows]
    late = [row for row in rows if _fresh(row, now, rhythm).state != "fresh"]
    behind = [row for row in rows if row["behind_since_at"]]
    title = _sources_title(len(rows), len(late), sum(row["waiting_count"] for row in behind))
    body = table(columns, made, caption=title) if made else empty(t("data.no_source"))
    return card(title, body, t("data.sources_sub"), class_name="span-6")


def _sources_title(sources: int, late: int, waiting: int) -> str:
    if not sources:
        return t("data.sources")
    if late:
        return t("data.sources_late", count=late)
    return t("data.sources_behind", count=number(waiting)) if waiting else t("data.sources_fresh")


def _fresh(row: Row, now: datetime, rhythm: timedelta) -> Freshness:
    return freshness(row["last_event_at"], row["last_contact_at"], now, rhythm)


def _source_row(row: Row, now: datetime, rhythm: timedelta) -> dict[str, Child]:
    fresh = _fresh(row, now, rhythm)
    state: Child = t(f"data.state.{fresh.state}")
    if fresh.state != "fresh":
        state = html.Span(
            [
                state_mark("overdue" if fresh.state == "red" else "due_soon"),
                f" {state} {age(fresh.age.total_seconds())}",
            ]
        )
    return {
        "source": row["source"],
        "state": state,
        "contact": instant(row["last_contact_at"]),
        "event": instant(row["last_event_at"]),
        "waiting": _behind(row, now),
        "run": number(row["run_id"]) if row["run_id"] is not None else "–",
    }


def _behind(row: Row, now: datetime) -> Child:
    """How many touched reports still wait at least, and since when; a dash where the follower is up with the source."""
    if not row["behind_since_at"]:
        return "–"
    since = age((now - row["behind_since_at"]).total_seconds())
    return html.Span([state_mark("due_soon"), f" ≥ {number(row['waiting_count'])} · {since}"])


def runs(rows: Rows) -> Component:
    """The latest runs of the ETL that changed something or failed."""
    columns = [
        Column("run", t("data.col.run")),
        Column("kind", t("data.col.kind")),
        Column("at", t("data.col.started"), numeric=True),
        Column("took", t("data.col.took"), numeric=True),
        Column("rows", t("data.col.written"), numeric=True),
        Column("status", t("data.col.result")),
    ]
    failed = sum(row["status"] == "failed" for row in rows)
    title = t("data.runs_failed", count=failed, whole=len(rows)) if failed else t("data.runs")
    made = [_run_row(row) for row in rows[:RUNS_SHOWN]]
    body = table(columns, made, caption=title) if made else empty(t("data.no_run"))
    return card(title, body, t("data.runs_sub"), class_name="span-6")


def _run_row(row: Row) -> dict[str, Child]:
    finished = row["finished_at"]
    took_s = (finished - row["started_at"]).total_seconds() if finished else None
    status: Child = t("data.ok")
    if row["status"] == "failed":
        status = html.Span(
            [state_mark("overdue"), f" {t('data.failed')}: {row['message']}"], className="state-overdue"
        )
    return {
        "run": number(row["run_id"]),
        "kind": _word("data.kind", row["kind"]),
        "at": instant(row["started_at"]),
        "took": f"{number(took_s, 1)} s",
        "rows": number(written(row["counts"])),
        "status": status,
    }


def written(counts: Mapping[str, Any]) -> int | None:
    """Reports that a run built or changed; None where it does not say."""
    found = counts.get("report", counts.get("reports"))
    return found if isinstance(found, int) else None


def quarantine(counts: Rows, rows: Rows) -> Component:
    """Rows of the source that could not be taken: how many, why, and each of the newest."""
    waiting = sum(row["waiting"] for row in counts)
    resolved = sum(row["resolved"] for row in counts)
    title = t("data.quarantine_some", count=number(waiting)) if waiting else t("data.quarantine_none")
    sub = t("data.quarantine_sub", resolved=number(resolved))
    by_reason = [
        Column("reason", t("data.col.reason")),
        Column("source", t("data.col.source")),
        Column("field", t("data.col.field")),
        Column("waiting", t("data.col.waiting"), numeric=True),
        Column("resolved", t("data.col.resolved"), numeric=True),
    ]
    one_by_one = [
        Column("row_ref", t("data.col.row")),
        Column("field", t("data.col.field")),
        Column("reason", t("data.col.reason")),
        Column("since", t("data.col.since"), numeric=True),
    ]
    parts: list[Child] = []
    if counts:
        parts.append(table(by_reason, [_told(row, by_reason) for row in counts], caption=title))
    if rows:
        listed = [
            {**_told(row, one_by_one), "since": instant(row["first_seen_at"])}
            for row in rows[:QUARANTINE_SHOWN]
        ]
        words_of_list = t("data.newest", part=number(len(listed)), whole=number(waiting))
        parts.append(html.Details([html.Summary(words_of_list), table(one_by_one, listed)], className="more"))
    return card(title, parts or None, sub, class_name="span-12")


def _told(row: Row, columns: Iterable[Column]) -> dict[str, Child]:
    """A row of the quarantine, its reason in the language of the request."""
    return {**_plain(row, columns), "reason": reason_text(row["reason"] or "", language.get())}


def _plain(row: Row, columns: Iterable[Column]) -> dict[str, Child]:
    return {
        column.key: number(value) if isinstance(value := row.get(column.key), int) else value
        for column in columns
    }


def place_flags(rows: Rows) -> Component:
    """How the places of the period's reports were found."""
    whole = sum(row["reports"] for row in rows)
    unsure = sum(row["reports"] for row in rows if row["place_flag"] not in NOT_A_PROBLEM)
    title = t("data.places_unsure", part=number(unsure), whole=number(whole)) if unsure else t("data.places")
    largest = max((row["reports"] for row in rows), default=1)
    columns = [
        Column("flag", t("data.col.flag")),
        Column("bar", "", class_name="bar-cell phone-gone"),
        Column("reports", t("data.col.reports"), numeric=True),
    ]
    made = [
        {
            "flag": _flag(row["place_flag"]),
            "bar": bar(row["reports"] / largest),
            "reports": number(row["reports"]),
        }
        for row in rows
    ]
    body = table(columns, made, caption=title) if made else empty(t("say.empty"))
    return card(title, body, t("data.places_sub"), class_name="span-6")


def _flag(code: str) -> Child:
    """The flag's words of geo/rules.yaml, its rule on hover."""
    rule = rules().flags.get(Flag(code)) if code in set(Flag) else None
    if rule is None:
        return code
    return html.Span(rule.vi if language.get() == "vi" else rule.en, title=rule.rule)


def _word(prefix: str, code: str) -> str:
    """The word of a code; the code itself where a newer ETL writes one that is not known here."""
    key = f"{prefix}.{code}"
    return t(key) if key in words() else code

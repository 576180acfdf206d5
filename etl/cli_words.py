"""What `ioc etl` says to a person: lines of text from the objects that --json prints. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from etl.differences import KINDS
from kpi.clock import LOCAL

_NAMES_SHOWN = 5


def of_status(found: dict[str, Any]) -> Iterator[str]:
    """From etl.status.read."""
    yield f"Mart of province {found['province_code']}"
    yield from _run(found["run"])
    if not found["sources"]:
        yield "  source      none was ever read: run `ioc etl backfill`"
    for source in found["sources"]:
        yield from _source(source)
    waiting = ", ".join(f"{name} {_number(n)}" for name, n in found["quarantined_by_table"].items())
    total = _number(found["quarantined"])
    yield f"  quarantine  {f'{total} rows wait to be mended: {waiting}' if waiting else 'empty'}"
    yield "Recurring jobs (etl/schedules.yaml)"
    width = max(len(job["job"]) for job in found["schedules"])
    for job in found["schedules"]:
        last = f"{job['status']} {_at(job['tried_at'])}: {job['message']}" if job["status"] else "never done"
        yield f"  {job['job']:{width}}  {last}; next {_at(job['next_at'])}"


def _run(run: dict[str, Any] | None) -> Iterator[str]:
    if run is None:
        yield "  last run    none"
        return
    took_s = (run["finished_at"] - run["started_at"]).total_seconds() if run["finished_at"] else 0.0
    yield f"  last run    {run['run_id']}: {run['kind']} of {run['source']}, {run['status']}, {_at(run['started_at'])}, {took_s:.1f} s"
    if run["message"]:
        yield f"              {run['message']}"
    if counts := {name: n for name, n in run["counts"].items() if isinstance(n, int) and n}:
        yield "              " + ", ".join(f"{name} {_number(n)}" for name, n in counts.items())


def _source(source: dict[str, Any]) -> Iterator[str]:
    yield (
        f"  source      {source['source']}: youngest event {_age(source['event_age_s'])}, last answer"
        f" {_age(source['contact_age_s'])}, data version {source['run_id']}"
    )
    if source["behind_since_at"]:
        yield (
            f"              BEHIND: at least {_number(source['waiting_count'])} touched reports wait, since"
            f" {_at(source['behind_since_at'])} ({source['behind_s']} s)"
        )
    else:
        yield "              up with its source"
    facts = source["facts_version"] or "unknown"
    today = {True: ", that of today", False: ", NOT that of today: the follower will build it anew"}
    word = today.get(source.get("is_built_by_today"), "")  # type: ignore[arg-type]
    yield f"              built {_at(source['built_at'])} by law {source['rules_version']}, facts version {facts}{word}"


def of_reconciliation(found: dict[str, Any]) -> Iterator[str]:
    """From etl.reconcile.Found.as_dict."""
    whole = f"{_number(found['reports'])} reports of {_number(found['days'])} days, {_number(found['units'])} units"
    waiting = f", {_number(found['quarantined'])} of them in quarantine" if found["quarantined"] else ""
    if found["repaired"]:
        yield f"Read again and mended: {_number(found['repaired'])} reports."
    if found["equal"]:
        yield f"Store and mart agree: {whole}{waiting}."
        return
    yield f"Store and mart DIFFER: {whole}{waiting}."
    for kind in KINDS:
        if count := found.get(f"{kind}_count"):
            yield f"  {kind:10}{_number(count)} reports: {_some(found[kind], count)}"
    if days := found["days_differing_count"]:
        yield f"  {'on':10}{_number(days)} days: {_some([_day(d) for d in found['days_differing']], days)}"
    if units := found["units_differing_count"]:
        yield f"  {'at':10}{_number(units)} units: {_some(found['units_differing'], units)}"
    for name, rows in found["side_differing"].items():
        yield f"  {name:10}{_number(rows)} rows"
    yield "Run `ioc etl reconcile --repair` with the follower stopped."


def _some(names: list[Any], count: int) -> str:
    shown = ", ".join(map(str, names[:_NAMES_SHOWN]))
    return f"{shown} and {_number(count - _NAMES_SHOWN)} more" if count > _NAMES_SHOWN else shown


def _number(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def _at(at: datetime | None) -> str:
    return at.astimezone(LOCAL).strftime("%H:%M:%S %d/%m/%Y") if at else "never"


def _day(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "never"
    for unit, length_s in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{_number(seconds // length_s)} {unit} ago"
    return f"{seconds} s ago"

"""`ioc whatif`: the law in force beside another text or another reading, unit by unit. Writes nothing."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from kpi import mart
from kpi.cli_mart import QuestionError, answer, table, units
from kpi.clock import LOCAL
from kpi.explain_source import ledger_frames
from kpi.ledger import judge
from kpi.rulebook import Rulebook
from kpi.settings import Settings
from kpi.whatif import Tally, UnitDifference, differences, tallies, total
from kpi.worktime import to_unix

BATCH = 20_000


def show(regulation_id: str, choices: list[str], from_on: str, to_on: str, *, as_json: bool) -> int:
    """Compare the law in force with another reading on stdout; returns the exit code."""
    days = (from_on, to_on)
    return answer(
        "whatif", lambda settings, conn: _what_if(settings, conn, regulation_id, choices, days, as_json)
    )


def _what_if(
    settings: Settings,
    conn: Connection,
    regulation_id: str,
    choices: list[str],
    days: tuple[str, str],
    as_json: bool,
) -> str:
    from_at, until_at = _bounds(*days)
    in_force = Rulebook.load(settings.province)
    other = in_force.under(regulation_id, _pairs(choices))
    now = pd.Timestamp(settings.clock.now())
    names, ioc = units(conn, settings.province)
    before: dict[str, Tally] = {}
    after: dict[str, Tally] = {}
    n_reports = 0
    for reports, events in _batches(conn, settings.province, from_at, until_at):
        n_reports += len(reports)
        for rulebook, found in ((in_force, before), (other, after)):
            for unit, tally in tallies(judge(reports, events, rulebook, ioc), now).items():
                found[unit] = found.get(unit, Tally()) + tally
    changed = differences(before, after)
    head = {
        "province": settings.province, "in_force": _texts(in_force, from_at, until_at), "what_if": other.overridden,
        "from": days[0], "to": days[1], "reports": n_reports, "rules_version": {"in_force": in_force.version, "what_if": other.version},
    }  # fmt: skip
    return (
        _what_if_json(head, before, after, changed)
        if as_json
        else "\n".join(_what_if_text(head, before, after, changed, names))
    )


def _texts(rulebook: Rulebook, from_at: datetime, until_at: datetime) -> list[str]:
    """The texts in force in those days."""
    first, last = rulebook.text_index(np.array([to_unix(from_at), to_unix(until_at) - 1]))
    return [text.id for text in rulebook.regulations[max(first, 0) : last + 1]]


def _bounds(from_on: str, to_on: str) -> tuple[datetime, datetime]:
    try:
        first, last = date.fromisoformat(from_on), date.fromisoformat(to_on)
    except ValueError:
        raise QuestionError(f"--from {from_on} --to {to_on}: write days as 2024-03-31") from None
    if last < first:
        raise QuestionError(f"--from {from_on} lies after --to {to_on}")
    start = datetime(first.year, first.month, first.day, tzinfo=LOCAL)
    return start, datetime(last.year, last.month, last.day, tzinfo=LOCAL) + timedelta(days=1)


def _pairs(choices: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for choice in choices:
        name, equals, value = choice.partition("=")
        if not equals:
            raise QuestionError(f"--set {choice}: write it as choice=value, e.g. day_counting=working_hours")
        pairs[name] = value
    return pairs


def _batches(
    conn: Connection, province: str, from_at: datetime, until_at: datetime
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Reports sent in the days asked for with their events, some thousands at a time."""
    r, e = mart.report.c, mart.event.c
    sent = (r.province_code == province, r.sent_at >= from_at, r.sent_at < until_at)
    ids = conn.execute(select(r.report_id).where(*sent).order_by(r.report_id)).scalars().all()
    for first in range(0, len(ids), BATCH):
        some = ids[first : first + BATCH]
        within = (r.report_id >= some[0], r.report_id <= some[-1])
        heads = select(r.province_code, r.report_id, r.urgency, r.sent_at).where(*sent, *within)
        reports = [dict(row) for row in conn.execute(heads).mappings()]
        same = (r.province_code == e.province_code) & (r.report_id == e.report_id)
        told = select(*e).join(mart.report, same).where(*sent, *within)
        events = [dict(row) for row in conn.execute(told).mappings()]
        yield ledger_frames(reports, events)


def _what_if_json(
    head: dict[str, Any], before: dict[str, Tally], after: dict[str, Tally], changed: list[UnitDifference]
) -> str:
    def record(tally: Tally) -> dict[str, Any]:
        return {**asdict(tally), "on_time_rate_pct": tally.on_time_rate_pct}

    units = [
        {"unit_code": u.unit_code, "before": record(u.before), "after": record(u.after)} for u in changed
    ]
    whole = {"before": record(total(before)), "after": record(total(after))}
    return json.dumps({**head, "total": whole, "units": units}, ensure_ascii=False)


def _what_if_text(
    head: dict[str, Any],
    before: dict[str, Tally],
    after: dict[str, Tally],
    changed: list[UnitDifference],
    names: dict[str, str],
) -> Iterator[str]:
    yield f"Nếu áp dụng {head['what_if']} cho {head['reports']} phản ánh gửi từ {head['from']} đến {head['to']} (đang áp dụng: {', '.join(head['in_force'])})"
    yield "Mỗi ô: đang áp dụng → nếu áp dụng. Không thay đổi dữ liệu nào."
    rows: list[tuple[str, ...]] = [
        ("Đơn vị", "Đúng hạn", "Trễ hạn", "Quá hạn", "Không có hạn", "Tỷ lệ đúng hạn")
    ]
    rows.append(_row("Tất cả", total(before), total(after)))
    rows += [_row(names.get(u.unit_code, u.unit_code), u.before, u.after) for u in changed if u.is_changed]
    yield from table(rows)
    same = sum(not unit.is_changed for unit in changed)
    yield f"{same} đơn vị không thay đổi."


def _row(name: str, before: Tally, after: Tally) -> tuple[str, ...]:
    def both(field: str) -> str:
        return f"{getattr(before, field)} → {getattr(after, field)}"

    def rate(tally: Tally) -> str:
        return "–" if tally.on_time_rate_pct is None else f"{tally.on_time_rate_pct:.1f} %".replace(".", ",")

    return (
        name,
        both("done_on_time"),
        both("done_late"),
        both("overdue"),
        both("done_without_limit"),
        f"{rate(before)} → {rate(after)}",
    )

"""The yearly ranking of units as .xlsx: one sheet per group, every condition with its figure and n, and the stamp."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Executable
from sqlalchemy.ext.asyncio import AsyncEngine

from dashboard.exports import stamp
from dashboard.exports.annexes import rank_said
from dashboard.exports.sheet import Column, Table, workbook
from dashboard.names import Names
from dashboard.text import number
from kpi.clock import LOCAL
from kpi.filters import FilterError, Filters
from kpi.queries import dimensions, operations
from kpi.queries import ranking as ranking_queries
from kpi.queries.run import Rows, gather, gather_sync
from kpi.queries.window import Window
from kpi.ranking import Breach, Conditions, RankedUnit, Ranking, conditions_for, rank, scheme_for
from kpi.rates import MINIMUM_RATE_SAMPLE
from kpi.rules import load_regulations
from kpi.rules_schema import ConditionRecord
from kpi.scope import Scope
from kpi.worktime import calendar_for


async def ranking_workbook(engine: AsyncEngine, scope: Scope, filters: Filters, at: datetime) -> bytes:
    """The ranking for a page. filters: the year, and the field, channel or place that it is restricted to.

    Raises FilterError for a scope that sees a part of the province only.
    """
    window = _window(scope, filters, at)
    found = await gather(engine, scope, statements(filters, window))
    return await asyncio.to_thread(build, filters, window, scope, found)


def ranking_workbook_sync(engine: Engine, scope: Scope, filters: Filters, at: datetime) -> bytes:
    """`ranking_workbook` for commands."""
    window = _window(scope, filters, at)
    return build(filters, window, scope, gather_sync(engine, scope, statements(filters, window)))


def statements(filters: Filters, window: Window) -> dict[str, Executable]:
    """Every query of the file, by name."""
    day = (window.until_at - timedelta(seconds=1)).astimezone(LOCAL).date()
    return {
        **ranking_queries.statements(filters, window),
        "places": dimensions.places(day),
        "categories": dimensions.categories(),
        "runs": operations.runs(1),
        "sources": operations.source_states(),
    }


def build(filters: Filters, window: Window, scope: Scope, found: Mapping[str, Rows]) -> bytes:
    """The file out of the rows that `statements` gave."""
    names = Names.of({key: found[key] for key in ("units", "places", "categories")})
    filters.check(stamp.known(names))
    scheme = scheme_for(filters.period.last_on)
    conditions = conditions_for(scope.province_code, filters.period.last_on)
    counts = ranking_queries.unit_counts(found)
    rankings = [rank(counts, scheme, group, conditions) for group in scheme.groups]
    tables = [*[_ranking_table(r, filters) for r in rankings], _condition_table(rankings)]
    lines = [
        *stamp.period_lines(filters, window),
        stamp.scope_line(scope, names, window.at),
        *stamp.filter_lines(filters, names),
        *stamp.data_lines(found["runs"], found["sources"], scope, window),
        ("Bảng điểm", f"{scheme.source} ({scheme.id})"),
        ("Điều kiện xét", _source(conditions)),
        ("Cách xếp hạng", _method(scheme.minimum_sample)),
    ]
    label = filters.period.label()
    footer = f"Xếp hạng {label}. Lập {window.at.astimezone(LOCAL):%H:%M %d/%m/%Y}"
    title = f"Xếp hạng đơn vị xử lý phản ánh hiện trường, {stamp.period_said(filters.period)}"
    return workbook(tables, lines, title, footer, window.at)


def _window(scope: Scope, filters: Filters, at: datetime) -> Window:
    own = scope.district_code or scope.unit_code
    if own:
        raise FilterError(
            "role", scope.role, f"sees {own} only: a ranking needs the rows of the whole province"
        )
    return Window.of(filters.period, at, calendar_for(scope.province_code))


def _source(conditions: Conditions) -> str:
    if not conditions.records:
        return "Văn bản áp dụng không quy định điều kiện nào"
    text = load_regulations()[conditions.borrowed_from or conditions.regulation_id]
    borrowed = f"; mượn, vì {conditions.regulation_id} không quy định" if conditions.borrowed_from else ""
    return f"{conditions.records[0].article} {text.title} ({text.id}){borrowed}"


def _method(minimum_sample: int) -> str:
    return (
        "Theo tỷ lệ đúng hạn, khoảng tin cậy 95 % (Wilson). Hạng ghi thành khoảng khi số liệu chưa đủ để tách. "
        f"Dưới {minimum_sample} lượt đã đến hạn: chưa xếp hạng (–), vẫn xét điều kiện."
    )


def _ranking_table(ranking: Ranking, filters: Filters) -> Table:
    criteria = ranking.scheme.criteria
    records = ranking.conditions.records
    columns = [
        Column("rank", "Hạng", "text", 8), Column("name", "Đơn vị", "text", 30), Column("steps", "So với năm trước", "text", 13),
        Column("on_time_pct", "Đúng hạn (%)", "percent", 9), Column("low", "Khoảng tin cậy từ (%)", "percent", 9),
        Column("high", "đến (%)", "percent", 9), Column("on_time", "Đúng hạn", "count", 9), Column("judged", "Trên số", "count", 9),
        *[Column(r.id, f"{n}. {r.label}", "count" if r.unit == "count" else "percent", 14) for n, r in enumerate(records, 1)],
        *[Column(f"points {c.id}", f"Điểm: {c.label.vi} (tối đa {number(c.max)})", "points", 12) for c in criteria],
        Column("total", "Tổng điểm", "points", 9), Column("max", "Trên tối đa", "points", 9),
        Column("verdict", "Xét hoàn thành xuất sắc", "text", 20),
    ]  # fmt: skip
    members = [*ranking.ranked, *ranking.unranked]
    marked = {
        (place, breach.condition.id)
        for place, row in enumerate(members)
        for breach in row.breaches
        if breach.holds
    }
    thresholds = {record.id: _threshold(record) for record in records}
    head: dict[str, Any] | None = {"name": "Ngưỡng không được xét", **thresholds} if records else None
    notes = [
        f"Toàn nhóm: đúng hạn {number(ranking.whole.numerator)} trên {number(ranking.whole.denominator)}. "
        f"Đúng hạn dưới {MINIMUM_RATE_SAMPLE} trường hợp: không ghi tỷ lệ. Ô trống khác: không có trường hợp nào."
    ]
    return Table(
        ranking.group.label.vi.replace("Cấp ", "").capitalize(),
        f"Xếp hạng đơn vị, {ranking.group.label.vi.lower()}, {stamp.period_said(filters.period)}",
        "Xếp theo tỷ lệ đúng hạn; đơn vị chưa đủ số liệu đứng cuối, không có hạng",
        columns,
        [_ranking_row(row) for row in members],
        head,
        notes,
        marked=frozenset(marked),
    )


def _ranking_row(row: RankedUnit) -> dict[str, Any]:
    rate = row.counts.on_time
    low, high = (None, None) if rate.shown_pct is None else rate.wilson_pct() or (None, None)
    return {
        "rank": rank_said(row.best, row.worst),
        "name": row.counts.name,
        "steps": _steps_said(row.steps_up),
        "on_time_pct": rate.shown_pct,
        "low": low,
        "high": high,
        "on_time": rate.numerator,
        "judged": rate.denominator,
        **{breach.condition.id: breach.value for breach in row.breaches},
        **{f"points {name}": points for name, points in row.points.items()},
        "total": row.total_points if row.max_points else None,
        "max": row.max_points,
        "verdict": _verdict(row),
    }


def _verdict(row: RankedUnit) -> str:
    if not row.breaches:
        return "Không quy định điều kiện"
    return f"Không xét ({', '.join(map(str, row.breached))})" if row.breached else "Được xét"


def _steps_said(steps_up: int | None) -> str:
    if steps_up is None:
        return "–"
    return f"lên {steps_up}" if steps_up > 0 else f"xuống {-steps_up}" if steps_up < 0 else "giữ nguyên"


def _threshold(record: ConditionRecord) -> str:
    unit = " %" if record.unit == "percent" else ""
    return f"{'trên' if record.breached_when == 'above' else 'dưới'} {record.threshold}{unit}"


def _condition_table(rankings: Sequence[Ranking]) -> Table:
    """One row per unit and condition: the figure with its numerator and denominator, so that it can be checked."""
    columns = [
        Column("name", "Đơn vị", "text", 34), Column("condition", "Điều kiện", "text", 48), Column("article", "Căn cứ", "text", 10),
        Column("value", "Số liệu", "row", 10), Column("numerator", "Tử số", "count", 9),
        Column("denominator", "Trên số", "count", 9), Column("threshold", "Ngưỡng không xét", "text", 14),
        Column("result", "Kết quả", "text", 12),
    ]  # fmt: skip
    members = [row for ranking in rankings for row in (*ranking.ranked, *ranking.unranked)]
    rows = [
        _condition_row(row.counts.name, place, b)
        for row in members
        for place, b in enumerate(row.breaches, 1)
    ]
    subtitle = "Mỗi dòng một đơn vị và một điều kiện; tử số và mẫu số để kiểm tra"
    return Table(
        "Điều kiện", "Số liệu của các điều kiện xét", subtitle, columns, rows, row_kind="number_kind"
    )


def _condition_row(name: str, place: int, breach: Breach) -> dict[str, Any]:
    record = breach.condition
    is_count = record.unit == "count"
    return {
        "name": name,
        "condition": f"{place}. {record.label}",
        "article": record.article,
        "value": breach.value,
        "numerator": None if is_count else breach.figure.numerator,
        "denominator": None if is_count else breach.figure.denominator,
        "threshold": _threshold(record),
        "result": "Vướng"
        if breach.holds
        else "Không có trường hợp"
        if breach.value is None
        else "Không vướng",
        "number_kind": "count" if is_count else "percent",
    }

"""Every figure against a plain count, under every role; every list as long as its figure; rows add up to totals."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select, update

from etl.migrate import engine_of, upgrade
from kpi import mart, oracle
from kpi.filters import FilterError, Filters
from kpi.periods import Period
from kpi.queries import figures, one_report, operations, reports, stages
from kpi.queries.grain import REPORT
from kpi.queries.measures import BALANCE, FLOW, MEASURES, NOW, RATE, RATING
from kpi.queries.run import gather_sync, rows_sync, snapshot
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

pytestmark = pytest.mark.server

PROVINCE = synthetic.PROVINCE
NOVEMBER = Period("month", 2024, 11)  # 15/10 to 14/11/2024, closed on 20/11
DECEMBER = Period("month", 2024, 12)  # 15/11 to 14/12/2024, still open on 20/11
YEAR = Period("year", 2024)
SCOPES = (
    Scope(PROVINCE, "leader"),
    Scope(PROVINCE, "analyst"),
    Scope(PROVINCE, "wall"),
    Scope(PROVINCE, "district", district_code="941"),
    Scope(PROVINCE, "unit", unit_code="STNMT"),
)
ADMIN = Scope(PROVINCE, "admin")


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A migrated mart with random facts of 1,500 reports."""
    url = new_database("queries")
    upgrade(url)
    engine = engine_of(url)
    synthetic.Facts(seed=7, reports=1500).write(engine)
    yield engine
    engine.dispose()


def window(period: Period = NOVEMBER) -> Window:
    return Window.of(period, synthetic.NOW, calendar_for(PROVINCE))


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.role)
def test_sql_equals_plain_count_in_every_scope(engine: Engine, scope: Scope) -> None:
    periods = (NOVEMBER, DECEMBER, YEAR, Period("month", 2024, 2, "calendar"))
    assert oracle.compare(engine, PROVINCE, synthetic.NOW, periods, scope=scope) == []


def test_the_oracle_names_what_differs(engine: Engine) -> None:
    """A lead assignment that its report knows nothing of: the units no longer add up to the province."""
    a = mart.assignment.c
    is_open = (a.ended_at.is_(None), a.due_at > synthetic.NOW)
    with engine.connect() as conn:
        row = conn.execute(select(a.report_id, a.seq, a.due_at).where(*is_open).limit(1)).one()
    one = (a.report_id == row.report_id, a.seq == row.seq)
    _set_due(engine, one, synthetic.FIRST)
    try:
        found = oracle.compare(engine, PROVINCE, synthetic.NOW, periods=())
    finally:
        _set_due(engine, one, row.due_at)
    assert any(
        d.what == "units now, added up" and d.measure == "overdue" and d.in_sql == d.plain + 1 for d in found
    )
    assert "plainly counted" in str(found[0])


def _set_due(engine: Engine, where: tuple, due_at) -> None:
    with engine.begin() as conn:
        conn.execute(update(mart.assignment).where(*where).values(due_at=due_at))


def test_compare_without_periods_takes_every_month(engine: Engine) -> None:
    with snapshot(engine, ADMIN) as ask:
        months = oracle.months(oracle.read(ask, synthetic.NOW), synthetic.NOW)
    # First report on or after 01/09/2023, in the month 9/2023 (15/8-14/9); now is 20/11/2024, in month 12/2024: 16.
    assert [m.code for m in (months[0], months[-1])] == ["2023-09", "2024-12"]
    assert len(months) == 16


@pytest.mark.parametrize("period", [NOVEMBER, DECEMBER, YEAR], ids=lambda p: p.code)
@pytest.mark.parametrize("unit", [None, "SGTVT"])
def test_every_list_is_as_long_as_its_figure(engine: Engine, period: Period, unit: str | None) -> None:
    filters, when = Filters(period, unit=unit, field="dien"), window(period)
    found = gather_sync(
        engine,
        ADMIN,
        {
            "period": figures.period(filters, when),
            "now": figures.now(filters, when),
            "ratings": figures.ratings(filters, when),
            "published": figures.published(filters, when),
            "dispatches": figures.dispatches(filters, when),
            "standing": figures.counts(REPORT, filters, when, ("standing",)),
        },
    )
    sources = {**dict.fromkeys((*BALANCE, *RATE), "period"), **dict.fromkeys(NOW, "now")}
    sources |= {**dict.fromkeys(RATING, "ratings"), "published": "published", "repeated": "published"}
    sources |= dict.fromkeys(("dispatched", "returned", "reassigned"), "dispatches")
    sources |= {"done": "period", "standing": "standing"}
    assert set(sources) == set(MEASURES)
    seen = 0
    for state, source in sources.items():
        counted = found[source][0][state]
        listed = rows_sync(engine, ADMIN, reports.count(filters.with_(state=state), when))[0]["count"]
        assert (state, listed) == (state, counted)
        seen += counted
    assert seen > 10


@pytest.mark.parametrize("state", ["stage_done", "stage_on_time", "stage_late", "stage_judged"])
def test_stage_lists_are_as_long_as_their_figure(engine: Engine, state: str) -> None:
    filters = Filters(YEAR, district="941", state=state, stage="dispatch")
    counted = rows_sync(engine, ADMIN, stages.rates(filters, window(YEAR), stage="dispatch"))[0]
    listed = rows_sync(engine, ADMIN, reports.count(filters, window(YEAR)))[0]["count"]
    assert listed == counted[state] > 0


def test_overdue_is_the_same_by_unit_by_district_and_on_the_wall(engine: Engine) -> None:
    filters, when = Filters(DECEMBER), window(DECEMBER)
    wall = rows_sync(engine, Scope(PROVINCE, "wall"), figures.now(filters, when))[0]
    by_unit = rows_sync(engine, ADMIN, figures.now_by_unit(filters, when))
    by_district = rows_sync(engine, ADMIN, figures.now(filters, when, ("district",)))
    for name in NOW:
        assert wall[name] == sum(r[name] for r in by_unit) == sum(r[name] for r in by_district)
    assert wall["in_hand"] == wall["in_time"] + wall["due_soon"] + wall["overdue"]
    waiting = next(r for r in by_unit if r["unit"] == figures.NOT_DISPATCHED)
    listed = rows_sync(engine, ADMIN, reports.count(filters.with_(state=reports.WAITING), when))[0]["count"]
    assert waiting["in_hand"] == listed


@pytest.mark.parametrize("by", [(), ("unit",), ("field",)])
def test_a_flow_is_what_the_whole_period_counts(engine: Engine, by: tuple[str, ...]) -> None:
    filters, when = Filters(NOVEMBER), window(NOVEMBER)
    whole = {
        tuple(r[name] for name in by): r for r in rows_sync(engine, ADMIN, figures.period(filters, when, by))
    }
    flow = {
        tuple(r[name] for name in by): r for r in rows_sync(engine, ADMIN, figures.flow(filters, when, by))
    }
    for key, row in whole.items():
        assert {name: row[name] for name in FLOW} == {name: flow.get(key, {}).get(name, 0) for name in FLOW}
    assert sum(row["judged"] for row in flow.values()) > 0


def test_trend_equals_each_period_alone(engine: Engine) -> None:
    periods = [NOVEMBER]
    while len(periods) < 12:
        periods.insert(0, periods[0].previous())
    filters = Filters(NOVEMBER, district="942")
    rows = rows_sync(engine, ADMIN, figures.trend(filters, [window(p) for p in periods]))
    assert [row["place"] for row in sorted(rows, key=lambda r: r["place"])] == list(range(12))
    for row in rows:
        alone = rows_sync(engine, ADMIN, figures.period(filters, window(periods[row["place"]])))[0]
        assert {name: row[name] for name in FLOW} == {name: alone[name] for name in FLOW}


@pytest.mark.parametrize("state", ["in_hand", "done", "received", "stage_done"])
@pytest.mark.parametrize("by_unit", [False, True])
def test_pages_list_every_row_once_and_in_order(engine: Engine, state: str, by_unit: bool) -> None:
    filters = Filters(NOVEMBER, state=state, stage="dispatch" if state == "stage_done" else None)
    pages, after = [], None
    while True:
        page = rows_sync(engine, ADMIN, reports.page(filters, window(), after, rows=9, by_unit=by_unit))
        pages += page
        if len(page) < 9:
            break
        after = reports.cursor(page[-1])
    whole = rows_sync(engine, ADMIN, reports.page(filters, window(), rows=100_000, by_unit=by_unit))
    assert [(r["report_id"], r["seq"]) for r in pages] == [(r["report_id"], r["seq"]) for r in whole]
    assert len({(r["report_id"], r["seq"]) for r in pages}) == len(pages) > 9
    if state == "in_hand":
        ranks = [{"instant": 0, "urgent": 1}.get(r["urgency"], 2) for r in whole]
        assert ranks == sorted(ranks)
        due = [r["due_at"] for r in whole if r["urgency"] == "normal" and r["due_at"]]
        assert due == sorted(due)


def test_lists_refuse_what_names_none(engine: Engine) -> None:
    with pytest.raises(FilterError, match="state=nonsense: names no list"):
        reports.count(Filters(NOVEMBER, state="nonsense"), window())
    with pytest.raises(FilterError, match="needs the filter stage"):
        reports.count(Filters(NOVEMBER, state="stage_late"), window())
    for bad in ("xyz", "W10", "WzEsMiwzXQ", "bnVsbA", "é"):
        with pytest.raises(FilterError, match="is no place in this list"):
            reports.page(Filters(NOVEMBER, state="done"), window(), after=bad)


@pytest.mark.parametrize(("role", "handles"), [("analyst", True), ("leader", False), ("wall", False)])
def test_words_of_citizens_only_for_who_handles_reports(engine: Engine, role: str, handles: bool) -> None:
    filters = Filters(DECEMBER, state="in_hand")
    rows = rows_sync(engine, Scope(PROVINCE, role), reports.page(filters, window(DECEMBER), rows=1000))
    assert {row["title"] is not None for row in rows if not row["is_secret"]} == {handles}
    assert all(row["title"] is None for row in rows if row["is_secret"])


def test_a_unit_sees_its_own_rows_and_no_words_of_others(engine: Engine) -> None:
    scope = Scope(PROVINCE, "unit", unit_code="STNMT")
    filters = Filters(YEAR).within(scope)
    rows = rows_sync(engine, scope, reports.page(filters.with_(state="received"), window(YEAR), rows=1000))
    assert rows
    assert {row["lead_unit_code"] for row in rows if row["seq"] == 1 and row["title"] is None} <= {
        "STNMT"
    } | {row["lead_unit_code"] for row in rows if row["is_secret"]}
    other = Scope(PROVINCE, "unit", unit_code="nobody")
    assert rows_sync(engine, other, select(mart.report)) == []


def test_one_report_and_its_parts(engine: Engine) -> None:
    head = rows_sync(engine, ADMIN, one_report.head("PA-000011"))[0]
    parts = gather_sync(engine, ADMIN, one_report.everything(head["report_id"]))
    assert all(row["report_id"] == 11 for name in ("assignments", "stages", "events") for row in parts[name])
    assert head["has_detail"] is not head["is_secret"]
    assert rows_sync(engine, ADMIN, one_report.head("PA-nobody")) == []


def test_place_flags_add_up_to_received(engine: Engine) -> None:
    filters = Filters(YEAR)
    flags = rows_sync(engine, ADMIN, operations.place_flags(filters, window(YEAR)))
    received = rows_sync(engine, ADMIN, figures.period(filters, window(YEAR)))[0]["received"]
    assert sum(row["reports"] for row in flags) == received

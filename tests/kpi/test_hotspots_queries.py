"""Hot spots in SQL: equal to a plain count in Python in every scope, listed to the same number, nothing secret in a cell."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from typer.testing import CliRunner

from dashboard.cli import app
from etl.migrate import engine_of, upgrade
from kpi import mart
from kpi.cells import Cell
from kpi.filters import Filters, SentFrom
from kpi.hotspots import Family, Group, Weeks, find, load_rule
from kpi.periods import Period
from kpi.queries import hotspots, reports
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

pytestmark = pytest.mark.server

PROVINCE = synthetic.PROVINCE
PERIODS = (Period("quarter", 2024, 4), Period("month", 2024, 11), Period("year", 2024))
RULE = load_rule()
EASY = RULE.model_copy(update={"least_reports": 2, "least_ratio": 1.0})
MARKET = Cell.of(9.6, 106.0)
LEADER = Scope(PROVINCE, "leader")
SCOPES = (
    LEADER,
    Scope(PROVINCE, "analyst"),
    Scope(PROVINCE, "district", district_code="941"),
    Scope(PROVINCE, "unit", unit_code="STNMT"),
)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str]) -> Iterator[Engine]:
    """1,500 random reports; every fourth one of district 941 is about rubbish at one market."""
    url = new_database("hotspots")
    upgrade(url)
    engine = engine_of(url)
    facts = synthetic.Facts(seed=5, reports=1500)
    for row in facts.rows["report"]:
        if row["report_id"] % 4 == 0 and row["lon_coarse"] is not None and row["district_code"] == "941":
            row.update(field_code="moi-truong", lat_coarse=MARKET.lat, lon_coarse=MARKET.lon)
    facts.write(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def everything(engine: Engine) -> list[Row]:
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(select(mart.report)).mappings()]


def window(period: Period) -> Window:
    return Window.of(period, synthetic.NOW, calendar_for(PROVINCE))


def sees(scope: Scope, row: Row) -> bool:
    return (
        (scope.role not in ("district", "unit"))
        or (scope.role == "district" and row["district_code"] == scope.district_code)
        or (scope.role == "unit" and scope.unit_code in row["holder_unit_codes"])
    )


def plain(rows: list[Row], when: Window) -> tuple[list[Group], Family]:
    """Groups and family, counted without SQL."""
    kept = [
        row
        for row in rows
        if row["lon_coarse"] is not None
        and not row["is_secret"]
        and row["status"] in ("open", "done", "passed_on")
        and when.start_at <= row["sent_at"] < when.until_at
    ]
    by_cell: dict[tuple[Cell, str], list[Row]] = defaultdict(list)
    for row in kept:
        by_cell[Cell.of(row["lat_coarse"], row["lon_coarse"]), row["field_code"]].append(row)
    cells = Counter(Cell.of(row["lat_coarse"], row["lon_coarse"]) for row in kept)
    fields = Counter(row["field_code"] for row in kept)
    weeks = Weeks(when.start_at, when.until_at)
    groups = [
        Group(
            cell, field, len(own), cells[cell], fields[field],
            sum(1 << week for week in {weeks.index(row["sent_at"]) for row in own}),
            max(row["sent_at"] for row in own), *most_common_place(own),
        )
        for (cell, field), own in by_cell.items()
    ]  # fmt: skip
    tested = sum(n >= EASY.least_reports for n in cells.values())
    return groups, Family(len(kept), tested, len(fields))


def most_common_place(rows: list[Row]) -> tuple[str, str]:
    counted = Counter((row["district_code"], row["commune_code"]) for row in rows)
    return min(counted, key=lambda place: (-counted[place], "/".join(place)))


@pytest.mark.parametrize("period", PERIODS, ids=lambda p: p.code)
@pytest.mark.parametrize("scope", SCOPES, ids=lambda s: s.role)
def test_sql_equals_a_plain_count(
    engine: Engine, everything: list[Row], scope: Scope, period: Period
) -> None:
    when = window(period)
    weeks_needed = EASY.weeks_needed(Weeks(when.start_at, when.until_at).count)
    expected_groups, family = plain([row for row in everything if sees(scope, row)], when)
    able = [
        g
        for g in expected_groups
        if g.n >= EASY.least_reports
        and g.weeks.bit_count() >= weeks_needed
        and g.n * family.reports >= EASY.least_ratio * g.cell_n * g.field_n
    ]
    found, in_sql = hotspots.read(rows_sync(engine, scope, hotspots.groups(Filters(period), when, EASY)))
    assert in_sql == family
    assert sorted(found, key=key) == sorted(able, key=key)
    assert found or scope.role == "unit"


def key(group: Group) -> tuple[Cell, str]:
    return group.cell, group.field


@pytest.mark.parametrize("period", PERIODS, ids=lambda p: p.code)
def test_the_market_is_found_and_its_list_is_as_long_as_its_count(engine: Engine, period: Period) -> None:
    when = window(period)
    groups, family = hotspots.read(rows_sync(engine, LEADER, hotspots.groups(Filters(period), when, RULE)))
    spot = find(groups, family, RULE, hotspots.weeks_of(when).count)[0]
    assert spot.key == f"{MARKET.code}~moi-truong"
    behind = Filters(period, cell=MARKET.code, field="moi-truong", state=hotspots.STATE)
    assert rows_sync(engine, LEADER, reports.count(behind, when))[0]["count"] == spot.group.n
    listed = rows_sync(engine, LEADER, reports.page(behind, when, rows=500))
    assert len(listed) == spot.group.n
    assert max(row["sent_at"] for row in listed) == spot.group.last_at


def test_a_district_sees_what_the_province_sees_when_it_chooses_the_district(engine: Engine) -> None:
    period = PERIODS[2]
    own = rows_sync(engine, SCOPES[2], hotspots.groups(Filters(period, district="941"), window(period), EASY))
    chosen = rows_sync(engine, LEADER, hotspots.groups(Filters(period, district="941"), window(period), EASY))
    other = rows_sync(
        engine, SCOPES[2], hotspots.groups(Filters(period, district="942"), window(period), EASY)
    )
    assert own == chosen
    assert own[0]["n"]
    assert (other[0]["ground_n"], other[0]["n"]) == (0, None)


def test_filters_that_choose_no_ground_change_nothing(engine: Engine) -> None:
    period = PERIODS[0]
    whole = rows_sync(engine, LEADER, hotspots.groups(Filters(period), window(period), RULE))
    cut = Filters(
        period, field="dien", unit="DL", channel="app", urgency="urgent", state="overdue", cell=MARKET.code, commune="94101"
    )  # fmt: skip
    assert rows_sync(engine, LEADER, hotspots.groups(cut, window(period), RULE)) == whole


def test_a_former_district_stays_the_ground_when_its_commune_is_chosen() -> None:
    """What a district of another day stands for is kept; what the commune stands for goes with it."""
    district, commune = (SentFrom(column, "1", None, None) for column in ("district", "commune"))
    chosen = Filters(
        PERIODS[0],
        district="941",
        commune="31507",
        carried=(("district", (district,)), ("commune", (commune,))),
    )
    assert hotspots.ground_of(chosen).carried == (("district", (district,)),)
    assert hotspots.ground_of(chosen).district == "941"


def test_a_secret_report_is_in_no_cell(engine: Engine, everything: list[Row]) -> None:
    """Even if a place of one stood in the mart by mistake."""
    when = window(PERIODS[2])
    hidden = next(
        row for row in everything if row["is_secret"] and when.start_at <= row["sent_at"] < when.until_at
    )
    own = mart.report.c.report_id == hidden["report_id"]
    behind = Filters(PERIODS[2], cell=MARKET.code)
    before = [answers(engine, when), count(engine, replace(behind, state="received"), when)]
    with engine.begin() as conn:
        conn.execute(update(mart.report).where(own).values(lat_coarse=MARKET.lat, lon_coarse=MARKET.lon))
    try:
        assert [answers(engine, when), count(engine, replace(behind, state="received"), when)] == before
    finally:
        with engine.begin() as conn:
            conn.execute(update(mart.report).where(own).values(lat_coarse=None, lon_coarse=None))


def answers(engine: Engine, when: Window) -> list[Row]:
    return rows_sync(engine, LEADER, hotspots.groups(Filters(PERIODS[2]), when, RULE))


def count(engine: Engine, filters: Filters, when: Window) -> int:
    return rows_sync(engine, LEADER, reports.count(filters, when))[0]["count"]


@pytest.mark.parametrize("unit", [None, "STNMT"])
@pytest.mark.parametrize("state", ["in_hand", "done", "dispatched", "received", "stage_done"])
def test_every_list_can_be_cut_by_a_cell(
    engine: Engine, everything: list[Row], state: str, unit: str | None
) -> None:
    when, stage = window(PERIODS[2]), "dispatch" if state == "stage_done" else None
    cells = {Cell.of(r["lat_coarse"], r["lon_coarse"]) for r in everything if r["lon_coarse"] is not None}
    whole = Filters(PERIODS[2], state=state, stage=stage, unit=unit)
    inside = {
        row["report_id"]
        for row in everything
        if row["lat_coarse"] == MARKET.lat and row["lon_coarse"] == MARKET.lon
    }
    listed = rows_sync(engine, LEADER, reports.page(whole, when, rows=5000))
    cut = rows_sync(engine, LEADER, reports.page(replace(whole, cell=MARKET.code), when, rows=5000))
    assert [row for row in listed if row["report_id"] in inside] == cut
    assert MARKET in cells


def test_the_reports_of_a_spot_and_the_same_field_elsewhere(engine: Engine, everything: list[Row]) -> None:
    when, back = window(PERIODS[0]), timedelta(days=56)
    rows = rows_sync(
        engine, LEADER, hotspots.reports_of(Filters(PERIODS[0]), when, MARKET, "moi-truong", back)
    )
    stands = [
        row
        for row in everything
        if row["lon_coarse"] is not None
        and not row["is_secret"]
        and row["status"] in ("open", "done", "passed_on")
        and row["field_code"] == "moi-truong"
    ]
    here = [row for row in stands if Cell.of(row["lat_coarse"], row["lon_coarse"]) == MARKET]
    expected = sorted(r["sent_at"] for r in here if when.start_at - back <= r["sent_at"] < when.at)
    assert [row["sent_at"] for row in rows] == expected
    middle = datetime(2024, 9, 1, tzinfo=synthetic.NOW.tzinfo)
    bounds = (middle - back, middle, middle + back)
    found = rows_sync(engine, LEADER, hotspots.elsewhere(Filters(PERIODS[0]), MARKET, "moi-truong", *bounds))[
        0
    ]
    there = [row for row in stands if row not in here]
    assert found["before"] == sum(bounds[0] <= row["sent_at"] < middle for row in there)
    assert found["after"] == sum(middle <= row["sent_at"] < bounds[2] for row in there)


# -------------------------------------------------------------------- command


def ioc(engine: Engine, *words: str) -> tuple[int, str, str]:
    env = {
        "IOC_MART_URL": engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        "IOC_PROVINCE": PROVINCE,
    }
    result = CliRunner(env=env).invoke(app, ["hotspots", *words])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_tells_the_same_spots(engine: Engine) -> None:
    """Days as the quarter has them: 15/06 to 14/09/2024, whatever the clock says now."""
    period = Period("quarter", 2024, 3)
    when = window(period)
    groups, family = hotspots.read(rows_sync(engine, LEADER, hotspots.groups(Filters(period), when, RULE)))
    spots = find(groups, family, RULE, hotspots.weeks_of(when).count)
    code, out, _ = ioc(engine, "--from", "2024-06-15", "--to", "2024-09-14", "--json")
    told = json.loads(out)
    assert code == 0
    assert [(s["key"], s["n"], s["q"]) for s in told["spots"]] == [(s.key, s.group.n, s.q) for s in spots]
    assert (told["family"]["tests"], told["weeks"]) == (family.tests, 14)
    assert spots
    code, out, _ = ioc(engine, "--from", "2024-06-15", "--to", "2024-09-14", "--province", "soctrang")
    assert code == 0
    assert out.startswith(f"{len(spots)} hot spots, 15/06/2024-14/09/2024, 14 weeks")
    assert MARKET.code in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "15/06/2024", "--to", "2024-09-14"), "are days such as 2024-09-15"),
        (("--from", "2024-09-15", "--to", "2024-09-14"), "lies before --from"),
        (("--from", "2022-01-01", "--to", "2024-09-14"), "choose one of at most 54"),
        (("--from", "2024-06-15", "--to", "2024-09-14", "--province", "hanoi"), "unknown province 'hanoi'"),
        (("--from", "2024-06-15", "--to", "2024-09-14", "--district", "x;y"), "is not a code"),
    ],
)
def test_the_command_refuses_by_name(engine: Engine, words: tuple[str, ...], says: str) -> None:
    code, out, said = ioc(engine, *words)
    assert (code, out) == (2, "")
    assert says in said
    assert said.startswith("ioc hotspots: ")

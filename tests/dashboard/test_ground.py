"""Figures by place on both sides of the reform of 1/7/2025: sums kept, huyện -> xã, Sóc Trăng 94 -> Cần Thơ's ground."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from dashboard.ground import changed_on, districts_ended_on, ground_of
from dashboard.ground_filters import resolved
from dashboard.names import Names
from etl.migrate import engine_of, upgrade
from geo.units import Level, unit, units_on
from kpi import mart
from kpi.filters import TODAY, FilterError, Filters
from kpi.periods import Period
from kpi.queries import figures, reports
from kpi.queries.grain import REPORT
from kpi.queries.ground import counts
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

REFORM = date(2025, 7, 1)
AFTER, BEFORE = date(2026, 11, 20), date(2024, 11, 20)
YEAR_2025 = Filters(Period("year", 2025, basis="calendar"))
ON_TODAY = YEAR_2025.with_(ground=TODAY)


def row(district: str, commune: str, since_on: date | None, received: int) -> dict:
    return {"district": district, "commune": commune, "since_on": since_on, "received": received}


def received(rows: list[dict]) -> dict[str, float]:
    return {row["place"]: row["received"] for row in rows}


# Code 31522 is Phường 9 until 31/08/2024 and Phường 1 (with Phường 9 in it) after; 31543 is a commune of huyện Kế Sách.
ROWS = [row("941", "31522", None, 3), row("941", "31522", date(2024, 9, 1), 5), row("943", "31543", None, 2)]


@pytest.mark.parametrize("province", ["94", "52", "70"])
def test_districts_end_with_the_reform(province: str) -> None:
    assert REFORM in changed_on(province)
    assert districts_ended_on(province, AFTER) == REFORM
    assert districts_ended_on(province, BEFORE) is None
    assert ground_of(YEAR_2025, province, AFTER).level is Level.DISTRICT  # of their own time
    assert ground_of(ON_TODAY, province, AFTER).level is Level.COMMUNE
    assert ground_of(ON_TODAY, province, BEFORE).level is Level.DISTRICT


def test_today_is_the_products_clock() -> None:
    in_2024 = ground_of(ON_TODAY, "94", BEFORE).rows(ROWS)
    districts = {unit("31522", BEFORE).parent_code: 8, unit("31543", BEFORE).parent_code: 2}
    assert received(in_2024) == districts
    in_2026 = ground_of(ON_TODAY, "94", AFTER).rows(ROWS)
    communes = {
        u.code: u.province_code for u in units_on(AFTER, level="commune", province_code="94", ground="94")
    }
    assert sum(received(in_2026).values()) == 10  # 3 + 5 + 2
    assert {communes[place] for place in received(in_2026)} == {"92"}  # the ground is Cần Thơ's now
    assert all(row["received_uncertain"] == 0 for row in in_2026)


def test_a_split_commune_is_divided_and_says_so() -> None:
    # Canh Hiệp (Vân Canh, 52) was split on 1/7/2025: its 100 reports go to several communes, all of them an estimate.
    canh_hiep = next(
        u for u in units_on(BEFORE, level="commune", province_code="52") if u.name == "Canh Hiệp"
    )
    rows = ground_of(ON_TODAY, "52", AFTER).rows([row("540", canh_hiep.code, None, 100)])
    assert len(rows) > 1
    assert sum(row["received"] for row in rows) == pytest.approx(100)
    assert sum(row["received_uncertain"] for row in rows) == pytest.approx(100)


def test_what_is_not_known_stays_under_its_own_row() -> None:
    # A secret report has only its district, which is no place once there are none; an unknown commune has its district.
    rows = [row("941", "", None, 2), row("", "", REFORM, 1), row("941", "99999", None, 4)]
    assert received(ground_of(ON_TODAY, "94", AFTER).rows(rows)) == {"": 7}
    assert received(ground_of(ON_TODAY, "94", BEFORE).rows(rows)) == {"941": 6, "": 1}
    assert received(ground_of(YEAR_2025, "94", AFTER).rows(rows)) == {"941": 6, "": 1}


def test_no_boundaries_no_choice() -> None:
    with pytest.raises(FilterError, match="no boundaries"):
        resolved(ON_TODAY, Scope("nyc", "leader"), AFTER)
    assert resolved(YEAR_2025, Scope("nyc", "leader"), AFTER) == YEAR_2025


def test_a_place_is_said_by_the_level_that_is_known() -> None:
    def place(code: str, level: str, name: str) -> dict:
        return {"place_code": code, "level": level, "name": name, "full_name": name, "kind": ""}

    names = Names.of(
        {"units": [], "places": [place("31507", "commune", "Phường Phú Lợi")], "ended": [place("943", "district", "Kế Sách")], "categories": []}
    )  # fmt: skip
    after, before = (
        {"district_code": "", "commune_code": "31507"},
        {"district_code": "943", "commune_code": ""},
    )
    assert names.where(after) == names.address(after) == "Phường Phú Lợi"
    assert names.where(before) == names.address(before) == "Kế Sách"  # ended on 1/7/2025, its name is kept


def test_a_code_used_again_is_named_as_on_the_day_sent() -> None:
    def place(name: str, since: date, until: date | None) -> dict:
        row = {"place_code": "31522", "level": "commune", "name": name, "full_name": name, "kind": ""}
        return row | {"parent_code": "941", "valid_from": since, "valid_to": until}

    day = date(2024, 9, 1)
    versions = {"places": [place("Phường 1", day, None)], "ended": [place("Phường 9", date(1900, 1, 1), day)]}
    names = Names.of({"units": [], "categories": [], **versions})
    at = datetime(2024, 8, 31, 17, tzinfo=UTC)  # 1/9/2024 00:00 at +07:00
    sent = {"district_code": "", "commune_code": "31522"}
    assert names.where(sent | {"sent_at": at}) == "Phường 1"
    assert names.where(sent | {"sent_at": at - timedelta(seconds=1)}) == "Phường 9"
    assert names.where(sent) == "Phường 1"


@pytest.mark.server
def test_a_year_through_the_reform_runs_without_a_break(new_database: Callable[[str], str]) -> None:
    """Three reports of a former commune and two of the commune that it became: one commune of five, list and figure."""
    former = next(
        u for u in units_on(date(2025, 6, 30), level="commune", province_code="94") if u.code == "31543"
    )
    now = received(ground_of(ON_TODAY, "94", AFTER).rows([row("", former.code, date(2024, 9, 1), 1)]))
    (successor,) = now
    midnight = datetime(2025, 6, 30, 17, tzinfo=UTC)  # 1/7/2025 00:00 at +07:00
    sent = [
        (former, midnight - timedelta(seconds=1)),
        (former, midnight - timedelta(days=90)),
        (former, midnight - timedelta(days=9)),
    ]
    after = unit(successor, AFTER)
    sent += [(after, midnight), (after, midnight + timedelta(days=60))]
    url = new_database("ground")
    upgrade(url)
    engine = engine_of(url)
    template = synthetic.Facts(seed=1, reports=1).rows["report"][0]
    rows = [
        template | {"report_id": n, "report_code": f"G-{n}", "sent_at": at, "commune_code": u.code, "status": "open", "closed_at": None,
                    "district_code": u.parent_code if u is former else "", "is_secret": False}
        for n, (u, at) in enumerate(sent)
    ]  # fmt: skip
    with engine.begin() as conn:
        conn.execute(insert(mart.report), rows)
    scope = Scope("94", "leader")
    window = Window.of(YEAR_2025.period, datetime(2026, 11, 20, 7, tzinfo=UTC), calendar_for("94"))
    found = rows_sync(engine, scope, counts(REPORT, YEAR_2025, window, ("received",), changed_on("94")))
    assert received(ground_of(ON_TODAY, "94", AFTER).rows(found)) == {successor: 5}
    assert received(ground_of(YEAR_2025, "94", AFTER).rows(found)) == {former.parent_code: 3, successor: 2}
    chosen = resolved(ON_TODAY.with_(commune=successor, state="received"), scope, AFTER)
    assert rows_sync(engine, scope, reports.count(chosen, window))[0]["count"] == 5
    months = [window.over(Period("month", 2025, month, "calendar")) for month in (4, 5, 6, 7, 8)]
    series = rows_sync(engine, scope, figures.trend(chosen.with_(state=None), months))
    by_month = {row["place"]: row["received"] for row in series}
    assert by_month == {0: 1, 1: 0, 2: 2, 3: 1, 4: 1}  # 2/4 and 21/6 and 30/6 23:59:59; 1/7 00:00; 30/8
    engine.dispose()

"""After districts ended: a district IOC sees its old ground, in every table and only there; the wall shows communes."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from dashboard.ask import Question
from dashboard.filter_places import place_menu
from dashboard.ground_filters import communes_of_former, resolved, scope_on
from dashboard.ground_words import list_words
from dashboard.names import Names
from dashboard.pages.places import PAGE
from dashboard.wall import read, show
from dashboard.wall.screen import screen_of
from dashboard.wall.view import View
from etl.migrate import engine_of, upgrade
from geo.units import units_on
from kpi import mart
from kpi.filters import FilterError, Filters
from kpi.periods import Period, period_of
from kpi.queries import dimensions, reports
from kpi.queries.run import gather_sync, rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

AFTER, BEFORE = date(2026, 11, 20), date(2024, 11, 20)
NOW = datetime(2026, 11, 20, 7, 35, tzinfo=UTC)
TPST, MY_XUYEN = Scope("94", "district", "941"), Scope("94", "district", "947")
OF_TPST, OF_MY_XUYEN = "31510", "31708"  # Phường Sóc Trăng; Xã Ngọc Tố
TABLES = (mart.report, mart.report_detail, mart.assignment, mart.stage, mart.hold, mart.event)


def test_before_the_reform_a_district_is_its_own_code_only() -> None:
    assert scope_on(TPST, BEFORE) == TPST
    assert scope_on(Scope("94", "leader"), AFTER) == Scope("94", "leader")


@pytest.mark.parametrize(("province", "communes"), [("94", 43), ("52", 58), ("70", 40)])
def test_every_commune_of_today_belongs_to_exactly_one_former_district(province: str, communes: int) -> None:
    districts = units_on(date(2025, 6, 30), level="district", province_code=province)
    found = [code for u in districts for code in communes_of_former(province, u.code)]
    assert len(found) == len(set(found)) == communes  # 43 + 58 + 40 = 141


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str]) -> Iterator[Engine]:
    """Nine hundred reports of after the reform, by turns in a commune of TP Sóc Trăng and in one of huyện Mỹ Xuyên."""
    url = new_database("former_district")
    upgrade(url)
    engine = engine_of(url)
    facts = synthetic.Facts(seed=3, reports=900, now=NOW)
    for name, rows in facts.rows.items():
        known = mart.metadata.tables[f"mart.{name}"].columns.keys()
        for row in rows:
            if "report_id" in row and "district_code" in known:
                row["district_code"] = ""
            if "commune_code" in known:
                row["commune_code"] = (OF_TPST, OF_MY_XUYEN)[row["report_id"] % 2]
    for row in facts.rows["report"]:
        row["sent_at"] = max(row["sent_at"], datetime(2025, 7, 2, tzinfo=UTC))
    in_hand = {row["report_id"]: row for row in facts.rows["report"] if row["closed_at"] is None}
    for row in [*in_hand.values(), *facts.rows["assignment"]]:  # all that is in hand is overdue
        if (
            row["report_id"] in in_hand
            and row.get("ended_at") is None
            and in_hand[row["report_id"]]["lead_unit_code"]
        ):
            row["due_at"] = NOW - timedelta(days=2)
    facts.write(engine)
    yield engine
    engine.dispose()


@pytest.mark.server
def test_the_database_shows_the_old_ground_in_every_table(engine: Engine) -> None:
    for table in TABLES:
        by = select((table.c.report_id % 2).label("of"), func.count().label("count")).group_by("of")
        seen = {
            scope: {row["of"]: row["count"] for row in rows_sync(engine, scope, by)}
            for scope in (Scope("94", "admin"), scope_on(TPST, AFTER), scope_on(MY_XUYEN, AFTER), TPST)
        }
        whole, tpst, my_xuyen, without = seen.values()
        assert set(whole) == {0, 1}, table.name
        assert tpst == {0: whole[0]}, table.name
        assert my_xuyen == {1: whole[1]}, table.name
        assert without == {}, table.name


@pytest.mark.server
def test_communes_named_by_another_role_open_nothing(engine: Engine) -> None:
    forged = Scope("94", "unit", "", "NOBODY", communes=(OF_TPST, OF_MY_XUYEN))
    assert rows_sync(engine, forged, select(func.count().label("count")).select_from(mart.report)) == [
        {"count": 0}
    ]


@pytest.mark.server
def test_its_lists_are_its_ground_whatever_ground_is_chosen(engine: Engine) -> None:
    scope = scope_on(TPST, AFTER)
    everything = Filters(Period("year", 2026, basis="calendar"), state="received")
    window = Window.of(everything.period, NOW, calendar_for("94"))
    counts = set()
    for ground in (None, "today", "before"):
        filters = resolved(everything.with_(ground=ground).within(scope), scope, AFTER)
        counts.add(rows_sync(engine, scope, reports.count(filters, window))[0]["count"])
    leader = resolved(everything.with_(ground="today", district="941"), Scope("94", "leader"), AFTER)
    counts.add(rows_sync(engine, Scope("94", "leader"), reports.count(leader, window))[0]["count"])
    assert len(counts) == 1
    assert counts.pop() > 5
    with pytest.raises(FilterError, match="this account sees 941 only"):
        everything.with_(district="947").within(scope)


@pytest.mark.server
def test_the_wall_shows_communes_and_adds_up(engine: Engine) -> None:
    filters = Filters(period_of("quarter", AFTER))
    window = Window.of(filters.period, NOW, calendar_for("94"))
    question = Question(Scope("94", "wall"), filters, window, 1)
    asked = {"places": dimensions.places(AFTER)}
    found = gather_sync(engine, question.scope, {**asked, **read.stocks_asked(question)})
    names = Names.of({"units": [], "places": found.pop("places"), "categories": []})
    figures = read.stocks(question, found)
    flows = read.flows(question, gather_sync(engine, question.scope, read.flows_asked(question)))
    known = {code for code in figures.stock if code not in (read.WHOLE, read.UNKNOWN_PLACE)}
    assert known == {OF_TPST, OF_MY_XUYEN}
    for name in ("in_hand", "overdue", "due_soon"):
        parts = [getattr(each, name) for code, each in figures.stock.items() if code != read.WHOLE]
        assert sum(parts) == getattr(figures.stock[read.WHOLE], name), name
    for place in known:
        assert sum(held.overdue for held in figures.held[place]) == figures.stock[place].overdue
        assert sum(figures.overdue_fields[place].values()) == figures.stock[place].overdue
    settings = {"distance_m": 6, "mm_per_px": 0.63, "width_px": 5760, "height_px": 2160}
    drawn = show.show(View(question, names, figures, flows, screen_of(settings, "w")))
    late = {code for code in known if figures.stock[code].overdue}
    assert late
    assert {turn.id.split("/")[1] for turn in drawn.turns if turn.id.startswith("district/")} == late
    assert drawn.ground
    assert drawn.ground.html.count("<path ") == 43  # today's communes on old Sóc Trăng


def test_a_list_says_what_its_place_stands_for() -> None:
    """Phường Mỹ Xuyên lies in two former districts: what has no place goes to the larger part, and the list says so."""
    window = Window.of(Period("year", 2026, basis="calendar"), NOW, calendar_for("94"))

    def said(scope: Scope, **chosen: str) -> list[str]:
        filters = resolved(
            Filters(Period("year", 2026, basis="calendar"), **chosen).within(scope), scope, AFTER
        )
        return list_words(Question(scope, filters, window, 1))

    leader = Scope("94", "leader")
    assert said(leader) == []
    assert said(leader, district="947") == []  # its own code, of its own time
    carried, divided = said(leader, district="947", ground="before")
    assert "30/06/2025" in carried
    assert divided.startswith("≈")
    assert (
        len(said(leader, district="941", ground="before")) == 1
    )  # the smaller part takes only what lies in it
    assert "từ 2 xã, phường" in said(scope_on(TPST, AFTER))[0]


def test_the_place_menu_has_former_districts_and_every_commune() -> None:
    """In 2026 on the reports' own time: 11 former districts as today's ground, the 43 communes of it to search among."""
    filters = Filters(Period("month", 2026, 10))
    question = Question(Scope("94", "leader"), filters, Window.of(filters.period, NOW, calendar_for("94")), 1)
    rows = [
        {"place_code": u.code, "name": u.name, "full_name": u.full_name, "level": str(u.level), "kind": u.kind, "parent_code": u.parent_code}
        for u in units_on(AFTER, level="commune", province_code="94")
    ]  # fmt: skip
    said = str(
        place_menu(PAGE, question, Names.of({"units": [], "places": rows, "categories": []})).to_plotly_json()
    )
    assert said.count("ground=today") == 11
    assert (
        said.count("district=unknown&amp;commune=") == 43
    )  # of today: the code may have been another commune's
    assert "Phường Mỹ Xuyên" in said

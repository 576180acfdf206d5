"""For the same filters the map, the page of places, its lists and the extract say the same, on every ground."""

import io
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from dashboard import map_areas, places_view
from dashboard.ask import Question
from dashboard.exports.period import period_workbook_sync
from dashboard.ground import changed_on
from dashboard.ground_filters import chosen_place, resolved
from dashboard.map_points import from_arrow
from dashboard.names import Names
from etl.migrate import engine_of, upgrade
from geo.units import Level, all_units, units_on
from kpi import mart
from kpi.clock import LOCAL
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import dimensions, reports
from kpi.queries.columns import columns
from kpi.queries.map_points import map_points
from kpi.queries.run import gather_sync, rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

AFTER = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 7, 35, tzinfo=UTC)
LEADER = Scope("94", "leader")
YEAR = Filters(Period("year", 2025, basis="calendar"))  # half of it before 1/7/2025


@pytest.fixture(scope="module")
def url(new_database: Callable[[str], str]) -> str:
    """A mart with 900 reports in real communes of the day that each was sent, most of them with a coarse place there."""
    url = new_database("places_agree")
    upgrade(url)
    pick, facts = random.Random(7), synthetic.Facts(seed=7, reports=900, now=NOW)
    where = {}
    for row in facts.rows["report"]:
        day = row["sent_at"].astimezone(LOCAL).date()
        u = pick.choice(units_on(day, level="commune", province_code="94", ground="94"))
        district = u.parent_code if u.parent_code != "92" else ""
        row |= {"district_code": district, "commune_code": "" if row["is_secret"] else u.code}
        row |= {"lon_coarse": None, "lat_coarse": None}
        if not row["is_secret"] and pick.random() < 0.8:
            row |= {name: round(round((at + pick.gauss(0, 0.02)) / 0.005) * 0.005, 6)
                    for name, at in (("lon_coarse", u.label_lon), ("lat_coarse", u.label_lat))}  # fmt: skip
        where[row["report_id"]] = {name: row[name] for name in ("district_code", "commune_code")}
    for name, rows in facts.rows.items():
        known = mart.metadata.tables[f"mart.{name}"].columns.keys()
        for row in rows:
            row |= {key: value for key, value in where.get(row.get("report_id"), {}).items() if key in known}
    engine = engine_of(url)
    facts.write(engine)
    with engine.begin() as conn:
        conn.execute(mart.place.delete())
        conn.execute(mart.place.insert(), [_place(u) for u in all_units() if u.province_code in ("94", "92")])
    engine.dispose()
    return url


def _place(u) -> dict:
    return {
        "province_code": "94", "place_code": u.code, "valid_from": u.valid_from or date(1900, 1, 1), "valid_to": u.valid_to,
        "name": u.name, "full_name": f"{u.full_name} {u.id}", "level": str(u.level), "kind": u.kind, "parent_code": u.parent_code,
    }  # fmt: skip


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    engine = engine_of(url)
    yield engine
    engine.dispose()


def asked(filters: Filters) -> Question:
    filters = resolved(filters, LEADER, AFTER)
    return Question(LEADER, filters, Window.of(filters.period, NOW, calendar_for("94")), 1)


def names_of(engine: Engine, question: Question) -> Names:
    day = question.drawn().day or AFTER
    selects = {
        "units": dimensions.units(AFTER), "places": dimensions.places(day), "ended": dimensions.other_places(day),
        "categories": dimensions.categories(),
    }  # fmt: skip
    return Names.of(gather_sync(engine, LEADER, selects))


@pytest.mark.server
@pytest.mark.parametrize("ground", ["own", "today", "before"])
@pytest.mark.parametrize("district", [None, "947"])
def test_map_places_lists_and_extract_agree(
    engine: Engine, url: str, ground: str, district: str | None
) -> None:
    question = asked(YEAR.with_(ground=ground, district=district))
    places = places_view.read(
        question.ground(), gather_sync(engine, LEADER, places_view.statements(question))
    )
    by_page = {place.code: place.received for place in places if place.received}
    total = rows_sync(
        engine, LEADER, reports.count(question.filters.with_(state="received"), question.window)
    )
    # with_ keeps what the district stands for: only places and ground change it
    assert sum(by_page.values()) == pytest.approx(total[0]["count"])
    assert total[0]["count"] > (250 if district is None else 15)

    drawn = question.drawn(question.ground().level if ground != "own" else Level.COMMUNE)
    stmt = map_points(
        question.filters.with_(state="received"), question.window, exact=False,
        changed_on=changed_on("94"), divided=drawn.divided(),
    )  # fmt: skip
    points = from_arrow(columns(make_url(url), LEADER, stmt))
    shaded = map_areas.stock_figures(map_areas.SHADINGS["in_hand"], points, points.states(0, 0), drawn)
    by_map = {code: figure.n for code, figure in shaded.items() if figure.n}
    assert sum(by_map.values()) == pytest.approx(total[0]["count"])
    if ground != "own":
        assert by_map == pytest.approx(by_page)

    book = load_workbook(io.BytesIO(period_workbook_sync(engine, LEADER, question.filters, NOW)))
    names = names_of(engine, question)
    by_file = _received(book["PL V địa bàn"])
    if ground != "own" or district is None:
        said: dict[str, float] = {}
        for place in places:
            if place.received:
                name = names.place(place.column, place.code)
                said[name] = said.get(name, 0) + place.received
        assert {name: count for name, count in by_file.items() if count} == pytest.approx(said)
    other = _received(book["PL Va địa bàn"])
    assert sum(other.values()) == pytest.approx(total[0]["count"])


def _received(sheet) -> dict[str, float]:
    rows = [list(row) for row in sheet.values]
    head = next(row for row in rows if "Tiếp nhận" in row)
    name, count = head.index("Địa bàn"), head.index("Tiếp nhận")
    found: dict[str, float] = {}
    for row in rows[rows.index(head) + 1 :]:
        if row[name] and row[name] != "Cộng" and isinstance(row[count], int | float):
            found[row[name]] = found.get(row[name], 0) + row[count]
    return found


@pytest.mark.server
@pytest.mark.parametrize("ground", ["own", "today", "before"])
def test_every_place_opens_a_list_of_its_length(engine: Engine, ground: str) -> None:
    """Exactly, but for what was divided by area: these go whole to the largest part, so lists differ by at most that."""
    question = asked(YEAR.with_(ground=ground))
    places = places_view.read(
        question.ground(), gather_sync(engine, LEADER, places_view.statements(question))
    )
    for place in [place for place in places if place.received]:
        chosen = asked(chosen_place(question.filters.with_(state="received"), place.column, place.code))
        found = rows_sync(engine, LEADER, reports.count(chosen.filters, chosen.window))[0]["count"]
        divided = sum(each.uncertain for each in places)
        assert found == pytest.approx(place.received, abs=divided + 1e-6), place

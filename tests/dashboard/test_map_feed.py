"""The map's feed over HTTP on a real mart: scope, rounding of places, totals, bad addresses, size of the answer."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import date

import httpx
import psycopg
import pytest

from dashboard import map_feed
from tests.dashboard import map_world as world

pytestmark = [pytest.mark.server, pytest.mark.slow]
REPORTS = 400
PROVINCE_VIEW = "zoom=9.25&box=105.3,9.1,106.5,10.1"


@pytest.fixture(scope="module")
def mart_url(new_database: Callable[[str], str]) -> str:
    url = new_database("mapfeed")
    world.fill(url, REPORTS)
    return url


@pytest.fixture(scope="module")
def base(mart_url: str) -> Iterator[str]:
    with world.served(mart_url) as url:
        yield url


def ask(base: str, path: str, username: str = "analyst") -> httpx.Response:
    cookies = {"ioc_session": world.cookie(username)} if username else {}
    headers = {"accept": "application/json"}
    return httpx.get(base + path, cookies=cookies, headers=headers, timeout=30)


def singles(answer: dict) -> dict[str, tuple[float, float]]:
    """Report code -> place of the marks that stand for one report."""
    return {row[3]["report"]: (row[1], row[2]) for row in answer["marks"] if row[3]}


def test_totals_are_the_reports_in_hand(base: str) -> None:
    """400 in hand; every 5th overdue: 80; every 40th secret: 10; every 10th without a place: 40, 10 of them secret."""
    answer = ask(base, f"/feed/map?{PROVINCE_VIEW}").json()
    totals = answer["totals"]
    assert totals["all"] == 400
    assert totals["overdue"] == 80
    assert totals["secret"] == 10
    assert totals["no_place"] == 30
    assert totals["in_time"] + totals["due_soon"] + totals["overdue"] == 400
    shown = sum(sum(row[4:]) for row in answer["marks"])
    assert shown == 400 - 40  # the whole province is in the view; what has no place is no mark


def test_shading_counts_the_secret_and_placeless_reports_too(base: str) -> None:
    answer = ask(base, f"/feed/map?{PROVINCE_VIEW}&shade=in_hand&level=district").json()
    counted = sum(int(area["text"][0].split(": ")[1].replace(".", "")) for area in answer["areas"].values())
    assert counted == 400


def test_roles_that_do_not_handle_reports_get_rounded_places(base: str) -> None:
    close = "zoom=19&box=105.3,9.1,106.5,10.1"
    exact = singles(ask(base, f"/feed/map?{close}").json())
    coarse = singles(ask(base, f"/feed/map?{close}", "leader").json())
    assert len(exact) > 100
    assert coarse.keys() & exact.keys()
    on_grid = [abs(v / 0.005 - round(v / 0.005)) < 1e-3 for place in coarse.values() for v in place]
    # Reports of one rounded place are fanned out beside each other, so not every mark stands on the grid itself.
    assert sum(on_grid) > len(on_grid) / 2
    assert sum(exact[code] == place for code, place in coarse.items() if code in exact) == 0


def test_a_secret_report_is_a_mark_for_nobody(base: str) -> None:
    for username in ("analyst", "leader"):
        codes = singles(ask(base, "/feed/map?zoom=19&box=105.3,9.1,106.5,10.1", username).json())
        assert not {code for code in codes if int(code[3:]) % 40 == 0}


def test_a_district_sees_its_rows_only(base: str, mart_url: str) -> None:
    with psycopg.connect(mart_url) as conn:
        query = (
            "SELECT count(*), count(*) FILTER (WHERE is_secret) FROM mart.report WHERE district_code = '941'"
        )
        own, secret = conn.execute(query).fetchone() or (0, 0)
    totals = ask(base, f"/feed/map?{PROVINCE_VIEW}", "district").json()["totals"]
    assert own > 5
    assert (totals["all"], totals["secret"]) == (own, secret)
    other = ask(base, f"/feed/map?{PROVINCE_VIEW}&district=942", "district")
    assert other.status_code == 400


def test_a_unit_sees_its_rows_only(base: str) -> None:
    assert ask(base, f"/feed/map?{PROVINCE_VIEW}", "unit").json()["totals"]["all"] == REPORTS / 20


def test_scopes_do_not_share_what_is_held(base: str) -> None:
    """The same address one after the other: a province-wide answer never serves a district."""
    counts = [
        ask(base, f"/feed/map?{PROVINCE_VIEW}", name).json()["totals"]["all"]
        for name in ("analyst", "district") * 2
    ]
    assert counts[0] == counts[2] == 400
    assert counts[1] == counts[3] < 400


def test_nobody_without_a_session(base: str) -> None:
    assert ask(base, f"/feed/map?{PROVINCE_VIEW}", "").status_code == 401
    assert ask(base, "/feed/shapes?on=2024-11-01", "").status_code == 401


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("zoom=9", "box"),
        ("zoom=9&box=1,2,3", "box"),
        ("zoom=9&box=106,10,105,9", "box"),
        ("zoom=9&box=nan,9,106,10", "box"),
        ("zoom=99&box=105,9,106,10", "zoom"),
        ("zoom=x&box=105,9,106,10", "zoom"),
        (f"{PROVINCE_VIEW}&shade=mood", "shade"),
        (f"{PROVINCE_VIEW}&level=street", "level"),
        (f"{PROVINCE_VIEW}&state=drop", "state"),
        (f"{PROVINCE_VIEW}&colour=red", "colour"),
    ],
)
def test_a_bad_address_is_refused_by_name(base: str, query: str, word: str) -> None:
    response = ask(base, f"/feed/map?{query}")
    assert response.status_code == 400
    assert response.json()["error"].startswith(word)


def test_answers_hold_no_citizens_words_and_stay_small(base: str) -> None:
    for path in (
        "/feed/map?zoom=19&box=105.3,9.1,106.5,10.1",
        f"/feed/map?{PROVINCE_VIEW}",
        "/feed/shapes?on=2024-11-01",
    ):
        response = ask(base, path)
        assert len(gzip.compress(response.content)) < 300_000, path
        assert "onerror" not in response.text
        assert "Phản ánh " not in response.text


def test_shapes_follow_the_day(base: str) -> None:
    """Districts ended on 2025-07-01."""
    before = json.loads(ask(base, "/feed/shapes?on=2025-06-30").content)
    after = json.loads(ask(base, "/feed/shapes?on=2025-07-01").content)
    assert len(before["district"]["features"]) == 11
    assert not after["district"]["features"]
    names = {f["properties"]["name"] for f in before["district"]["features"]}
    assert {"TP Sóc Trăng", "Mỹ Xuyên"} <= names


def test_the_ground_of_a_former_province_is_its_share_of_todays_communes() -> None:
    """Sóc Trăng: 11 districts and 108 communes on 01/11/2024; 43 communes of today's Cần Thơ stand on its ground."""
    before, today = (map_feed.ground("94", date(year, 11, 1)) for year in (2024, 2026))
    assert [len(before[level]["features"]) for level in ("province", "district", "commune")] == [1, 11, 108]
    assert [len(today[level]["features"]) for level in ("province", "district", "commune")] == [0, 0, 43]
    assert map_feed.levels("94", date(2026, 11, 1)) == ("commune",)
    (south_west, north_east), (today_south_west, today_north_east) = (
        map_feed.bounds("94", date(year, 11, 1)) or [] for year in (2024, 2026)
    )
    assert south_west == pytest.approx(today_south_west, abs=0.02)
    assert north_east == pytest.approx(today_north_east, abs=0.02)


def test_a_city_without_boundaries_has_an_empty_ground() -> None:
    assert map_feed.shapes_json("nyc", date(2018, 6, 26)) == b'{"empty":true}'
    assert map_feed.bounds("nyc", date(2018, 6, 26)) is None
    assert map_feed.levels("nyc", date(2018, 6, 26)) == ("district", "commune")


def test_closed_reports_come_by_filter_only(base: str) -> None:
    """The world holds no closed report: the filter gives an empty map, not the open ones."""
    answer = ask(base, f"/feed/map?{PROVINCE_VIEW}&state=done_late").json()
    assert answer["totals"]["all"] == 0
    assert answer["marks"] == []

"""The map's layer of hot spots on a real mart: its feed in every scope, and in a browser from the row to its reports."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from kpi.cells import Cell
from kpi.clock import LOCAL
from kpi.periods import Period, period_of
from tests.dashboard import map_world as world

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]
OPEN, CLOSED = 60, 200
HOT = [i for i in range(OPEN + 1, OPEN + 21) if i % 10]  # 61 … 80 without 70 and 80: 18 reports
CORNER = Cell.of(9.77, 105.96)
KEY = f"{CORNER.code}~moi-truong"
expect.set_options(timeout=world.PATIENCE_MS)


def quarter() -> Period:
    """One that ended three months ago or more: the eight weeks after every closing in it have passed."""
    return period_of("quarter", world.now().astimezone(LOCAL).date()).previous().previous()


QUERY = f"period={quarter().code}"
LAYER = f"/map?{QUERY}&layer=hotspots"


@pytest.fixture(scope="module")
def mart_url(new_database: Callable[[str], str]) -> str:
    """200 closed reports of the quarter at scattered places; 18 of them about rubbish at one corner of 943, every 5 days."""
    url = new_database("hotmap")
    world.fill(url, OPEN, closed_reports=CLOSED)
    with psycopg.connect(url) as conn:
        for number in range(OPEN + 1, OPEN + CLOSED + 1):
            is_hot = number in HOT
            days = HOT.index(number) * 5 if is_hot else (number - OPEN) % 80
            sent_at = quarter().start_at + timedelta(days=days, hours=9)
            conn.execute(
                "UPDATE mart.report SET sent_at = %s, closed_at = %s, approved_at = %s WHERE report_id = %s",
                (sent_at, *[sent_at + timedelta(days=3)] * 2, number),
            )
        conn.execute(
            "UPDATE mart.report SET field_code = 'moi-truong', district_code = '943', commune_code = '31528',"
            " lat_coarse = %s, lon_coarse = %s WHERE report_id = ANY(%s)",
            (CORNER.lat, CORNER.lon, HOT),
        )
    return url


@pytest.fixture(scope="module")
def base(mart_url: str) -> Iterator[str]:
    with world.served(mart_url) as url:
        yield url


def ask(base: str, path: str, username: str) -> httpx.Response:
    cookies = {"ioc_session": world.cookie(username)}
    return httpx.get(base + path, cookies=cookies, headers={"accept": "application/json"}, timeout=30)


# ----------------------------------------------------------------------- feed


@pytest.mark.parametrize("username", ["analyst", "leader"])
def test_every_role_of_the_province_sees_the_same_spot(base: str, username: str) -> None:
    """Not a finer place for those who handle the report; no word of a citizen."""
    answer = ask(base, f"/feed/hotspots?{QUERY}", username)
    (spot,) = answer.json()["spots"]
    assert (spot["key"], spot["n"], spot["class"]) == (KEY, 18, 2)
    assert (spot["lat"], spot["lon"]) == (CORNER.lat, CORNER.lon)
    assert "Phản ánh 6" not in answer.text  # titles of reports 60 to 69


@pytest.mark.parametrize("username", ["district", "unit"])
def test_others_ground_stays_unseen(base: str, username: str) -> None:
    assert ask(base, f"/feed/hotspots?{QUERY}", username).json()["spots"] == []


def test_a_chosen_field_or_place_shows_less(base: str) -> None:
    cuts = {
        "field=moi-truong": 1,
        "field=giao-thong": 0,
        "district=941": 0,
        "commune=31528": 1,
        "commune=31507": 0,
    }
    for cut, count in cuts.items():
        assert len(ask(base, f"/feed/hotspots?{QUERY}&{cut}", "leader").json()["spots"]) == count


@pytest.mark.parametrize(
    ("query", "says"),
    [("period=last", "period=last"), ("cell=1", "is no cell"), ("dist=941", "unknown filter")],
)
def test_bad_addresses_are_refused_by_name(base: str, query: str, says: str) -> None:
    answer = ask(base, f"/feed/hotspots?{query}", "leader")
    assert answer.status_code == 400
    assert says in answer.json()["error"]


# -------------------------------------------------------------------- browser


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with world.page_of(browser, base, "leader") as page:
        yield page


def test_from_the_layer_to_exactly_its_reports(page: Page) -> None:
    page.goto(f"/map?{QUERY}")
    page.locator(".map-layers a", has_text="Điểm nóng").click()
    expect(page.locator(".hot-mark")).to_have_count(1)
    expect(page.locator(".map-mark").first).to_be_hidden()
    row = page.locator(".map-rows a")
    expect(row).to_contain_text("18 phản ánh")
    row.click()
    drawer = page.locator(".map-drawer.is-open")
    expect(drawer.locator(".map-verdict")).to_contain_text("18 phản ánh")
    expect(drawer).to_contain_text("Benjamini–Hochberg")
    # Sent on days 0, 5 … 85, each closed 3 days later: day 88. Eight weeks before: days 35 … 85, eleven reports.
    expect(drawer).to_contain_text("Giảm rõ: 0 sau khi khép, 11 trước đó. Chưa thấy trở lại.")
    expect(page.locator(".hot-cell")).to_have_count(1)
    drawer.locator(".map-drawer-foot a").click()
    expect(page.locator(".card-title").first).to_contain_text("18 phản ánh")
    expect(page.locator(".report-list tbody tr")).to_have_count(18)
    assert f"cell={CORNER.code}" in page.url


def test_a_mark_opens_by_keyboard_and_escape_closes(page: Page) -> None:
    page.goto(LAYER)
    mark = page.locator(".hot-mark")
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-drawer.is-open h2")).to_be_visible()
    assert "hot=" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(".map-drawer.is-open")).to_have_count(0)
    expect(page.locator(".hot-cell")).to_have_count(0)
    assert "layer=hotspots" in page.url
    page.locator(".map-layers a", has_text="Phản ánh").click()
    expect(page.locator(".hot-mark")).to_have_count(0)
    expect(page.locator(".map-mark").first).to_be_visible()


def test_the_layer_recovers_and_says_how_old_it_is(page: Page) -> None:
    page.route(
        "**/feed/hotspots?*", lambda route: route.fulfill(status=200, content_type="text/html", body="x")
    )
    page.goto(LAYER)
    expect(page.locator("#hot-status")).to_have_text("Chưa tải được điểm nóng. Đang thử lại.")
    page.unroute("**/feed/hotspots?*")
    expect(page.locator(".hot-mark")).to_have_count(1)
    expect(page.locator("#hot-status")).to_contain_text("Tính lúc")

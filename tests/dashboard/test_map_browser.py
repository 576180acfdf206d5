"""The live map in a real browser: it recovers, ends on the last choice, escapes everything, shows its data's age."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.dashboard import map_world as world

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]
REPORTS = 240
PATIENCE_MS = world.PATIENCE_MS
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def mart_url(new_database: Callable[[str], str]) -> str:
    url = new_database("mapbrowser")
    world.fill(url, REPORTS)
    return url


@pytest.fixture(scope="module")
def base(mart_url: str) -> Iterator[str]:
    with world.served(mart_url, IOC_BASEMAP_URL="/no-such-tiles/{z}/{x}/{y}.png") as url:
        yield url


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with world.page_of(browser, base, "analyst") as page:
        yield page


def shown(page: Page) -> int:
    """How many reports the marks on the map stand for."""
    script = """() => [...document.querySelectorAll('.map-mark .pin')].reduce((sum, pin) => {
        const count = pin.querySelector('.count');
        return sum + (count ? Number(count.textContent.replaceAll('.', '')) : 1);
    }, 0)"""
    return int(page.evaluate(script))


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while not is_so():
        assert time.monotonic() < until
        page.wait_for_timeout(50)


def wait_for_marks(page: Page, count: int) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while shown(page) != count:
        assert time.monotonic() < until, f"the map shows {shown(page)} reports, not {count}"
        page.wait_for_timeout(100)


OPEN_WITH_PLACE = REPORTS - REPORTS // 10  # 240 - 24 without a place
OVERDUE_WITH_PLACE = REPORTS // 5  # ids 1, 6, 11, …: 48, none of them divisible by 10
IN_TIME_WITH_PLACE = OPEN_WITH_PLACE - OVERDUE_WITH_PLACE


def test_draws_all_reports_that_have_a_place_and_asks_no_other_host(page: Page, base: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    expect(page.locator(".map-list-head h2")).to_have_text(f"{REPORTS} đang xử lý")
    expect(page.locator("path.area")).to_have_count(11)  # districts, though every basemap tile is missing
    expect(page.locator("#map-status")).to_have_attribute("data-state", "fresh")
    assert hosts - {""} == {urlsplit(base).netloc}


def test_recovers_after_http_500(page: Page) -> None:
    page.route("**/feed/map?*", lambda route: route.fulfill(status=500, body="Internal Server Error"))
    page.goto("/map")
    expect(page.locator("#map-status")).to_have_attribute("data-state", "trouble")
    expect(page.locator("#map-status button")).to_be_visible()
    page.unroute("**/feed/map?*")
    wait_for_marks(page, OPEN_WITH_PLACE)
    expect(page.locator("#map-status")).to_have_attribute("data-state", "fresh")


def test_keeps_the_last_figures_with_their_time_while_the_feed_fails(page: Page) -> None:
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    page.route("**/feed/map?*", lambda route: route.fulfill(status=503, json={"error": "x"}))
    page.locator(".leaflet-control-zoom-in").click()
    expect(page.locator("#map-status")).to_have_attribute("data-state", "trouble")
    expect(page.locator("#map-status span")).to_contain_text("Số gần nhất lúc")
    assert shown(page) > 0
    with page.expect_request("**/feed/map?*"):
        page.locator("#map-status button").click()  # while it fails: once it does not, the feed mends itself
    page.unroute("**/feed/map?*")
    expect(page.locator("#map-status")).to_have_attribute("data-state", "fresh")


def test_a_login_page_is_told_from_an_answer_and_recovers(page: Page) -> None:
    page.route(
        "**/feed/map?*",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Đăng nhập</h1>"),
    )
    page.goto("/map")
    expect(page.locator("#map-status span")).to_have_text("Phiên đăng nhập đã hết.")
    expect(page.locator("#map-status a")).to_be_visible()
    page.unroute("**/feed/map?*")
    wait_for_marks(page, OPEN_WITH_PLACE)
    expect(page.locator("#map-status")).to_have_attribute("data-state", "fresh")


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"marks": 3, "totals": {}}', "null", '{"marks": [], "error": 1}']
)
def test_a_broken_answer_does_not_freeze_it(page: Page, body: str) -> None:
    page.route(
        "**/feed/map?*", lambda route: route.fulfill(status=200, content_type="application/json", body=body)
    )
    page.goto("/map")
    expect(page.locator("#map-status")).to_have_attribute("data-state", "trouble")
    page.unroute("**/feed/map?*")
    wait_for_marks(page, OPEN_WITH_PLACE)


def test_ends_on_the_last_choice_when_the_one_before_is_slow(page: Page) -> None:
    slow: list[Route] = []

    def delayed(route: Route) -> None:
        if parse_qs(urlsplit(route.request.url).query).get("state") == ["overdue"]:
            slow.append(route)
        else:
            route.continue_()

    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    page.route("**/feed/map?*", delayed)
    choose_state(page, "overdue")
    wait_until(page, lambda: bool(slow))
    choose_state(page, "in_time")
    wait_for_marks(page, IN_TIME_WITH_PLACE)
    for route in slow:
        with_answer = page.context.request.get(route.request.url)
        route.fulfill(response=with_answer)
    page.wait_for_timeout(500)
    assert shown(page) == IN_TIME_WITH_PLACE


def test_a_burst_of_choices_ends_on_the_last(page: Page) -> None:
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    for state in ("overdue", "in_time", "due_soon", "in_time", "overdue"):
        choose_state(page, state)
    wait_for_marks(page, OVERDUE_WITH_PLACE)
    page.wait_for_timeout(800)
    assert shown(page) == OVERDUE_WITH_PLACE


def choose_state(page: Page, state: str) -> None:
    """Another filter in the address, as the filter bar and the chips do it."""
    page.evaluate(
        """(state) => {
            history.pushState({}, '', `/map?state=${state}`);
            dash_clientside.set_props('shell-url', { data: { path: '/map', search: `?state=${state}` } });
        }""",
        state,
    )


def test_what_citizens_wrote_never_runs(page: Page) -> None:
    page.goto("/map?report=PA-0000001")
    drawer = page.locator(".map-drawer.is-open")
    expect(drawer.locator("h2")).to_have_text(world.EVIL_TITLE)
    expect(drawer.locator(".map-words")).to_have_text(world.EVIL_BODY)
    assert page.locator(".map-page img[src='x']").count() == 0
    assert page.locator(".map-drawer b, .map-drawer script").count() == 0
    row = page.locator(".map-rows a", has_text="onerror")
    expect(row).to_be_visible()
    script = "() => document.querySelectorAll('.map-mark[role=button]').forEach((mark) => mark.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })))"
    page.evaluate(script)
    expect(page.locator(".map-tip").first).to_be_attached()
    assert page.evaluate("window.pwned") is None


def test_row_mark_and_drawer_belong_together(page: Page) -> None:
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    first = page.locator(".map-rows a").first
    first.click()
    expect(page.locator(".map-drawer.is-open h2")).to_be_visible()
    expect(page.locator(".map-rows a[aria-current]")).to_have_count(1)
    expect(page.locator(".chosen")).to_have_count(1)
    assert "report=PA-" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(".map-drawer.is-open")).to_have_count(0)
    expect(page.locator(".chosen")).to_have_count(0)
    assert "report=" not in page.url
    page.wait_for_function("document.activeElement.closest('.map-rows') !== null", timeout=5000)


def test_a_mark_opens_its_report_by_keyboard(page: Page) -> None:
    page.goto("/map?view=105.97,9.60,15")
    mark = page.locator(".map-mark:has(.pin-in_time, .pin-overdue)").first
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-drawer.is-open h2")).to_be_visible()


def test_the_view_is_in_the_address_and_comes_back(page: Page) -> None:
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(600)
    lon, lat, zoom = _view(page)
    page.goto(page.url)
    page.wait_for_timeout(1500)
    pixel = 360 / 256 / 2**zoom  # a map stands on whole pixels
    assert _view(page) == (pytest.approx(lon, abs=pixel), pytest.approx(lat, abs=pixel), zoom)


def _view(page: Page) -> tuple[float, ...]:
    """Longitude, latitude and zoom of the address."""
    return tuple(float(part) for part in parse_qs(urlsplit(page.url).query)["view"][0].split(","))


def test_a_choice_of_shading_stays_in_the_address(page: Page) -> None:
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    page.locator(".map-choice summary").click()
    page.get_by_role("link", name="Tỷ lệ quá hạn (%)").click()
    expect(page.locator("#map-ramp span").first).to_have_text("dưới 5")
    assert "shade=overdue_share" in page.url
    page.locator(".map-levels a", has_text="Xã").click()
    expect(page.locator("path.area")).to_have_count(108)
    expect(page.locator("path.area[data-class=few]").first).to_be_attached()
    assert "shade=overdue_share" in page.url
    assert "level=commune" in page.url


def test_phone_has_chips_sheet_and_big_targets(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=base, has_touch=True)
    context.add_cookies([{"name": "ioc_session", "value": world.cookie("leader"), "url": base}])
    page = context.new_page()
    page.goto("/map")
    wait_for_marks(page, OPEN_WITH_PLACE)
    chip = page.locator(".map-chips a").first
    expect(chip).to_have_text(f"Quá hạn {OVERDUE_WITH_PLACE}")
    assert (chip.bounding_box() or {})["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".map-rows a").first).to_contain_text(
        "giao-thong"
    )  # a leader sees no citizen's words
    before = (page.locator(".map-list").bounding_box() or {})["height"]
    page.locator(".map-sheet-handle").click()
    page.wait_for_timeout(400)
    assert (page.locator(".map-list").bounding_box() or {})["height"] > before + 100
    context.close()

"""The map's layers and links in a real browser: density, replay, clusters, legend, areas, tiles that come and fail."""

import base64
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from kpi.clock import LOCAL
from tests.dashboard import map_world as world

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]
REPORTS, AT_ONE_PLACE = 240, 30
PATIENCE_MS = 30_000
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
expect.set_options(timeout=PATIENCE_MS)


class Tiles(ThreadingHTTPServer):
    """A tile server on a port of its own: another host for the browser. It fails while `is_up` is False."""

    is_up = True

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if tiles.is_up else 500)
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                self.wfile.write(PNG if tiles.is_up else b"")

            def log_message(self, *_: object) -> None:
                pass

        tiles = self
        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def tiles() -> Iterator[Tiles]:
    server = Tiles()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def base(new_database: Callable[[str], str], tiles: Tiles) -> Iterator[str]:
    url = new_database("maplayers")
    world.fill(url, REPORTS)
    with psycopg.connect(
        url, autocommit=True
    ) as conn:  # reports 201 … 230, without the secret and placeless ones
        conn.execute(
            "UPDATE mart.report_detail SET lon = 105.97, lat = 9.6 WHERE report_id > 200 AND lon IS NOT NULL"
        )
    with world.served(
        url, IOC_BASEMAP_URL=f"http://127.0.0.1:{tiles.server_port}/{{z}}/{{x}}/{{y}}.png"
    ) as base:
        yield base


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with world.page_of(browser, base, "analyst") as page:
        yield page


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_density_takes_the_place_of_marks_and_says_unit_and_n(page: Page) -> None:
    page.goto("/map")
    expect(page.locator(".map-mark .pin").first).to_be_visible()
    page.locator(".map-layers a", has_text="Mật độ").click()
    expect(page.locator("path.density").first).to_be_attached()
    expect(page.locator(".map-mark")).to_have_count(0)
    legend = page.locator(".map-legend")
    expect(legend).to_contain_text("phản ánh trên 1 km²")
    expect(page.locator("#map-n")).to_contain_text("n = 216 phản ánh có vị trí")  # 240, every 10th has none
    expect(page.locator("#map-ramp span")).to_have_count(5)
    page.go_back()
    expect(page.locator(".map-mark .pin").first).to_be_visible()
    expect(page.locator("path.density")).to_have_count(0)


def test_a_replay_plays_is_no_now_and_ends(page: Page) -> None:
    yesterday = world.now().astimezone(LOCAL).date() - timedelta(days=1)
    page.goto(f"/map?layer=replay&replay={yesterday.isoformat()}")
    clock, panel = page.locator(".map-replay-clock"), page.locator(".map-replay")
    expect(clock).to_contain_text("00:00")
    expect(clock).to_contain_text(f"{yesterday:%d/%m/%Y}")
    expect(panel).to_contain_text("Đang phát lại, không phải lúc này")
    expect(page.locator(".replay-mark .pin").first).to_be_visible()
    expect(page.locator(".map-status")).to_contain_text("Dữ liệu đến")
    expect(page.locator(".map-rows a")).to_have_count(0)
    slider = page.get_by_role("slider", name="Thời điểm phát lại")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(clock).to_contain_text("00:15")
    assert str(slider.get_attribute("aria-valuetext")).startswith("00:15")
    page.get_by_role("button", name="Phát", exact=True).press("Enter")
    expect(clock).to_contain_text("00:30")
    page.get_by_role("button", name="Dừng").press("Space")
    expect(page.get_by_role("button", name="Phát", exact=True)).to_be_visible()
    page.locator(".map-replay").get_by_role("button", name="Về lúc này").click()
    expect(panel).to_have_count(0)
    expect(page.locator(".replay-mark")).to_have_count(0)
    expect(page.locator(".map-mark .pin").first).to_be_visible()
    assert "replay" not in query(page)


def test_a_cluster_filters_the_list_and_back_gives_all(page: Page) -> None:
    page.goto("/map")
    cluster = page.locator(".map-mark:has(.pin-cluster)").first
    expect(page.locator(".map-list-head")).to_contain_text("240 đang xử lý")
    count = cluster.locator(".count").text_content()
    cluster.dispatch_event("click")
    expect(page.locator(".map-list-head")).to_contain_text(f"{count} phản ánh trong cụm đã chọn")
    expect(page.locator(".map-rows a")).to_have_count(int(count or 0))
    expect(page.locator("path.spot-cell")).to_be_attached()
    assert "spot" in query(page)
    page.go_back()
    expect(page.locator(".map-list-head")).to_contain_text("240 đang xử lý")


def test_a_crowded_place_at_the_deepest_zoom_opens_the_list_of_exactly_its_reports(page: Page) -> None:
    """Reports 201 to 240 but 210, 220, 230, 240 (no place) stand at one place: 36, more than a fan holds."""
    page.goto("/map?view=105.97,9.6,18")
    cluster = page.locator(".map-mark:has(.pin-cluster)")
    expect(cluster.locator(".count").first).to_have_text("36")
    cluster.first.click()
    expect(page.locator(".map-rows a")).to_have_count(36)
    codes = page.locator(".map-rows a").evaluate_all(
        "links => links.map(a => new URLSearchParams(a.search).get('report'))"
    )
    assert sorted(codes) == [f"PA-{n:07d}" for n in range(201, 241) if n % 10]
    page.locator(".map-rows a").first.click()
    expect(page.locator(".map-drawer.is-open h2")).to_be_visible()
    page.get_by_role("link", name="Mở toàn bộ").click()
    expect(page.locator("h1, h2").first).to_be_visible()
    assert urlsplit(page.url).path == "/report"


def test_the_legend_and_an_area_filter_map_and_list(page: Page) -> None:
    page.goto("/map?view=105.97,9.6,9.5")
    page.locator("#map-states a", has_text="Quá hạn").click()
    expect(page.locator(".map-list-head")).to_contain_text("48 phản ánh")  # every fifth
    assert query(page)["state"] == ["overdue"]
    page.locator("#map-states a[aria-current]").click()
    expect(page.locator(".map-list-head")).to_contain_text("240 đang xử lý")
    page.locator("path.area").nth(2).dispatch_event("click", {"bubbles": True})
    expect(page.locator("path.line-focus").first).to_be_attached()
    assert "district" in query(page)
    page.go_back()
    expect(page.locator(".map-list-head")).to_contain_text("240 đang xử lý")


def test_tiles_lie_under_the_map_and_may_fail(page: Page, tiles: Tiles) -> None:
    tiles.is_up = True
    page.goto("/map")
    tile = page.locator("img.leaflet-tile-loaded").first
    expect(tile).to_be_attached()
    assert tile.evaluate("image => image.naturalWidth") == 1
    assert str(tiles.server_port) in str(tile.get_attribute("src"))
    tiles.is_up = False
    page.goto("/map?view=106.1,9.7,12")
    expect(page.locator(".map-mark .pin").first).to_be_visible()
    expect(page.locator("path.line-district").first).to_be_attached()
    expect(page.locator("img.leaflet-tile[src^='data:']").first).to_be_attached()

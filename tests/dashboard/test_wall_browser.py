"""The wall in a real browser: legible at six metres, clear of the bezels, honest about old data, steady for months."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page
from sqlalchemy import select, update

from dashboard.wall.screen import FLOOR_ARC_MINUTES, minute_px
from kpi import mart
from kpi.clock import Clock
from tests import synthetic_facts as synthetic
from tests.web_login import web_url

from .conftest import SECRET, WALL_TOKEN, Served

pytestmark = [pytest.mark.browser, pytest.mark.server]
WAIT_MS = 30_000
PANELS, LARGE, SINGLE = (5760, 2160), (3840, 2160), (1920, 1080)
DESK = (960, 360)
"""A preview: the same fragments on a small window, cheap to paint."""
BEZELS = {PANELS: ((1920, 3840), (1080,)), LARGE: ((), ()), SINGLE: ((), ())}
SECONDS_PER_WEEK = 7 * 24 * 3600

WORDS_ON_SCREEN = """() => {
  const found = [];
  const layer = document.querySelector('.layer.is-front');
  for (const root of [layer, document.querySelector('.head'), document.querySelector('.band')]) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      const parent = walker.currentNode.parentElement;
      if (!text || !parent.checkVisibility()) continue;
      const style = getComputedStyle(parent);
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      for (const box of range.getClientRects()) found.push({
        text, px: parseFloat(style.fontSize), weight: Number(style.fontWeight), onMap: !!parent.closest('.tile-map svg'),
        left: box.left, top: box.top, right: box.right, bottom: box.bottom });
    }
  }
  return found;
}"""
MARKS_ON_SCREEN = """() => [...document.querySelectorAll('.mark, .bar-lane i, .diamond path, .trend circle, .trend polyline, .age-mark')]
  .filter(mark => mark.checkVisibility() && (mark.closest('.layer') === null || mark.closest('.layer.is-front')))
  .map(mark => { const b = mark.getBoundingClientRect(); return {text: mark.className.baseVal ?? mark.className, left: b.left, top: b.top, right: b.right, bottom: b.bottom}; })
  .filter(box => box.right > box.left && box.bottom > box.top)"""


class Wall:
    """One screen, entered with its token; everything that its console said."""

    def __init__(self, browser, url: str, size: tuple[int, int], has_fast_clock: bool = False) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        if has_fast_clock:
            self.page.clock.install()
        self.page.goto(f"{url}/wall/enter#token={WALL_TOKEN}")
        self.page.wait_for_selector(".layer.is-front .tile")

    def state(self, wanted: str) -> None:
        """Wait until the wall says that its data are fresh, amber or red."""
        self.page.wait_for_selector(f"#wall[data-state={wanted}]")

    def turns(self) -> Iterator[str]:
        """Step through every picture once, each after its cross-fade."""
        first = self.page.get_attribute("#wall", "data-scene")
        while True:
            self.page.wait_for_timeout(800)
            scene = self.page.get_attribute("#wall", "data-scene") or ""
            yield scene
            self.page.keyboard.press("ArrowRight")
            if self.page.get_attribute("#wall", "data-scene") == first:
                return


@pytest.fixture
def wall(browser, served: Served) -> Iterator[Wall]:
    """Six panels."""
    opened = Wall(browser, served.url, PANELS)
    yield opened
    opened.context.close()


@pytest.mark.parametrize("size", [PANELS, LARGE, SINGLE])
def test_every_picture_is_legible_and_clear_of_bezels_and_edges(
    browser, served: Served, size: tuple[int, int]
) -> None:
    opened = Wall(browser, served.url, size)
    floor_px = FLOOR_ARC_MINUTES * minute_px(6.0, 0.63)
    seen = []
    opened.page.keyboard.press(" ")  # hold: nothing turns by itself while we measure
    for scene in opened.turns():
        words, marks = opened.page.evaluate(WORDS_ON_SCREEN), opened.page.evaluate(MARKS_ON_SCREEN)
        assert words, scene
        assert [w for w in words if w["px"] < floor_px or w["weight"] < 400] == [], scene
        assert [each for each in [*words, *marks] if _hits_bezel(each, size)] == [], scene
        assert [each for each in [*words, *marks] if _is_out(each, size)] == [], scene
        plain = [word for word in words if not word["onMap"]]
        assert [(a["text"], b["text"]) for a, b in combinations(plain, 2) if _overlap(a, b)] == [], scene
        seen.append(scene)
    assert {scene.split("/")[0] for scene in seen} == {"province", "overdue", "district", "quality"}
    assert opened.errors == []
    assert opened.hosts == {served.url.split("/")[2]}
    opened.context.close()


def _hits_bezel(box: dict, size: tuple[int, int]) -> bool:
    """A text or mark within 40 px of an upright bezel or 30 px of a level one (design guide, section 5)."""
    xs, ys = BEZELS[size]
    return any(box["left"] < x + 40 and box["right"] > x - 40 for x in xs) or any(
        _ink(box)[0] < y + 30 and _ink(box)[1] > y - 30 for y in ys
    )


def _ink(box: dict) -> tuple[float, float]:
    """Top and bottom of what is drawn: a line box of Plex holds 0,15 of its height above and below the letters."""
    spare = 0.12 * (box["bottom"] - box["top"]) if "px" in box else 0
    return box["top"] + spare, box["bottom"] - spare


def _is_out(box: dict, size: tuple[int, int]) -> bool:
    top, bottom = _ink(box)
    return box["left"] < 20 or top < 0 or box["right"] > size[0] - 20 or bottom > size[1]


def _overlap(a: dict, b: dict) -> bool:
    (top_a, bottom_a), (top_b, bottom_b) = _ink(a), _ink(b)
    width = min(a["right"], b["right"]) - max(a["left"], b["left"])
    return width > 2 and min(bottom_a, bottom_b) - max(top_a, top_b) > 0.12 * min(a["px"], b["px"])


@contextmanager
def source_at(served: Served, at: datetime) -> Iterator[None]:
    """The source's last sign of life was at `at`; afterwards it is fresh again."""

    def write(when: datetime) -> None:
        with served.engine.begin() as conn:
            conn.execute(update(mart.source_state).values(last_event_at=when, last_contact_at=when))

    write(at)
    try:
        yield
    finally:
        write(synthetic.NOW)


def test_old_data_are_said_before_anything_else(wall: Wall, served: Served) -> None:
    page = wall.page
    wall.state("fresh")
    assert page.inner_text("#age-text") == "Dữ liệu đến 14:35"
    with source_at(served, synthetic.NOW - timedelta(minutes=43)):
        wall.state("amber")
        assert page.inner_text("#age-text") == "Dữ liệu đến 13:52, chậm 43 phút"
        assert "Quá hạn, chưa xong" in page.inner_text(".layer.is-front")
        words = page.evaluate(WORDS_ON_SCREEN)
        assert [
            (a["text"], b["text"]) for a, b in combinations(words, 2) if not a["onMap"] and _overlap(a, b)
        ] == []
        assert [word for word in words if _hits_bezel(word, PANELS)] == []
    with source_at(served, synthetic.NOW - timedelta(minutes=175)):  # 14:35 − 2 h 55 min = 11:40
        wall.state("red")
        assert page.inner_text("#band-stopped") == "Số liệu cũ, dừng lúc 11:40"
        assert page.inner_text("#band-since") == "Chưa nhận dữ liệu 2 giờ 55 phút"
        assert page.inner_text("#band-clock") == "14:35"
        shown = page.inner_text(".layer.is-front")
        assert "Quá hạn lúc 11:40" in shown
        assert "Quá hạn, chưa xong" not in shown
        words = page.evaluate(WORDS_ON_SCREEN)
        assert [word for word in words if _hits_bezel(word, PANELS) or _is_out(word, PANELS)] == []
        figure = page.locator(".tile-a .hero").evaluate("each => getComputedStyle(each).color")
        assert figure == "rgb(174, 184, 193)"  # #AEB8C1, design guide, section 12
    wall.state("fresh")


def test_a_new_version_mends_only_the_tiles_that_changed(wall: Wall, served: Served) -> None:
    page = wall.page
    page.keyboard.press(" ")  # hold: no turn meanwhile
    page.wait_for_selector(".tile-counting", state="detached")
    page.evaluate(
        "document.querySelectorAll('.layer.is-front .tile').forEach(each => each.dataset.old = '1')"
    )
    (report_id,) = open_report(served)
    before = page.inner_text(".tile-overdue .beside .plain:last-child")
    assert any(answer_to_a_version(page, served)["new"] == {} for _ in range(10))  # the minute may turn
    with moved(served, report_id):
        changed = page.wait_for_function(
            "before => document.querySelector('.tile-overdue .beside .plain:last-child').textContent !== before",
            arg=before,
        )
        assert changed
        kept = page.locator(".layer.is-front .tile[data-old]")
        assert (
            kept.count() == page.locator(".layer.is-front .tile").count() - 1
        )  # still due in time: no map, no bar
        assert page.locator(".layer.is-front .tile-overdue[data-old]").count() == 0
    assert wall.errors == []


def open_report(served: Served) -> tuple[int]:
    """An open report that is not due for a long time."""
    r = mart.report.c
    chosen = select(r.report_id).where(r.closed_at.is_(None), r.due_at > synthetic.NOW + timedelta(days=3))
    with served.engine.begin() as conn:
        return tuple(conn.execute(chosen.limit(1)).one())


def answer_to_a_version(page: Page, served: Served) -> dict[str, Any]:
    """What is sent to the wall for a version that changes nothing."""
    with page.expect_response(lambda answer: "/wall/show" in answer.url) as answer:
        tell(served)
    return answer.value.json()


def tell(served: Served) -> None:
    """The mart has a new version."""
    with served.engine.begin() as conn:
        conn.execute(update(mart.source_state).values(run_id=mart.source_state.c.run_id + 1))


@contextmanager
def moved(served: Served, report_id: int) -> Iterator[None]:
    """A report in hand is closed as long as the context lasts."""
    for closed_at in (synthetic.NOW - timedelta(minutes=1), None):
        with served.engine.begin() as conn:
            own = update(mart.report).where(mart.report.c.report_id == report_id)
            conn.execute(own.values(closed_at=closed_at))
        tell(served)
        if closed_at is not None:
            yield


def test_months_of_turns_and_refreshes_keep_nothing(browser, served: Served) -> None:
    opened = Wall(browser, served.url, DESK, has_fast_clock=True)
    page = opened.page
    probe = opened.context.new_cdp_session(page)
    probe.send("Performance.enable")

    def measure() -> tuple[int, float]:
        probe.send("HeapProfiler.collectGarbage")
        found = {each["name"]: each["value"] for each in probe.send("Performance.getMetrics")["metrics"]}
        return int(found["Nodes"]), found["JSHeapUsedSize"] / 1e6

    def live(turns: int) -> None:
        for _ in range(turns):
            with page.expect_response(lambda answer: "/wall/show" in answer.url) as answered:
                page.evaluate("dispatchEvent(new Event('resize'))")  # as if a minute had passed: ask again
                page.clock.run_for(20_100)  # at least one turn
            answered.value.finished()
            page.wait_for_timeout(20)

    live(10)
    nodes_before, heap_before_mb = measure()
    live(60)
    nodes, heap_mb = measure()
    assert nodes < 1.3 * nodes_before + 200, (nodes_before, nodes)
    assert heap_mb < heap_before_mb + 3, (heap_before_mb, heap_mb)
    assert page.locator("#wall *").count() < 1500
    opened.context.close()


@contextmanager
def own_server(mart_url: str, port: int, weeks: int) -> Iterator[subprocess.Popen]:
    """A web process of its own that can be killed."""
    environment = os.environ | {
        "IOC_WEB_URL": web_url(mart_url),
        "IOC_SECRET_KEY": SECRET,
        "IOC_PROVINCE": synthetic.PROVINCE,
        "IOC_CLOCK_OFFSET_WEEKS": str(weeks),
        "IOC_REDIS_URL": "",
        "IOC_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "dashboard.app:from_environment"]
    process = subprocess.Popen([*command, "--port", str(port), "--log-level", "error"], env=environment)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                assert process.poll() is None, "the web process stopped"
                time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_wall_that_lost_its_server_says_so_and_recovers(browser, served: Served, filled_mart: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    weeks = int((Clock().now() - synthetic.NOW).total_seconds()) // SECONDS_PER_WEEK
    now = Clock(offset_days=weeks * 7).now()
    with source_at(served, now):
        with own_server(filled_mart, port, weeks):
            opened = Wall(browser, f"http://127.0.0.1:{port}", PANELS, has_fast_clock=True)
            opened.state("fresh")
            opened.page.keyboard.press(" ")  # hold, so that the same picture stands before and after
            assert opened.page.inner_text("#head-demo") == f"Mô phỏng, chậm {weeks} tuần"
            figure = opened.page.inner_text(".tile-a .hero")
        page = opened.page
        page.wait_for_timeout(500)
        clock = page.inner_text("#clock")
        page.clock.run_for(70_000)
        opened.state("amber")
        assert "Mất máy chủ từ" in page.inner_text("#age-text")
        page.clock.run_for(60_000)
        opened.state("red")
        assert page.inner_text("#band-since").startswith("Mất kết nối máy chủ 2 phút")
        assert page.inner_text("#band-clock") > clock or page.inner_text("#band-clock") < "00:05"
        assert page.inner_text(".tile-a .hero") == figure
        with own_server(filled_mart, port, weeks):
            for _ in range(60):
                page.clock.run_for(2000)
                if page.get_attribute("#wall", "data-state") == "fresh":
                    break
                page.wait_for_timeout(200)
            opened.state("fresh")
            opened.context.close()

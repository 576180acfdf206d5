"""What one data version costs on each desk page, run by `make bench-draw`: processor time of the web process and of the
page's renderer, bytes over the wire, the longest task of the page.

No follower: the bench itself tells versions, first such as change nothing that the page shows, then such as change one
figure (a report in hand leaves, comes back). The next comes when the page has asked, has its answers and has come to
rest. Prints a table; the last line is one JSON object. The mart is the one of `bench_pixel` and is left as it was.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import psycopg
import redis
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from dashboard.demo import servers
from tests.bench.bench_etl import PROVINCE, ROOT, mart_of
from tests.bench.bench_pixel import ACCOUNT, PATIENCE_MS, Screen, new_page, screens
from tests.dashboard import map_world as world

REST_MS = 1500.0
"""Without a question of the page: it has drawn."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NEXT = """
    UPDATE mart.source_state SET run_id = run_id + 1, last_contact_at = now() - interval '104 weeks',
        last_event_at = now() - interval '104 weeks' RETURNING run_id
"""
LEAVES = """
    UPDATE mart.report SET closed_at = CASE WHEN closed_at IS NULL THEN now() - interval '104 weeks' END
    WHERE province_code = %s AND report_id = %s
"""
OPEN = "SELECT report_id, report_code FROM mart.report WHERE closed_at IS NULL AND NOT is_secret AND due_at IS NOT NULL LIMIT 1"
LONGEST = """
    window.longestMs = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((task) => {
        window.longestMs = Math.max(window.longestMs, task.duration);
    })).observe({ type: 'longtask' });
"""


@dataclass(frozen=True)
class Spent:
    """Since the page was opened: processor seconds of web process and renderer, bytes received by the page."""

    web_s: float
    page_s: float
    received: int

    def since(self, before: "Spent") -> np.ndarray:
        """[web ms, page ms, kB] between two looks."""
        return np.array(
            [
                1000 * (self.web_s - before.web_s),
                1000 * (self.page_s - before.page_s),
                (self.received - before.received) / 1000,
            ]
        )


class Meter:
    """Reads the clocks of the web process and of the one page that is open."""

    def __init__(self, browser: Browser, page: Page, web_pid: int) -> None:
        self._page = page
        self._web = Path(f"/proc/{web_pid}/stat")
        self._browser = browser.new_browser_cdp_session()
        self._received = 0
        self._asked: set[str] = set()
        self._asked_at_s = 0.0
        network: CDPSession = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", self._ask)
        network.on("Network.loadingFinished", self._count)
        network.on("Network.loadingFailed", lambda event: self._asked.discard(event["requestId"]))

    def _ask(self, event: dict) -> None:
        if any(path in event["request"]["url"] for path in ("/_dash-update-component", "/feed/")):
            self._asked.add(event["requestId"])
            self._asked_at_s = time.monotonic()

    def _count(self, event: dict) -> None:
        self._asked.discard(event["requestId"])
        self._received += int(event["encodedDataLength"])

    def rest(self, since_s: float) -> None:
        """Wait until the page has asked after `since_s`, has every answer and has drawn it."""
        until_s = time.monotonic() + PATIENCE_MS / 1000
        while (
            self._asked or self._asked_at_s < since_s or time.monotonic() - self._asked_at_s < REST_MS / 1000
        ):
            if time.monotonic() > until_s:
                raise TimeoutError(f"the page did not come to rest within {PATIENCE_MS / 1000:.0f} s")
            self._page.wait_for_timeout(50)
        self._page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")

    def read(self) -> Spent:
        """Everything so far."""
        user, system = self._web.read_text().rsplit(")", 1)[1].split()[11:13]
        found = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        page_s = sum(process["cpuTime"] for process in found if process["type"] == "renderer")
        return Spent((int(user) + int(system)) / TICKS_PER_S, page_s, self._received)


def measure(
    browser: Browser, base: str, web_pid: int, screen: Screen, tell: dict[str, Callable[[], None]], count: int
) -> dict[str, dict[str, float]]:
    """Mean cost of a version by kind of change."""
    page = new_page(browser, base, screen, LONGEST)
    meter = Meter(browser, page, web_pid)
    page.goto(base + screen.path)
    page.wait_for_function("window.readFigure() !== null", timeout=PATIENCE_MS)
    meter.rest(0.0)
    found = {}
    for kind, act in tell.items():
        _cost(page, meter, act, 2)  # the first of a kind pay for what is loaded once
        cost, longest_ms = _cost(page, meter, act, count)
        names = ("web_ms", "page_ms", "kb")
        found[kind] = dict(zip(names, cost.round(1).tolist(), strict=True)) | {"task_ms": longest_ms}
    page.context.close()
    return found


def _cost(page: Page, meter: Meter, act: Callable[[], None], count: int) -> tuple[np.ndarray, float]:
    """Mean of what `count` acts cost, and the median of the longest tasks."""
    costs, longest = [], []
    for _ in range(count):
        page.evaluate("window.longestMs = 0")
        before, since_s = meter.read(), time.monotonic()
        act()
        meter.rest(since_s)
        costs.append(meter.read().since(before))
        longest.append(page.evaluate("window.longestMs"))
    return np.mean(costs, axis=0), float(np.median(longest))


def pid_of(base: str) -> int:
    """The process that serves an address. Raises LookupError."""
    words = {"web", base.rsplit(":", 1)[1]}
    for process in psutil.process_iter(["cmdline"]):
        if words <= {*(process.info["cmdline"] or ())}:
            return process.pid
    raise LookupError(f"no process serves {base}")


def run(mart_url: str, options: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """Cost by page and kind of change."""
    with (
        tempfile.TemporaryDirectory(dir=ROOT / ".test") as folder,
        servers.valkey(Path(folder)) as redis_url,
        world.served(mart_url, IOC_REDIS_URL=redis_url, IOC_LOG_LEVEL="WARNING") as base,
        psycopg.connect(mart_url, autocommit=True) as mart,
        sync_playwright() as playwright,
    ):
        mart.execute(ACCOUNT, [PROVINCE])
        report_id, code = mart.execute(OPEN).fetchone()
        client = redis.from_url(redis_url)

        def nothing() -> None:
            (run_id,) = mart.execute(NEXT).fetchone()
            client.publish(f"ioc:{PROVINCE}:version", json.dumps({"run_id": run_id, "at": ""}))

        def figure() -> None:
            mart.execute(LEAVES, [PROVINCE, report_id])
            nothing()

        browser = playwright.chromium.launch(executable_path=world.chromium_path(), args=["--no-sandbox"])
        tell, found = {"nothing": nothing, "figure": figure}, {}
        try:
            for screen in screens(code):
                if screen.name in options.only:
                    found[screen.name] = measure(browser, base, pid_of(base), screen, tell, options.versions)
                    print(screen.name, json.dumps(found[screen.name]), flush=True)
        finally:
            mart.execute(
                "UPDATE mart.report SET closed_at = NULL WHERE province_code = %s AND report_id = %s",
                [PROVINCE, report_id],
            )
            browser.close()
    return found


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=100_000, help="of a mart that bench_pixel has built")
    parser.add_argument("--versions", type=int, default=6, help="of each kind, on each page")
    parser.add_argument("--only", nargs="*", default=["overview", "map", "report"])
    options = parser.parse_args()
    _server, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    found = run(mart_of(server_url, options.reports), options)
    print(f"{'page':10}{'changes':>10}{'web ms':>9}{'page ms':>9}{'kB':>8}{'longest task ms':>17}")
    for name, kinds in found.items():
        for kind, cost in kinds.items():
            numbers = (
                f"{cost['web_ms']:>9.0f}{cost['page_ms']:>9.0f}{cost['kb']:>8.1f}{cost['task_ms']:>17.0f}"
            )
            print(f"{name:10}{kind:>10}{numbers}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()

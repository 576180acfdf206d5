"""From the commit in the store to the changed figure on the screen, run by `make bench-pixel` (or --reports N).

A follower, Valkey, the web process and headless Chromium, each a process of its own. On each page a probe changes one
figure (one more report in hand; on a report's page one more rating) while --events-per-s ratings of other reports are
committed beside. Noted: when the store has committed, when the mart shows the row, when the browser has painted the
new figure (the frame after the change of the document). The first WARM_UP probes of a page are not counted: a mart larger
than the memory comes from the disk at first, and a page that was just opened has its periods counted. Prints a table; the
last line is one JSON object.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NeverShownError

from dashboard.demo import servers
from etl import logs
from kpi.clock import Clock
from tests.bench import live
from tests.bench.apart import in_a_process
from tests.bench.bench_etl import PROVINCE, ROOT, mart_of, new_mart, run_etl, store_of
from tests.bench.probes import Probes, Seen
from tests.dashboard import map_world as world

GOAL_S = 2.0
PATIENCE_MS = 60_000
LEAST_PAUSE_S, MOST_PAUSE_S = 0.8, 2.2
"""Between two probes, at random: no probe keeps step with a timer of the page."""
WARM_UP = 5
DAYS_PER_WEEK = 7
ACCOUNT = """
    INSERT INTO auth.account (username, password_hash, display_name, role, province_code)
    VALUES ('leader', 'x', 'leader', 'leader', %s) ON CONFLICT DO NOTHING
"""
READ = """
    window.readFigure = () => {
        const found = [...document.querySelectorAll('SELECTOR')];
        if (!found.length) return null;
        if ('COUNTED' === 'elements') return found.length;
        const digits = found[0].textContent.replace(/\\D/g, '');
        return digits ? Number(digits) : null;
    };
    window.awaitFigure = (wanted) => {
        window.painted = null;
        const look = () => {
            if (window.painted || window.readFigure() !== wanted) return;
            watcher.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(() => {
                window.painted = (performance.timeOrigin + performance.now()) / 1000;
            }));
        };
        const watcher = new MutationObserver(look);
        watcher.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
        look();
    };
"""


@dataclass(frozen=True)
class Screen:
    """A page and its figure: `selector`'s digits, or with `is_count` how many elements match."""

    name: str
    path: str
    selector: str
    width: int = 1440
    height: int = 900
    is_count: bool = False

    @property
    def script(self) -> str:
        """Reads the figure and waits for it."""
        return READ.replace("SELECTOR", self.selector).replace(
            "COUNTED", "elements" if self.is_count else "digits"
        )


def screens(report_code: str) -> tuple[Screen, ...]:
    """What a leader looks at; each shows what is in hand, the report its milestones."""
    in_hand = ".layer.is-front .tile-overdue .beside .plain:last-child"
    return (
        Screen("wall", "/wall", in_hand, 1920, 1080),
        Screen("overview", "/", ".figure-overdue .figure-unit"),
        Screen("map", "/map", "#map-list-head h2"),
        Screen("report", f"/report?code={report_code}", ".milestones li", is_count=True),
    )


@dataclass
class Times:
    """Of one page: seconds from the store's commit to the mart and to the pixel; infinite where it never came."""

    mart_s: list[float]
    pixel_s: list[float]

    def add(self, seen: Seen, painted_at_s: float) -> None:
        """Note a probe."""
        self.mart_s.append(seen.in_mart_at_s - seen.committed_at_s)
        self.pixel_s.append(painted_at_s - seen.committed_at_s)

    def line(self, name: str) -> str:
        """For people."""
        shares = (self.mart_s, [pixel - mart for pixel, mart in zip(self.pixel_s, self.mart_s, strict=True)])
        parts = [f"{_at(values, 50):>9.2f}{_at(values, 95):>7.2f}" for values in shares]
        pixel = f"{_at(self.pixel_s, 50):>9.2f}{_at(self.pixel_s, 95):>7.2f}{max(self.pixel_s):>7.2f}"
        return f"{name:10}{len(self.pixel_s):>7}{''.join(parts)}{pixel}"


def _at(values: list[float], percent: float) -> float:
    return float(np.percentile(values, percent, method="higher"))


@contextmanager
def beside(store_url: str, mart_url: str, metrics_url: str, events_per_s: float) -> Iterator[None]:
    """Ratings of other reports at a steady rate as long as the context lasts; says how they fared."""
    stop, results = threading.Event(), []

    def work() -> None:
        results.append(live.run(store_url, mart_url, PROVINCE, metrics_url, 3600.0, events_per_s, stop))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        time.sleep(2.0)
        yield
    finally:
        stop.set()
        thread.join()
        for result in results:
            print("   beside:", result.line(events_per_s), flush=True)


def new_page(browser: Browser, base: str, screen: Screen, script: str = "") -> Page:
    """An empty page of a leader in a context of its own, of the screen's size; runs its script and `script`."""
    size = {"width": screen.width, "height": screen.height}
    context = browser.new_context(viewport=size, bypass_csp=True)  # the driver's own waiting needs eval
    context.add_cookies([{"name": "ioc_session", "value": world.cookie("leader"), "url": base}])
    context.add_init_script(screen.script + script)
    return context.new_page()


def measure(browser: Browser, base: str, screen: Screen, commit: Callable[[], Seen], count: int) -> Times:
    """`count` probes on one page, after those that warm it up."""
    page = new_page(browser, base, screen)
    page.goto(base + screen.path)
    page.wait_for_function("window.readFigure() !== null", timeout=PATIENCE_MS)
    if screen.path == "/wall":
        page.keyboard.press("Space")  # hold the picture: its turns are not measured
    times, chance = Times([], []), random.Random(3)
    for number in range(WARM_UP + count):
        page.wait_for_timeout(1000 * chance.uniform(LEAST_PAUSE_S, MOST_PAUSE_S))
        probe = _probe(page, commit)
        if number >= WARM_UP:
            times.add(*probe)
    page.context.close()
    return times


def _probe(page: Page, commit: Callable[[], Seen]) -> tuple[Seen, float]:
    """Commit one probe and wait for the figure that is higher by one."""
    page.evaluate("window.awaitFigure(window.readFigure() + 1)")
    seen = commit()
    try:
        painted = page.wait_for_function("window.painted", timeout=PATIENCE_MS)
    except NeverShownError:
        return seen, float("inf")
    return seen, float(painted.json_value())


def run(store_url: str, mart_url: str, options: argparse.Namespace) -> dict[str, Times]:
    """Everything started, every page measured, the probes taken away again."""
    found: dict[str, Times] = {}
    clock = Clock(offset_days=world.WEEKS_BEHIND * DAYS_PER_WEEK)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / ".test") as folder,
        servers.valkey(Path(folder)) as redis_url,
        live.following(store_url, mart_url, PROVINCE, redis_url, clock) as metrics_url,
        world.served(mart_url, IOC_REDIS_URL=redis_url, IOC_LOG_LEVEL="WARNING") as base,
        psycopg.connect(store_url, autocommit=True) as store,
        psycopg.connect(mart_url, autocommit=True) as mart,
        sync_playwright() as playwright,
    ):
        mart.execute(ACCOUNT, [PROVINCE])
        browser = playwright.chromium.launch(executable_path=world.chromium_path(), args=["--no-sandbox"])
        probes = Probes(store, mart, PROVINCE)
        try:
            for screen in screens(probes.rated_code):
                if options.only and screen.name not in options.only:
                    continue
                commit = probes.rate if screen.name == "report" else probes.new_report
                with beside(store_url, mart_url, metrics_url, options.events_per_s):
                    found[screen.name] = measure(browser, base, screen, commit, options.probes)
        finally:
            probes.remove()
            browser.close()
    return found


def print_table(found: dict[str, Times]) -> None:
    """A line for each page."""
    print(f"{'':17}{'to mart, s':>16}{'to pixel, s':>16}{'in all, s':>23}")
    print(f"{'page':10}{'probes':>7}" + f"{'p50':>9}{'p95':>7}" * 3 + f"{'max':>7}")
    for name, times in found.items():
        print(times.line(name))


def main() -> None:
    """Build where nothing is, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--probes", type=int, default=20, help="on each page")
    parser.add_argument("--events-per-s", type=float, default=50.0, help="of other reports, beside")
    parser.add_argument("--only", nargs="*", help="wall, overview, map, report")
    options = parser.parse_args()
    logs.configure("warning")
    _server, server_url = servers.start_postgres(ROOT / ".test" / "postgres", durable=False)
    store_url = store_of(server_url, options.reports)
    mart_url = mart_of(server_url, options.reports)
    with psycopg.connect(mart_url) as conn:
        is_built = conn.execute("SELECT 1 FROM mart.source_state LIMIT 1").fetchone()
    if not is_built:
        in_a_process(run_etl, store_url, new_mart(server_url, options.reports))
    found = run(store_url, mart_url, options)
    print_table(found)
    mart_s = [value for times in found.values() for value in times.mart_s]
    pixel = {name: _finite(_at(times.pixel_s, 95)) for name, times in found.items()}
    print(json.dumps({"pixel_p95_s": pixel, "mart_p95_s": _finite(_at(mart_s, 95)), "goal_s": GOAL_S}))


def _finite(value: float) -> float | None:
    """None where one in twenty never came."""
    return round(value, 3) if np.isfinite(value) else None


if __name__ == "__main__":
    main()

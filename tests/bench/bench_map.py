"""The live map with 100,000 reports in view; run by `make bench-map`.

A mart with 100,000 reports in hand and more that are closed (REPORTS in all, default 1,000,000), the real web process,
headless Chromium at 1440 x 900. Figures: answer time of the feed over random views, layers and roles, size of the largest
answer and of the boundaries, time from the start of the navigation to the first marks, longest task while panning and
zooming. MART_URL names a mart that is there already (with accounts analyst and leader), BROWSER=0 leaves Chromium out.
"""

import gzip
import json
import math
import os
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
from playwright.sync_api import Page, sync_playwright

from dashboard.demo import servers
from tests.dashboard import map_world as world

IN_HAND = int(os.environ.get("IN_HAND", "100000"))
REPORTS = int(os.environ.get("REPORTS", "1000000"))
ASKED = 400
HAS_BROWSER = os.environ.get("BROWSER", "1") != "0"
NAN = float("nan")
MIDDLE = (105.97, 9.60)
GOALS = {"first_draw_s": 1.5, "longest_task_ms": 200, "tile_p95_ms": 100, "max_gzip_kb": 300}
YEAR = (world.now() + timedelta(days=17)).year  # a reporting year begins on 15 December
LONG = f"&state=received&period={YEAR}"
CHOICES = ("", "", "", "&shade=overdue_share&level=commune", "&state=overdue", "&district=941", "&layer=density",
           LONG, f"{LONG}&layer=density", f"&state=done_late&period={YEAR}", f"&state=done&period={YEAR}")  # fmt: skip
COPIED = (
    "province_code, report_code, district_code, commune_code, field_code, channel_code, urgency, is_secret, place_flag,"
    " lon_coarse, lat_coarse, regulation_id, stage, holder_kind, holder_unit_code, lead_unit_code, holder_unit_codes,"
    " sent_at, due_at, last_event_at, last_recorded_at"
)
WATCH = """
    window.bench = { tasks: [], drawn: null };
    new PerformanceObserver((list) => list.getEntries().forEach((task) => window.bench.tasks.push(task.duration)))
        .observe({ type: 'longtask', buffered: true });
    new MutationObserver(() => {
        if (!window.bench.drawn && document.querySelector('.map-mark .pin')) window.bench.drawn = performance.now();
    }).observe(document, { childList: true, subtree: true });
"""


def build(url: str) -> None:
    """IN_HAND reports in hand, and copies of them, closed over two years, up to REPORTS."""
    world.fill(url, IN_HAND)
    copies = max(REPORTS // IN_HAND - 1, 0)
    shifted = COPIED.replace("report_code", "report_code || '-' || k", 1)
    with psycopg.connect(url, autocommit=True) as conn:
        for k in range(1, copies + 1):
            conn.execute(
                f"INSERT INTO mart.report ({COPIED}, report_id, status, outcome, closed_at)"
                f" SELECT {shifted.replace('|| k', f'|| {k}')}, report_id + {k * IN_HAND}, 'done', 'on_time',"
                f" due_at - (report_id % 600) * interval '1 day' - interval '60 days' FROM mart.report WHERE report_id <= {IN_HAND}"
            )
        world.count_places(conn)
        conn.execute("VACUUM ANALYZE mart.report")


def views(count: int) -> list[str]:
    """Random views of the size of a screen from the whole province down to a street, with and without filters."""
    chance = random.Random(7)
    made = []
    for _ in range(count):
        zoom = chance.choice([9, 9.5, 10, 11, 12, 13, 14, 15, 16, 17, 18])
        degrees = 360 / 256 / 2**zoom
        lon, lat = MIDDLE[0] + chance.uniform(-0.3, 0.3), MIDDLE[1] + chance.uniform(-0.3, 0.3)
        box = (lon - 720 * degrees, lat - 450 * degrees, lon + 720 * degrees, lat + 450 * degrees)
        chosen = chance.choice(CHOICES)
        made.append(f"/feed/map?zoom={zoom}&box={','.join(f'{v:.5f}' for v in box)}{chosen}")
    return made


def measure_feed(base: str) -> dict[str, float]:
    """Answer times in ms (first question of a choice apart) and the largest answer in kB gzipped."""
    times: dict[bool, list[float]] = {True: [], False: []}
    sizes = [len(gzip.compress(_get(base, "/feed/shapes?on=2024-11-01", "analyst").content))]
    seen: set[tuple[str, str]] = set()
    with httpx.Client(timeout=120) as client:
        for place, path in enumerate(views(ASKED)):
            username = "analyst" if place % 2 else "leader"
            choice = (
                username,
                "".join(part for part in path.split("&") if part.startswith(("state", "district", "period"))),
            )
            start_s = time.perf_counter()
            response = _get(base, path, username, client)
            times[choice in seen].append(1000 * (time.perf_counter() - start_s))
            seen.add(choice)
            sizes.append(len(gzip.compress(response.content)))
    warm = sorted(times[True])
    return {
        "first_median_ms": statistics.median(times[False]),
        "first_question_ms": max(times[False]),
        "tile_median_ms": statistics.median(warm),
        "tile_p95_ms": warm[int(0.95 * len(warm))],
        "max_gzip_kb": max(sizes) / 1000,
    }


def measure_replay(base: str) -> dict[str, float]:
    """First answer in s and size in kB gzipped of a day and of a month, over the whole province and over a town."""
    found: dict[str, float] = {}
    month = world.now().replace(day=1) - timedelta(days=1)
    for name, code in (("day", f"{month:%Y-%m-%d}"), ("month", f"{month:%Y-%m}")):
        start_s = time.perf_counter()
        whole = _get(base, f"/feed/replay?replay={code}&zoom=10.25&box=105.1,9,106.6,10.3", "leader")
        found[f"replay_{name}_first_s"] = time.perf_counter() - start_s
        start_s = time.perf_counter()
        town = _get(base, f"/feed/replay?replay={code}&zoom=12&box=105.8,9.4,106.3,9.8", "leader")
        found[f"replay_{name}_next_s"] = time.perf_counter() - start_s
        found[f"replay_{name}_gzip_kb"] = (
            max(len(gzip.compress(each.content)) for each in (whole, town)) / 1000
        )
    return found


def _get(base: str, path: str, username: str, client: httpx.Client | None = None) -> httpx.Response:
    headers = {"cookie": f"ioc_session={world.cookie(username)}", "accept": "application/json"}
    response = (client or httpx).get(base + path, headers=headers, timeout=120)
    response.raise_for_status()
    return response


def measure_browser(base: str) -> dict[str, float]:
    """First draw in s (first visit, then with a warm browser cache) and the longest task in ms afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=world.chromium_path(), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "ioc_session", "value": world.cookie("analyst"), "url": base}])
        context.add_init_script(WATCH)
        page = context.new_page()
        first_visit_s = _draw(page, base)
        drawn_s = min(_draw(page, base) for _ in range(3))
        page.evaluate("window.bench.tasks = []")
        _pan_and_zoom(page)
        longest_ms = page.evaluate("Math.max(0, ...window.bench.tasks)")
        count = page.evaluate("document.querySelectorAll('.map-mark').length")
        browser.close()
    return {
        "first_visit_s": first_visit_s,
        "first_draw_s": drawn_s,
        "longest_task_ms": longest_ms,
        "marks": count,
    }


def _draw(page: Page, base: str) -> float:
    page.goto(base + "/map")
    page.locator(".map-mark .pin").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(1500)
    return float(page.evaluate("window.bench.drawn")) / 1000


def _pan_and_zoom(page: Page) -> None:
    """Drag about and turn the wheel from the province down to a street and back."""
    page.mouse.move(900, 450)
    for step in range(12):
        page.mouse.wheel(0, -300 if step < 6 else 300)
        page.wait_for_timeout(700)
        page.mouse.down()
        page.mouse.move(900 + (220 if step % 2 else -220), 450 + (120 if step % 3 else -120), steps=8)
        page.mouse.up()
        page.wait_for_timeout(500)
        page.mouse.move(900, 450)


def measure(url: str) -> dict[str, float]:
    """Everything, on a mart."""
    with world.served(url, IOC_LOG_LEVEL="WARNING") as base:
        browser = (
            measure_browser(base) if HAS_BROWSER else dict.fromkeys(("first_draw_s", "longest_task_ms"), NAN)
        )
        found = measure_feed(base) | measure_replay(base) | browser
    found["max_gzip_kb"] = max(value for name, value in found.items() if name.endswith("gzip_kb"))
    return found


def main() -> None:
    """Build, measure, print a table and one line of JSON."""
    if given := os.environ.get("MART_URL"):
        found = measure(given)
    else:
        with tempfile.TemporaryDirectory(dir=world.ROOT / ".test") as folder:
            handle, server_url = servers.start_postgres(Path(folder) / "postgres", durable=False)
            url = servers.libpq(servers.create_database(server_url, "bench_map"))
            start_s = time.perf_counter()
            build(url)
            print(f"{REPORTS:,} reports, {IN_HAND:,} in hand; built in {time.perf_counter() - start_s:.0f} s")
            found = measure(url)
            del handle
    for name, value in found.items():
        print(f"{name:20} {value:10.2f}   {'goal ≤ ' + str(GOALS[name]) if name in GOALS else ''}")
    shown = {name: found[name] for name in GOALS if not math.isnan(found[name])}
    print(json.dumps({name: round(value, 3) for name, value in shown.items()}))


if __name__ == "__main__":
    main()

"""`make screenshots`: pictures of every page of a fresh small demo, into docs/screenshots/."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
REPORTS = 20_000
SETTLE_MS = 3000
DESKTOP, PHONE = (1440, 900), (390, 844)
WALLS = {"wall-5760x2160": (5760, 2160), "wall-3840x2160": (3840, 2160)}


@dataclass(frozen=True)
class Shot:
    """One page as one role sees it."""

    name: str
    path: str
    username: str = "chuyenvien"


SHOTS = (
    Shot("overview", "/"),
    Shot("map", "/map"),
    Shot("units", "/units"),
    Shot("unit", "/unit?unit={unit}"),
    Shot("reports", "/reports?state=overdue"),
    Shot("report", "/report?code={code}"),
    Shot("places", "/places"),
    Shot("ranking", "/ranking", "sonoivu"),
    Shot("extracts", "/extracts"),
    Shot("data", "/data", "quantri"),
    Shot("methods", "/methods"),
)


def chromium() -> str:
    """Path of the browser; exits with what to do where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    sys.exit("Chromium is missing: make chromium")


@contextlib.contextmanager
def running_demo(folder: Path, port: int, reports: int) -> Iterator[dict]:
    """A demo of its own as long as the context lasts; yields its state (passwords, wall token)."""
    ioc = str(Path(sys.executable).with_name("ioc"))
    command = [ioc, "demo", "--state", str(folder), "--reports", str(reports), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, env=os.environ | {"IOC_LOG_LEVEL": "WARNING"}
    )
    try:
        _wait(f"http://127.0.0.1:{port}/login", process)
        yield json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen, limit_s: int = 180) -> None:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"the demo stopped with exit code {process.returncode}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  (our own address)
            return
        time.sleep(0.5)
    sys.exit(f"nobody answers at {url}")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _examples(browser: Browser, base: str, state: dict) -> dict[str, str]:
    """A unit and a report to show: the first of the overdue list, found as a user finds it."""
    page = _signed_in(browser, base, state, "chuyenvien", DESKTOP, "light")
    page.goto(f"{base}/reports?state=overdue")
    page.wait_for_timeout(SETTLE_MS)
    code = page.locator("a[href*='/report?']").first.get_attribute("href") or ""
    page.goto(f"{base}/units")
    page.wait_for_timeout(SETTLE_MS)
    unit = page.locator("a[href*='/unit?']").first.get_attribute("href") or ""
    page.context.close()
    return {"code": _argument(code, "code"), "unit": _argument(unit, "unit")}


def _argument(href: str, name: str) -> str:
    return next(
        (part.split("=", 1)[1] for part in href.split("?", 1)[-1].split("&") if part.startswith(f"{name}=")),
        "",
    )


def _signed_in(browser: Browser, base: str, state: dict, username: str, size: tuple[int, int], scheme: str):  # type: ignore[no-untyped-def]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = context.new_page()
    page.goto(base)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", state["account_passwords"][username])
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    return page


def take(base: str, state: dict, out: Path) -> int:
    """Take every picture; returns how many."""
    out.mkdir(parents=True, exist_ok=True)
    taken = 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        examples = _examples(browser, base, state)
        for form, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                for shot in SHOTS:
                    page = _signed_in(browser, base, state, shot.username, size, scheme)
                    page.goto(base + shot.path.format(**examples))
                    page.wait_for_timeout(SETTLE_MS)
                    page.screenshot(path=out / f"{shot.name}-{form}-{scheme}.png")
                    page.context.close()
                    taken += 1
        for name, size in WALLS.items():
            page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
            page.goto(f"{base}/wall/enter#token={state['wall_token']}")
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=out / f"{name}.png")
            page.context.close()
            taken += 1
        browser.close()
    return taken


def main() -> None:
    """Start a demo, take the pictures, stop it."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="ioc-shots-") as folder,
        running_demo(Path(folder, "demo"), port, REPORTS) as state,
    ):
        taken = take(f"http://127.0.0.1:{port}", state, OUT)
    print(f"{taken} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""A small mart for the tests and the bench of the map: reports of known states and places, and a web process on it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest
from playwright.sync_api import Browser, Page

import etl.migrate
from dashboard import access
from etl import daily
from geo.locate import locate_many
from geo.units import units_on
from tests.web_login import web_url

PATIENCE_MS = 30_000
ROOT = Path(__file__).resolve().parents[2]
PROVINCE = "94"
WEEKS_BEHIND = 104
SECRET = "map-tests-only-" + "k" * 32
EVIL_TITLE = "<img src=x onerror=\"window.pwned='title'\"> Ổ gà"
EVIL_BODY = "<script>window.pwned='body'</script><b>đậm</b>"
DETAIL = "(province_code, report_id, title, body, lon, lat, district_code, holder_unit_codes)"
REPORT = (
    "(province_code, report_id, report_code, district_code, commune_code, field_code, channel_code, urgency, is_secret,"
    " place_flag, lon_coarse, lat_coarse, regulation_id, status, stage, holder_kind, holder_unit_code, lead_unit_code,"
    " holder_unit_codes, sent_at, due_at, closed_at, outcome, last_event_at, last_recorded_at)"
)
ACCOUNTS = {"analyst": None, "leader": None, "district": "941", "unit": None}


def now() -> datetime:
    """The product's clock in these tests."""
    return (datetime.now(UTC) - timedelta(weeks=WEEKS_BEHIND)).replace(microsecond=0)


def fill(mart_url: str, open_reports: int, *, closed_reports: int = 0, seed: int = 1) -> None:
    """Migrate an empty database and write dimensions, accounts and reports in hand (and closed ones) into it.

    Of the open ones by report_id: every 5th overdue, every 10th without a place, every 40th secret; the others due
    in 30 to 60 days. Report 1 is overdue for longest and carries markup in its words.
    """
    etl.migrate.upgrade(mart_url)
    random = np.random.default_rng(seed)
    with psycopg.connect(mart_url) as conn:
        _dimensions(conn)
        for first in range(1, open_reports + 1, 100_000):
            _reports(conn, random, first, min(100_000, open_reports - first + 1), is_open=True)
        for first in range(open_reports + 1, open_reports + closed_reports + 1, 100_000):
            count = min(100_000, open_reports + closed_reports - first + 1)
            _reports(conn, random, first, count, is_open=False)
    with psycopg.connect(mart_url, autocommit=True) as conn:
        count_places(conn)
        conn.execute("ANALYZE mart.report")
        conn.execute("ANALYZE mart.report_detail")


def count_places(conn: psycopg.Connection) -> None:
    """Count what has left by half-month and place, as the ETL does."""
    conn.execute("TRUNCATE mart.half_monthly_place")
    conn.execute(daily.insert("half_monthly_place", "mart.half_monthly_place", "mart.report"))
    conn.execute("ANALYZE mart.half_monthly_place")


def _dimensions(conn: psycopg.Connection) -> None:
    for role, district in ACCOUNTS.items():
        conn.execute(
            "INSERT INTO auth.account (username, password_hash, display_name, role, province_code, district_code,"
            " unit_code) VALUES (%s, 'x', %s, %s, %s, %s, %s)",
            (role, role, role, PROVINCE, district, "U1" if role == "unit" else None),
        )
    conn.cursor().executemany(
        "INSERT INTO mart.unit (province_code, unit_code, name, short_name, level) VALUES (%s, %s, %s, %s, 'department')",
        [(PROVINCE, f"U{i}", f"Đơn vị {i}", f"Đơn vị {i}") for i in range(20)],
    )
    places = [
        u
        for level in ("district", "commune")
        for u in units_on(date(2024, 11, 1), level=level, province_code=PROVINCE)
    ]
    conn.cursor().executemany(
        "INSERT INTO mart.place (province_code, place_code, valid_from, name, full_name, level, kind, parent_code)"
        " VALUES (%s, %s, '1900-01-01', %s, %s, %s, %s, %s)",
        [(PROVINCE, u.code, u.name, u.full_name, str(u.level), u.kind, u.parent_code) for u in places],
    )
    tell_version(conn, 1)


def tell_version(conn: psycopg.Connection, run_id: int) -> None:
    """Say that run `run_id` changed the mart just now."""
    conn.execute(
        "INSERT INTO mart.source_state (province_code, source, watermark, last_event_at, last_contact_at, run_id)"
        " VALUES (%s, 'store', '', %s, %s, %s) ON CONFLICT (province_code, source) DO UPDATE"
        " SET run_id = excluded.run_id, last_event_at = excluded.last_event_at, last_contact_at = excluded.last_contact_at",
        (PROVINCE, now(), now(), run_id),
    )


def _reports(
    conn: psycopg.Connection, random: np.random.Generator, first: int, count: int, *, is_open: bool
) -> None:
    ids = np.arange(first, first + count)
    communes = units_on(date(2024, 11, 1), level="commune", province_code=PROVINCE)
    chosen = random.integers(0, len(communes), count)
    lon = np.array([u.label_lon for u in communes])[chosen] + random.normal(0, 0.004, count)
    lat = np.array([u.label_lat for u in communes])[chosen] + random.normal(0, 0.004, count)
    found = locate_many(lon, lat, date(2024, 11, 1), PROVINCE)
    district, commune = (found[name].fillna("").to_numpy() for name in ("district_code", "commune_code"))
    district = np.where(district == "", np.array([u.parent_code for u in communes])[chosen], district)
    at = now()
    with conn.cursor().copy(f"COPY mart.report {REPORT} FROM STDIN") as copy:
        for i, report_id in enumerate(ids.tolist()):
            copy.write_row(_report_row(report_id, district[i], commune[i], lon[i], lat[i], at, is_open))
    if not is_open:
        return
    with conn.cursor().copy(f"COPY mart.report_detail {DETAIL} FROM STDIN") as copy:
        for i, report_id in enumerate(ids.tolist()):
            if report_id % 40:
                words = (EVIL_TITLE, EVIL_BODY) if report_id == 1 else (f"Phản ánh {report_id}", "Nội dung")
                place = (None, None) if report_id % 10 == 0 else (lon[i], lat[i])
                copy.write_row((PROVINCE, report_id, *words, *place, district[i], [f"U{report_id % 20}"]))


def _report_row(
    report_id: int, district: str, commune: str, lon: float, lat: float, at: datetime, is_open: bool
) -> tuple:
    is_secret, has_place = report_id % 40 == 0, report_id % 10 != 0
    is_overdue = report_id % 5 == 1
    due_at = (
        at - timedelta(days=30 if report_id == 1 else 3 + report_id % 7)
        if is_overdue
        else at + timedelta(days=30 + report_id % 30)
    )
    coarse = (
        (round(round(lon / 0.005) * 0.005, 6), round(round(lat / 0.005) * 0.005, 6))
        if has_place
        else (None, None)
    )
    unit = f"U{report_id % 20}"
    return (
        PROVINCE, report_id, f"PA-{report_id:07d}", district, "" if is_secret else commune, "giao-thong", "app",
        "urgent" if report_id == 7 else "normal", is_secret, "inside" if has_place else "missing", *coarse, "soctrang-2024",
        "open" if is_open else "done", "handle", "lead" if is_open else "", unit if is_open else "", unit, [unit],
        at - timedelta(days=60 + report_id % 500), due_at, None if is_open else at - timedelta(days=1 + report_id % 600),
        "" if is_open else "on_time", at, at,
    )  # fmt: skip


@contextmanager
def page_of(browser: Browser, base: str, username: str) -> Iterator[Page]:
    """A desk-sized page of a signed-in account, without moving parts."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, base_url=base, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "ioc_session", "value": cookie(username), "url": base}])
    yield context.new_page()
    context.close()


def chromium_path() -> str:
    """Debian's Chromium; the test is skipped, with the way to mend it, where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("needs Chromium: make chromium")


def cookie(username: str) -> str:
    """Session cookie of an account, signed as the served process signs it."""
    return access.Tickets(SECRET).sign(access.Ticket(f"test-{username}", username, False))


@contextmanager
def served(mart_url: str, **environment: str) -> Iterator[str]:
    """`ioc web` as a process of its own on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
    env |= {
        "IOC_WEB_URL": web_url(mart_url),
        "IOC_SECRET_KEY": SECRET,
        "IOC_PROVINCE": PROVINCE,
        "IOC_CLOCK_OFFSET_WEEKS": str(WEEKS_BEHIND),
        **environment,
    }
    command = [str(Path(sys.executable).with_name("ioc")), "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen, patience_s: float = 180) -> None:
    until_s = time.monotonic() + patience_s
    while time.monotonic() < until_s:
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended with code {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 our own process
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"{url} did not answer within {patience_s} s")

"""The door: sign-in, lock, sign-out, forged cookies, every route closed, headers, origin, roles, wall devices, audit."""

from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import delete, func, insert, select, update

from dashboard import access, accounts
from dashboard.signin import LONGEST_NAME, given_name, own_path
from kpi.accounts import account, audit_log

from .asked import ask_body, html_of
from .conftest import PASSWORD, SECRET, WALL_TOKEN, Served

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
pytestmark = pytest.mark.server


def row(**changes) -> dict:
    return {"is_disabled": False, "locked_until": None, "failed_count": 0} | changes


@pytest.mark.parametrize(
    ("stored", "is_right", "changes", "refused"),
    [
        (row(), True, {"failed_count": 0, "locked_until": None, "last_sign_in_at": NOW}, None),
        (row(), False, {"failed_count": 1}, "wrong"),
        (row(failed_count=3), False, {"failed_count": 4}, "wrong"),
        (
            row(failed_count=4),
            False,
            {"failed_count": 0, "locked_until": NOW + timedelta(minutes=15)},
            "locked",
        ),
        (row(locked_until=NOW + timedelta(seconds=1)), True, {}, "locked"),
        (
            row(locked_until=NOW),
            True,
            {"failed_count": 0, "locked_until": None, "last_sign_in_at": NOW},
            None,
        ),
        (row(is_disabled=True), True, {}, "wrong"),
        (None, True, {}, "wrong"),
    ],
)
def test_sign_in_rule(stored, is_right, changes, refused) -> None:
    written, refusal = accounts.decide(stored, is_right, NOW)
    assert written == changes
    assert (refusal.reason if refusal else None) == refused


def test_passwords_are_argon2id_and_an_unknown_name_is_verified_too() -> None:
    hashed = accounts.hash_password("x" * 14)
    assert hashed.startswith("$argon2id$")
    assert accounts.verify_password(hashed, "x" * 14)
    assert not accounts.verify_password(hashed, "x" * 13)
    assert not accounts.verify_password(None, "a name that nobody has takes as long as a wrong password")


def test_tickets_forged_or_old_are_none() -> None:
    tickets = access.Tickets(SECRET)
    ticket = access.Ticket("sid", "leader", False)
    assert tickets.read(tickets.sign(ticket)) == ticket
    assert access.Tickets("another key").read(tickets.sign(ticket)) is None
    assert tickets.read(tickets.sign(ticket) + "x") is None
    assert tickets.read("") is None
    assert tickets.read(URLSafeTimedSerializer(SECRET, salt="ioc-session-1").dumps({"a": 1})) is None


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/map?state=overdue", "/map?state=overdue"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("map", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
def test_only_own_paths_are_gone_to(target, path) -> None:
    assert own_path(target) == path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_dash-layout"),
        ("GET", "/_dash-dependencies"),
        ("POST", "/_dash-update-component"),
        ("GET", "/tick"),
        ("GET", "/openapi.json"),
        ("GET", "/anything"),
        ("POST", "/logout"),
        ("GET", "/wall"),
    ],
)
def test_every_route_is_closed_without_a_session(served: Served, method: str, path: str) -> None:
    answer = httpx.request(method, served.url + path, headers={"origin": served.url})
    assert (answer.status_code, answer.json()) == (401, {"error": "sign in"})


def test_a_page_leads_to_the_sign_in_and_back(served: Served) -> None:
    answer = httpx.get(served.url + "/?period=2024-10", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2F%3Fperiod%3D2024-10"


def test_sign_in_sets_a_safe_cookie_and_sign_out_ends_the_session(served: Served) -> None:
    client = served.client("leader")
    cookie = client.cookies[access.COOKIE]
    answer = httpx.post(
        served.url + "/login",
        data={"username": " LEADER ", "password": PASSWORD, "target": "/data"},
        headers={"origin": served.url},
    )
    set_cookie = answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/data"
    assert "httponly" in set_cookie
    assert "samesite=lax" in set_cookie
    assert client.get("/tick").status_code == 200
    assert client.post("/logout").status_code == 303
    stolen = httpx.get(served.url + "/tick", cookies={access.COOKIE: cookie})
    assert stolen.status_code == 401


def test_five_wrong_passwords_lock_and_the_log_tells(served: Served) -> None:
    name = "locked-one"
    with served.engine.begin() as conn:
        values = {"username": name, "password_hash": accounts.hash_password(PASSWORD), "display_name": name}
        conn.execute(insert(account).values(**values, role="leader", province_code="94"))

    def sign_in(password: str) -> int:
        data = {"username": name, "password": password}
        return httpx.post(served.url + "/login", data=data, headers={"origin": served.url}).status_code

    assert [sign_in("wrong") for _ in range(5)] == [401] * 5
    assert sign_in(PASSWORD) == 401  # right, but locked
    with served.engine.begin() as conn:
        conn.execute(update(account).where(account.c.username == name).values(locked_until=None))
    assert sign_in(PASSWORD) == 303
    with served.engine.begin() as conn:
        log = conn.execute(
            select(audit_log.c.action).where(audit_log.c.username == name).order_by(audit_log.c.entry_id)
        )
        assert [entry.action for entry in log] == ["sign_in_failed"] * 6 + ["sign_in"]
        conn.execute(delete(account).where(account.c.username == name))


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_requests_from_another_site_are_refused(served: Served, headers: dict) -> None:
    client = served.client("leader")
    client.headers.pop("origin")
    assert client.post("/_dash-update-component", json={}, headers=headers).status_code == 403
    assert client.post("/logout", headers=headers).status_code == 403


def test_headers_keep_everything_at_home(served: Served) -> None:
    answer = served.client("leader").get("/", headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy.replace("https:", "http:").replace("'self'", "")
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


def test_a_wall_reaches_the_wall_only(served: Served) -> None:
    client = httpx.Client(base_url=served.url)
    assert client.post("/wall/enter", data={"token": "no such token"}).status_code == 401
    assert client.post("/wall/enter").status_code == 401
    assert client.get("/wall/enter", params={"token": WALL_TOKEN}).cookies == {}
    assert client.get("/wall").status_code == 401
    other = client.post(
        "/wall/enter", data={"token": WALL_TOKEN}, headers={"origin": "https://elsewhere.example"}
    )
    assert other.status_code == 403
    assert client.post("/wall/enter", data={"token": WALL_TOKEN}).status_code == 204
    assert client.get("/tick").status_code == 200
    assert client.get("/").status_code == 403
    client.headers["origin"] = served.url
    assert ask_body(client, "reports-body", "/reports").status_code == 403
    assert client.get("/_dash-dependencies").status_code == 403


@pytest.mark.parametrize(("role", "is_drawn"), [("analyst", True), ("district", False), ("unit", False)])
def test_a_callback_asks_for_the_role_of_its_page(served: Served, role: str, is_drawn: bool) -> None:
    answer = ask_body(served.client(role), "data-body", "/data")
    assert answer.status_code == 200
    assert ("data-body" in answer.text) is is_drawn, answer.text[:200]


def test_nothing_tells_of_the_routes_and_an_unknown_script_is_not_found(served: Served) -> None:
    assert "/feed/map" not in served.client("admin").get("/openapi.json").text
    stranger = httpx.Client(base_url=served.url)
    assert stranger.get("/_dash-component-suites/dashboard/app.py").status_code == 404
    assert stranger.get("/_dash-component-suites/dash/..%2f..%2fpyproject.toml").status_code == 404


def test_tickets_say_nothing_of_rights(served: Served) -> None:
    """The role comes from the database at each request, not from the cookie."""
    cookie = served.client("leader").cookies[access.COOKIE]
    assert "leader" in URLSafeTimedSerializer(SECRET, salt="ioc-session-1").loads(cookie)
    assert len(URLSafeTimedSerializer(SECRET, salt="ioc-session-1").loads(cookie)) == 3


def test_a_name_that_cannot_be_one_is_only_wrong(served: Served) -> None:
    assert given_name(" Leader\x00\n") == "leader"
    client = httpx.Client(base_url=served.url, headers={"origin": served.url})
    form = {"username": "no\x00body" + "x" * 100_000, "password": "y", "target": "/"}
    assert client.post("/login", data=form).status_code == 401
    with served.engine.begin() as conn:
        longest = conn.execute(select(func.max(func.length(audit_log.c.username)))).scalar_one()
    assert longest <= LONGEST_NAME


def test_a_file_that_cannot_be_put_on_record_does_not_leave(served: Served, monkeypatch) -> None:
    async def gone(*_: object) -> None:
        raise OSError("mart gone")

    client = served.client("leader")
    assert client.get("/download/ranking.xlsx?period=2024", timeout=60).status_code == 200
    monkeypatch.setattr("dashboard.downloads.accounts.audit", gone)
    assert client.get("/download/ranking.xlsx?period=2024", timeout=60).status_code == 503


def test_a_code_that_cannot_be_one_is_said_on_the_page(served: Served) -> None:
    answer = ask_body(served.client("leader"), "report-body", "/report", "code=%00")
    assert "is no report's code" in unescape(html_of(answer, "report-body"))

"""The one door: ASGI middleware that lets no request in without a session, and puts security headers on what goes out.

Everything is closed unless it stands in OPEN; pages, callbacks, feeds, exports and sockets are all behind it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import access, accounts, text
from dashboard.ground_filters import scope_on
from dashboard.runtime import Runtime

log = structlog.get_logger(__name__)

STATIC = ("/assets/", "/_dash-component-suites/", "/_favicon.ico", "/favicon.ico")
"""Code, style and fonts: the same for everybody, needed by the sign-in page."""
OPEN = ("/login", "/healthz", "/wall/enter")
"""Paths that need no session: the sign-in, and whether the process lives."""
WALL_ONLY = ("/wall", "/live", "/tick", "/logout")
"""All that a wall may reach: no callback, which could list reports."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FRESH_FOR_S = 30.0
"""An account is read again after this time: a disabled one is out within it."""
MART_GONE_FOR_S = 600.0
"""While the mart cannot be asked, an account read within this time is still believed, so that open pages stay."""
LOGIN_WORDS = {401: "sign in", 403: "not allowed"}


@dataclass(frozen=True)
class _Known:
    account: accounts.Account | None
    read_at_s: float


class Guard:
    """Middleware; `csp_hashes` gives the hashes of the inline scripts that Dash writes into the page."""

    def __init__(
        self, app: ASGIApp, runtime: Runtime, tickets: access.Tickets, csp_hashes: Callable[[], Any]
    ):
        self.app = app
        self._runtime = runtime
        self._tickets = tickets
        self._csp_hashes = csp_hashes
        self._known: dict[tuple[str, bool], _Known] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or serve within the session."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_static = scope["path"].startswith(STATIC)
        send = self._with_headers(send, is_static) if scope["type"] == "http" else send
        if is_static:
            await self.app(scope, receive, send)
            return
        cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
        session = await self._session(cookies)
        refusal = self._refusal(scope, headers, session)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        language = text.language.set("en" if cookies.get("language") == "en" else "vi")
        token = access.enter(access.with_scheme(session, cookies.get("scheme")) if session else None)
        try:
            await self.app(scope, receive, send)
        finally:
            access.leave(token)
            text.language.reset(language)

    async def _session(self, cookies: dict[str, str]) -> access.Session | None:
        ticket = self._tickets.read(cookies.get(access.COOKIE, ""))
        if ticket is None or await is_signed_out(self._runtime, ticket.session_id):
            return None
        account = await self._account(ticket)
        if account is None:
            return None
        scope = scope_on(account.scope, self._runtime.clock.today())
        return access.Session(
            ticket.session_id, account.username, account.display_name, scope, account.is_device
        )

    async def _account(self, ticket: access.Ticket) -> accounts.Account | None:
        key = (ticket.username, ticket.is_device)
        now_s = asyncio.get_running_loop().time()
        known = self._known.get(key)
        if known and now_s - known.read_at_s < FRESH_FOR_S:
            return known.account
        find = accounts.find_device if ticket.is_device else accounts.find
        try:
            account = await find(self._runtime.engine, ticket.username)
        except (SQLAlchemyError, OSError):
            return known.account if known and now_s - known.read_at_s < MART_GONE_FOR_S else None
        self._known[key] = _Known(account, now_s)
        return account

    def _refusal(self, scope: Scope, headers: Headers, session: access.Session | None) -> int | None:
        path = scope["path"]
        is_socket = scope["type"] == "websocket"
        if (is_socket or scope["method"] not in SAFE_METHODS) and not _same_origin(headers):
            return 403
        if path in OPEN:
            return None
        if session is None:
            return 401
        if session.role == "wall" and not path.startswith(WALL_ONLY):
            return 403
        return None

    def _with_headers(self, send: Send, is_static: bool) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._add_headers(headers, is_static)
            await send(message)

        return wrapped

    def _add_headers(self, headers: MutableHeaders, is_static: bool) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if headers.get("content-type", "").startswith("text/html"):
            headers["Content-Security-Policy"] = content_security_policy(
                self._csp_hashes(), _host_of(self._runtime.settings.basemap_url)
            )
        headers.setdefault("Cache-Control", "no-store" if not is_static else "public, max-age=3600")


def content_security_policy(script_hashes: list[str], tile_host: str = "") -> str:
    """No outside host but that of a configured basemap; inline scripts only by hash; inline styles, since Plotly
    and Leaflet set them."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}".strip(),
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob: {tile_host}".strip(),
            "worker-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _host_of(basemap_url: str) -> str:
    """'https://tiles.example.vn' of an XYZ address; '' for none or one on our own host. Leaflet's {s} is a wildcard."""
    parts = urlsplit(basemap_url)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def _same_origin(headers: Headers) -> bool:
    """Whether a changing request or a socket comes from our own page (against CSRF and socket hijacking)."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == headers.get("host")


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": LOGIN_WORDS[status]})
        return
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    response: Response
    if status == 401 and scope["method"] == "GET" and wants_page:
        query = scope["query_string"].decode("latin-1")
        target = scope["path"] + (f"?{query}" if query else "")
        response = RedirectResponse(f"/login?next={quote(target, safe='')}", status_code=303)
    elif wants_page:
        response = PlainTextResponse(text.t("say.no_permission_plain"), status_code=status)
    else:
        response = JSONResponse({"error": LOGIN_WORDS[status]}, status_code=status)
    await response(scope, receive, send)


_signed_out: set[str] = set()


async def sign_out(runtime: Runtime, session_id: str) -> None:
    """End a session everywhere: this process remembers, the others hear of it through Redis if there is one."""
    _signed_out.add(session_id)
    if runtime.redis is not None:
        try:
            await runtime.redis.set(f"ioc:signed_out:{session_id}", "1", ex=access.MAX_AGE_S)
        except Exception as error:  # the cookie is gone from the browser whatever happens to Redis
            log.warning("redis_gone", error=type(error).__name__)


async def is_signed_out(runtime: Runtime, session_id: str) -> bool:
    """Whether a session was ended before its cookie ran out."""
    return session_id in _signed_out or await runtime.cache.knows(f"ioc:signed_out:{session_id}")

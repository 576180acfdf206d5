"""Sign-in, sign-out, a screen's entrance and the health check: plain server-made pages. Twin of dashboard/pages/login.py."""

import asyncio
import secrets
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from dashboard import access, accounts, guard, text
from dashboard.pages import login
from dashboard.runtime import Runtime
from dashboard.wall import show

log = structlog.get_logger(__name__)
LONGEST_NAME = 64


def register(server: FastAPI, runtime: Runtime, tickets: access.Tickets) -> None:
    """Add /login, /logout, /wall/enter and /healthz."""

    @server.get("/login", include_in_schema=False)
    async def form(request: Request, next: str = "/") -> HTMLResponse:
        return HTMLResponse(login.page(target=own_path(next)))

    @server.post("/login", include_in_schema=False)
    async def sign_in(
        username: str = Form(""), password: str = Form(""), target: str = Form("/")
    ) -> Response:
        username = given_name(username)
        try:
            account, refusal = await _check(runtime, username, password)
        except (SQLAlchemyError, OSError) as error:
            log.warning("mart_gone", error=type(error).__name__)
            return HTMLResponse(login.page(own_path(target), username, text.t("login.mart_gone")), 503)
        if account is None:
            locked = refusal is not None and refusal.reason == "locked"
            problem = text.t("login.locked" if locked else "login.wrong")
            return HTMLResponse(login.page(own_path(target), username, problem), 401)
        home = "/wall" if account.scope.role == "wall" else own_path(target)
        return _with_ticket(RedirectResponse(home, 303), tickets, account, runtime)

    @server.post("/logout", include_in_schema=False)
    async def sign_out() -> Response:
        session = access.current()
        await guard.sign_out(runtime, session.session_id)
        try:
            await accounts.audit(runtime.engine, session.username, "sign_out", {})
        except (SQLAlchemyError, OSError) as error:
            log.warning("audit_not_written", error=type(error).__name__)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(access.COOKIE)
        return response

    @server.get("/wall/enter", include_in_schema=False)
    async def entrance() -> HTMLResponse:
        return HTMLResponse(show.entrance(runtime.build_id))

    @server.post("/wall/enter", include_in_schema=False)
    async def enter_wall(token: str = Form("")) -> Response:
        try:
            device = await accounts.device_by_token(runtime.engine, token) if token else None
        except (SQLAlchemyError, OSError) as error:
            log.warning("mart_gone", error=type(error).__name__)
            return Response(status_code=503)
        if device is None:
            return Response(status_code=401)
        return _with_ticket(Response(status_code=204), tickets, device, runtime)

    @server.get("/healthz", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok", "build": runtime.build_id}


def given_name(text: str) -> str:
    """A user name as typed, as far as a name can be one: strangers fill neither the log nor a column with the rest."""
    return "".join(filter(str.isprintable, text)).strip().lower()[:LONGEST_NAME]


async def _check(
    runtime: Runtime, username: str, password: str
) -> tuple[accounts.Account | None, accounts.SignInRefusedError | None]:
    stored = (await accounts.credentials(runtime.engine, username)).row
    hashed = stored["password_hash"] if stored else None
    is_right = await asyncio.to_thread(accounts.verify_password, hashed, password)
    return await accounts.record_sign_in(runtime.engine, username, is_right, runtime.world.now())


def _with_ticket(
    response: Response, tickets: access.Tickets, account: accounts.Account, runtime: Runtime
) -> Response:
    ticket = access.Ticket(secrets.token_urlsafe(16), account.username, account.is_device)
    response.set_cookie(
        access.COOKIE,
        tickets.sign(ticket),
        max_age=access.WALL_MAX_AGE_S if account.is_device else access.MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=runtime.settings.host not in ("127.0.0.1", "localhost", "0.0.0.0"),  # noqa: S104 only compared
    )
    return response


def own_path(target: str) -> str:
    """Where to go after signing in: a path of this site, else the first page (no open redirect)."""
    parts = urlsplit(target)
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if is_own and "\n" not in target and "\r" not in target else "/"

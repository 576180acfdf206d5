"""Who is asking: the session of a request, its role's pages and its row scope. Read on the server, never from the page.

A role decides the actions (which pages), the unit or district decides the rows (kpi.scope, enforced by the database).
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

from itsdangerous import BadSignature, URLSafeTimedSerializer

from kpi.accounts import ROLES
from kpi.scope import Scope

COOKIE = "ioc_session"
MAX_AGE_S = 12 * 3600
WALL_MAX_AGE_S = 400 * 24 * 3600
"""A wall must not be signed out in the middle of a show; its device is checked against the database all the same."""

EVERYONE = frozenset(ROLES) - {"wall"}
PROVINCE_WIDE = frozenset({"leader", "analyst", "home_affairs", "admin"})
HANDLERS = frozenset({"analyst", "district", "unit", "admin"})
ADMINS = frozenset({"admin"})


class NotSignedInError(PermissionError):
    """No session where one is needed: the guard lets nothing through without, so this is a mistake of ours."""


@dataclass(frozen=True)
class Session:
    """One signed-in account or wall device, as the database knows it now."""

    session_id: str
    username: str
    display_name: str
    scope: Scope
    is_device: bool = False
    scheme: Literal["light", "dark"] = "light"
    """light | dark, as the browser last drew; for charts, whose colours are made on the server."""

    @property
    def role(self) -> str:
        """One of kpi.accounts.ROLES."""
        return self.scope.role

    def may_open(self, roles: frozenset[str]) -> bool:
        """Whether this session's role is among the roles of a page."""
        return self.role in roles


_session: ContextVar[Session | None] = ContextVar("session", default=None)


def current() -> Session:
    """The session of this request. Raises NotSignedInError outside of one."""
    session = _session.get()
    if session is None:
        raise NotSignedInError("no session in this request")
    return session


def current_scope() -> Scope:
    """The rows that this request may see: the first of a callback's four steps."""
    return current().scope


def enter(session: Session | None) -> object:
    """Make a session current for this request (the guard; tests). Returns a token for `leave`."""
    return _session.set(session)


def leave(token: object) -> None:
    """Undo `enter`."""
    _session.reset(token)  # type: ignore[arg-type]


def with_scheme(session: Session, scheme: str | None) -> Session:
    """The same session drawing in a theme; anything but 'dark' is light."""
    return replace(session, scheme="dark" if scheme == "dark" else "light")


@dataclass(frozen=True)
class Ticket:
    """What the signed cookie holds: whose session it is, and nothing that decides on rights."""

    session_id: str
    username: str
    is_device: bool


class Tickets:
    """Signs and reads session cookies with the deployment's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="ioc-session-1")

    def sign(self, ticket: Ticket) -> str:
        """Cookie value of a ticket."""
        return self._serializer.dumps([ticket.session_id, ticket.username, ticket.is_device])

    def read(self, cookie: str) -> Ticket | None:
        """The ticket of a cookie; None if it is forged, broken or too old."""
        try:
            session_id, username, is_device = self._serializer.loads(cookie, max_age=WALL_MAX_AGE_S)
            ticket = Ticket(session_id, username, is_device)
            if not ticket.is_device:
                self._serializer.loads(cookie, max_age=MAX_AGE_S)
        except (BadSignature, ValueError, TypeError):
            return None
        return ticket

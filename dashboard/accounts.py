"""Local accounts, wall devices and the audit log in the database (tables of kpi.accounts), and the sign-in rule."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi import accounts
from kpi.scope import Scope, enter_role

MAX_FAILED_COUNT = 5
LOCK_FOR = timedelta(minutes=15)
MIN_PASSWORD_LENGTH = 14
"""TCVN 14423:2026, level 2: 14 characters where there is no second factor."""


@dataclass(frozen=True)
class Account:
    """What the session needs of an account or a wall device."""

    username: str
    display_name: str
    scope: Scope
    is_device: bool = False


class SignInRefusedError(PermissionError):
    """Sign-in failed; `reason` is wrong | locked, the same word for an unknown name and a wrong password."""

    def __init__(self, reason: str, locked_until: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.locked_until = locked_until


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("a name that nobody has takes as long as a wrong password")


def hash_password(password: str) -> str:
    """argon2id hash. Slow on purpose: call it in a thread from async code."""
    return _hasher().hash(password)


def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password is right; takes as long for an account that does not exist (hashed None)."""
    try:
        return _hasher().verify(hashed or _nobody(), password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def token_hash(token: str) -> str:
    """sha256 of a wall device's token: the token is long and random, so it needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: Mapping) -> Account:
    scope = Scope(row["province_code"], row["role"], row["district_code"] or "", row["unit_code"] or "")
    return Account(row["username"], row["display_name"], scope)


async def find(engine: AsyncEngine, username: str) -> Account | None:
    """The account if it exists and is not disabled."""
    table = accounts.account
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        query = select(table).where(table.c.username == username, ~table.c.is_disabled)
        row = (await connection.execute(query)).mappings().one_or_none()
    return _account(dict(row)) if row else None


async def find_device(engine: AsyncEngine, device_id: str) -> Account | None:
    """The wall device if it still exists."""
    table = accounts.wall_device
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        row = (
            (await connection.execute(select(table).where(table.c.device_id == device_id)))
            .mappings()
            .one_or_none()
        )
    return _device(dict(row)) if row else None


async def device_by_token(engine: AsyncEngine, token: str) -> Account | None:
    """The wall device that holds this token."""
    table = accounts.wall_device
    query = select(table).where(table.c.token_hash == token_hash(token))
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        row = (await connection.execute(query)).mappings().one_or_none()
    return _device(dict(row)) if row else None


def _device(row: Mapping) -> Account:
    return Account(row["device_id"], row["name"], Scope(row["province_code"], "wall"), is_device=True)


@dataclass(frozen=True)
class Credentials:
    """What deciding on a sign-in needs; None of `row` is an account that does not exist."""

    row: Mapping | None


async def credentials(engine: AsyncEngine, username: str) -> Credentials:
    """The stored hash and lock of an account."""
    table = accounts.account
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        row = (
            (await connection.execute(select(table).where(table.c.username == username)))
            .mappings()
            .one_or_none()
        )
    return Credentials(dict(row) if row else None)


def decide(row: Mapping | None, is_right: bool, now: datetime) -> tuple[dict, SignInRefusedError | None]:
    """The sign-in rule: (columns to write, refusal or None). Five wrong passwords in a row lock for 15 minutes.

    A locked or disabled account is refused even with the right password, and told so only as the rule below says:
    'locked' is said to everybody who tries a locked name, since the lock itself is no secret.
    """
    if row is None or row["is_disabled"]:
        return {}, SignInRefusedError("wrong")
    if row["locked_until"] and row["locked_until"] > now:
        return {}, SignInRefusedError("locked", row["locked_until"])
    if is_right:
        return {"failed_count": 0, "locked_until": None, "last_sign_in_at": now}, None
    failed_count = row["failed_count"] + 1
    if failed_count >= MAX_FAILED_COUNT:
        until = now + LOCK_FOR
        return {"failed_count": 0, "locked_until": until}, SignInRefusedError("locked", until)
    return {"failed_count": failed_count}, SignInRefusedError("wrong")


async def record_sign_in(
    engine: AsyncEngine, username: str, is_right: bool, now: datetime
) -> tuple[Account | None, SignInRefusedError | None]:
    """Apply `decide` to the account under a row lock, and write the audit log. One of the two results is None."""
    table = accounts.account
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        query = select(table).where(table.c.username == username).with_for_update()
        found = (await connection.execute(query)).mappings().one_or_none()
        row = dict(found) if found else None
        changes, refusal = decide(row, is_right, now)
        if changes:
            await connection.execute(update(table).where(table.c.username == username).values(**changes))
        action = "sign_in_failed" if refusal else "sign_in"
        await _write_audit(connection, username, action, {"reason": refusal.reason} if refusal else {})
    return (None if refusal or row is None else _account(row)), refusal


async def audit(engine: AsyncEngine, username: str, action: str, detail: dict) -> None:
    """Append to the audit log: keys and filters, never citizens' data."""
    async with engine.begin() as connection:
        await connection.execute(enter_role())
        await _write_audit(connection, username, action, detail)


async def _write_audit(connection: AsyncConnection, username: str, action: str, detail: dict) -> None:
    values = {"username": username, "action": action, "detail": detail}
    # inline: no RETURNING, since the web role may add to the log but not read it
    await connection.execute(insert(accounts.audit_log).values(**values).inline())

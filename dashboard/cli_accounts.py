"""`ioc account …` and `ioc wall-device …`: local accounts and wall screens. Runs on the mart's owner login (IOC_MART_URL)."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

accounts_app = typer.Typer(help="Local accounts of the dashboard.", no_args_is_help=True)
devices_app = typer.Typer(help="Wall screens and their tokens.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool,
    typer.Option(help="read the password from standard input; else a random one is made and printed once"),
]


def _fail(message: str) -> NoReturn:
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(2)


@contextmanager
def _connection() -> "Iterator[Connection]":
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import OperationalError

    from kpi.settings import Settings

    url = Settings().mart_url
    if not url:
        _fail("IOC_MART_URL is not set: accounts live in the KPI mart")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        _fail(f"the mart cannot be reached: {str(error.orig).splitlines()[0]}")
    finally:
        engine.dispose()


def _password(from_stdin: bool) -> str:
    from dashboard.accounts import MIN_PASSWORD_LENGTH

    if not from_stdin:
        return secrets.token_urlsafe(12)
    password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_PASSWORD_LENGTH:
        _fail(f"the password needs at least {MIN_PASSWORD_LENGTH} characters")
    return password


def _show(rows: list[dict], as_json: bool, columns: tuple[str, ...]) -> None:
    import json

    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str, indent=2))
        return
    for row in rows:
        typer.echo("  ".join(str(row[name] if row[name] is not None else "-") for name in columns))


@accounts_app.command("add")
def add(
    username: str,
    role: Annotated[
        str, typer.Option(help="leader | analyst | home_affairs | district | unit | wall | admin")
    ],
    name: Annotated[str, typer.Option(help="shown in the header; default: the user name")] = "",
    province: Annotated[str | None, typer.Option(help="province code; default IOC_PROVINCE")] = None,
    district: Annotated[str | None, typer.Option(help="district code, for role district")] = None,
    unit: Annotated[str | None, typer.Option(help="unit code, for role unit")] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add an account and print its password once. Exit codes: 0 done, 2 refused (says why)."""
    from sqlalchemy import insert, select

    from dashboard.accounts import hash_password
    from kpi.accounts import ROLES, account
    from kpi.settings import Settings

    if role not in ROLES:
        _fail(f"unknown role {role!r}: one of {', '.join(ROLES)}")
    if (role == "district") != bool(district):
        _fail("--district belongs to role district, and that role needs it")
    if (role == "unit") != bool(unit):
        _fail("--unit belongs to role unit, and that role needs it")
    username = username.strip().lower()
    password = _password(password_stdin)
    with _connection() as connection:
        if connection.execute(select(account.c.username).where(account.c.username == username)).first():
            _fail(f"account {username!r} exists already; use `ioc account password` to change it")
        values = {
            "username": username, "password_hash": hash_password(password), "display_name": name or username,
            "role": role, "province_code": province or Settings().province, "district_code": district,
            "unit_code": unit,
        }  # fmt: skip
        connection.execute(insert(account).values(**values))
    typer.echo(f"{username}  {role}" + ("" if password_stdin else f"  {password}"))


@accounts_app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """List the accounts, without anything secret."""
    from sqlalchemy import select

    from kpi.accounts import account

    columns = ("username", "role", "display_name", "province_code", "district_code", "unit_code", "is_disabled",
               "locked_until", "last_sign_in_at")  # fmt: skip
    with _connection() as connection:
        query = select(*[account.c[name] for name in columns]).order_by(account.c.username)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    _show(rows, as_json, columns)


@accounts_app.command("password")
def password(username: str, password_stdin: PasswordStdin = False) -> None:
    """Set a new password; also unlocks. Exit codes: 0 done, 2 no such account."""
    from dashboard.accounts import hash_password

    new = _password(password_stdin)
    _change(username, password_hash=hash_password(new), failed_count=0, locked_until=None)
    typer.echo(username if password_stdin else f"{username}  {new}")


@accounts_app.command("disable")
def disable(username: str) -> None:
    """Shut an account out: its open sessions end within half a minute."""
    _change(username, is_disabled=True)


@accounts_app.command("enable")
def enable(username: str) -> None:
    """Let a disabled or locked account in again."""
    _change(username, is_disabled=False, failed_count=0, locked_until=None)


def _change(username: str, **values: object) -> None:
    from sqlalchemy import update

    from kpi.accounts import account

    with _connection() as connection:
        done = connection.execute(
            update(account).where(account.c.username == username.lower()).values(**values)
        )
        if done.rowcount == 0:
            _fail(f"there is no account {username!r}; `ioc account list` shows all")


@devices_app.command("add")
def add_device(
    device_id: str,
    name: Annotated[str, typer.Option(help="where it hangs")] = "",
    province: Annotated[str | None, typer.Option(help="province code; default IOC_PROVINCE")] = None,
    settings_json: Annotated[
        str, typer.Option("--settings", help="JSON: distance_m, mm_per_px, panels, scenes")
    ] = "{}",
    token: Annotated[str | None, typer.Option(help="use this token; else a random one is made")] = None,
) -> None:
    """Register a wall screen (again: with a new token) and print the address that signs it in."""
    import json

    from sqlalchemy.dialects.postgresql import insert

    from dashboard.accounts import token_hash
    from dashboard.wall.screen import BadScreenError, screen_of
    from kpi.accounts import wall_device
    from kpi.settings import Settings

    try:
        settings = json.loads(settings_json)
        screen_of(settings, device_id)
    except BadScreenError as error:
        _fail(str(error))
    except (ValueError, TypeError) as error:
        _fail(f"--settings is not a JSON object: {error}")
    token = token or secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "province_code": province or Settings().province,
              "name": name or device_id, "settings": settings}  # fmt: skip
    with _connection() as connection:
        row = insert(wall_device).values(device_id=device_id, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["device_id"], set_=values))
    typer.echo(f"{device_id}  /wall/enter#token={token}")


@devices_app.command("list")
def list_devices(as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """List the wall screens and when each was last seen."""
    from sqlalchemy import select

    from kpi.accounts import wall_device

    columns = ("device_id", "name", "province_code", "settings", "last_seen_at")
    with _connection() as connection:
        query = select(*[wall_device.c[name] for name in columns]).order_by(wall_device.c.device_id)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    _show(rows, as_json, columns)


@devices_app.command("remove")
def remove_device(device_id: str) -> None:
    """Forget a wall screen: it is out within half a minute."""
    from sqlalchemy import delete

    from kpi.accounts import wall_device

    with _connection() as connection:
        if connection.execute(delete(wall_device).where(wall_device.c.device_id == device_id)).rowcount == 0:
            _fail(f"there is no wall screen {device_id!r}; `ioc wall-device list` shows all")


def register(app: typer.Typer) -> None:
    """Add `ioc account` and `ioc wall-device`."""
    app.add_typer(accounts_app, name="account")
    app.add_typer(devices_app, name="wall-device")

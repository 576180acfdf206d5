"""The demo's accounts, one for each role, with random passwords that are printed and kept in its state folder."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy import Connection, create_engine, func, make_url, select
from sqlalchemy.dialects.postgresql import insert

from dashboard.accounts import hash_password, token_hash
from dashboard.demo.state import DemoState
from kpi import accounts, mart

WALL = {"distance_m": 6.0, "mm_per_px": 0.63, "width_px": 5760, "height_px": 2160}


@dataclass(frozen=True)
class SignIn:
    """One account of the demo."""

    username: str
    role: str
    display_name: str
    district_code: str | None = None
    unit_code: str | None = None


def prepare(folder: Path, state: DemoState, env: dict[str, str]) -> None:
    """Create the accounts and the wall device that are not there yet."""
    if state.account_passwords:
        return
    engine = create_engine(make_url(env["IOC_MART_URL"]).set(drivername="postgresql+psycopg"))
    with engine.begin() as conn:
        for one in _sign_ins(conn, state.province):
            password = secrets.token_urlsafe(12)
            state.account_passwords[one.username] = password
            _write(
                conn,
                accounts.account,
                "username",
                {**_row(one, state), "password_hash": hash_password(password)},
            )
        device = {
            "device_id": "wall",
            "token_hash": token_hash(state.wall_token),
            "province_code": state.province,
            "name": "IOC",
            "settings": WALL,
        }
        _write(conn, accounts.wall_device, "device_id", device)
    engine.dispose()
    state.save(folder)


def _row(one: SignIn, state: DemoState) -> dict[str, str | None]:
    return {
        "username": one.username,
        "display_name": one.display_name,
        "role": one.role,
        "province_code": state.province,
        "district_code": one.district_code,
        "unit_code": one.unit_code,
    }


def _write(conn: Connection, table, key: str, row: dict) -> None:
    conn.execute(insert(table).values(**row).on_conflict_do_update(index_elements=[key], set_=row))


def _busiest(conn: Connection, column, table):
    query = select(column).where(column != "").group_by(column).order_by(func.count().desc()).limit(1)
    return conn.execute(query.select_from(table)).scalar()


def _sign_ins(conn: Connection, province: str) -> list[SignIn]:
    district = _busiest(conn, mart.report.c.district_code, mart.report)
    unit = _busiest(conn, mart.assignment.c.unit_code, mart.assignment)
    names = dict(
        conn.execute(
            select(mart.unit.c.unit_code, mart.unit.c.short_name).where(mart.unit.c.province_code == province)
        )
        .tuples()
        .all()
    )
    place = conn.execute(select(mart.place.c.full_name).where(mart.place.c.place_code == district)).scalar()
    rows = [
        SignIn("lanhdao", "leader", "Lãnh đạo UBND tỉnh"),
        SignIn("chuyenvien", "analyst", "Chuyên viên IOC"),
        SignIn("sonoivu", "home_affairs", "Sở Nội vụ"),
        SignIn("quantri", "admin", "Quản trị"),
    ]
    if district:
        rows.append(SignIn("iochuyen", "district", f"IOC {place or district}", district_code=district))
    if unit:
        rows.append(SignIn("donvi", "unit", names.get(unit, unit), unit_code=unit))
    return rows


def announce(state: DemoState, port: int) -> None:
    """Print the address and a sign-in for each role."""
    address = f"http://127.0.0.1:{port}"
    typer.secho(f"\nBảng điều hành: {address}", fg="green", bold=True)
    if state.clock_offset_weeks:
        typer.echo(f"Đồng hồ của bản trình diễn đứng sau hôm nay {state.clock_offset_weeks} tuần.")
    for username, password in state.account_passwords.items():
        typer.echo(f"  {username:<12} {password}")
    typer.echo(f"Màn hình lớn: {address}/wall/enter#token={state.wall_token}")
    typer.echo("Ctrl-C dừng tất cả.\n")

"""`ioc store`: the demo store (init, simulate), and the check of any store against the contract."""

import sys
from typing import Annotated, Any

import typer

from etl.cli import fail, need
from kpi.settings import Settings

store_app = typer.Typer(
    help="The PAHT store: a simulated one, and the check of any against the contract.", no_args_is_help=True
)
OWNER = "IOC_STORE_OWNER_URL"


def register(app: typer.Typer) -> None:
    """Add `ioc store`."""
    app.add_typer(store_app, name="store")


@store_app.command()
def init(
    recreate: Annotated[
        bool, typer.Option(help="drop the demo store that is there, with all it holds")
    ] = False,
    reader_login: Annotated[
        bool, typer.Option(help="give the contract's reader a new password and print its URL")
    ] = False,
) -> None:
    """Make an empty demo store in the database of IOC_STORE_OWNER_URL. Exit code 2 when there is one."""
    import secrets

    import psycopg

    from etl.store import demo

    url = need(Settings().store_owner_url, OWNER)
    try:
        demo.init(url, recreate=recreate)
        typer.echo("The demo store is made; it is empty: ioc store simulate fills it.", err=True)
        if reader_login:
            typer.echo(demo.reader_url(url, secrets.token_urlsafe(16)))
    except demo.StoreExistsError as error:
        raise fail(str(error)) from error
    except psycopg.OperationalError as error:
        raise fail(f"the store does not answer: {str(error).splitlines()[0]}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise fail(f"the login of {OWNER} may not do that: {error.diag.message_primary}") from error


@store_app.command()
def simulate(
    reports: Annotated[int, typer.Option(min=1, help="reports in the past of an empty store")] = 20_000,
    province: Annotated[
        str, typer.Option(help="94|soctrang, 52|binhdinh, 70|binhphuoc; default IOC_PROVINCE")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="another seed is another world")] = 1,
    years: Annotated[float, typer.Option(min=0.02, help="length of the past")] = 2.0,
    follow: Annotated[bool, typer.Option("--follow", help="go on living as the clock passes")] = False,
    speed: Annotated[
        float, typer.Option(min=0.01, help="with --follow: the world's time runs so many times as fast")
    ] = 1.0,
    busy: Annotated[
        float, typer.Option(min=0.0, help="with --follow: so many times as many reports as in the past")
    ] = 1.0,
) -> None:
    """Fill an empty store with a past, and with --follow go on from where it stands. Exit code 2 on a usage error."""
    import psycopg

    from etl.store import demo
    from etl.store.simulator.fill import NotEmptyError
    from etl.store.simulator.live import BusyError, NotFilledError
    from etl.store.simulator.live import follow as live_on
    from etl.store.simulator.places import NoBoundariesError
    from etl.store.simulator.setting import OtherWorldError
    from kpi.provinces import UnknownProvinceError, province_code

    settings = Settings()
    url = need(settings.store_owner_url, OWNER)
    try:
        code = province_code(province or settings.province)
        with psycopg.connect(url) as conn:
            if not demo.is_there(conn):
                raise fail("the database has no demo store: ioc store init makes it")
            is_filled = bool(conn.execute("SELECT 1 FROM paht.simulation").fetchone())
        if not (is_filled and follow):
            _fill(url, settings, code, seed, reports, years)
        if follow:
            live_on(url, settings.clock, lambda line: typer.echo(line, err=True), speed=speed, busy=busy)
    except (
        UnknownProvinceError,
        NotEmptyError,
        NotFilledError,
        BusyError,
        NoBoundariesError,
        OtherWorldError,
    ) as error:
        raise fail(str(error)) from error
    except psycopg.OperationalError as error:
        raise fail(f"the store does not answer: {str(error).splitlines()[0]}") from error
    except KeyboardInterrupt:
        typer.echo("stopped; the next start goes on from here", err=True)


def _fill(url: str, settings: Settings, code: str, seed: int, reports: int, years: float) -> None:
    from datetime import timedelta

    from etl.store.simulator.fill import fill
    from etl.store.simulator.setting import Setting

    now = settings.clock.now()
    from_on = settings.clock.today() - timedelta(days=round(365.25 * years))
    setting = Setting.begin(code, seed, reports, from_on, now, has_recurring=True)
    with typer.progressbar(
        length=reports, label=f"{reports} reports since {from_on:%d/%m/%Y}", file=sys.stderr
    ) as bar:
        written = fill(url, setting, int(now.timestamp()), lambda done, _all: bar.update(done - bar.pos))
    typer.echo(f"{written} reports of province {code} (seed {seed}) are in the store.", err=True)


def _asked(mapping: str) -> dict[str, Any]:
    """What a foreign system's mapping says of its views. Raises DataError."""
    from etl.sources.mapping import StoreMapping, load_any

    found = load_any(mapping) if mapping else None
    if not isinstance(found, StoreMapping):
        return {}
    return {"schema": found.postgres.schema_name, "omits": found.postgres.omits, "province": found.province}


@store_app.command()
def check(
    url: Annotated[str, typer.Option(help="the reader's URL; default IOC_STORE_URL")] = "",
    mapping: Annotated[str, typer.Option(help="YAML of a foreign system; default IOC_SOURCE_MAPPING")] = "",
    values: Annotated[
        bool, typer.Option(help="also read all rows: nulls, unknown values, keys that stand twice")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="a JSON object on stdout")] = False,
) -> None:
    """Does the store keep contract v1? Exit code 0 yes, 1 no (every defect is named), 2 it cannot be asked."""
    import json
    from dataclasses import asdict

    import psycopg

    from etl.store.check import check as check_store
    from kpi.strict_yaml import DataError

    settings = Settings()
    try:
        asked = _asked(mapping or settings.source_mapping or "")
        defects = check_store(url or need(settings.store_url, "IOC_STORE_URL"), values=values, **asked)
    except DataError as error:
        raise fail(str(error)) from error
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise fail(f"the store cannot be asked: {str(error).splitlines()[0]}") from error
    if as_json:
        typer.echo(
            json.dumps({"ok": not defects, "defects": [asdict(d) for d in defects]}, ensure_ascii=False)
        )
    else:
        for defect in defects:
            typer.echo(f"{defect.where}: {defect.what} [{defect.kind}]")
        typer.echo(f"{len(defects)} defects" if defects else "The store keeps contract v1.")
    if defects:
        raise typer.Exit(1)


@store_app.command()
def dictionary() -> None:
    """The data dictionary of the contract, in Markdown (docs/data-dictionary-store.md)."""
    from etl.store.dictionary import as_markdown

    typer.echo(as_markdown(), nl=False)

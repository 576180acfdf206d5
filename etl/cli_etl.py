"""`ioc etl`: backfill, follow, status, reconcile, fingerprint; and `ioc check`.

Exit codes: 0 fine, 1 the check or the reconciliation found a difference, 2 an expected error, said in one line.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from etl.cli import fail, need
from kpi.settings import Settings

etl_app = typer.Typer(help="From the PAHT store into the mart.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on stdout, for a machine")]


def register(app: typer.Typer) -> None:
    """Add `ioc etl` and `ioc check`."""
    app.add_typer(etl_app, name="etl")
    app.command("check")(check)


@etl_app.command()
def backfill(
    as_json: AsJson = False,
    reports_per_range: Annotated[int, typer.Option(min=100, help="memory grows with it")] = 20_000,
    scheduler: Annotated[
        str, typer.Option(help="tcp://host:port of a dask scheduler: its workers do the ranges")
    ] = "",
) -> None:
    """Build the mart anew from the whole store; goes on where an interrupted build stopped."""
    from etl.backfill import Backfill, Fill
    from etl.publish import Publisher

    fill: Fill | None = None
    if scheduler:
        from etl.distributed import Cluster

        fill = Cluster(scheduler)

    settings = Settings()
    mart_url = need(settings.mart_url, "IOC_MART_URL")
    with _expected_errors(), _source(settings) as source:
        law = _rulebook(settings)
        show = _show_progress(as_json)
        job = Backfill(source, mart_url, law, settings.clock, reports_per_range, show, fill)
        run_id = job.run()
        Publisher(settings.redis_url, source.province_code).tick(run_id, settings.clock.now())
    timings_ms = {step: round(1000 * seconds) for step, seconds in job.timings_s.items()}
    if as_json:
        typer.echo(json.dumps({"run_id": run_id, "timings_ms": timings_ms}))
    else:
        typer.echo(f"The mart is built: run {run_id}.", err=True)


@etl_app.command()
def follow(
    metrics_port: Annotated[
        int | None, typer.Option(help="answer /metrics on this port; default IOC_METRICS_PORT, 0 = do not")
    ] = None,
) -> None:
    """Keep the mart up with the store until stopped; builds it first where that was never done."""
    import signal

    from etl.follow import Follower
    from etl.logs import configure
    from etl.publish import Publisher

    settings = Settings()
    configure(settings.log_level)
    mart_url = need(settings.mart_url, "IOC_MART_URL")
    with _expected_errors(), _source(settings) as source:
        publisher = Publisher(settings.redis_url, source.province_code)
        follower = Follower(source, mart_url, _rulebook(settings), settings.clock, publisher)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: follower.stop.set())
        if port := settings.metrics_port if metrics_port is None else metrics_port:
            follower.metrics.serve(settings.host, port)
        follower.run()


@etl_app.command()
def status(as_json: AsJson = False) -> None:
    """How far the mart is: last run, age of the news, by what its facts were made, quarantine, recurring jobs."""
    from etl import cli_words
    from etl.migrate import engine_of
    from etl.status import read

    settings = Settings()
    with _expected_errors():
        engine = engine_of(need(settings.mart_url, "IOC_MART_URL"))
        with engine.connect() as connection:
            found = read(connection, _province(settings), settings.clock.now(), _rulebook(settings))
        engine.dispose()
    _print(found, as_json, cli_words.of_status)


@etl_app.command()
def fingerprint(as_json: AsJson = False) -> None:
    """One value for all facts: equal marts, equal values."""
    from etl.fingerprint import fingerprint as fingerprint_of
    from etl.migrate import engine_of

    settings = Settings()
    with _expected_errors():
        engine = engine_of(need(settings.mart_url, "IOC_MART_URL"))
        with engine.begin() as connection:
            found = fingerprint_of(connection, _province(settings))
        engine.dispose()
    _print(found, as_json, lambda of: (f"{name}: {value}" for name, value in of.items()))


@etl_app.command()
def reconcile(
    as_json: AsJson = False,
    repair: Annotated[bool, typer.Option(help="read the differing reports again")] = False,
) -> None:
    """Compare store and mart by day: missing, doubled, orphaned, changed. Exit code 1 when they differ."""
    from etl import cli_words
    from etl.reconcile import reconcile as run

    settings = Settings()
    mart_url = need(settings.mart_url, "IOC_MART_URL")
    with _expected_errors(), _source(settings) as source:
        found = run(source, mart_url, _rulebook(settings), settings.clock, repair=repair)
    _print(found.as_dict(), as_json, cli_words.of_reconciliation)
    if not found.is_equal:
        raise typer.Exit(1)


def check(as_json: AsJson = False) -> None:
    """Prove the mart: keys, balances of every unit, district and month, daily totals, KPIs. Exit code 1 if it fails."""
    from etl.checks import check as run
    from etl.migrate import engine_of

    settings = Settings()
    with _expected_errors():
        engine = engine_of(need(settings.mart_url, "IOC_MART_URL"))
        results = run(engine, _province(settings))
        engine.dispose()
    failed = [r for r in results if r.failures]
    if as_json:
        typer.echo(
            json.dumps({"ok": not failed, "checks": [r.as_dict() for r in results]}, ensure_ascii=False)
        )
    else:
        for r in results:
            typer.echo(f"{'ok  ' if not r.failures else 'FAIL'}  {r.name}: {r.checked} checked")
            for failure in r.failures:
                typer.echo(f"      {failure}")
    if failed:
        raise typer.Exit(1)


# ------------------------------------------------------------------ shared


def _province(settings: Settings) -> str:
    from kpi.provinces import province_code

    return province_code(settings.province)


def _rulebook(settings: Settings) -> Any:
    from kpi.rulebook import Rulebook

    return Rulebook.load(settings.province)


@contextmanager
def _source(settings: Settings) -> Iterator[Any]:
    from etl.sources.configured import open_source

    source = open_source(settings)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def _expected_errors() -> Iterator[None]:
    """Expected errors as one line and exit code 2."""
    import psycopg
    from sqlalchemy.exc import DBAPIError

    from etl.checks import CheckError
    from etl.guard import DefectError
    from etl.load import LoadError
    from etl.sources.record import SourceError
    from etl.steps import NotBuiltError
    from kpi.effective import NotInForceError
    from kpi.provinces import UnknownProvinceError
    from kpi.strict_yaml import DataError

    try:
        yield
    except (
        SourceError,
        LoadError,
        CheckError,
        DefectError,
        NotBuiltError,
        NotInForceError,
        UnknownProvinceError,
        DataError,
    ) as error:
        raise fail(str(error)) from error
    except DBAPIError as error:
        line = str(error.orig).splitlines()[0]
        hint = ": run `ioc mart migrate`" if "does not exist" in line else ""
        raise fail(f"the mart does not answer ({line}){hint}") from error
    except psycopg.Error as error:
        raise fail(f"the mart does not answer ({str(error).splitlines()[0]})") from error


def _show_progress(as_json: bool) -> Any:
    def show(progress: Any) -> None:
        if as_json or not progress.reports_total:
            return
        left = f", about {progress.eta_s:.0f} s, then the indexes" if progress.eta_s else ", indexes next"
        line = f"{progress.reports_done} of {progress.reports_total} reports, {progress.reports_per_s:.0f} a second{left}"
        end = "\r" if sys.stderr.isatty() else "\n"
        print(line.ljust(90), end=end, file=sys.stderr, flush=True)

    return show


def _print(found: dict[str, Any], as_json: bool, words: Callable[[dict[str, Any]], Iterable[str]]) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    for line in words(found):
        typer.echo(line)

"""Commands of `ioc` that belong to etl/. Heavy imports stay inside the commands: `ioc --help` must be quick."""

import typer

from kpi.settings import Settings

mart_app = typer.Typer(help="The KPI mart.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this package's commands to the root command."""
    app.add_typer(mart_app, name="mart")
    from etl import cli_etl  # here: they use fail and need of this module
    from etl.store import cli_store

    cli_etl.register(app)
    cli_store.register(app)


def fail(message: str) -> typer.Exit:
    """Say one clear line on stderr; the caller raises what this returns (exit code 2)."""
    typer.echo(f"Error: {message}", err=True)
    return typer.Exit(2)


def need(url: str | None, variable: str) -> str:
    """The URL, or exit code 2 with the name of the variable to set."""
    if not url:
        raise fail(f"{variable} is not set")
    return url


@mart_app.command("migrate")
def mart_migrate() -> None:
    """Create or update the mart's schema (IOC_MART_URL)."""
    from psycopg import OperationalError
    from sqlalchemy.exc import OperationalError as EngineError

    from etl.migrate import MigrationError, upgrade

    try:
        upgrade(need(Settings().mart_url, "IOC_MART_URL"))
    except MigrationError as error:
        raise fail(str(error)) from error
    except (OperationalError, EngineError) as error:
        raise fail(f"the mart does not answer: {str(error).splitlines()[0]}") from error
    typer.echo("The mart's schema is up to date.")

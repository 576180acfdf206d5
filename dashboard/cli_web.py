"""`ioc web`: serves the dashboard. Heavy imports stay inside: `ioc --help` must be quick."""

from typing import Annotated

import typer


def web(
    host: Annotated[
        str | None, typer.Option(help="address to listen on; default IOC_HOST, 127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="default IOC_PORT, 8050")] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="processes; each holds its own pool of connections")
    ] = 1,
) -> None:
    """Serve the dashboard. Exit codes: 0 stopped, 2 a setting is missing or wrong."""
    import uvicorn

    from dashboard import runtime
    from kpi.settings import Settings

    settings = Settings()
    try:
        runtime.check(settings)
    except runtime.MissingSettingError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2) from None
    uvicorn.run(
        "dashboard.app:from_environment",
        factory=True,
        host=host or settings.host,
        port=port or settings.port,
        workers=workers,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def register(app: typer.Typer) -> None:
    """Add `ioc web`."""
    app.command()(web)

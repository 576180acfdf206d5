"""Commands of `ioc` that belong to etl/. Heavy imports stay inside the commands: `ioc --help` must be quick."""

import typer


def register(app: typer.Typer) -> None:
    """Add this package's commands to the root command."""

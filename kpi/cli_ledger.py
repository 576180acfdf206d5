"""`ioc explain` and `ioc whatif`: the questions. The answers are in cli_explain.py and cli_whatif.py."""

from typing import Annotated

import typer

JSON = typer.Option("--json", help="one JSON object instead of text")
LANG = typer.Option("--lang", help="vi or en")


def explain(
    code: Annotated[str, typer.Argument(help="report code, as people quote it")],
    as_json: Annotated[bool, JSON] = False,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """One report's deadlines explained: who held it, what was counted and skipped, the verdict with its article.

    Exit 0: explained. 2: no such report or language, or the mart cannot be read.
    """
    from kpi import cli_explain

    raise typer.Exit(cli_explain.show(code, lang, as_json=as_json))


def whatif(
    regulation: Annotated[
        str, typer.Option("--regulation", help="id of the text to try, e.g. soctrang-2022")
    ],
    from_on: Annotated[str, typer.Option("--from", help="first day of sending, 2024-01-15")],
    to_on: Annotated[str, typer.Option("--to", help="last day of sending, included")],
    choices: Annotated[
        list[str] | None, typer.Option("--set", help="open choice=value, may be repeated")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """The same past under another text or another reading, unit by unit; changes nothing. Exit 2: cannot be answered."""
    from kpi import cli_whatif

    raise typer.Exit(cli_whatif.show(regulation, choices or [], from_on, to_on, as_json=as_json))


def register(app: typer.Typer) -> None:
    """Add the commands to the root command."""
    app.command("explain")(explain)
    app.command("whatif")(whatif)

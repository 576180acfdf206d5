"""Commands of `ioc` that belong to kpi/. Heavy imports stay inside the commands: `ioc --help` must be quick."""

from typing import Annotated

import typer

from kpi import cli_ledger

REGULATION = typer.Option("--regulation", help="id of the text, e.g. soctrang-2024; applied to any date")
JSON = typer.Option("--json", help="one JSON object instead of text")
LANG = typer.Option("--lang", help="vi or en")


def deadline(
    regulation: Annotated[str | None, REGULATION] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="stage of the life cycle, e.g. handle")] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="ISO 8601 with offset, 2024-04-26T16:59:00+07:00")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="calendar; default: the text's own")
    ] = None,
    counting: Annotated[str | None, typer.Option("--counting", help="civil_code or working_hours")] = None,
    base: Annotated[
        str | None, typer.Option("--base", help="text that lends what --regulation leaves out")
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="JSON lines {regulation, stage, start} or -")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """When a stage's limit ends, with every step that leads there.

    Exit 0: answered. 2: the question cannot be read (said on stderr). 3: the text sets no such limit.
    """
    if batch is not None:
        from kpi import cli_batch

        raise typer.Exit(cli_batch.batch(batch))
    missing = [
        name
        for name, value in (("--regulation", regulation), ("--stage", stage), ("--start", start))
        if not value
    ]
    if missing:
        typer.echo(f"ioc deadline: missing {', '.join(missing)}", err=True)
        raise typer.Exit(2)
    from kpi import cli_deadline

    question = {"regulation": regulation, "stage": stage, "start": start}
    optional = {"province": province, "counting": counting, "base": base}
    question |= {name: value for name, value in optional.items() if value is not None}
    raise typer.Exit(cli_deadline.single(question, as_json=as_json, lang=lang))


def period(
    kind: Annotated[str, typer.Option("--kind", help="day, week, month, quarter, half, nine_months or year")],
    of: Annotated[str, typer.Option("--of", help="2024, 2024-03, 2024-Q1, 2024-H2, 2024-W07 or 2024-03-31")],
    basis: Annotated[str, typer.Option("--basis", help="decree09 (15th to 14th) or calendar")] = "decree09",
    as_json: Annotated[bool, JSON] = False,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Bounds of a reporting period, and when it is due to whom under each text. Exit 2: no such period."""
    from kpi import cli_period

    raise typer.Exit(cli_period.show(kind, of, basis, as_json=as_json, lang=lang))


def hotspots(
    from_on: Annotated[str, typer.Option("--from", help="first day of sending, 2024-09-15")],
    to_on: Annotated[str, typer.Option("--to", help="last day of sending, included")],
    province: Annotated[
        str | None, typer.Option("--province", help="code or name; default IOC_PROVINCE")
    ] = None,
    district: Annotated[str | None, typer.Option("--district", help="only this ground")] = None,
    field: Annotated[str | None, typer.Option("--field", help="show only this field")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Places and fields that keep coming back, with their test. Exit 0: answered, also with none. 2: cannot be answered."""
    from kpi import cli_hotspots

    raise typer.Exit(cli_hotspots.show(province, from_on, to_on, district, field, as_json=as_json))


calendar = typer.Typer(no_args_is_help=True, help="Days off, make-up days and office hours.")


@calendar.command("check")
def calendar_check(as_json: Annotated[bool, JSON] = False) -> None:
    """Check the calendar's data and list what no document decides yet. Exit 2: the data cannot be right."""
    from kpi import cli_period

    raise typer.Exit(cli_period.check_calendar(as_json=as_json))


def register(app: typer.Typer) -> None:
    """Add this package's commands to the root command."""
    app.command("deadline")(deadline)
    app.command("period")(period)
    app.command("hotspots")(hotspots)
    app.add_typer(calendar, name="calendar")
    cli_ledger.register(app)

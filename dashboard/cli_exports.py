"""`ioc report` and `ioc rank`: the extracts as files. Exit codes: 0 written, 2 asked for something that cannot be."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from urllib.parse import urlencode

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kpi.filters import Filters
    from kpi.scope import Scope

    Make = Callable[[Engine, Scope, Filters, datetime], bytes]

Out = Annotated[Path | None, typer.Option(help="File to write; by default named after province and period.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]
Basis = Annotated[str, typer.Option(help="decree09 (cut-off on the 15th, Nghị định 09/2019) or calendar.")]
Slice = Annotated[str | None, typer.Option(help="Code; all when left out.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the root command."""
    app.command("report")(report)
    app.command("rank")(rank)


def report(
    period: Annotated[
        str, typer.Option(help="2024-10, 2024-Q4, 2024-H2, 2024-9M, 2024, 2024-W07 or 2024-03-31.")
    ],
    basis: Basis = "decree09",
    district: Slice = None,
    unit: Slice = None,
    field: Slice = None,
    channel: Slice = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Write the extract of a period as .xlsx: annexes by unit, field, channel, district, and the overdue list."""
    from dashboard.exports.period import period_workbook_sync

    asked = {
        "period": period,
        "basis": basis,
        "district": district,
        "unit": unit,
        "field": field,
        "channel": channel,
    }
    _write("bao-cao", asked, out, as_json, period_workbook_sync)


def rank(
    year: Annotated[str, typer.Option(help="2024: the year to rank.")],
    basis: Basis = "decree09",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Write the yearly ranking of units (CCHC) as .xlsx."""
    from dashboard.exports.ranking import ranking_workbook_sync

    if not (year.isdigit() and len(year) == 4):
        _refuse(f"year={year}: write it as 2024")
    _write("xep-hang", {"period": year, "basis": basis}, out, as_json, ranking_workbook_sync)


def _write(kind: str, asked: dict[str, str | None], out: Path | None, as_json: bool, make: "Make") -> None:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from kpi.filters import FilterError, Filters
    from kpi.periods import period_of
    from kpi.scope import Scope
    from kpi.settings import Settings
    from kpi.worktime import OutOfCalendarError

    settings = Settings()
    if not settings.mart_url:
        _refuse("IOC_MART_URL is not set: the mart to read from")
    given = {key: value for key, value in asked.items() if value is not None}
    engine = create_engine(make_url(settings.mart_url).set(drivername="postgresql+psycopg"))
    try:
        filters = Filters.from_query(urlencode(given), period_of("month", settings.clock.today()))
        content = make(engine, Scope(settings.province, "admin"), filters, settings.clock.now())
    except (FilterError, OutOfCalendarError, LookupError) as error:
        _refuse(str(error.args[0] if isinstance(error, LookupError) else error))
    except (OperationalError, ProgrammingError) as error:
        _refuse(f"the mart does not answer: {str(error.orig).splitlines()[0]}")
    finally:
        engine.dispose()
    path = out or Path(f"{kind}-{settings.province}-{given['period']}.xlsx")
    try:
        path.write_bytes(content)
    except OSError as error:
        _refuse(f"cannot write {path}: {error.strerror}")
    answer = {"file": str(path), "bytes": len(content), "filters": filters.query()}
    typer.echo(
        json.dumps(answer, ensure_ascii=False) if as_json else f"Wrote {path} ({len(content) // 1024} KB)"
    )


def _refuse(message: str) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)

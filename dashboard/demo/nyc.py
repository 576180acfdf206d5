"""`ioc demo-nyc`: the same product on a file of another city's reports, read under a mapping; no store, no simulator."""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from etl.sources.files import FileSource
    from kpi.periods import Period

WEEK_S = 7 * 86_400
LIVING = ("web", "etl")


def demo_nyc(
    file: Annotated[
        Path, typer.Argument(help="CSV of 311 requests, as New York's open-data portal exports it")
    ],
    state: Annotated[
        Path, typer.Option(help="folder of everything this demo keeps; delete it to start anew")
    ] = Path(".demo-nyc"),
    mapping: Annotated[str, typer.Option(help="a shipped mapping's name or a YAML file")] = "nyc311",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8050,
) -> None:
    """Read FILE into a mart of its own and show it. The clock stands in the week after the file's last instant.

    Exit codes: 0 stopped by you, 1 a part failed, 2 bad arguments or a file that cannot be read.
    """
    from dashboard.demo import run, sign_ins
    from dashboard.demo.state import DemoState, StateMismatchError, open_state
    from etl.sources.record import SourceError
    from kpi.strict_yaml import DataError

    folder = state.resolve()
    try:
        run.refuse_taken_port(port)
        source, path = _source(file, mapping)
        known = folder / "demo.json"
        weeks = _kept_weeks(known) if known.exists() else _weeks_behind(source)
        wanted = DemoState(
            province=source.province_code, reports=_report_count(source), seed=0, clock_offset_weeks=weeks
        )
        kept = open_state(folder, wanted)
        with ExitStack() as stack:
            env = run.environment(folder, kept, port, stack)
            env |= {"IOC_SOURCE_MAPPING": _mapping_path(mapping), "IOC_SOURCE": str(path)}
            env.pop("IOC_STORE_URL", None)
            run.prepare(_steps(run), folder, kept, env)
            sign_ins.prepare(folder, kept, env)
            _announce(source, weeks)
            sign_ins.announce(kept, port)
            _announce_period(_sent_by_day(env["IOC_MART_URL"]), port)
            raise typer.Exit(run.serve(LIVING, env))
    except (
        StateMismatchError,
        run.StepFailedError,
        run.PortTakenError,
        SourceError,
        DataError,
    ) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1 if isinstance(error, run.StepFailedError) else 2) from None


def _mapping_path(mapping: str) -> str:
    path = Path(mapping)
    return str(path.resolve()) if path.is_file() else mapping


def _source(file: Path, mapping: str) -> "tuple[FileSource, Path]":
    from etl.sources.files import FileSource
    from etl.sources.mapping import load_mapping

    path = file.resolve()
    return FileSource(path, load_mapping(mapping)), path


def _report_count(source: "FileSource") -> int:
    return sum(within.report_count for within in source.ranges(1_000_000))


def _kept_weeks(path: Path) -> int:
    """The clock of a folder that was prepared before: it went on since."""
    found = re.search(r'"clock_offset_weeks": (-?\d+)', path.read_text(encoding="utf-8"))
    return int(found[1]) if found else 0


def _weeks_behind(source: "FileSource") -> int:
    """Whole weeks back that bring the clock nearest after the file's last instant."""
    last = source.last_recorded_at()
    if last is None:
        return 0
    return int((datetime.now(UTC) - last).total_seconds() // WEEK_S)


def _steps(run: Any) -> list[Any]:
    return [
        run.Step("migrate", "KPI mart: migrations", (("mart", "migrate"),), always=True),
        run.Step("backfill", "ETL: from the file into the mart", (("etl", "backfill"),)),
    ]


def _announce(source: "FileSource", weeks: int) -> None:
    """What of the clock and of the file is not as in a province."""
    last = source.last_recorded_at()
    typer.echo(
        f"The clock stands {weeks} weeks behind the world's: after the file's last instant"
        f" ({last:%d/%m/%Y} UTC). Times are shown in Vietnam's zone; due dates are the file's own."
    )


def busiest_month(sent: Mapping[date, int]) -> "tuple[Period, int] | None":
    """The month of Nghị định 09/2019 in which most reports were sent, with their number; None without a report."""
    from kpi.periods import period_of

    by_month: Counter[Period] = Counter()
    for day, count in sent.items():
        by_month[period_of("month", day)] += count
    return by_month.most_common(1)[0] if by_month else None


def _sent_by_day(mart_url: str) -> dict[date, int]:
    """How many reports of the mart were sent on each day in Asia/Ho_Chi_Minh."""
    from sqlalchemy import Date, cast, create_engine, func, make_url, select

    from kpi import mart

    day = cast(func.timezone("Asia/Ho_Chi_Minh", mart.report.c.sent_at), Date)
    engine = create_engine(make_url(mart_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as conn:
        found = {row[0]: row[1] for row in conn.execute(select(day, func.count()).group_by(day))}
    engine.dispose()
    return found


def _announce_period(sent: Mapping[date, int], port: int) -> None:
    """Where to look first: a file need not reach into the last closed month, which pages show by default."""
    busiest = busiest_month(sent)
    if busiest is None:
        return
    month, count = busiest
    address = f"http://127.0.0.1:{port}/?period={month.code}"
    typer.echo(
        f"Pages open on the last closed month; most reports ({count}) were sent in {month.code}: {address}"
    )


def register(app: typer.Typer) -> None:
    """Add `ioc demo-nyc`."""
    app.command("demo-nyc")(demo_nyc)

"""`ioc demo`: the whole product on one machine, with a store that lives."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboard.demo.run import Step
    from dashboard.demo.state import DemoState

CLOCKS = {"104-weeks-behind": 104, "now": 0}


def demo(
    state: Annotated[
        Path, typer.Option(help="folder of everything this demo keeps; delete it to start anew")
    ] = Path(".demo"),
    reports: Annotated[
        int, typer.Option(min=100, help="reports in the two years before the demo's today")
    ] = 20_000,
    province: Annotated[str, typer.Option(help="code or short name: 94, soctrang")] = "soctrang",
    seed: Annotated[int, typer.Option(help="same seed, same past")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8050,
    clock: Annotated[str, typer.Option(help=" | ".join(CLOCKS))] = "104-weeks-behind",
) -> None:
    """Start a living PAHT store, the ETL and the dashboard on localhost. Ctrl-C stops all of it.

    Exit codes: 0 stopped by you, 1 a part failed, 2 bad arguments.
    """
    from dashboard.demo import run, sign_ins
    from dashboard.demo.state import DemoState, StateMismatchError, open_state

    if clock not in CLOCKS:
        raise typer.BadParameter(f"{clock}: one of {', '.join(CLOCKS)}", param_hint="--clock")
    wanted = DemoState(province=_code(province), reports=reports, seed=seed, clock_offset_weeks=CLOCKS[clock])
    folder = state.resolve()
    try:
        run.refuse_taken_port(port)
        kept = open_state(folder, wanted)
        with ExitStack() as stack:
            env = run.environment(folder, kept, port, stack)
            run.prepare(_steps(kept, own_store="IOC_STORE_OWNER_URL" not in os.environ), folder, kept, env)
            sign_ins.prepare(folder, kept, env)
            sign_ins.announce(kept, port)
            raise typer.Exit(run.serve(run.LIVING, env))
    except (StateMismatchError, run.StepFailedError, run.PortTakenError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2 if isinstance(error, (StateMismatchError, run.PortTakenError)) else 1) from None


def _code(province: str) -> str:
    """Code of a province that the simulator can fill. Raises typer.BadParameter naming those that are known."""
    from geo.places import coverages_of
    from kpi.provinces import UnknownProvinceError, province_code

    try:
        code = province_code(province)
    except UnknownProvinceError as error:
        raise typer.BadParameter(str(error), param_hint="--province") from None
    if not coverages_of(code):
        raise typer.BadParameter(
            f"{province}: no boundaries are held there, so no reports can be invented",
            param_hint="--province",
        )
    return code


def _steps(state: "DemoState", *, own_store: bool) -> "list[Step]":
    """What to prepare. Only a store in the demo's own folder is made anew; a given server's is never dropped."""
    from dashboard.demo.run import Step

    fill = ("store", "simulate", "--reports", str(state.reports), "--seed", str(state.seed))
    return [
        Step(
            "store",
            f"Demo store: contract v1, read-only role, two years of {state.reports:,} reports",
            (
                ("store", "init", *(["--recreate"] if own_store else [])),
                (*fill, "--province", state.province),
            ),
        ),
        Step("migrate", "KPI mart: migrations", (("mart", "migrate"),), always=True),
        Step("backfill", "ETL: from the store into the mart", (("etl", "backfill"),)),
    ]


def register(app: typer.Typer) -> None:
    """Add `ioc demo`."""
    app.command()(demo)

"""`ioc demo`: the whole product on one machine, with a store that lives."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboard.demo.run import Step
    from dashboard.demo.state import DemoState

PROVINCES = {"soctrang": "94", "binhdinh": "52", "binhphuoc": "70"}
CLOCKS = {"104-weeks-behind": 104, "now": 0}


def demo(
    state: Annotated[
        Path, typer.Option(help="folder of everything this demo keeps; delete it to start anew")
    ] = Path(".demo"),
    reports: Annotated[
        int, typer.Option(min=100, help="reports in the two years before the demo's today")
    ] = 20_000,
    province: Annotated[str, typer.Option(help=" | ".join(PROVINCES))] = "soctrang",
    seed: Annotated[int, typer.Option(help="same seed, same past")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8050,
    clock: Annotated[str, typer.Option(help=" | ".join(CLOCKS))] = "104-weeks-behind",
) -> None:
    """Start a living PAHT store, the ETL and the dashboard on localhost. Ctrl-C stops all of it.

    Exit codes: 0 stopped by you, 1 a part failed, 2 bad arguments.
    """
    from dashboard.demo import run, sign_ins
    from dashboard.demo.state import DemoState, StateMismatchError, open_state

    for name, value, known in (("province", province, PROVINCES), ("clock", clock, CLOCKS)):
        if value not in known:
            raise typer.BadParameter(f"{value}: one of {', '.join(known)}", param_hint=f"--{name}")
    wanted = DemoState(
        province=PROVINCES[province], reports=reports, seed=seed, clock_offset_weeks=CLOCKS[clock]
    )
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

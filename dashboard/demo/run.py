"""`ioc demo`: prepare what is missing with the product's own commands, then run the Procfile until Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import typer
from honcho.environ import parse_procfile
from honcho.manager import Manager
from sqlalchemy.engine import make_url

from dashboard.demo import servers
from dashboard.demo.state import DemoState

ROOT = Path(__file__).resolve().parents[2]
IOC = str(Path(sys.executable).with_name("ioc"))
LIVING = ("web", "etl", "store")


class StepFailedError(Exception):
    """A command of the preparation failed; its own message is above."""


class PortTakenError(Exception):
    """Somebody listens on the port already."""


@dataclass(frozen=True)
class Step:
    """Commands of the preparation, run once for a state folder unless it is run `always`."""

    name: str
    what: str
    commands: tuple[tuple[str, ...], ...]
    always: bool = False


def refuse_taken_port(port: int) -> None:
    """Raise PortTakenError where the dashboard could not listen: said before minutes of work, not after."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTakenError(
                f"port {port} is taken: stop what listens there or choose another (PORT=…)"
            ) from None


def environment(folder: Path, state: DemoState, port: int, stack: ExitStack) -> dict[str, str]:
    """Start the servers that no variable names; returns the environment of every process of the demo."""
    env = dict(os.environ)
    if not env.get("IOC_REDIS_URL"):
        env["IOC_REDIS_URL"] = stack.enter_context(servers.valkey(folder / "valkey"))
    if not (env.get("IOC_STORE_OWNER_URL") and env.get("IOC_MART_URL")):
        handle, url = servers.start_postgres(folder / "postgres")
        stack.callback(handle.cleanup)
        store, mart = (servers.create_database(url, name) for name in ("store", "mart"))
        env.setdefault("IOC_STORE_OWNER_URL", servers.libpq(store))
        env.setdefault("IOC_MART_URL", servers.libpq(mart))
    owner = make_url(env["IOC_STORE_OWNER_URL"])
    if not env.get("IOC_STORE_URL"):
        reader = servers.set_login(owner, "ioc_reader", state.reader_password)
        env["IOC_STORE_URL"] = servers.libpq(reader)
    if not env.get("IOC_WEB_URL"):
        web = servers.set_login(make_url(env["IOC_MART_URL"]), "ioc_web", state.web_password)
        env["IOC_WEB_URL"] = servers.libpq(web)
    return env | {
        "IOC_SECRET_KEY": state.secret_key,
        "IOC_PROVINCE": state.province,
        "IOC_CLOCK_OFFSET_WEEKS": str(state.clock_offset_weeks),
        "IOC_STATE_DIR": str(folder),
        "IOC_HOST": "127.0.0.1",
        "IOC_PORT": str(port),
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }


def prepare(steps: list[Step], folder: Path, state: DemoState, env: dict[str, str]) -> None:
    """Run the steps that this folder has not done yet, each with its time; raises StepFailedError."""
    for number, step in enumerate(steps, 1):
        if step.name in state.done_steps and not step.always:
            continue
        typer.secho(f"[{number}/{len(steps)}] {step.what}", bold=True)
        started = time.monotonic()
        for command in step.commands:
            if subprocess.run([IOC, *command], env=env, cwd=ROOT, check=False).returncode:
                raise StepFailedError(f"“ioc {' '.join(command)}” failed: see above")
        typer.echo(f"      {time.monotonic() - started:.1f} s")
        if step.name not in state.done_steps:
            state.done_steps.append(step.name)
            state.save(folder)


def serve(names: tuple[str, ...], env: dict[str, str]) -> int:
    """Run these processes of the Procfile until one of them stops or Ctrl-C; returns the exit code."""
    procfile = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8"))
    manager = Manager()
    for name in names:
        manager.add_process(name, f"exec {procfile.processes[name]}", env=env, cwd=str(ROOT))
    manager.loop()
    return 0 if manager.returncode in (0, 130, 143) else int(manager.returncode or 0)

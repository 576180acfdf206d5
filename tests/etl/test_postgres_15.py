"""The oldest PostgreSQL that we promise: migrations, row-level security, backfill and follow, on the machine's own 15.

The very tests of the other files run again in a process of their own whose server is the old one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = "15"
DEBIAN_BIN = Path(f"/usr/lib/postgresql/{VERSION}/bin")
UNPRIVILEGED = ("postgres", "nobody")
LEG = (
    "tests/etl/test_migrate.py",
    "tests/etl/test_months.py::test_a_mart_of_before_keeps_every_row",
    "tests/etl/test_months.py::test_rows_that_strayed_go_into_their_month_at_local_midnight",
    "tests/etl/test_follow.py::test_any_batching_gives_the_same_mart",
    "tests/etl/test_follow.py::test_a_transaction_that_commits_late_with_smaller_ids_arrives",
    "tests/etl/test_follow.py::test_secret_reports_are_counted_but_show_nothing",
)
pytestmark = [pytest.mark.server, pytest.mark.slow]


def bin_dir() -> Path | None:
    """Where this machine keeps PostgreSQL 15, if it has it."""
    on_path = shutil.which("pg_ctl")
    for folder in (DEBIAN_BIN, Path(on_path).resolve().parent if on_path else None):
        if folder and (folder / "initdb").exists():
            said = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=True
            )
            if said.stdout.split()[2].split(".")[0] == VERSION:
                return folder
    return None


def unprivileged() -> str | None:
    """The user that the server runs as: PostgreSQL refuses root."""
    if os.geteuid():
        return None
    known = {line.split(":")[0] for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines()}
    return next(user for user in UNPRIVILEGED if user in known)


@pytest.fixture(scope="module")
def old_postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL 15 that lives as long as this module's tests."""
    binaries = bin_dir()
    if binaries is None:
        pytest.skip("needs PostgreSQL 15 (initdb, pg_ctl), which is not on this machine")
    user = unprivileged()
    # Not under tmp_path: its parents are closed to other users.
    made = subprocess.run(["mktemp", "-d"], user=user, capture_output=True, text=True, check=True, cwd="/")
    folder = Path(made.stdout.strip())

    def run(*command: str) -> None:
        subprocess.run(
            [binaries / command[0], *command[1:]], user=user, check=True, cwd="/", capture_output=True
        )

    data, log = str(folder / "data"), str(folder / "log")
    try:
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=50"
        run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        yield f"postgresql://postgres@/postgres?host={folder}"
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_migrations_scope_backfill_and_follow_on_postgresql_15(old_postgres_url: str) -> None:
    env = os.environ | {"IOC_TEST_POSTGRES_URL": old_postgres_url}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *LEG],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-4000:]
    assert " passed" in told.stdout

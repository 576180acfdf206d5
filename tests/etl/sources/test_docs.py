"""docs/sources.md, "From nothing to a running mart": the commands of each of the four kinds, run as they are written."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT
from tests.etl.sources import foreign
from tests.etl.sources.fake_open311 import Fake, serving
from tests.etl.sources.test_open311 import request as asked_for

pytestmark = pytest.mark.server
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## From nothing to a running mart")[1].split("\n## ")[0]
STORE, FOREIGN, OPEN311, FILES = re.findall(r"```sh\n(.*?)```", SECTION, flags=re.DOTALL)
PSQL = f"#!{sys.executable}\nimport sys, psycopg\nconn = psycopg.connect(sys.argv[1], autocommit=True)\nconn.execute(open(sys.argv[3]).read())\n"


@pytest.fixture
def mart_url(new_database):
    return new_database("mart")


@pytest.fixture
def run(tmp_path, mart_url):
    """Runs a block of the page; `psql` is a stand-in that runs a file, since not every machine has it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "psql").write_text(PSQL)
    (tmp_path / "bin" / "psql").chmod(0o755)

    def block(text: str, **env: str) -> None:
        found = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), found["PATH"]])
        (tmp_path / "drop").mkdir(exist_ok=True)
        found |= {"PATH": path, "IOC_MART_URL": mart_url, "FOLDER": str(tmp_path / "drop"), **env}
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", text],
            cwd=ROOT,
            env=found,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return block


def rows(mart_url: str, query: str) -> list[tuple]:
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


COUNT = "SELECT count(*) FROM mart.report"


def test_a_store(run, mart_url, new_database):
    run(STORE, IOC_STORE_OWNER_URL=new_database("store"))
    assert (
        rows(mart_url, COUNT)[0][0] > 150
    )  # 200 but for those that the simulator deletes or leaves unusable


def test_a_foreign_system(run, mart_url, new_database):
    url = new_database("foreign")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(foreign.SIGNALEN + foreign.SIGNALEN_ROWS)
    run(
        FOREIGN,
        DATABASE=url,
        IOC_STORE_URL=f"{url}{'&' if '?' in url else '?'}options=-c%20role%3Dioc_reader",
    )
    assert rows(mart_url, COUNT) == [(4,)]


def test_an_open311_server(run, mart_url):
    first = datetime(2018, 6, 1, 12, tzinfo=UTC)
    with serving(Fake([asked_for(n, first + timedelta(hours=n)) for n in range(1, 31)])) as url:
        run(OPEN311, CITY=url)
    assert rows(mart_url, COUNT) == [(30,)]


def test_files(run, mart_url):
    run(FILES)
    outcome = rows(mart_url, "SELECT report_code, status, outcome FROM mart.report ORDER BY report_code")
    assert outcome == [
        ("PA-2024-12-00001", "done", "on_time"),  # sent on a Monday, approved on Wednesday
        ("PA-2024-12-00002", "done", "late"),  # 13 working days after it was dispatched
        ("PA-2024-12-00003", "open", ""),
    ]
    told = rows(mart_url, "SELECT row_ref, field FROM mart.quarantine WHERE resolved_at IS NULL")
    assert told == [("phan-anh.csv:5", "Ngày gửi")]
    placed = rows(mart_url, "SELECT count(*) FROM mart.report WHERE place_flag NOT IN ('missing', 'invalid')")
    assert placed == [(2,)]

"""`ioc store`: exit codes, and one clear line instead of a stack trace."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from tests.etl.store.stores import rows

NOT_THERE = "postgresql://nobody@127.0.0.1:1/nothing"


def ioc(url: str | None, *words: str) -> tuple[int, str]:
    """Exit code and what is said."""
    result = CliRunner(env={"IOC_STORE_OWNER_URL": url, "IOC_CLOCK_OFFSET_WEEKS": "104"}).invoke(
        app, ["store", *words]
    )
    return result.exit_code, result.output


def test_from_nothing_to_a_filled_store(new_database: Callable[[str], str]) -> None:
    url = new_database("cli")
    assert ioc(url, "init")[0] == 0
    code, said = ioc(
        url, "simulate", "--reports", "300", "--years", "0.2", "--province", "binhdinh", "--seed", "5"
    )
    assert (code, "300 reports of province 52 (seed 5)" in said) == (0, True)
    assert rows(url, "SELECT count(*), min(province_code) FROM paht.report") == [(300, "52")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init"], "already holds a schema paht"),
        (["simulate"], "filled already"),
        (["simulate", "--province", "hanoi"], "unknown province 'hanoi'; known: 94 soctrang"),
    ],
)
def test_refusals_of_a_filled_store(filled_store: str, words: list[str], said: str) -> None:
    code, output = ioc(filled_store, *words)
    assert code == 2
    assert said in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["simulate", "--years", "5"], "province 94 has no boundaries on 2019"),
        (["simulate", "--reports", "0"], "reports"),
        (["simulate", "--years", "0"], "years"),
    ],
)
def test_a_world_that_cannot_be(empty_store: str, words: list[str], said: str) -> None:
    code, output = ioc(empty_store, *words)
    assert code == 2
    assert said in output


@pytest.mark.parametrize("words", [["init"], ["simulate"], ["simulate", "--follow"]])
def test_no_store_there(new_database: Callable[[str], str], words: list[str]) -> None:
    for url, said in ((None, "IOC_STORE_OWNER_URL is not set"), (NOT_THERE, "does not answer")):
        code, output = ioc(url, *words)
        assert code == 2
        assert said in output
        assert "Traceback" not in output


def test_a_database_without_a_store(new_database: Callable[[str], str]) -> None:
    assert ioc(new_database("bare"), "simulate") == (
        2,
        "Error: the database has no demo store: ioc store init makes it\n",
    )

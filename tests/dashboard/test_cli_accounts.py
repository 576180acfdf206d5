"""`ioc account` and `ioc wall-device`: what they do, what they refuse and with which words."""

import json

import pytest
from typer.testing import CliRunner

from dashboard.accounts import MIN_PASSWORD_LENGTH, token_hash
from dashboard.cli import app
from etl.migrate import upgrade

pytestmark = pytest.mark.server
cli = CliRunner()


@pytest.fixture(scope="module")
def mart_url(new_database) -> str:
    url = new_database("accounts")
    upgrade(url)
    return url


@pytest.fixture(autouse=True)
def environment(monkeypatch, mart_url: str) -> None:
    monkeypatch.setenv("IOC_MART_URL", mart_url)
    monkeypatch.setenv("IOC_PROVINCE", "94")


def listed() -> dict[str, dict]:
    answer = cli.invoke(app, ["account", "list", "--json"])
    return {row["username"]: row for row in json.loads(answer.stdout)}


def test_add_prints_a_password_once_and_list_never() -> None:
    answer = cli.invoke(app, ["account", "add", "Chuyenvien", "--role", "analyst", "--name", "Chuyên viên"])
    assert answer.exit_code == 0
    username, role, password = answer.stdout.split()
    assert (username, role) == ("chuyenvien", "analyst")
    assert len(password) >= MIN_PASSWORD_LENGTH
    rows = cli.invoke(app, ["account", "list"]).stdout
    assert "chuyenvien" in rows
    assert password not in rows
    assert "argon2" not in json.dumps(listed())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x", "--role", "king"], "unknown role 'king'"),
        (["x", "--role", "district"], "--district belongs to role district"),
        (["x", "--role", "leader", "--unit", "U"], "--unit belongs to role unit"),
        (["twice", "--role", "leader"], "exists already"),
    ],
)
def test_add_refuses_with_one_line(arguments, words) -> None:
    cli.invoke(app, ["account", "add", "twice", "--role", "leader"])
    answer = cli.invoke(app, ["account", "add", *arguments])
    assert answer.exit_code == 2
    assert words in answer.stderr


def test_short_passwords_are_refused_and_new_ones_unlock() -> None:
    cli.invoke(app, ["account", "add", "pw", "--role", "leader"])
    assert cli.invoke(app, ["account", "password", "pw", "--password-stdin"], input="short\n").exit_code == 2
    assert (
        cli.invoke(
            app, ["account", "password", "pw", "--password-stdin"], input="long enough for all\n"
        ).exit_code
        == 0
    )


def test_disable_and_enable() -> None:
    cli.invoke(app, ["account", "add", "out", "--role", "leader"])
    assert cli.invoke(app, ["account", "disable", "out"]).exit_code == 0
    assert listed()["out"]["is_disabled"] is True
    cli.invoke(app, ["account", "enable", "out"])
    assert listed()["out"]["is_disabled"] is False
    unknown = cli.invoke(app, ["account", "disable", "nobody"])
    assert (unknown.exit_code, "no account 'nobody'" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"distance_m": 0}', "distance_m"),
        ('{"distanz_m": 6}', "distanz_m"),
        ('{"scenes": ["province", "nonsense"]}', "no scene 'nonsense'; scenes.yaml has province"),
    ],
)
def test_settings_of_a_wall_device_are_checked_before_it_hangs(
    mart_url: str, settings: str, says: str
) -> None:
    answer = cli.invoke(app, ["wall-device", "add", "w8", "--settings", settings])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert says in answer.stderr
    assert "w8" not in cli.invoke(app, ["wall-device", "list"]).stdout


def test_wall_devices_keep_only_a_hash_of_the_token(mart_url: str) -> None:
    answer = cli.invoke(app, ["wall-device", "add", "w7", "--settings", '{"distance_m": 6}'])
    token = answer.stdout.strip().split("token=")[1]
    devices = cli.invoke(app, ["wall-device", "list", "--json"]).stdout
    assert token not in devices
    assert json.loads(devices)[0]["settings"] == {"distance_m": 6}
    assert len(token_hash(token)) == 64
    assert cli.invoke(app, ["wall-device", "remove", "w7"]).exit_code == 0
    assert cli.invoke(app, ["wall-device", "remove", "w7"]).exit_code == 2

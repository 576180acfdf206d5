"""`ioc locate` and `ioc geo check` as they are typed."""

import json

import pytest
import typer
from typer.testing import CliRunner

import geo.cli_check
from geo.check import Finding
from geo.cli import register

RUN = CliRunner()
app = typer.Typer()
register(app)
POINT = ["locate", "--lon", "105.9739", "--lat", "9.6025"]


def test_one_point_as_json():
    result = RUN.invoke(app, [*POINT, "--on", "2024-08-31", "--province", "soctrang", "--json"])
    answer = json.loads(result.output)
    assert result.exit_code == 0
    assert [answer[k]["code"] for k in ("province", "district", "commune")] == ["94", "941", "31513"]
    assert (answer["commune"]["full_name"], answer["flag"], answer["found"]) == (
        "Phường 1",
        "uncertain",
        True,
    )


def test_the_same_ground_today_in_words():
    result = RUN.invoke(app, [*POINT, "--on", "2026-11-22"])
    assert result.output == "Phường Phú Lợi (31510), Thành phố Cần Thơ (92): Trong xã [inside]\n"


def test_why_not():
    result = RUN.invoke(
        app, ["locate", "--lon", "0", "--lat", "0", "--on", "2024-01-01", "--json", "--lang", "en"]
    )
    answer = json.loads(result.output)
    assert (result.exit_code, answer["found"], answer["commune"]) == (0, False, None)
    assert (answer["flag"], answer["reason"]) == ("zero", "Coordinates 0,0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*POINT], "missing on"),
        ([*POINT, "--on", "31/12/2024"], "'31/12/2024' is no day YYYY-MM-DD"),
        ([*POINT, "--on", "2024-01-01", "--province", "hanoi"], "no boundaries are held"),
        ([*POINT, "--on", "2024-01-01", "--lang", "fr"], "neither vi nor en"),
        (["locate", "--batch", "/no/such/file"], "No such file"),
    ],
)
def test_bad_questions_are_one_clear_line(arguments, words):
    result = RUN.invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_batch_answers_in_order(tmp_path):
    days = ["2024-08-31", "2026-11-22", "2024-09-01"]
    file = tmp_path / "points.jsonl"
    file.write_text("\n".join(json.dumps({"lon": 105.9739, "lat": 9.6025, "on": day}) for day in days))
    result = RUN.invoke(app, ["locate", "--batch", str(file)])
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [(a["on"], a["commune"]["code"]) for a in answers] == [
        ("2024-08-31", "31513"),
        ("2026-11-22", "31510"),
        ("2024-09-01", "31522"),
    ]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("nonsense", "<stdin>:2: not JSON"),
        ("[1]", "<stdin>:2: not a JSON object"),
        ('{"lon": "1", "lat": 2, "on": "2024-01-01"}', "lon: '1' is no number"),
        ('{"lon": 1, "lat": 2}', "missing on"),
    ],
)
def test_a_bad_line_stops_the_batch_with_its_number(bad, words):
    good = '{"lon": null, "lat": 9.6, "on": "2024-01-01"}'
    result = RUN.invoke(app, ["locate", "--batch", "-"], input=f"{good}\n{bad}\n{good}\n")
    assert result.exit_code == 2
    assert [json.loads(line)["flag"] for line in result.stdout.splitlines()] == ["missing"]
    assert words in result.stderr


def test_geo_check_says_what_failed(monkeypatch):
    findings = [
        Finding("94", "codes", "problems", 0.0, ()),
        Finding("94", "polygons", "problems", 1.0, ("no polygon",)),
    ]
    monkeypatch.setattr(geo.cli_check, "check_all", lambda: findings)
    text = RUN.invoke(app, ["geo", "check"])
    assert (text.exit_code, "no polygon" in text.output) == (1, True)
    as_json = json.loads(RUN.invoke(app, ["geo", "check", "--json"]).output)
    assert [f["ok"] for f in as_json] == [True, False]
    monkeypatch.setattr(geo.cli_check, "check_all", lambda: findings[:1])
    assert RUN.invoke(app, ["geo", "check"]).exit_code == 0

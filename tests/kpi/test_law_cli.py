"""`ioc deadline`, `ioc period`, `ioc calendar check`: answers, exit codes, and one clear line for what is wrong."""

import json

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from kpi import cli_batch

RUN = CliRunner()
START = "2024-04-26T16:59:00+07:00"  # Fri before 29/4-1/5/2024


def ask(*words: str, text: str | None = None):
    return RUN.invoke(app, list(words), input=text)


def deadline(*words: str, text: str | None = None):
    return ask("deadline", *words, text=text)


def test_one_deadline_as_json():
    done = deadline("--regulation", "soctrang-2024", "--stage", "handle", "--start", START, "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["due"] == "2024-05-08T17:00:00+07:00"
    assert found["limit"] == "6 ngày làm việc"
    assert found["article"] == "Đ8.1; Phụ lục II bước 2, 4"
    assert sum(step["working_day"] is not None for step in found["steps"]) == 6
    assert any("Công văn 2450/VPCP-KGVX" in step["text"] for step in found["steps"])


def test_one_deadline_as_text_in_both_languages():
    question = ("--regulation", "soctrang-2024", "--stage", "receive", "--start", START)
    assert "Hạn: 11:29:00 02/05/2024" in deadline(*question).stdout
    assert "Due: 11:29:00 02/05/2024" in deadline(*question, "--lang", "en").stdout


@pytest.mark.parametrize(
    ("words", "due"),
    [
        (("--stage", "handle", "--counting", "working_hours"), "2024-05-08T16:59:00+07:00"),
        (
            ("--stage", "receive", "--province", "binhdinh"),
            "2024-05-02T10:59:00+07:00",
        ),  # Thu from 07:00, 3:59
        (("--stage", "urgent_update"), "2024-04-26T20:59:00+07:00"),
    ],
)
def test_counting_and_province(words, due):
    # handle by hours, 6 x 8 h = 48 h: Fri 26 1 min, Thu 2, Fri 3, Sat 4, Mon 6, Tue 7 8 h each, Wed 8 7:59
    done = deadline("--regulation", "soctrang-2024", "--start", START, "--json", *words)
    assert json.loads(done.stdout)["due"] == due


@pytest.mark.parametrize(
    ("text", "stage"),
    [("soctrang-2024", "accept"), ("binhdinh-2021", "receive"), ("binhphuoc-2022", "handle")],
)
def test_absent_stage_exits_3_and_says_so(text, stage):
    done = deadline("--regulation", text, "--stage", stage, "--start", START)
    assert done.exit_code == 3
    assert done.stdout == ""
    assert f"{text} sets no limit for {stage} (không quy định)" in done.stderr


def test_base_text_lends_and_is_named():
    done = deadline(
        "--regulation", "binhphuoc-2022", "--base", "soctrang-2022", "--stage", "publish", "--start", START, "--json"
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["regulation"], found["borrowed_from"], found["article"]) == (
        "soctrang-2022",
        "soctrang-2022",
        "Đ12.2",
    )
    assert found["due"] == "2024-05-02T07:59:00+07:00"  # Bình Phước opens at 07:00: 1 min + 59


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--regulation", "soctrang-2025", "--stage", "handle", "--start", START), "unknown regulation 'soctrang-2025'"),
        (("--regulation", "soctrang-2024", "--stage", "handling", "--start", START), "unknown stage 'handling'"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", "2024-04-26T16:59:00"), "has no zone"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", "26/04/2024"), "not an ISO 8601 time"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", "2019-12-31T16:59:00+07:00"), "outside the calendar"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", "2035-01-01T08:00:00+07:00"), "outside the calendar"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", START, "--province", "hanoi"), "unknown province"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", START, "--counting", "x"), "unknown counting"),
        (("--regulation", "soctrang-2024", "--stage", "handle", "--start", START, "--lang", "fr"), "unknown language"),
        (("--regulation", "soctrang-2024"), "missing --stage, --start"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_exits_2_with_one_line(words, problem):
    done = deadline(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_undecided_year_is_said():
    done = deadline(
        "--regulation", "soctrang-2024", "--stage", "handle", "--start", "2027-12-30T08:00:00+07:00"
    )
    assert "Lưu ý: chưa có quyết định về lịch nghỉ năm 2028" in done.stdout


def lines_of(*questions: dict) -> str:
    return "".join(json.dumps(question) + "\n" for question in questions)


GOOD = {"regulation": "soctrang-2024", "stage": "receive", "start": START}


def test_batch_keeps_order_and_fields():
    other = {
        "regulation": "binhdinh-2021",
        "stage": "accept",
        "start": "2024-05-03T11:15:00+07:00",
        "code": "PA-2",
    }
    by_hours = GOOD | {"stage": "handle", "counting": "working_hours"}
    done = deadline("--batch", "-", text=lines_of(GOOD, other, by_hours) + "\n" + lines_of(GOOD))
    assert done.exit_code == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    due = ["2024-05-02T11:29:00+07:00", "2024-05-03T13:45:00+07:00", "2024-05-08T16:59:00+07:00"]
    assert [one["due"] for one in found] == [*due, due[0]]
    assert found[1] == other | {"due": due[1]}


def test_batch_from_a_file(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(lines_of(GOOD), encoding="utf-8")
    assert json.loads(deadline("--batch", str(path)).stdout)["due"] == "2024-05-02T11:29:00+07:00"
    done = deadline("--batch", str(tmp_path / "none.jsonl"))
    assert done.exit_code == 2
    assert "none.jsonl: No such file" in done.stderr


def test_batch_says_which_stage_is_not_set():
    done = deadline("--batch", "-", text=lines_of(GOOD | {"stage": "accept"}, GOOD))
    assert done.exit_code == 3
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["due"] is None
    assert "không quy định" in first["reason"]
    assert second["due"] == "2024-05-02T11:29:00+07:00"


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ('{"regulation": "soctrang-2024"', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        (json.dumps({"regulation": "soctrang-2024", "stage": "receive"}), "start: missing"),
        (json.dumps(GOOD | {"start": 1714125540}), "start: 1714125540 is not text"),
        (json.dumps(GOOD | {"start": "2024-04-26T16:59:00"}), "has no zone"),
        (json.dumps(GOOD | {"start": "2019-04-26T16:59:00+07:00"}), "26/04/2019 is outside the calendar"),
        (json.dumps(GOOD | {"regulation": "x"}), "unknown regulation 'x'"),
        (json.dumps(GOOD | {"stage": "x"}), "unknown stage 'x'"),
        (json.dumps(GOOD | {"province": "x"}), "unknown province 'x'"),
    ],
)
def test_batch_names_the_bad_line_and_answers_those_before_it(bad, problem):
    done = deadline("--batch", "-", text=lines_of(GOOD) + "\n" + bad + "\n" + lines_of(GOOD))
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.startswith("ioc deadline: <stdin>:3: ")
    assert problem in done.stderr


def test_period_as_json_and_text():
    found = json.loads(ask("period", "--kind", "quarter", "--of", "2024-Q1", "--json").stdout)
    assert (found["start"], found["end"]) == ("2023-12-15T00:00:00+07:00", "2024-03-15T00:00:00+07:00")
    assert found["label"] == "Quý I/2024"
    due = {(one["regulation"], one["report"]): one["before"] for one in found["due"]}
    assert due[("soctrang-2022", "quarterly")] == "2024-03-20"
    assert due[("binhphuoc-2022", "quarterly")] == "2024-03-30"
    assert due[("soctrang-2024", "quarterly")] is None
    assert "không quy định ngày" in ask("period", "--kind", "quarter", "--of", "2024-Q1").stdout


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--kind", "month", "--of", "2024-13"), "no month 13"),
        (("--kind", "month", "--of", "2024-03", "--basis", "x"), "unknown basis"),
        (("--kind", "month", "--of", "2024-03", "--lang", "x"), "unknown language"),
    ],
)
def test_bad_period_exits_2(words, problem):
    done = ask("period", *words)
    assert done.exit_code == 2
    assert problem in done.stderr


def test_calendar_check_lists_what_is_undecided():
    done = ask("calendar", "check", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert [year["working_days"] for year in found["years"]][:8] == [252, 250, 249, 249, 251, 250, 249, 249]
    told = " ".join(found["undecided"])
    assert all(word in told for word in ("2027", "2028", "2029", "binhphuoc", "soctrang-2024"))
    assert "Chưa quyết định: năm 2027" in ask("calendar", "check").stdout


def test_batch_longer_than_what_is_read_at_once(monkeypatch):
    monkeypatch.setattr(cli_batch, "LINES_AT_ONCE", 2)
    done = deadline("--batch", "-", text=lines_of(*[GOOD | {"n": str(n)} for n in range(5)]))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["n"] for one in found] == ["0", "1", "2", "3", "4"]
    assert {one["due"] for one in found} == {"2024-05-02T11:29:00+07:00"}

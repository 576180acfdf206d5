"""The explanation says what the ledger decided, in words that a unit's head understands; and the commands read a mart."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from typer.testing import CliRunner

from dashboard.cli import app
from etl.migrate import engine_of, upgrade
from kpi import mart
from kpi.cli_explain import as_json_text, as_text
from kpi.clock import LOCAL
from kpi.explain import explain
from kpi.explain_source import effective_events
from kpi.explanation import Explanation
from kpi.rulebook import Rulebook
from kpi.worktime import from_unix
from tests.kpi.ledger_cases import IOC, Story, random_story, story

S24 = Rulebook.load("94").under("soctrang-2024")
S22 = Rulebook.load("94").under("soctrang-2022")
NAMES = {"gtvt": "Sở Giao thông vận tải", "ioc": "IOC tỉnh", "dienluc": "Điện lực"}
INTAKE = """
2024-11-01 16:40 sent
2024-11-04 07:35 received ioc
2024-11-04 08:05 dispatched ioc>gtvt
"""
LATE = f"""{INTAKE}
2024-11-11 16:00 result gtvt
2024-11-13 09:10 approved gtvt
2024-11-13 10:02 published ioc
"""


def explained(text: str | Story, now: str = "2024-11-20 09:00", rulebook: Rulebook = S24) -> Explanation:
    told = story(text) if isinstance(text, str) else text
    at = datetime.fromisoformat(now).replace(tzinfo=LOCAL)
    return explain(
        "PA-1", from_unix(told.sent), told.urgency, told.events, rulebook, at, unit_names=NAMES, ioc_unit_code=IOC, report_id=1
    )  # fmt: skip


def test_the_verdict_of_a_late_leader() -> None:
    """The sentence of the mock-up: the officer was in time, the approval decides."""
    found = explained(LATE)
    assert (found.state, found.headline) == ("done_late", "Xong trễ hạn 1 giờ 40 phút làm việc")
    assert found.sentence == (
        "Kết quả được lãnh đạo Sở Giao thông vận tải phê duyệt lúc 09:10 ngày 13/11/2024, sau hạn 17:00 ngày 12/11/2024. "
        "Cán bộ nhập kết quả trước hạn, nhưng quá hạn tính theo lúc lãnh đạo phê duyệt."
    )
    assert found.article == "Điều 8.5, Sóc Trăng 2024"
    assert [(line.step, line.when) for line in found.steps] == [
        ("Bắt đầu tính", "08:05 thứ Hai 04/11"),
        ("Ngày đầu không tính", "04/11"),
        ("Đếm 6 ngày làm việc", "05, 06, 07, 08, 11, 12/11"),
        ("Hết hạn", "17:00 thứ Ba 12/11"),
        ("Việc quyết định", "09:10 thứ Tư 13/11"),
        ("Kết luận", "quá 1 giờ 40 phút làm việc"),
    ]
    assert found.notes[0] == "Không gia hạn, không trả lại, không chuyển phối hợp."


def test_late_time_is_shown_in_the_lane_of_who_held_it() -> None:
    lanes = {lane.holder_kind: lane for lane in explained(LATE).lanes}
    assert [span.late_s for span in lanes["leader"].spans] == [100 * 60]
    assert [span.late_s for span in lanes["lead"].spans] == [0]
    assert [span.late_s for span in lanes["ioc"].spans] == [
        0,
        0,
    ]  # publishing afterwards is not late handling
    leader = lanes["leader"].spans[0]
    assert f"{leader.late_from_at:%H:%M %d/%m}" == "17:00 12/11"


@pytest.mark.parametrize(
    ("text", "now", "state", "headline"),
    [
        (INTAKE, "2024-11-11 17:00", "due_soon", "Sắp đến hạn, còn 8 giờ làm việc"),  # Tuesday is a day of 8 hours
        (INTAKE, "2024-11-11 16:59", "in_time", "Trong hạn, còn 8 giờ 1 phút làm việc"),
        (INTAKE, "2024-11-12 17:00", "due_soon", "Sắp đến hạn, còn 0 phút làm việc"),
        (INTAKE, "2024-11-12 17:01", "overdue", "Quá hạn, ngoài giờ làm việc"),
        (INTAKE, "2024-11-13 09:10", "overdue", "Quá hạn 1 giờ 40 phút làm việc"),
        (f"{INTAKE}2024-11-05 09:00 info_requested gtvt", "2024-11-20 09:00", "paused", "Đang chờ người phản ánh bổ sung"),
        (f"{INTAKE}2024-11-05 09:00 refused ioc", "2024-11-20 09:00", "other", "Từ chối tiếp nhận"),
        ("2024-11-01 16:40 sent", "2024-11-04 11:11", "overdue", "Quá hạn 1 phút làm việc"),  # the IOC's own 4 hours
        (f"{INTAKE}2024-11-12 09:00 result gtvt\n2024-11-12 16:00 approved gtvt", "2024-11-20 09:00", "done_on_time",
         "Xong đúng hạn, còn 1 giờ làm việc"),
    ],
)  # fmt: skip
def test_states_and_headlines(text: str, now: str, state: str, headline: str) -> None:
    found = explained(text, now)
    assert (found.state, found.headline) == (state, headline)


def test_nothing_after_now_is_known() -> None:
    """The same report looked at a week earlier is still open."""
    assert explained(LATE, "2024-11-08 09:00").state == "in_time"


def test_holidays_and_swapped_days_are_named_with_their_document() -> None:
    """Friday 26/04/2024 16:59 + 4 hours: 29/4 is swapped with Saturday 4/5, 30/4 and 1/5 are days off."""
    found = explained("2024-04-26 16:59 sent", "2024-05-02 09:00")
    receive = found.stages[0]
    assert f"{receive.due_at:%H:%M %d/%m}" == "11:29 02/05"
    assert any("Nghỉ hoán đổi" in day for day in receive.skipped)
    assert "Công văn" in found.steps[1].article


def test_an_extension_that_does_not_count_says_why() -> None:
    found = explained(f"{INTAKE}2024-11-12 17:01 extended gtvt 2024-11-20 17:00")
    assert any("sau khi đã hết hạn" in line.why for line in found.steps if line.step == "Gia hạn không tính")


def test_half_of_the_limit_is_all_that_2022_gives() -> None:
    text = f"{INTAKE}2024-11-04 09:00 accepted gtvt\n2024-11-08 10:00 extended gtvt 2024-12-20 17:00"
    found = explained(text, rulebook=S22)
    line = next(line for line in found.steps if line.step == "Gia hạn")
    assert line.when == "17:00 thứ Sáu 15/11"
    assert "vượt mức văn bản cho phép" in line.why


def test_a_stage_without_a_limit_says_so_and_a_borrowed_one_names_its_text() -> None:
    own = explained(INTAKE, rulebook=Rulebook.load("70").without_base())
    assert {stage.limit for stage in own.stages} == {"không quy định"}
    lent = explained(INTAKE, rulebook=Rulebook.load("70"))
    assert any("mượn từ soctrang-2022" in note for note in lent.notes)


def test_an_event_that_cannot_be_is_told() -> None:
    found = explained(f"{INTAKE}2024-11-05 09:00 approved gtvt")
    assert [rejected.field for rejected in found.rejected] == ["kind"]
    assert "Không tính được sự kiện 4" in as_text(found)


def test_a_report_outside_the_calendar_is_not_guessed_at() -> None:
    found = explained("2019-12-31 08:00 sent")
    assert (found.state, found.stages) == ("unjudged", ())
    assert as_text(found)


@settings(max_examples=40, deadline=None)
@given(rnd=st.randoms(use_true_random=False), length=st.integers(1, 14))
def test_every_story_can_be_told(rnd: Random, length: int) -> None:
    """Shares add up to the working time held, a state is always found, both outputs can be written."""
    rulebook = S22 if rnd.random() < 0.5 else S24
    found = explained(random_story(rnd, rulebook, length), "2025-06-02 09:00", rulebook)
    assert found.headline
    assert found.total_worked_s == sum(span.worked_s for lane in found.lanes for span in lane.spans)
    assert sum(share.share_pct for share in found.shares) == pytest.approx(100 if found.total_worked_s else 0)
    assert sum(share.late_s for share in found.shares) == sum(
        s.late_s for lane in found.lanes for s in lane.spans
    )
    assert as_text(found)
    assert json.loads(as_json_text(found))["state"] == found.state


def test_corrections_and_voids_leave_only_what_stands() -> None:
    told = {e.event_id: e for e in story(LATE).events}
    rows = [
        {**asdict(e), "report_id": 1, "at": from_unix(e.at), "recorded_at": from_unix(e.at), "acting_unit_code": e.acting_unit,
         "target_unit_code": e.target_unit, "committed_at": None, "replaces_event_id": None}
        for e in told.values()
    ]  # fmt: skip
    corrected = {**rows[4], "event_id": 90, "at": from_unix(told[5].at - 86_400), "replaces_event_id": 5}
    voiding = {**rows[5], "event_id": 91, "kind": "voided", "replaces_event_id": 6}
    standing = effective_events([*rows, corrected, voiding])
    assert [e.event_id for e in standing] == [1, 2, 3, 4, 90] or [e.event_id for e in standing] == [
        1,
        2,
        3,
        90,
        4,
    ]
    assert 6 not in {e.event_id for e in standing}


# The commands, on a real mart ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mart_url(new_database: Callable[[str], str]) -> str:
    """A migrated mart with two reports: one late, one open at the same unit."""
    url = new_database("explain")
    upgrade(url)
    engine = engine_of(url)
    stories = {1: story(LATE), 2: story(INTAKE)}
    with engine.begin() as conn:
        conn.execute(insert(mart.unit), [
            {"province_code": "94", "unit_code": code, "name": name, "short_name": name, "level": "ioc" if code == IOC else "department"}
            for code, name in NAMES.items()
        ])  # fmt: skip
        for report_id, told in stories.items():
            conn.execute(insert(mart.report).values(
                province_code="94", report_id=report_id, report_code=f"PA-{report_id}", urgency="normal", is_secret=False,
                place_flag="none", regulation_id="soctrang-2024", status="open", stage="", lead_unit_code="gtvt",
                holder_unit_codes=["gtvt"], sent_at=from_unix(told.sent), is_extended=False, outcome="",
                last_event_at=from_unix(told.sent), last_recorded_at=from_unix(told.sent),
            ))  # fmt: skip
            conn.execute(insert(mart.event), [
                {"province_code": "94", "event_id": report_id * 100 + e.event_id, "report_id": report_id, "kind": e.kind,
                 "at": from_unix(e.at), "recorded_at": from_unix(e.at), "acting_unit_code": e.acting_unit or None,
                 "target_unit_code": e.target_unit or None}
                for e in told.events
            ])  # fmt: skip
    engine.dispose()
    return url


@pytest.fixture
def run(mart_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run `ioc …` on that mart."""
    monkeypatch.setenv("IOC_MART_URL", mart_url)
    monkeypatch.setenv("IOC_PROVINCE", "94")

    def command(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.stdout, result.stderr

    return command


@pytest.mark.server
def test_ioc_explain(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("explain", "PA-1")
    assert code == 0
    assert out.startswith("PA-1: Xong trễ hạn 1 giờ 40 phút làm việc")
    code, out, _ = run("explain", "PA-1", "--json")
    found = json.loads(out)
    assert (found["due_at"], found["state"]) == ("2024-11-12T17:00:00+07:00", "done_late")
    code, out, _ = run("explain", "PA-1", "--lang", "en")
    assert (code, out.splitlines()[0]) == (0, "PA-1: Done late by 1 hour 40 minutes of working time")


@pytest.mark.server
def test_ioc_explain_refuses_kindly(
    run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run("explain", "PA-9")
    assert (code, out, err) == (2, "", "ioc explain: no report PA-9 in the mart of province 94\n")
    code, out, err = run("explain", "PA-1", "--lang", "fr")
    assert (code, out, err) == (2, "", "ioc explain: unknown language 'fr'; use vi or en\n")
    monkeypatch.setenv("IOC_MART_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, _, err = run("explain", "PA-1")
    assert code == 2
    assert err.startswith("ioc explain: the mart cannot be read")
    monkeypatch.delenv("IOC_MART_URL")
    assert run("explain", "PA-1")[2] == "ioc explain: IOC_MART_URL is not set: where is the KPI mart?\n"


@pytest.mark.server
def test_ioc_whatif(run: Callable[..., tuple[int, str, str]]) -> None:
    """Under 2022 the leader has Thu 14/11 (deemed accepted Mon 13:35; 5–8, 11, 12/11 and 13/11): in time."""
    words = ("whatif", "--from", "2024-11-01", "--to", "2024-11-01", "--regulation")
    code, out, _ = run(*words, "soctrang-2022", "--json")
    found = json.loads(out)
    assert (code, found["reports"], found["units"][0]["unit_code"]) == (0, 2, "gtvt")
    assert (found["total"]["before"]["done_late"], found["total"]["after"]["done_on_time"]) == (1, 1)
    code, out, _ = run(*words, "soctrang-2022")
    assert "Sở Giao thông vận tải" in out
    code, out, _ = run(*words, "soctrang-2024", "--set", "day_counting=working_hours", "--json")
    assert json.loads(out)["what_if"] == "soctrang-2024, day_counting=working_hours"


@pytest.mark.server
@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--regulation", "hue-2020", "--from", "2024-11-01", "--to", "2024-11-30"), "unknown regulation 'hue-2020'"),
        (("--regulation", "soctrang-2024", "--set", "moon=full", "--from", "2024-11-01", "--to", "2024-11-30"), "no choice 'moon'"),
        (("--regulation", "soctrang-2024", "--set", "moon", "--from", "2024-11-01", "--to", "2024-11-30"), "choice=value"),
        (("--regulation", "soctrang-2024", "--from", "1/11/2024", "--to", "2024-11-30"), "write days as"),
        (("--regulation", "soctrang-2024", "--from", "2024-12-01", "--to", "2024-11-30"), "lies after"),
    ],
)  # fmt: skip
def test_ioc_whatif_refuses_kindly(
    run: Callable[..., tuple[int, str, str]], words: tuple[str, ...], problem: str
) -> None:
    code, out, err = run("whatif", *words)
    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_seconds_are_told_where_they_decide() -> None:
    """Approved in the minute of the deadline, 30 seconds after it: both instants show their seconds."""
    told = story(f"{INTAKE}2024-11-11 16:00 result gtvt\n2024-11-12 17:00 approved gtvt")
    last = replace(told.events[-1], at=told.events[-1].at + 30)
    found = explained(Story(told.sent, (*told.events[:-1], last)))
    assert found.state == "done_late"
    assert "17:00:30 ngày 12/11/2024, sau hạn 17:00:00 ngày 12/11/2024" in found.sentence


def test_why_a_clock_stood_still_is_told() -> None:
    """Sent back: the IOC had it Mon 10:00–15:00, 3:30 of working time; the sender was asked Tue 08:00–09:00."""
    text = f"{INTAKE}2024-11-11 09:00 result gtvt\n2024-11-11 10:00 approved gtvt\n2024-11-11 15:00 sent_back ioc\n"
    found = explained(text + "2024-11-12 08:00 info_requested gtvt\n2024-11-12 09:00 info_supplied")
    stops = [line.why for line in found.steps if line.step == "Dừng tính"]
    assert stops == [
        "3 giờ 30 phút làm việc không tính cho đơn vị: IOC giữ kết quả đã duyệt trước khi trả lại vì không có nội dung",
        "1 giờ làm việc không tính cho đơn vị: chờ người phản ánh bổ sung",
    ]
    assert "IOC trả lại kết quả không có nội dung 1 lần." in found.notes
    # Tue 12/11 17:00 + 3:30 + 1:00 = Wed 13/11 13:30
    assert f"{found.due_at:%d/%m %H:%M}" == "13/11 13:30"

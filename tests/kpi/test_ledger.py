"""The ledger by hand: stories with their weekdays and sums, judged by both judges (who must agree in every column).

Sóc Trăng works 07:30–11:30 and 13:00–17:00. November 2024: the 4th is a Monday; no day off before 01/01/2025.
"""

from typing import Any

import pandas as pd
import pytest

from kpi.ledger import judge
from kpi.ledger_scalar import judge_one
from kpi.rulebook import Rulebook
from kpi.stages import REASONS
from tests.kpi.ledger_cases import both, frames, show, story

S24 = Rulebook.load("94").under("soctrang-2024")
S22 = Rulebook.load("94").under("soctrang-2022")
BD = Rulebook.load("52")
HOUR = 3600

INTAKE = """
2024-11-01 16:40 sent                       #! Friday
2024-11-04 07:35 received ioc               #! Monday
2024-11-04 08:05 dispatched ioc>gtvt
"""


def judged(text: str, rulebook: Rulebook = S24, urgency: str = "normal") -> dict[str, Any]:
    """The verdict on one story."""
    return both([story(text, urgency)], rulebook)[0]


def stages(
    verdict: dict[str, Any], name: str
) -> list[tuple[str | None, str | None, str | None, bool | None]]:
    """start, due, done, on time of each row of a stage."""
    return [
        (show(s["start_at"]), show(s["due_at"]), show(s["done_at"]), s["is_on_time"])
        for s in verdict["stage"]
        if s["stage"] == name
    ]


def lead(verdict: dict[str, Any], number: int = -1) -> dict[str, Any]:
    """A lead assignment with its instants shown."""
    row = [a for a in verdict["assignment"] if a["part"] == "lead"][number]
    return {k: show(v) if k.endswith("_at") else v for k, v in row.items()}


def test_the_leaders_approval_decides() -> None:
    """2024 Đ8.5: 6 days from Monday 04/11 are 5, 6, 7, 8, 11, 12/11; due Tuesday 12/11 17:00; approved Wednesday."""
    verdict = judged(
        INTAKE
        + """
2024-11-04 09:00 accepted gtvt
2024-11-11 16:00 result gtvt
2024-11-13 09:10 approved gtvt
2024-11-13 10:02 published ioc
2024-11-14 08:00 rated 2
"""
    )
    report = verdict["report"]
    assert (report["status"], report["outcome"], show(report["due_at"])) == (
        "done",
        "late",
        "2024-11-12 17:00",
    )
    assert report["late_s"] == 100 * 60  # 07:30 to 09:10 on Wednesday
    held = [(h["holder_kind"], h["working_s"]) for h in verdict["hold"]]
    assert held == [
        ("ioc", 55 * 60),  # Fri 16:40–17:00 is 20 minutes, Mon 07:30–08:05 is 35
        ("lead", 46 * HOUR + 25 * 60),  # Mon 3:25 + 4:00; Tue to Fri 32:00; Mon 4:00 + 3:00
        ("leader", 10 * HOUR + 40 * 60),  # Mon 1:00; Tue 8:00; Wed 1:40
        ("ioc", 52 * 60),
    ]
    assert stages(verdict, "publish") == [("2024-11-13 09:10", "2024-11-13 14:40", "2024-11-13 10:02", True)]


@pytest.mark.parametrize(
    ("approved", "outcome", "late_s"),
    [
        ("2024-11-12 17:00", "on_time", None),  # at the due second
        ("2024-11-12 17:01", "late", 0),  # after closing: no working second has passed
        ("2024-11-13 07:31", "late", 60),
    ],
)
def test_the_due_second_itself_is_on_time(approved: str, outcome: str, late_s: int | None) -> None:
    verdict = judged(f"{INTAKE}2024-11-11 16:00 result gtvt\n{approved} approved gtvt")
    assert (lead(verdict)["outcome"], lead(verdict)["late_s"]) == (outcome, late_s)


def test_wrong_authority_returns_to_the_ioc_and_the_next_unit_starts_afresh() -> None:
    """The first unit had it one day of its own; the second is judged from its own dispatch only."""
    verdict = judged(
        INTAKE
        + """
2024-11-05 15:00 returned_wrong gtvt      #! Tuesday, within 1 working day: due Tuesday 17:00
2024-11-06 10:00 dispatched ioc>xaydung   #! Wednesday
2024-11-13 16:00 result xaydung
2024-11-14 16:00 approved xaydung         #! Thursday: 7, 8, 11, 12, 13, 14/11 are 6 days
"""
    )
    assert stages(verdict, "return_wrong") == [
        ("2024-11-04 08:05", "2024-11-05 17:00", "2024-11-05 15:00", True)
    ]
    first, second = lead(verdict, 0), lead(verdict, 1)
    assert (first["ended_by"], first["outcome"], first["due_at"]) == ("returned_wrong", "", None)
    assert first["base_due_at"] == "2024-11-12 17:00"
    assert (second["due_at"], second["outcome"]) == ("2024-11-14 17:00", "on_time")
    assert first["held_s"] == 13 * HOUR + 25 * 60  # Mon 3:25 + 4:00; Tue 4:00 + 2:00
    again = stages(verdict, "dispatch")[1]  # the IOC's second step runs from the return: Tue 2:00 + Wed 2:00
    assert again == ("2024-11-05 15:00", "2024-11-06 09:30", "2024-11-06 10:00", False)
    assert (verdict["report"]["wrong_return_count"], verdict["report"]["dispatch_count"]) == (1, 2)


def test_a_late_ioc_is_not_charged_to_the_unit() -> None:
    """Dispatched four days late, approved within the unit's own six days."""
    verdict = judged(
        """
2024-11-01 16:40 sent
2024-11-04 07:35 received ioc
2024-11-08 08:05 dispatched ioc>gtvt      #! Friday
2024-11-18 10:00 result gtvt
2024-11-18 16:00 approved gtvt            #! Monday; 11, 12, 13, 14, 15, 18/11
"""
    )
    assert stages(verdict, "dispatch") == [
        ("2024-11-04 07:35", "2024-11-04 13:05", "2024-11-08 08:05", False)
    ]
    assert (lead(verdict)["due_at"], lead(verdict)["outcome"]) == ("2024-11-18 17:00", "on_time")


def test_reassignment_ends_the_first_units_time() -> None:
    verdict = judged(
        INTAKE
        + """
2024-11-13 09:00 dispatched ioc>xaydung   #! Wednesday, the first unit's limit ended on Tuesday: it stays overdue
2024-11-14 09:00 result xaydung
2024-11-14 10:00 approved xaydung
"""
    )
    first, second = lead(verdict, 0), lead(verdict, 1)
    assert (first["ended_by"], first["due_at"]) == ("reassigned", "2024-11-12 17:00")
    assert (second["due_at"], second["outcome"]) == ("2024-11-21 17:00", "on_time")
    assert [(s[1], s[3]) for s in stages(verdict, "handle")] == [
        ("2024-11-12 17:00", False),
        ("2024-11-21 17:00", True),
    ]


PAUSED = f"""{INTAKE}
2024-11-06 09:00 info_requested gtvt      #! Wednesday
"""


def test_a_pause_moves_the_deadline_by_the_working_time_waited() -> None:
    """Wed 09:00 to Thu 10:00 is 2:30 + 4:00 + 2:30 = 9 working hours; Tuesday 17:00 + 9 h = Thu 14/11 08:30."""
    verdict = judged(
        f"""{PAUSED}
2024-11-07 10:00 info_supplied
2024-11-13 16:00 result gtvt
2024-11-14 08:30 approved gtvt
"""
    )
    assert (lead(verdict)["due_at"], lead(verdict)["outcome"]) == ("2024-11-14 08:30", "on_time")
    assert [h["working_s"] for h in verdict["hold"] if h["holder_kind"] == "sender"] == [9 * HOUR]


def test_a_clock_that_stands_still_has_no_due_second() -> None:
    """Under 2024 nobody says how long a sender may take: no limit runs until the sender or the unit moves."""
    verdict = judged(PAUSED)
    assert (lead(verdict)["due_at"], lead(verdict)["base_due_at"]) == (None, "2024-11-12 17:00")
    assert (verdict["report"]["stage"], verdict["report"]["holder_kind"]) == ("supply", "sender")


def test_the_senders_48_hours_end_the_pause() -> None:
    """2022 Đ6.5b: asked Wed 06/11 09:00, at most until Fri 08/11 09:00 = 2:30 + 4:00 + 8:00 + 1:30 = 16 hours."""
    text = INTAKE + "2024-11-04 09:00 accepted gtvt\n2024-11-06 09:00 info_requested gtvt\n"
    waiting = judged(text, S22)
    # 6 days of handling to Tue 12/11 17:00, + 16 h = Thu 14/11 17:00; then the leader's day: Fri 15/11 17:00.
    assert lead(waiting)["due_at"] == "2024-11-15 17:00"
    late_answer = judged(text + "2024-11-20 09:00 info_supplied", S22)
    assert lead(late_answer)["due_at"] == "2024-11-15 17:00"
    sender = [
        (show(h["from_at"]), show(h["to_at"])) for h in late_answer["hold"] if h["holder_kind"] == "sender"
    ]
    assert sender == [("2024-11-06 09:00", "2024-11-08 09:00")]
    assert stages(late_answer, "supply") == [
        ("2024-11-06 09:00", "2024-11-08 09:00", "2024-11-20 09:00", False)
    ]


@pytest.mark.parametrize(
    ("notices", "due", "extended", "count"),
    [
        ("2024-11-12 16:59 extended gtvt 2024-11-20 17:00", "2024-11-20 17:00", True, 1),  # before the limit ends
        ("2024-11-12 17:00 extended gtvt 2024-11-20 17:00", "2024-11-20 17:00", True, 1),  # at its last second
        ("2024-11-12 17:01 extended gtvt 2024-11-20 17:00", "2024-11-12 17:00", False, 1),  # after it
        ("2024-11-08 10:00 extended gtvt 2024-11-11 17:00", "2024-11-12 17:00", False, 1),  # would shorten it
        (
            "2024-11-08 10:00 extended gtvt 2024-11-15 17:00\n2024-11-14 10:00 extended gtvt 2024-11-29 17:00",
            "2024-11-15 17:00", True, 2,
        ),  # Đ8.3: only once
    ],
)  # fmt: skip
def test_extension_2024(notices: str, due: str, extended: bool, count: int) -> None:
    verdict = judged(f"{INTAKE}{notices}")
    assert (lead(verdict)["due_at"], lead(verdict)["is_extended"]) == (due, extended)
    assert lead(verdict)["base_due_at"] == "2024-11-12 17:00"
    assert verdict["report"]["extension_count"] == count


@pytest.mark.parametrize(
    ("notices", "due"),
    [
        (
            "2024-11-08 10:00 extended gtvt 2024-11-13 17:00",
            "2024-11-14 17:00",
        ),  # Wed 13/11, + 1 day of approval
        (
            "2024-11-08 10:00 extended gtvt 2024-12-20 17:00",
            "2024-11-18 17:00",
        ),  # at most 3 of 6: Fri 15/11, + 1 day
        (
            "2024-11-08 10:00 extended gtvt 2024-11-13 17:00\n2024-11-13 10:00 extended gtvt 2024-11-14 17:00",
            "2024-11-15 17:00",
        ),  # twice, together within the half
    ],
)
def test_extension_2022_is_at_most_half_of_the_limit(notices: str, due: str) -> None:
    """Accepted Monday 04/11: handling to Tue 12/11, half of it more to Fri 15/11; the leader's day comes after."""
    verdict = judged(f"{INTAKE}2024-11-04 09:00 accepted gtvt\n{notices}", S22)
    assert (lead(verdict)["due_at"], lead(verdict)["is_extended"]) == (due, True)


def test_a_result_sent_back_does_not_stand() -> None:
    """Reopened: the case is in hand again, and the IOC's time with it (Mon 10:00–15:00 = 3:30) is not the unit's."""
    text = f"{INTAKE}2024-11-11 09:00 result gtvt\n2024-11-11 10:00 approved gtvt\n2024-11-11 15:00 sent_back ioc\n"
    again = judged(text)
    assert (again["report"]["status"], again["report"]["closed_at"], again["report"]["approved_at"]) == (
        "open",
        None,
        None,
    )
    assert (lead(again)["due_at"], lead(again)["outcome"], lead(again)["ended_at"]) == (
        "2024-11-13 11:00",
        "",
        None,
    )
    assert stages(again, "send_back") == [("2024-11-11 10:00", "2024-11-11 15:30", "2024-11-11 15:00", True)]
    done = judged(text + "2024-11-13 10:00 result gtvt\n2024-11-13 11:00 approved gtvt")
    assert (lead(done)["outcome"], len([s for s in done["stage"] if s["stage"] == "approve"])) == (
        "on_time",
        2,
    )


def test_coordination_2024() -> None:
    """Đ8.2: forward 1 day, coordinate 4 days from forwarding, sum up 2 days from its answer; never less than 6."""
    text = f"{INTAKE}2024-11-05 10:00 forwarded gtvt>dienluc\n"
    out = judged(text)
    # Coordinate: 6, 7, 8, 11/11; then sum up: 12, 13/11. The lead unit's limit is the end of both.
    assert stages(out, "coordinate") == [("2024-11-05 10:00", "2024-11-11 17:00", None, None)]
    assert (lead(out)["due_at"], out["report"]["holder_kind"]) == ("2024-11-13 17:00", "coordinating")
    answered = judged(text + "2024-11-12 09:00 coordination_result dienluc\n")
    assert stages(answered, "coordinate")[0][3] is False
    assert stages(answered, "consolidate") == [("2024-11-12 09:00", "2024-11-14 17:00", None, None)]
    assert lead(answered)["due_at"] == "2024-11-14 17:00"  # what was late is the coordinating unit's
    early = judged(text + "2024-11-05 16:00 coordination_result dienluc\n")
    assert lead(early)["due_at"] == "2024-11-12 17:00"  # 6 and 7/11 would be the step's own limit
    returned = judged(text + "2024-11-06 09:00 coordination_returned dienluc\n")
    assert lead(returned)["due_at"] == "2024-11-12 17:00"
    assert stages(returned, "coordinate_return") == [
        ("2024-11-05 10:00", "2024-11-06 17:00", "2024-11-06 09:00", True)
    ]


def test_two_units_coordinate_at_once() -> None:
    """The report's time belongs to the one that has been out longest; each is judged by its own limit."""
    verdict = judged(
        f"""{INTAKE}
2024-11-05 10:00 forwarded gtvt>dienluc
2024-11-05 14:00 forwarded gtvt>capnuoc
2024-11-06 09:00 coordination_result dienluc
2024-11-07 09:00 coordination_result capnuoc
"""
    )
    held = [(h["holder_kind"], h["unit_code"]) for h in verdict["hold"]]
    assert held == [
        ("ioc", "ioc"),
        ("lead", "gtvt"),
        ("coordinating", "dienluc"),
        ("coordinating", "capnuoc"),
        ("lead", "gtvt"),
    ]
    assert len(stages(verdict, "consolidate")) == 1


def test_2022_runs_from_acceptance_and_adds_the_leaders_day() -> None:
    """Accepted Tue 05/11: 6, 7, 8, 11, 12, 13/11 to result, then 14/11 for the leader (Đ11.2)."""
    text = f"{INTAKE}2024-11-05 08:00 accepted gtvt\n2024-11-13 17:00 result gtvt\n"
    verdict = judged(text + "2024-11-14 17:00 approved gtvt", S22)
    assert stages(verdict, "handle") == [("2024-11-05 08:00", "2024-11-13 17:00", "2024-11-13 17:00", True)]
    assert stages(verdict, "accept") == [("2024-11-04 08:05", "2024-11-04 13:35", "2024-11-05 08:00", False)]
    assert (lead(verdict)["due_at"], lead(verdict)["outcome"]) == ("2024-11-14 17:00", "on_time")


def test_2022_a_unit_cannot_stop_its_clock_by_not_accepting() -> None:
    """Never accepted: the six days run from the end of the limit for accepting, Mon 04/11 13:35."""
    assert lead(judged(INTAKE, S22))["due_at"] == "2024-11-13 17:00"  # 12/11, and the leader's day
    acted = judged(f"{INTAKE}2024-11-20 08:00 result gtvt", S22)
    assert stages(acted, "handle")[0] == ("2024-11-04 13:35", "2024-11-12 17:00", "2024-11-20 08:00", False)


def test_2022_designated_unit() -> None:
    verdict = judged(
        """
2024-11-01 16:40 sent
2024-11-04 07:35 received ioc
2024-11-04 09:00 designation_requested ioc
2024-11-06 09:00 designated ioc>gtvt      #! Wednesday: 7, 8, 11, 12, 13, 14/11
2024-11-06 10:00 dispatched ioc>gtvt
2024-11-14 17:00 result gtvt
""",
        S22,
    )
    assert stages(verdict, "designated") == [
        ("2024-11-06 09:00", "2024-11-14 17:00", "2024-11-14 17:00", True)
    ]
    assert [h["holder_kind"] for h in verdict["hold"]] == ["ioc", "province", "ioc", "lead", "leader"]
    assert [s[3] for s in stages(verdict, "dispatch")] == [True, True]


def test_urgent_2024_has_no_limit_but_its_update() -> None:
    """Đ8.6: 4 hours by the clock from completion, at night too."""
    verdict = judged(
        """
2024-11-02 21:00 sent                     #! Saturday
2024-11-02 21:01 received ioc
2024-11-02 21:02 dispatched ioc>congan
2024-11-02 23:00 completed congan
2024-11-03 03:00 result congan
2024-11-04 08:00 approved congan
""",
        urgency="urgent",
    )
    assert stages(verdict, "urgent_update") == [
        ("2024-11-02 23:00", "2024-11-03 03:00", "2024-11-03 03:00", True)
    ]
    assert (lead(verdict)["outcome"], lead(verdict)["due_at"]) == ("none", None)


def test_instant_2022() -> None:
    """Đ13: 15 minutes to pass on, 15 to confirm, 1 hour from completion to approval, all by the clock."""
    verdict = judged(
        """
2024-11-02 21:00 sent
2024-11-02 21:01 received ioc
2024-11-02 21:16 dispatched ioc>congan
2024-11-02 21:32 accepted congan
2024-11-02 23:00 completed congan
2024-11-02 23:30 result congan
2024-11-03 00:00 approved congan
""",
        S22,
        "instant",
    )
    assert stages(verdict, "instant_forward")[0][3] is True
    assert stages(verdict, "instant_confirm") == [
        ("2024-11-02 21:16", "2024-11-02 21:31", "2024-11-02 21:32", False)
    ]
    assert stages(verdict, "instant_result")[0][1:] == ("2024-11-03 00:00", "2024-11-03 00:00", True)


def test_binh_dinh_is_decided_by_the_result() -> None:
    """Bình Định works 07:00–11:30 and 13:30–17:00; its text does not say that the approval decides."""
    text = f"{INTAKE}2024-11-12 16:00 result gtvt\n"
    waiting = judged(text, BD)
    assert (
        lead(waiting)["due_at"] == "2024-11-13 17:00"
    )  # the result came in time; now the leader's day (Đ8.3)
    done = judged(text + "2024-11-20 09:00 approved gtvt", BD)
    assert (lead(done)["outcome"], lead(done)["due_at"]) == ("on_time", "2024-11-12 17:00")
    assert stages(done, "approve")[0][3] is False
    assert stages(done, "receive")[0][1] is None  # không quy định: inside the next row
    assert stages(done, "dispatch")[0] == ("2024-11-01 16:40", "2024-11-04 07:40", "2024-11-04 08:05", False)


def test_a_limit_that_no_text_sets_is_absent_and_a_borrowed_one_is_marked() -> None:
    own = judged(INTAKE, Rulebook.load("70").without_base())
    assert {(s["due_at"], s["article"]) for s in own["stage"]} == {(None, "")}
    borrowed = judged(INTAKE, Rulebook.load("70"))
    assert {s["borrowed_from"] for s in borrowed["stage"]} == {"soctrang-2022"}


def test_a_change_of_rule_leaves_open_reports_under_the_text_they_were_sent_under() -> None:
    """kpi/deployments.yaml: soctrang-2024 from 01/11/2022. Sent the evening before: judged under 2022 to the end."""
    verdicts = both(
        [
            story(
                "2022-10-31 23:59 sent\n2022-11-01 08:00 received ioc\n2022-11-01 08:30 dispatched ioc>gtvt"
            ),
            story(
                "2022-11-01 00:00 sent\n2022-11-01 08:00 received ioc\n2022-11-01 08:30 dispatched ioc>gtvt"
            ),
        ],
        Rulebook.load("94"),
    )
    assert [v["report"]["regulation_id"] for v in verdicts] == ["soctrang-2022", "soctrang-2024"]
    # Tue 01/11: accept limit 13:30, 2, 3, 4, 7, 8, 9/11 + leader 10/11; 2024: 2, 3, 4, 7, 8, 9/11.
    assert [lead(v)["due_at"] for v in verdicts] == ["2022-11-10 17:00", "2022-11-09 17:00"]


def test_tet_is_skipped() -> None:
    """Dispatched Tue 06/02/2024; 7/2 counts, 8–14/2 are Tết, then 15, 16, 19, 20, 21/2."""
    verdict = judged(
        "2024-02-06 08:00 sent\n2024-02-06 08:10 received ioc\n2024-02-06 08:20 dispatched ioc>gtvt"
    )
    assert lead(verdict)["due_at"] == "2024-02-21 17:00"


@pytest.mark.parametrize("how", ["refused ioc", "withdrawn", "merged ioc", "passed_on ioc"])
def test_leaving_before_the_limit_binds_nobody(how: str) -> None:
    words = how.replace("merged ioc", "merged #9")
    verdict = judged(f"{INTAKE}2024-11-06 10:00 {words}")
    status = how.split()[0]
    assert (verdict["report"]["status"], verdict["report"]["due_at"], lead(verdict)["ended_by"]) == (
        status,
        None,
        status,
    )
    late = judged(f"{INTAKE}2024-11-20 10:00 {words}")
    assert show(late["report"]["due_at"]) == "2024-11-12 17:00"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2024-11-05 09:00 approved gtvt", "no_result"),
        ("2024-11-05 09:00 result xaydung", "not_lead"),
        ("2024-11-05 09:00 received ioc", "received_already"),
        ("2024-11-05 09:00 dispatched ioc>gtvt", "same_unit"),
        ("2024-11-05 09:00 published ioc", "not_approved"),
        ("2024-11-05 09:00 info_supplied", "not_waiting"),
        ("2024-11-05 09:00 coordination_result dienluc", "not_coordinating"),
        ("2024-11-05 09:00 designated ioc>gtvt", "not_province"),
        ("2024-11-05 09:00 forwarded gtvt>gtvt", "forwarded_already"),
        ("2024-11-05 09:00 clarified gtvt", "no_feedback"),
        ("2024-11-05 09:00 extended gtvt", "committed"),
        ("2024-11-05 09:00 dispatched ioc", "target"),
        ("2024-11-05 09:00 merged ioc", "duplicate_of"),
        ("2024-11-05 09:00 rated 5", "rating"),
        ("2024-10-31 09:00 info_requested ioc", "before_sent"),
        ("2099-01-01 09:00 result gtvt", "at_outside"),
        ("2024-11-05 09:00 sneezed gtvt", "kind"),
    ],
)
def test_an_event_that_cannot_be_is_named_and_the_rest_counts(line: str, reason: str) -> None:
    told = story(INTAKE + line)
    events = tuple(sorted(told.events, key=lambda e: (e.at, e.event_id)))
    verdict = both([type(told)(told.sent, events)], S24)[0]
    assert [r[1:] for r in verdict["rejected"]] == [REASONS[reason]]
    assert lead(verdict)["due_at"] == "2024-11-12 17:00"


def test_approved_before_received_is_refused_and_the_report_goes_on() -> None:
    verdict = judged("2024-11-01 08:00 sent\n2024-11-01 09:00 approved gtvt\n2024-11-01 10:00 received ioc")
    assert [r[1:] for r in verdict["rejected"]] == [REASONS["not_lead"]]
    assert (verdict["report"]["stage"], verdict["report"]["status"]) == ("dispatch", "open")


@pytest.mark.parametrize("sent", ["2019-12-31 23:59", "2099-12-01 08:00"])
def test_a_report_outside_the_calendar_is_not_judged(sent: str) -> None:
    verdict = judged(f"{sent} sent", Rulebook.load("94"))
    assert verdict["report"] is None
    assert [(r[0], r[1]) for r in verdict["rejected"]] == [(None, "sent_at")]


def test_one_report_does_not_touch_another() -> None:
    """Judged alone or in company, every report gets the same rows."""
    texts = [INTAKE, PAUSED, INTAKE + "2024-11-05 10:00 forwarded gtvt>dienluc", "2024-11-01 08:00 sent"]
    together = both([story(text) for text in texts], S24)
    assert together == [both([story(text)], S24)[0] for text in texts]


def test_no_reports_and_no_events() -> None:
    reports, events = frames([])
    assert len(judge(reports, events, S24, "ioc").report) == 0
    reports, events = frames([story("2024-11-01 08:00 sent")])
    lonely = judge(reports, events.iloc[:0], S24, "ioc")
    assert list(lonely.report["stage"]) == ["receive"]


def test_unsorted_frames_and_another_province_are_refused() -> None:
    reports, events = frames([story(INTAKE), story(INTAKE)])
    with pytest.raises(ValueError, match="sorted"):
        judge(reports.iloc[::-1], events, S24)
    with pytest.raises(ValueError, match="sorted"):
        judge(reports, events.iloc[::-1], S24)
    with pytest.raises(ValueError, match="province 94, not 52"):
        judge(reports.assign(province_code="52"), events, S24)


def test_notices_say_why_they_do_not_count() -> None:
    told = story(f"{INTAKE}2024-11-12 17:01 extended gtvt 2024-11-20 17:00")
    case = judge_one(S24, told.sent, "normal", told.events)
    assert [notice.problem for notice in case.notices] == ["late"]


def test_the_version_changes_with_the_reading() -> None:
    assert S24.version != S22.version
    assert Rulebook.load("94").version == Rulebook.load("soctrang").version


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged two at a time or all at once: the same frames, and each event of no report is told once."""
    texts = [
        INTAKE,
        PAUSED,
        "2024-11-01 08:00 sent",
        INTAKE + "2024-11-05 10:00 forwarded gtvt>dienluc",
        INTAKE,
    ]
    reports, events = frames([story(text) for text in texts])
    reports["report_id"] *= 10
    events["report_id"] *= 10
    lost = events.iloc[[0]].assign(report_id=[5], event_id=[901])
    between = events.iloc[[0]].assign(report_id=[25], event_id=[902])
    after = events.iloc[[0]].assign(report_id=[99], event_id=[903])
    events = pd.concat([lost, events, between, after]).sort_values(
        ["report_id", "at", "event_id"], ignore_index=True
    )
    whole = judge(reports, events, S24, "ioc")
    assert whole.rejected[["report_id", "event_id", "field"]].astype(object).values.tolist() == [
        [5, 901, "report_id"],
        [25, 902, "report_id"],
        [99, 903, "report_id"],
    ]
    monkeypatch.setattr("kpi.ledger.PIECE", 2)
    pieces = judge(reports, events, S24, "ioc")
    for name in ("report", "assignment", "hold", "stage", "rejected"):
        pd.testing.assert_frame_equal(getattr(pieces, name), getattr(whole, name))


def test_a_question_after_the_limit_moves_nothing() -> None:
    """Due Tue 12/11 17:00; asked on Wednesday: what was overdue stays overdue, waiting or answered."""
    asked = f"{INTAKE}2024-11-13 09:00 info_requested gtvt\n"
    assert lead(judged(asked))["due_at"] == "2024-11-12 17:00"
    assert lead(judged(asked + "2024-11-18 09:00 info_supplied"))["due_at"] == "2024-11-12 17:00"


@pytest.mark.parametrize(
    ("due", "approved", "outcome", "late_s"),
    [
        ("2018-07-01 10:00", "2018-07-01 10:00", "on_time", None),  # Sunday: every day counts
        ("2018-06-30 10:00", "2018-07-01 10:00", "late", 24 * 3600),  # a whole Saturday night, by the clock
        ("", "2018-07-01 10:00", "none", None),  # the store set no due date: không quy định
    ],
)
def test_the_store_sets_the_due_date(due: str, approved: str, outcome: str, late_s: int | None) -> None:
    verdict = judged(
        f"""
        2018-06-26 21:58 sent
        2018-06-26 21:58 dispatched ioc>nypd {due}
        {approved} result nypd
        {approved} approved nypd
        """,
        Rulebook.load("NYC"),
    )
    assert show(verdict["report"]["due_at"]) == (due or None)
    assert verdict["report"]["regulation_id"] == "nyc-2010"
    assert (lead(verdict)["outcome"], lead(verdict)["late_s"]) == (outcome, late_s)
    handle = next(row for row in verdict["stage"] if row["stage"] == "handle")
    assert show(handle["due_at"]) == (due or None)


def test_a_provinces_law_does_not_look_at_a_stores_due_date() -> None:
    verdict = judged(
        """
        2024-11-04 08:00 sent
        2024-11-04 08:05 dispatched ioc>gtvt 2024-11-05 08:00
        """
    )
    assert show(verdict["report"]["due_at"]) == "2024-11-12 17:00"  # Mon 4/11 + 6 working days = Tue 12/11

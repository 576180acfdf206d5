"""Stories whose explanation is kept word by word in tests/golden/explain_{vi,en}.txt: each kind of verdict and step once."""

from typing import NamedTuple

from kpi.rulebook import Rulebook

NAMES = {"gtvt": "Sở Giao thông vận tải", "ioc": "IOC tỉnh", "dienluc": "Điện lực"}
"""What units are called; a name stays as it is in every language."""
INTAKE = """
2024-11-01 16:40 sent
2024-11-04 07:35 received ioc
2024-11-04 08:05 dispatched ioc>gtvt
"""
DONE = "2024-11-11 09:00 result gtvt\n2024-11-11 10:00 approved gtvt\n2024-11-11 10:05 published ioc\n"
REFUSED_WORDS = "2024-11-05 09:00 approved gtvt\n2024-11-05 09:01 supplied gtvt\n2024-11-05 09:02 rated 9\n"


class Told(NamedTuple):
    """One report to explain: the law, the events, and the moment at which it is looked at."""

    law: str
    events: str
    now: str = "2024-11-20 09:00"
    urgency: str = "normal"


STORIES = {
    "late by the leader": Told("S24", f"{INTAKE}2024-11-11 16:00 result gtvt\n2024-11-13 09:10 approved gtvt\n2024-11-13 10:02 published ioc\n2024-11-14 08:00 rated 1"),
    "in time": Told("S24", INTAKE, "2024-11-11 16:59"),
    "due soon": Told("S24", INTAKE, "2024-11-12 16:00"),
    "overdue": Told("S24", INTAKE, "2024-11-13 09:10"),
    "overdue outside office hours": Told("S24", INTAKE, "2024-11-12 17:01"),
    "waiting for the sender": Told("S24", f"{INTAKE}2024-11-05 09:00 info_requested gtvt"),
    "refused": Told("S24", f"{INTAKE}2024-11-05 09:00 refused ioc"),
    "at the IOC": Told("S24", "2024-11-01 16:40 sent", "2024-11-04 11:11"),
    "swapped days": Told("S24", "2024-04-26 16:59 sent", "2024-05-02 09:00"),
    "holidays": Told("S24", "2025-01-20 08:00 sent\n2025-01-20 08:10 received ioc\n2025-01-24 16:00 dispatched ioc>gtvt", "2025-02-03 08:00"),
    "done on time": Told("S24", INTAKE + DONE),
    "done in extra time": Told("S24", f"{INTAKE}2024-11-11 08:00 extended gtvt 2024-11-20 17:00\n2024-11-14 09:00 result gtvt\n2024-11-14 10:00 approved gtvt"),
    "extended too late": Told("S24", f"{INTAKE}2024-11-12 17:01 extended gtvt 2024-11-20 17:00"),
    "extended beyond half": Told("S22", f"{INTAKE}2024-11-04 09:00 accepted gtvt\n2024-11-08 10:00 extended gtvt 2024-12-20 17:00"),
    "a day for the leader": Told("S22", f"{INTAKE}2024-11-04 09:00 accepted gtvt\n2024-11-11 09:00 result gtvt"),
    "returned": Told("S22", f"{INTAKE}2024-11-06 09:00 returned_wrong gtvt\n2024-11-06 10:00 dispatched ioc>dienluc", "2024-11-07 08:00"),
    "stopped twice": Told("S24", f"{INTAKE}2024-11-11 09:00 result gtvt\n2024-11-11 10:00 approved gtvt\n2024-11-11 15:00 sent_back ioc\n2024-11-12 08:00 info_requested gtvt\n2024-11-12 09:00 info_supplied"),
    "coordinated": Told("S24", f"{INTAKE}2024-11-05 09:00 forwarded gtvt>dienluc\n2024-11-08 09:00 coordination_result dienluc\n2024-11-11 16:00 result gtvt\n2024-11-11 16:30 approved gtvt"),
    "instant": Told("S24", "2024-11-01 08:00 sent\n2024-11-01 08:03 received ioc\n2024-11-01 08:10 dispatched ioc>gtvt\n2024-11-01 08:20 accepted gtvt\n2024-11-01 09:00 completed gtvt", "2024-11-01 10:00", "instant"),
    "borrowed limits": Told("BP", INTAKE),
    "no limit set": Told("BP alone", INTAKE + DONE),
    "no limit set, open": Told("BP alone", INTAKE),
    "asked of the province": Told("S24", "2024-11-01 16:40 sent\n2024-11-04 07:35 received ioc\n2024-11-04 08:05 designation_requested ioc", "2024-11-05 08:00"),
    "events that cannot be": Told("S24", INTAKE + REFUSED_WORDS),
    "before any text": Told("S24", "2019-12-31 08:00 sent"),
    "years not decided yet": Told("S24", "2028-12-28 08:00 sent\n2028-12-28 08:10 received ioc\n2028-12-28 08:20 dispatched ioc>gtvt", "2029-01-02 08:00"),
    "due date of the store, late": Told("NYC", "2018-06-20 10:00 sent\n2018-06-20 10:00 received ioc\n2018-06-20 10:00 dispatched ioc>gtvt 2018-06-22 10:00\n2018-06-23 13:20 result gtvt\n2018-06-23 13:20 approved gtvt\n2018-06-23 13:20 published ioc", "2018-06-26 10:00"),
    "due date of the store, in time": Told("NYC", "2018-06-20 10:00 sent\n2018-06-20 10:00 received ioc\n2018-06-20 10:00 dispatched ioc>gtvt 2018-06-22 10:00\n2018-06-21 09:00 result gtvt\n2018-06-21 09:00 approved gtvt", "2018-06-26 10:00"),
    "due date of the store, open": Told("NYC", "2018-06-20 10:00 sent\n2018-06-20 10:00 received ioc\n2018-06-20 10:00 dispatched ioc>gtvt 2018-06-22 10:00", "2018-06-21 15:00"),
    "due date of the store, overdue": Told("NYC", "2018-06-20 10:00 sent\n2018-06-20 10:00 received ioc\n2018-06-20 10:00 dispatched ioc>gtvt 2018-06-22 10:00", "2018-06-26 10:00"),
    "no due date of the store": Told("NYC", "2018-06-20 10:00 sent\n2018-06-20 10:00 received ioc\n2018-06-20 10:00 dispatched ioc>gtvt", "2018-06-26 10:00"),
}  # fmt: skip


def laws() -> dict[str, Rulebook]:
    """The laws that the stories name."""
    return {
        "S24": Rulebook.load("94").under("soctrang-2024"),
        "S22": Rulebook.load("94").under("soctrang-2022"),
        "BP": Rulebook.load("70"),
        "BP alone": Rulebook.load("70").without_base(),
        "NYC": Rulebook.load("NYC"),
    }

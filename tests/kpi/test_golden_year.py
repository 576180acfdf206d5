"""The whole of 2024 in Sóc Trăng, reviewed by eye: each day, why it is worked or not, and what a start at 16:59 leads to.

After a change of the law's data: `python tests/kpi/test_golden_year.py` writes the file anew; review its difference.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from kpi.clock import LOCAL
from kpi.deadlines import due_at
from kpi.rules import regulation
from kpi.worktime import calendar_for

GOLDEN = Path(__file__).parent.parent / "golden" / "deadlines_soctrang_2024.txt"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STAGES = ("receive", "return_wrong", "handle")


def year_of_deadlines() -> str:
    calendar, text = calendar_for("94"), regulation("soctrang-2024")
    head = "day        status   16:59 + receive 4 h | + return_wrong 1 wd | + handle 6 wd | name"
    lines = [head]
    day = date(2024, 1, 1)
    while day.year == 2024:
        start = datetime(day.year, day.month, day.day, 16, 59, tzinfo=LOCAL)
        due = [due_at(start, limit, calendar).due_at for stage in STAGES if (limit := text.stage(stage))]
        told = " | ".join(f"{WEEKDAYS[at.weekday()]} {at:%d/%m/%Y %H:%M}" for at in due)
        status = calendar.status(day)
        lines.append(
            f"{WEEKDAYS[day.weekday()]} {day:%d/%m} {status.kind:8} {told} | {status.name}".rstrip(" |")
        )
        day += timedelta(days=1)
    return "\n".join(lines) + "\n"


def test_year_equals_the_reviewed_file():
    assert year_of_deadlines() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(year_of_deadlines(), encoding="utf-8")

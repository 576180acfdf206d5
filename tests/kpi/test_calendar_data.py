"""Days off, make-up days and office hours: equal to the reviewed copy, checked against `holidays`, strictly read."""

from datetime import date, timedelta

import pytest

from kpi.calendar_data import HERE, load_days_off, load_office_hours, parse_days_off, parse_office_hours
from kpi.strict_yaml import DataError
from kpi.worktime import calendar_for
from tests.kpi import expected_law as expected
from tests.kpi.law_facts import calendar_facts, documents_of, hours_facts


def test_calendar_equals_the_reviewed_copy():
    years, worked_for, undecided, documents = calendar_facts(load_days_off())
    assert years == expected.DAYS_OFF
    assert worked_for == expected.WORKED_FOR
    assert undecided == expected.UNDECIDED
    assert set(documents) == expected.DOCUMENTS


def test_documents_are_named_as_often_as_reviewed():
    documents = calendar_facts(load_days_off())[3]
    assert documents["Công văn 2450/VPCP-KGVX"] == 2  # 29/4 off, 4/5/2024 worked
    assert documents["Thông báo 6150/TB-BLĐTBXH"] == 7  # Tết 5, 2/5 off, 26/4/2025 worked
    assert documents["Công văn 12729/VPCP-KGVX ngày 25/12/2025"] == 2  # 2/1 off, 10/1/2026 worked
    assert documents["Thông báo 9441/TB-BNV"] == 7  # Tết 5, 31/8 off, 22/8/2026 worked
    assert documents["Công văn 10065/VPCP-KGVX ngày 02/10/2026"] == 7  # Tết 5, 2/9 and 3/9/2027
    # one per year: 2026, 2027, 2028 as themselves; 2029 for a Saturday
    assert documents["Nghị quyết 28/2026/QH16"] == 3


@pytest.mark.parametrize(
    ("year", "working_days"),
    [(2020, 252), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 250), (2026, 249), (2027, 249)],
)
def test_working_days_of_a_year(year, working_days):
    calendar = calendar_for("94")
    assert calendar.working_days_between(date(year, 1, 1), date(year + 1, 1, 1)) == working_days


def test_agrees_with_holidays_but_for_two_known_days():
    holidays = pytest.importorskip("holidays")
    other = holidays.country_holidays("VN", years=range(2020, 2028))
    calendar = calendar_for("94")
    day, differing = date(2020, 1, 1), []
    while day < date(2028, 1, 1):
        if other.is_working_day(day) != calendar.is_working_day(day):
            differing.append(day)
        day += timedelta(days=1)
    # Công văn 12729/VPCP-KGVX of 25/12/2025: Friday off, Saturday of the week after worked; the package has neither.
    assert differing == [date(2026, 1, 2), date(2026, 1, 10)]


def test_lunar_days_of_undecided_years_agree_with_holidays():
    holidays = pytest.importorskip("holidays")
    other = holidays.country_holidays("VN", years=[2028, 2029])
    tet = {day.year: day for day, name in other.items() if name == "Lunar New Year"}
    assert tet == {2028: date(2028, 1, 26), 2029: date(2029, 2, 13)}
    off = load_days_off().days_off
    for first in tet.values():
        assert first in off
        assert first - timedelta(days=1) in off  # the eve
    assert date(2028, 4, 4) in off  # Giỗ Tổ, 10/3 lunar
    assert date(2029, 4, 23) in off


def test_office_hours_equal_the_reviewed_copy_and_make_eight_hours():
    assert hours_facts(load_office_hours()) == expected.HOURS
    assert documents_of(load_office_hours()) == expected.HOURS_DOCUMENTS
    hours = {"NYC": 24}  # round the clock
    for code, dated in load_office_hours().items():
        for span in dated.spans:
            assert sum(s.closes_s - s.opens_s for s in span.value.sessions) == hours.get(code, 8) * 3600


def test_round_the_clock_knows_no_weekend_and_no_holiday():
    calendar = calendar_for("NYC")
    assert calendar.working_days_between(date(2016, 2, 1), date(2016, 3, 1)) == 29  # with Tết and weekends
    assert calendar.working_days_between(date(2018, 1, 1), date(2019, 1, 1)) == 365


DAYS = (HERE / "days_off.yaml").read_text(encoding="utf-8")
HOURS = (HERE / "office_hours.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("year: 2024", "year: 2025", "years.4.year", "a gap"),
        ("days: [2024-04-18]", "days: [2024-04-20]", "years.4.days_off.2.days", "weekend"),  # Sat
        ("days: [2024-04-18]", "days: [2023-04-18]", "years.4.days_off.2.days", "not in 2024"),
        ("days: [2024-04-18]", "days: [2024-04-29]", "years.4.days_off.3.days", "twice"),
        ("days: [2024-04-18]", "days: [2024-04-31]", "years.4.days_off.2.days.0", "day is out of range"),
        ("days: [2024-04-18]", "days: []", "years.4.days_off.2.days", "at least 1"),
        ("days: [2024-04-18]", "days: [18/04/2024]", "years.4.days_off.2.days.0", "valid date"),
        ("on: 2024-05-04", "on: 2024-05-03", "years.4.make_up_days.0.on", "not a weekend day"),
        ("for: 2024-04-29", "for: 2024-04-26", "years.4.make_up_days.0.for", "not a day off"),
        ("    status: partly\n", "    status: decided\n", "years.7.status", "not decided"),
        (", document: Công văn 2450/VPCP-KGVX}", "}", "years.4.make_up_days.0.document", "required"),
        ("make_up_days: []", "make_up_day: []", "years.0.make_up_day", "required|unknown"),
    ],
)
def test_days_off_refused(old, new, field, words):
    assert old in DAYS
    with pytest.raises(DataError, match=words) as caught:
        parse_days_off(DAYS.replace(old, new, 1), "days_off.yaml")
    assert caught.value.field.startswith(field)
    assert str(caught.value).startswith(f"days_off.yaml:{caught.value.line}: {field}")


TWO_SPANS = HOURS.replace(
    "        until: null\n",
    """        until: 2024-01-01
        sessions: [["07:30", "11:30"], ["13:00", "17:00"]]
        basis: decided
        document: QĐ 1
      - from: 2024-01-01
        until: null
""",
    1,
)


def test_hours_that_change_from_a_day():
    hours = parse_office_hours(TWO_SPANS, "o.yaml")["94"]
    assert [str(span.from_on) for span in hours.spans] == ["2020-01-01", "2024-01-01"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- from: 2024-01-01", "- from: 2023-12-31", "overlaps"),
        ("- from: 2024-01-01", "- from: 2024-01-02", "a gap"),
        ('["07:30", "11:30"]', '["07:30", "24:30"]', "two times"),
        ('["07:30", "11:30"]', '["7h30", "11h30"]', "two times"),
        ('["07:30", "11:30"]', '["07:30", "13:30"]', "overlaps"),
        ('["07:30", "11:30"]', '["11:30", "07:30"]', "empty"),
        ('province: "52"', 'province: "94"', "twice"),
        ("name: binhdinh", "name: soctrang", "twice"),
        ("    name: binhdinh\n", "", "required"),
        ("        document: QĐ 1\n", "", "required"),
    ],
)
def test_office_hours_refused(old, new, words):
    assert old in TWO_SPANS
    with pytest.raises(DataError, match=words) as caught:
        parse_office_hours(TWO_SPANS.replace(old, new, 1), "office_hours.yaml")
    assert str(caught.value).startswith(f"office_hours.yaml:{caught.value.line}: ")

"""Reporting periods: bounds as half-open instants at +07:00, the one before, the same last year, and parsing.

Basis decree09 closes the books as Nghị định 09/2019/NĐ-CP Điều 12 says (a month runs from the 15th of the month
before to the 14th); basis calendar is calendar months. Days and weeks are the same in both.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpi.clock import LOCAL

KINDS = ("day", "week", "month", "quarter", "half", "nine_months", "year")
BASES = ("decree09", "calendar")
CUT_OFF_DAY = 15
MONTHS = {"month": 1, "quarter": 3, "half": 6, "nine_months": 9, "year": 12}
PER_YEAR = {"month": 12, "quarter": 4, "half": 2, "nine_months": 1, "year": 1}
FORMS = {
    "day": (r"(\d{4})-(\d{2})-(\d{2})", "2024-03-31"),
    "week": (r"(\d{4})-W(\d{2})", "2024-W07"),
    "month": (r"(\d{4})-(\d{2})", "2024-03"),
    "quarter": (r"(\d{4})-Q([1-4])", "2024-Q1"),
    "half": (r"(\d{4})-H([12])", "2024-H2"),
    "nine_months": (r"(\d{4})(?:-9M)?", "2024"),
    "year": (r"(\d{4})", "2024"),
}
LABELS = {
    "vi": {
        "day": "Ngày {start:%d/%m/%Y}",
        "week": "Tuần {number} năm {year}",
        "month": "Tháng {number}/{year}",
        "quarter": "Quý {roman}/{year}",
        "half": "6 tháng {half_vi} năm {year}",
        "nine_months": "9 tháng năm {year}",
        "year": "Năm {year}",
    },
    "en": {
        "day": "{start:%d/%m/%Y}",
        "week": "Week {number}, {year}",
        "month": "Month {number}/{year}",
        "quarter": "Quarter {number}/{year}",
        "half": "{half_en} half of {year}",
        "nine_months": "Nine months of {year}",
        "year": "Year {year}",
    },
}


class BadPeriodError(ValueError):
    """The words do not name a period; the text shows the form that does."""


@dataclass(frozen=True)
class Period:
    """One reporting period: number counts within the year (month 1-12, quarter 1-4, half 1-2, ISO week, else 1).

    For a day, `number` is the day of the year; for a week, year and number are those of ISO 8601 (Monday first).

    >>> Period("quarter", 2024, 1).start_on, Period("quarter", 2024, 1).end_on
    (datetime.date(2023, 12, 15), datetime.date(2024, 3, 15))
    """

    kind: str
    year: int
    number: int = 1
    basis: str = "decree09"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadPeriodError(f"unknown kind {self.kind!r}; use {', '.join(KINDS)}")
        if self.basis not in BASES:
            raise BadPeriodError(f"unknown basis {self.basis!r}; use {' or '.join(BASES)}")
        try:
            first, last = self.start_on, self.end_on
        except ValueError as error:
            raise BadPeriodError(f"there is no {self.kind} {self.number} in {self.year}") from error
        if not (first < last and 1 <= self.number <= self._count_in_year()):
            raise BadPeriodError(f"there is no {self.kind} {self.number} in {self.year}")

    @property
    def start_on(self) -> date:
        """The first day."""
        if self.kind == "day":
            return date(self.year, 1, 1) + timedelta(days=self.number - 1)
        if self.kind == "week":
            return date.fromisocalendar(self.year, self.number, 1)
        return self._edge((self.number - 1) * MONTHS[self.kind])

    @property
    def end_on(self) -> date:
        """The first day after it."""
        if self.kind in ("day", "week"):
            return self.start_on + timedelta(days=1 if self.kind == "day" else 7)
        return self._edge(self.number * MONTHS[self.kind])

    @property
    def last_on(self) -> date:
        """The last day, for reading: the period is half-open."""
        return self.end_on - timedelta(days=1)

    @property
    def start_at(self) -> datetime:
        """The first instant, aware, Asia/Ho_Chi_Minh."""
        return datetime(self.start_on.year, self.start_on.month, self.start_on.day, tzinfo=LOCAL)

    @property
    def end_at(self) -> datetime:
        """The first instant after it, aware, Asia/Ho_Chi_Minh."""
        return datetime(self.end_on.year, self.end_on.month, self.end_on.day, tzinfo=LOCAL)

    @property
    def last_month(self) -> tuple[int, int]:
        """(year, month) of the last month that the period is named after: a due date is counted from it."""
        if self.kind in ("day", "week"):
            return self.last_on.year, self.last_on.month
        return self.year, self.number * MONTHS[self.kind]

    def previous(self) -> "Period":
        """The period before: the month before January is December of the year before. H2 follows H1."""
        if self.kind in ("day", "week"):
            return period_of(self.kind, self.start_on - timedelta(days=1), self.basis)
        if self.number > 1:
            return Period(self.kind, self.year, self.number - 1, self.basis)
        return Period(self.kind, self.year - 1, PER_YEAR[self.kind], self.basis)

    def same_last_year(self) -> "Period":
        """The same period of the year before; 29 February is compared with 28 February, week 53 with week 52."""
        if self.kind == "day":
            day = self.start_on
            is_leap_day = (day.month, day.day) == (2, 29)
            return period_of(
                "day", day.replace(year=day.year - 1, day=28 if is_leap_day else day.day), self.basis
            )
        if self.kind == "week":
            return Period("week", self.year - 1, min(self.number, _weeks_in(self.year - 1)), self.basis)
        return Period(self.kind, self.year - 1, self.number, self.basis)

    @property
    def code(self) -> str:
        """The words that `parse` reads back."""
        suffix = {"week": f"-W{self.number:02}", "month": f"-{self.number:02}", "quarter": f"-Q{self.number}"}
        suffix |= {"half": f"-H{self.number}"}
        return (
            self.start_on.isoformat() if self.kind == "day" else f"{self.year:04}{suffix.get(self.kind, '')}"
        )

    def label(self, lang: str = "vi") -> str:
        """'Quý I/2024', 'Tháng 3/2024', '6 tháng cuối năm 2024'."""
        first_half = self.number == 1
        return LABELS[lang][self.kind].format(
            start=self.start_on,
            number=self.number,
            year=self.year,
            roman=("I", "II", "III", "IV")[(self.number - 1) % 4],
            half_vi="đầu" if first_half else "cuối",
            half_en="First" if first_half else "Second",
        )

    def _count_in_year(self) -> int:
        if self.kind == "day":
            return (date(self.year + 1, 1, 1) - date(self.year, 1, 1)).days
        return _weeks_in(self.year) if self.kind == "week" else PER_YEAR[self.kind]

    def _edge(self, months: int) -> date:
        """The bound that lies `months` after the start of the year of this basis."""
        month_no = self.year * 12 + months - (1 if self.basis == "decree09" else 0)
        return date(month_no // 12, month_no % 12 + 1, CUT_OFF_DAY if self.basis == "decree09" else 1)


def _weeks_in(year: int) -> int:
    """ISO weeks of a year: 28 December always lies in the last one."""
    return date(year, 12, 28).isocalendar().week


def parse(kind: str, of: str, basis: str = "decree09") -> Period:
    """'2024', '2024-03', '2024-Q1', '2024-H2', '2024-W07', '2024-03-31' -> Period. Raises BadPeriodError."""
    if kind not in KINDS:
        raise BadPeriodError(f"unknown kind {kind!r}; use {', '.join(KINDS)}")
    pattern, example = FORMS[kind]
    found = re.fullmatch(pattern, of.strip())
    if not found:
        raise BadPeriodError(f"{of!r} does not name a {kind}; write it as {example}")
    if kind == "day":
        try:
            return period_of("day", date.fromisoformat(of.strip()), basis)
        except ValueError as error:
            raise BadPeriodError(f"{of!r} is not a day: {error}") from error
    year, *number = (int(part) for part in found.groups())
    return Period(kind, year, number[0] if number else 1, basis)


def period_of(kind: str, day: date, basis: str = "decree09") -> Period:
    """The period of that kind in which `day` lies. Raises BadPeriodError where none does (nine_months leaves a gap)."""
    if kind == "day":
        return Period("day", day.year, day.timetuple().tm_yday, basis)
    if kind == "week":
        iso = day.isocalendar()
        return Period("week", iso.year, iso.week, basis)
    for year in (day.year, day.year + 1):
        for number in range(1, PER_YEAR.get(kind, 1) + 1):
            period = Period(kind, year, number, basis)
            if period.start_on <= day < period.end_on:
                return period
    raise BadPeriodError(f"{day:%d/%m/%Y} lies in no {kind} of {basis}")

"""All words shown (Vietnamese, English by switch) and how numbers, dates and working time are written.

The words themselves are data: dashboard/words/*.yaml, one file per page, `key: {vi: …, en: …}`. Numbers and dates
are written the Vietnamese way in both languages, so that a screen and an extract never differ.
"""

from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from pathlib import Path

from kpi.bilingual import Language, Words, load_words
from kpi.clock import LOCAL

WORDS = Path(__file__).parent / "words"
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
HOUR_S = 3600
DAY_S = 24 * HOUR_S
WORKING_DAY_S = 8 * HOUR_S

_working_day_s = [WORKING_DAY_S]
"""Of this process: a deployment has one province."""

language: ContextVar[Language] = ContextVar("language", default="vi")
"""The language of this request; set by dashboard.guard from the cookie."""


@cache
def words() -> Words:
    """Every key of dashboard/words/*.yaml -> {"vi": …, "en": …}. Raises kpi.bilingual.BadWordsError."""
    return load_words(WORDS)


def t(key: str, **values: object) -> str:
    """The words of a key in this request's language, with {values} filled in. Raises KeyError for an unknown key.

    Where time runs round the clock, the words of `key`.clock if there are any.
    """
    if working_day_s() == DAY_S and f"{key}.clock" in words():
        key += ".clock"
    text = words()[key][language.get()]
    return text.format(**values) if values else text


def of_text(key: str, name: str, *, due_by_store: bool) -> str:
    """Words that name the text in force; those of `key`.store where there is none and the store sets due dates."""
    return t(f"{key}.store") if due_by_store else t(key, name=name)


# ------------------------------------------------------------------- numbers


def number(value: float | None, decimals: int = 0) -> str:
    """1234.5 -> '1.234,5'; None -> '–'; a true minus."""
    if value is None:
        return DASH
    rounded = round(float(value), decimals) + 0.0
    plain = f"{abs(rounded):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    return (MINUS if rounded < 0 else "") + plain


def percent(share: float | None, decimals: int = 1) -> str:
    """A share 0..1 -> '93,8 %' with a no-break space; None -> '–'."""
    return DASH if share is None else f"{number(100 * share, decimals)}{NBSP}%"


def points(share_difference: float, decimals: int = 1) -> str:
    """A difference of shares in percentage points, without sign: 0.024 -> '2,4 điểm'."""
    return t("unit.points", amount=number(abs(100 * share_difference), decimals))


def small_number(value: int) -> str:
    """Numbers up to ten in words, as titles write them: 2 -> 'Hai'; above ten in figures."""
    return t(f"count.{value}") if 1 <= value <= 10 else number(value)


# --------------------------------------------------------------------- times


def on(day: date) -> str:
    """'20/11/2026'."""
    return f"{day:%d/%m/%Y}"


def day_month(day: date) -> str:
    """'20/11'."""
    return f"{day:%d/%m}"


def clock_time(at: datetime) -> str:
    """'14:35' in Asia/Ho_Chi_Minh."""
    return f"{at.astimezone(LOCAL):%H:%M}"


def instant(at: datetime | None) -> str:
    """'14:35 20/11/2026' in Asia/Ho_Chi_Minh; None -> '–'."""
    return DASH if at is None else f"{at.astimezone(LOCAL):%H:%M %d/%m/%Y}"


def weekday(day: date) -> str:
    """'Thứ Sáu'."""
    return t(f"weekday.{day.isoweekday()}")


def weekday_short(day: date) -> str:
    """'T6', 'CN'."""
    return t(f"weekday_short.{day.isoweekday()}")


def use_working_day(day_s: int) -> None:
    """From now on a working day is that long in words: 8 hours in a province, 24 where time runs round the clock."""
    _working_day_s[0] = day_s


def working_day_s() -> int:
    """How long a working day is in this deployment's province."""
    return _working_day_s[0]


def working_time(seconds: float, day_s: int | None = None) -> str:
    """Working seconds -> '9 ngày làm việc', '4 ngày 2 giờ làm việc', '1 giờ 40 phút làm việc'."""
    return t("unit.working", amount=working_amount(seconds, day_s))


def working_amount(seconds: float, day_s: int | None = None) -> str:
    """The two largest units of working seconds, rounded down: '4 ngày 2 giờ'; a working day is day_s long.

    Without day_s it is as long as in this deployment's province (use_working_day).
    """
    days, rest = divmod(int(abs(seconds)), day_s or working_day_s())
    hours, rest = divmod(rest, HOUR_S)
    parts = [
        t(f"unit.{unit}", amount=number(amount))
        for unit, amount in (("days", days), ("hours", hours), ("minutes", rest // 60))
        if amount
    ]
    return " ".join(parts[:2]) or t("unit.minutes", amount="0")


def age(seconds: float) -> str:
    """Calendar age: '1 phút', '2 giờ 55 phút', '3 ngày'."""
    minutes = int(seconds) // 60
    if minutes < 60:
        return t("unit.minutes", amount=number(minutes))
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        tail = f" {t('unit.minutes', amount=minutes)}" if minutes else ""
        return t("unit.hours", amount=number(hours)) + tail
    return t("unit.days", amount=number(hours // 24))

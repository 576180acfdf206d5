"""How one report's explanation is worded, in one language: times, articles, verdicts. Pure; no arithmetic.

The words are data: kpi/words/*.yaml.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kpi.bilingual import Language, law_words
from kpi.calendar_data import DAY_S
from kpi.rules import StageLimit
from kpi.wording import HOUR_S, duration_text, gloss, limit_text, say, weekday_text
from kpi.worktime import WorkCalendar, from_unix


@dataclass(frozen=True)
class Speech:
    """A way to speak: the language, whether time runs round the clock, and what units are called (by code)."""

    language: Language = "vi"
    is_round_the_clock: bool = False
    unit_names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, language: Language, calendar: WorkCalendar, unit_names: Mapping[str, str]) -> "Speech":
        """How to speak of a province with that calendar."""
        return cls(language, calendar.day_s == DAY_S, unit_names)

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key of kpi/words; its .clock variant where time runs round the clock."""
        if self.is_round_the_clock and f"{key}.clock" in law_words():
            key += ".clock"
        return say(key, self.language, **values)

    def unit(self, code: str) -> str:
        """A unit's name; a code without a name shows itself."""
        return self.unit_names.get(code, code)

    def moment(self, at: int, beside: int | None = None) -> str:
        """'17:00 ngày 17/11/2026'."""
        return self("moment", time=clock(at, beside), day=f"{from_unix(at):%d/%m/%Y}")

    def moment_with_weekday(self, at: int, beside: int | None = None) -> str:
        """'17:00 thứ Ba 17/11'."""
        when = from_unix(at)
        return self("moment_weekday", time=clock(at, beside), weekday=self.weekday(when), day=f"{when:%d/%m}")

    def weekday(self, when: datetime) -> str:
        """'thứ Ba'."""
        return weekday_text(when, self.language)

    def article(self, article: str) -> str:
        """'Đ8.1; Phụ lục II bước 2' -> 'Điều 8.1; Phụ lục II bước 2'; English: 'Art. 8.1; Annex II step 2'."""
        if self.language == "vi":
            return _articles_in_full(article)
        return sentence(gloss(article, self.language))

    def cited(self, words: str) -> str:
        """Words of the law's data (a document, a day off, a caveat) in this language."""
        return gloss(words, self.language)

    def limit(self, limit: StageLimit) -> str:
        """'6 ngày làm việc'."""
        return limit_text(limit, self.language)

    def working(self, seconds: int) -> str:
        """'1 giờ 40 phút làm việc'; whole minutes from an hour on."""
        return self("working", amount=self.duration(seconds))

    def duration(self, seconds: int) -> str:
        """'1 giờ 40 phút'; seconds are told only of less than an hour."""
        return duration_text(seconds - seconds % 60 if seconds >= HOUR_S else seconds, self.language)

    def late_headline(self, late_s: int, done: bool) -> str:
        """'Xong trễ hạn 1 giờ 40 phút làm việc' or 'Quá hạn …'."""
        key = "done_late" if done else "overdue"
        return self(key, amount=self.working(late_s)) if late_s else self(f"{key}_off")


def clock(at: int, beside: int | None = None) -> str:
    """'17:00'; with its seconds where they tell it from another instant of the same minute."""
    when = from_unix(at)
    is_close = beside is not None and beside // 60 == at // 60 and beside != at
    return f"{when:%H:%M:%S}" if is_close else f"{when:%H:%M}"


def sentence(words: str) -> str:
    """With a capital at its head; the rest as it is."""
    return words[:1].upper() + words[1:]


def _articles_in_full(article: str) -> str:
    return re.sub(r"Đ(?=\d)", "Điều ", article)

"""Limits, durations and steps of a deadline in words, Vietnamese or English, for explanations and the command line.

The words are data: kpi/words/*.yaml. `lang` is vi or en and always passed in.
"""

import re
from datetime import date
from functools import cache

from kpi.bilingual import law_words
from kpi.deadlines import Step
from kpi.rules import StageLimit

HOUR_S, MINUTE_S = 3600, 60


def say(key: str, lang: str, **values: object) -> str:
    """The words of a key with {values} filled in. Raises KeyError for an unknown key or language."""
    words = law_words()[key][lang]
    return words.format(**values) if values else words


def weekday_text(day: date, lang: str = "vi") -> str:
    """'thứ Ba'; English: 'Tue'."""
    return say(f"weekday.{day.isoweekday()}", lang)


def count_text(n: int, unit: str, lang: str = "vi") -> str:
    """'6 giờ'; English with its plural: '6 hours', '1 hour'. unit: day, hour, minute, second."""
    return say(f"unit.{unit}.one" if n == 1 else f"unit.{unit}", lang, n=n)


def limit_text(limit: StageLimit, lang: str = "vi") -> str:
    """'6 ngày làm việc', '4 giờ làm việc', '48 giờ liên tục theo đồng hồ'; English: '6 working days', '4 hours of office time'."""
    return say(f"clock.{limit.clock}", lang, amount=count_text(limit.amount, limit.unit, lang))


def duration_text(seconds: int, lang: str = "vi") -> str:
    """'1 giờ 30 phút'; '0 phút' for nothing."""
    hours, rest_s = divmod(seconds, HOUR_S)
    minutes, rest_s = divmod(rest_s, MINUTE_S)
    counts = [(hours, "hour"), (minutes, "minute"), (rest_s, "second")]
    return " ".join(count_text(n, unit, lang) for n, unit in counts if n) or count_text(0, "minute", lang)


def gloss(text: str, lang: str = "vi") -> str:
    """What the law's data say (an article, a document, a day off) in that language; numbers and names stay."""
    if lang == "vi":
        return text
    for pattern, english in _phrases():
        text = pattern.sub(english, text)
    return text


def reason_text(kept: str, lang: str = "vi") -> str:
    """A reason of the quarantine, which is kept in Vietnamese, in that language; an unknown one as it was kept."""
    if lang == "vi":
        return kept
    for pattern, english in _reasons():
        if found := pattern.fullmatch(kept):
            return found.expand(english)
    return kept


Phrases = tuple[tuple[re.Pattern[str], str], ...]


@cache
def _phrases() -> Phrases:
    return _patterns("gloss.")


@cache
def _reasons() -> Phrases:
    rejected = [entry for key, entry in law_words().items() if key.startswith("rejected.")]
    exact = tuple((re.compile(re.escape(entry["vi"])), entry["en"]) for entry in rejected)
    return (*exact, *_patterns("quarantine."))


def _patterns(start: str) -> Phrases:
    found = (entry for key, entry in law_words().items() if key.startswith(start))
    return tuple((re.compile(entry["vi"]), entry["en"]) for entry in found)


def step_text(step: Step, limit: StageLimit, lang: str = "vi") -> str:
    """One line on one step, as a unit's head would read it."""
    day = f"{weekday_text(step.from_at, lang)} {step.from_at:%d/%m/%Y}"
    why = say(f"reason.{step.reason}", lang) + (f": {gloss(step.name, lang)}" if step.name else "")
    why += f" ({gloss(step.document, lang)})" if step.document else ""
    if step.working_day is not None:
        return say("count.day", lang, day=day, n=step.working_day, amount=limit.amount, why=why)
    span = f"{step.from_at:%H:%M:%S}–{_end(step)}".replace(":00–", "–")
    if step.counted_s:
        amount = duration_text(step.counted_s, lang)
        return say("count.counted", lang, day=day, span=span, amount=amount, why=why)
    whole = step.reason in ("weekend", "holiday", "start_day")
    return say("count.skipped_day" if whole else "count.skipped", lang, day=day, span=span, why=why)


def _end(step: Step) -> str:
    """The end of a step: 24:00 for midnight, with the date when it lies on another day."""
    until = step.until_at
    if until.date() != step.from_at.date():
        is_midnight = not (until.hour or until.minute or until.second)
        if is_midnight and (until - step.from_at).days == 0:
            return "24:00"
        return f"{until:%H:%M %d/%m/%Y}"
    return f"{until:%H:%M:%S}".removesuffix(":00")

"""Sentences of the wall made by rules from the data. Pure; its plain words are dashboard/words/wall.yaml."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from dashboard import headlines
from dashboard.text import clock_time, day_month, language, number, points, t, weekday, working_amount
from kpi.clock import LOCAL
from kpi.periods import Period
from kpi.rates import Rate
from kpi.worktime import WorkCalendar, to_unix

SPOKEN_PLACES = (1, 2, 3)
SPOKEN_SHARE = 0.4
"""So many places are named in the title when together they hold this share of what is overdue."""
LEAST_SHOWN = 3
"""A count crossed with a field is not shown below this: it could point to a person."""


def rate(value: Rate) -> tuple[str, str]:
    """(figure, unit): ('94,2', '%'); a fraction under the minimum sample; a dash without anything to judge by."""
    if not value.denominator:
        return "–", ""
    if not headlines.is_enough(value):
        return t("say.part_of", part=number(value.numerator), whole=number(value.denominator)), ""
    return number(value.pct, 1), "%"


def rate_change(value: Rate, before: Rate, period: Period) -> str:
    """'Tăng 1,1 điểm so với quý III (93,1 %)'; '' where one of them has too few cases."""
    change = headlines.change_of_rate(value, before, period_name(period))
    return f"{change} ({number(before.pct, 1)}\u00a0%)" if change else ""


def period_name(period: Period) -> str:
    """How a sentence names a period near now: 'quý III', 'tháng 9'."""
    name = period.label(language.get()).split("/")[0]
    return name[:1].lower() + name[1:] if language.get() == "vi" else name


def count_change(value: int, before: int) -> tuple[str, str]:
    """('Tăng 6', 'so với hôm qua')."""
    if value == before:
        return t("wall.same"), t("wall.than_yesterday")
    key = "wall.more" if value > before else "wall.less"
    return t(key, amount=number(abs(value - before))), t("wall.than_yesterday")


def until(at: datetime, now: datetime) -> str:
    """'17:00 hôm nay', '10:15 Thứ Hai 23/11'."""
    local, today = at.astimezone(LOCAL), now.astimezone(LOCAL).date()
    day = (
        t("overview.today") if local.date() == today else f"{weekday(local.date())} {day_month(local.date())}"
    )
    return f"{clock_time(local)} {day}"


def overdue_for(calendar: WorkCalendar, due_at: datetime, now: datetime) -> str:
    """Working time since a limit fell due: '9 ngày 2 giờ làm việc'."""
    due_s, now_s = calendar.elapsed_s(np.array([to_unix(due_at), to_unix(now)]))
    return t("unit.working", amount=working_amount(float(now_s - due_s)))


def where(overdue: Sequence[tuple[str, int]], whole: int) -> tuple[str, list[str]]:
    """(title of the map, the places that it names); overdue: (name, count) of every place that is known.

    ('Gần nửa nằm ở TP Sóc Trăng, Mỹ Xuyên', …) when up to three places hold SPOKEN_SHARE or more.
    """
    held = sorted(((n, c) for n, c in overdue if c), key=lambda pair: (-pair[1], pair[0]))
    if not whole:
        return t("head.none_overdue").rstrip("."), []
    for count in SPOKEN_PLACES:
        part = sum(c for _, c in held[:count])
        if len(held) > count and part / whole >= SPOKEN_SHARE:
            names = [name for name, _ in held[:count]]
            return f"{share(part, whole)} {t('wall.lie_in')} {', '.join(names)}", names
    return t("wall.overdue_by_place"), []


def share(part: int, whole: int) -> str:
    """Words of amount, computed: 20 of 41 is 'Gần nửa', 21 of 40 'Hơn nửa', else '17 trên 41 phản ánh'."""
    of = part / whole
    if 0.45 <= of < 0.495:
        return t("wall.share.nearly_half")
    if 0.495 <= of <= 0.505:
        return t("wall.share.half")
    if 0.505 < of <= 0.6:
        return t("wall.share.over_half")
    return t("say.part_of", part=number(part), whole=number(whole))


def guarded(count: int) -> str:
    """A count that is crossed with a field: '7', or 'dưới 3' when it is 1 or 2."""
    return number(count) if count == 0 or count >= LEAST_SHOWN else t("wall.under", least=LEAST_SHOWN)


def trend_title(rates: Sequence[Rate], previous: Period) -> str:
    """The point of the on-time line; without one the plain name of the measure."""
    title = headlines.trend(rates, period_name(previous))
    return t("wall.trend_plain") if title == t("head.trend_plain") else title


def points_from(value: Rate, whole: Rate, name: str) -> str:
    """'Thấp hơn toàn tỉnh 2,4 điểm'; '' where one of them has too few cases."""
    if not (headlines.is_enough(value) and headlines.is_enough(whole)):
        return ""
    difference_pct = round(value.pct or 0, 1) - round(whole.pct or 0, 1)
    if abs(difference_pct) < 0.05:
        return t("wall.as", whole=name)
    key = "wall.above" if difference_pct > 0 else "wall.below"
    return t(key, whole=name, amount=points(difference_pct / 100))

"""What a table by place, or a series, says of the ground it stands on. Pure."""

from datetime import date, timedelta

from dashboard.ask import Question
from dashboard.ground import changed_on, districts_ended_on
from dashboard.text import number, on, t
from kpi.clock import LOCAL
from kpi.filters import BEFORE, TODAY


def ground_words(question: Question) -> list[str]:
    """Which units the rows are; that districts have ended, where that shows in the period."""
    filters = question.filters
    if question.scope.communes and filters.ground is None:
        return list_words(question)
    if filters.ground == TODAY:
        return [t("ground.on_today", day=on(question.today))]
    ended = districts_ended_on(question.scope.province_code, question.today)
    if filters.ground == BEFORE and ended is not None:
        return [t("ground.on_before", day=on(ended - timedelta(days=1)))]
    if ended is None or question.window.until_at.astimezone(LOCAL).date() < ended:
        return []
    if filters.district and not filters.carried:
        return [t("ground.district_ended", day=on(ended))]
    return [t("ground.own_after", day=on(ended))]


def list_words(question: Question) -> list[str]:
    """What a chosen place stands for in a list: units of another day, a former district, communes that were divided."""
    filters, parts = question.filters, [part for _, parts in question.filters.carried for part in parts]
    if not parts:
        return []
    day = question.drawn().day or question.today
    if question.scope.communes and filters.commune is None:
        words = [t("ground.list_former", count=number(len(question.scope.communes)))]
    else:
        words = [t("ground.list_carried", day=on(day))]
    if any("" in part.inside for part in parts):
        words.append(t("ground.list_divided"))
    return words


def series_words(question: Question, from_on: date, until_on: date) -> str:
    """On which ground a series over days of change stands; '' where units did not change within it."""
    days = [day for day in changed_on(question.scope.province_code) if from_on < day < until_on]
    filters = question.filters
    if not days:
        return ""
    if filters.district is None and filters.commune is None:
        return t("ground.series_whole")
    return t("ground.series_carried" if filters.carried else "ground.series_own")


def count_words(count: float) -> str:
    """'12', or '≈ 3,4' where a split divided it by area."""
    return number(count) if float(count).is_integer() else f"≈ {number(count, 1)}"

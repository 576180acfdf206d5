"""What a table by place says of the ground it stands on. Pure."""

from dashboard.ask import Question
from dashboard.ground import districts_ended_on
from dashboard.text import number, on, t
from kpi.clock import LOCAL
from kpi.filters import TODAY


def ground_words(question: Question) -> list[str]:
    """Which units the rows are; that districts have ended, where that shows in the period."""
    if question.filters.ground == TODAY:
        return [t("ground.on_today", day=on(question.today))]
    ended = districts_ended_on(question.scope.province_code, question.today)
    if ended is None or question.window.until_at.astimezone(LOCAL).date() < ended:
        return []
    return [t("ground.own_after", day=on(ended))]


def count_words(count: float) -> str:
    """'12', or '≈ 3,4' where a split divided it by area."""
    return number(count) if float(count).is_integer() else f"≈ {number(count, 1)}"

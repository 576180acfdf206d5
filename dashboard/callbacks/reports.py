"""Callbacks of pages/reports.py: the list behind a number, and the counts beside its entries in the navigation."""

from dash import Input, Output, callback

from dashboard import report_list
from dashboard.ask import Question, ask
from dashboard.components import Child
from dashboard.drawn import Own, body, drawn
from dashboard.pages.reports import PAGE, Ids
from dashboard.report_list import DEFAULT_STATE, Listing
from dashboard.shell import Shell
from kpi.filters import FilterError
from kpi.queries import figures, reports

MOST_SHOWN = 10_000_000


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, own: Own) -> Child:
    """One page of the list that the address names."""
    filters = question.filters.with_(state=question.filters.state or DEFAULT_STATE)
    after, shown, by = _place(own)
    by_unit = by == "unit"
    rows = await question.gather(
        f"reports/{filters.state}/{after}/{by}",
        {
            "count": reports.count(filters, question.window, by_unit=by_unit),
            "page": reports.page(filters, question.window, after, by_unit=by_unit),
        },
    )
    page, count = rows["page"], rows["count"][0]["count"]
    has_more = shown + len(page) < count and len(page) == reports.PAGE_ROWS
    next_after = reports.cursor(page[-1]) if has_more else None
    return report_list.page(Listing(question, await question.names(), page, count, shown, next_after, by))


def _place(own: Own) -> tuple[str | None, int, str | None]:
    """(cursor, rows on the pages before, 'unit' or None) of the address. Raises FilterError."""
    shown, by = own.get("shown", "0"), own.get("by")
    if not (shown.isdecimal() and int(shown) < MOST_SHOWN):
        raise FilterError("shown", shown, "is no count of rows")
    if by not in (None, "unit"):
        raise FilterError("by", by, "use unit or leave it out")
    return own.get("after"), int(shown), by


@callback(Output(Shell.BADGES, "data"), Input(Shell.VERSION, "data"), Input(Shell.MINUTE, "data"))
@drawn
async def badges(*_: object) -> dict[str, int]:
    """How many reports are overdue, and how many urgent ones are in hand, within the scope."""
    question = ask(None)
    now = figures.now(question.filters, question.window, ("urgency",))
    rows = (await question.gather("badges", {"now": now}))["now"]
    urgent = sum(row["in_hand"] for row in rows if row["urgency"] != "normal")
    return {"overdue": sum(row["overdue"] for row in rows), "urgent": urgent}

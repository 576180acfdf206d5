"""Callbacks of pages/report.py: one report of the mart, explained by kpi.explain."""

import asyncio
from functools import cache

from dashboard import report_view
from dashboard.ask import Question, Rows
from dashboard.components import Child, empty, link
from dashboard.drawn import Own, body
from dashboard.names import Names
from dashboard.pages.report import PAGE, Ids
from dashboard.shell import Shell
from dashboard.text import language, t
from kpi.explain_source import explain_rows
from kpi.explanation import Explanation
from kpi.queries import one_report
from kpi.rulebook import Rulebook


@body(PAGE, Ids.BODY, Shell.MINUTE)
async def draw(question: Question, own: Own) -> Child:
    """Everything of the report that the address names and that this session may see."""
    code = own.get("code", "")
    found = await question.gather(f"report/{code}", {"head": one_report.head(code)})
    if not found["head"]:
        return [empty(t("report.unknown", code=code), link(t("report.to_list"), "/reports"))]
    head = found["head"][0]
    if head["is_secret"]:
        return report_view.secret(head)
    parts = await question.gather(f"report/{code}/parts", one_report.everything(head["report_id"]))
    names = await question.names()
    told = await asyncio.to_thread(_explained, question, names, head, parts["events"])
    return report_view.page(report_view.View(question, names, head, parts, told))


def _explained(question: Question, names: Names, head: dict, events: Rows) -> Explanation:
    ioc = next((code for code, unit in names.units.items() if unit["level"] == "ioc"), "")
    short = {code: str(unit["short_name"]) for code, unit in names.units.items()}
    rulebook = province_rulebook(question.scope.province_code)
    return explain_rows(
        head, events, rulebook, question.at, unit_names=short, ioc_unit_code=ioc, language=language.get()
    )


@cache
def province_rulebook(province_code: str) -> Rulebook:
    """The province's texts by day; read once."""
    return Rulebook.load(province_code)

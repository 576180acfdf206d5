"""Under English no label stays Vietnamese: every page is drawn and searched for Vietnamese letters outside of names."""

import json
import re
from importlib import import_module
from typing import Any

import dash
import pytest
from sqlalchemy import text as select_text

from dashboard.pages import PAGES
from kpi.rules import load_regulations

from .conftest import Served

pytestmark = pytest.mark.server
VIETNAMESE = re.compile(r"[À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
SHOWN = ("children", "title", "placeholder", "aria-label", "alt", "label", "data-html", "caption")
STORES = {"shell-version": 1, "shell-minute": 0, "shell-theme": "light"}


def drawn(served: Served, output: str, path: str, query: str = "", role: str = "analyst") -> Any:
    """What a browser under English gets for one output of a page."""
    inputs = dash.get_app().callback_map[output]["inputs"]
    address = {"path": path, "search": f"?{query}" if query else ""}
    values = [{**part, "value": {**STORES, "shell-url": address}.get(part["id"])} for part in inputs]
    target, _, name = output.partition(".")
    asked = {
        "output": output,
        "outputs": {"id": target, "property": name},
        "inputs": values,
        "changedPropIds": ["shell-url.data"],
    }
    client = served.client(role)
    client.cookies.set("language", "en")
    answer = client.post("/_dash-update-component", json=asked, timeout=60)
    client.close()
    assert answer.status_code == 200, (output, answer.status_code, answer.text[:300])
    return answer.json()["response"][target][name]


def shown(node: Any, key: str = "children") -> list[str]:
    """Every text that a reader sees or a screen reader says."""
    if isinstance(node, str):
        return [node] if key in SHOWN else []
    if isinstance(node, list):
        return [said for part in node for said in shown(part, key)]
    if isinstance(node, dict):
        return [
            said
            for name, part in node.items()
            for said in shown(part, name if name not in ("props",) else key)
        ]
    return []


OFFICIAL = re.compile(r"sheet-table|paper")
"""Classes of the official forms on /extracts, which stay Vietnamese and say so."""
PAGES_WITH_A_BODY = [page for page in PAGES if page.id != "map"]
QUERIES = {"unit": "unit=SGTVT&period=2024-10", "reports": "state=overdue", "ranking": "period=2024"}


def without_forms(node: Any) -> Any:
    """The same components without the tables of official forms."""
    if isinstance(node, list):
        return [without_forms(part) for part in node]
    if not isinstance(node, dict):
        return node
    props = node.get("props", {})
    if OFFICIAL.search(str(props.get("className", ""))) or "extract-middle" in str(
        props.get("className", "")
    ):
        return None
    return {**node, "props": {**props, "children": without_forms(props.get("children"))}}


@pytest.fixture(scope="module")
def names(served: Served) -> list[str]:
    """Names of units and places, titles of texts, what citizens wrote: these stay as they are."""
    found = {text.title for text in load_regulations().values()} | {
        "Sóc Trăng",
        "Bình Phước",
        "Bình Định",
        "UBND tỉnh",
    }
    found |= {'"giờ làm việc"'}  # the heading of a column of Phụ lục II, with its gloss
    asked = ("select name from mart.unit", "select short_name from mart.unit", "select name from mart.place",
             "select full_name from mart.place", "select title from mart.report_detail where title is not null")  # fmt: skip
    with served.engine.connect() as conn:
        for sql in asked:
            found |= {row[0] for row in conn.execute(select_text(sql)) if row[0]}
    return sorted(found, key=len, reverse=True)


def vietnamese_in(node: Any, names: list[str]) -> list[str]:
    """What a reader sees that holds Vietnamese letters, once the names are taken out."""
    left = []
    for text in shown(node):
        said = text
        for name in names:
            said = said.replace(name, "")
        left += [said[:200]] if VIETNAMESE.search(said) else []
    return sorted(set(left))


@pytest.mark.parametrize("page", PAGES_WITH_A_BODY, ids=lambda page: page.id)
def test_no_label_of_a_page_stays_vietnamese(served: Served, names: list[str], page) -> None:
    query = QUERIES.get(page.id, "")
    if page.id == "report":
        with served.engine.connect() as conn:
            sql = "select report_code from mart.report where status = 'done' and not is_secret order by 1 limit 1"
            query = f"code={conn.execute(select_text(sql)).scalar_one()}"
    body = import_module(page.layout.__module__).Ids.BODY
    node = drawn(served, f"{body}.children", page.path, query)
    assert len(json.dumps(node)) > 1000
    assert vietnamese_in(without_forms(node), names) == []
    assert vietnamese_in(drawn(served, "shell-filters.children", page.path, query), names) == []


def test_official_forms_say_why_they_stay_vietnamese(served: Served) -> None:
    said = json.dumps(drawn(served, "extracts-body.children", "/extracts"), ensure_ascii=False)
    assert "official form" in said
    assert "Phụ lục I. Kết quả theo đơn vị" in said


@pytest.mark.parametrize(("language", "title"), [("en", "Units"), ("vi", "Đơn vị")])
def test_the_tab_of_the_browser_follows_the_language(served: Served, language: str, title: str) -> None:
    output = next(key for key in dash.get_app().callback_map if "_pages_store.data" in key)
    callback = dash.get_app().callback_map[output]
    place = {"pathname": "/units", "search": ""}
    asked = {
        "output": output,
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [{**part, "value": place[part["property"]]} for part in callback["inputs"]],
        "state": [{**part, "value": None} for part in callback["state"]],
        "changedPropIds": ["_pages_location.pathname"],
    }
    client = served.client("analyst")
    client.cookies.set("language", language)
    answer = client.post("/_dash-update-component", json=asked, timeout=60)
    client.close()
    assert answer.json()["response"]["_pages_store"]["data"]["title"] == title

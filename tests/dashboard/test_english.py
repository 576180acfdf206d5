"""Under English no label stays Vietnamese: every page is drawn and searched for Vietnamese letters outside of names."""

import json
import re
from html.parser import HTMLParser
from importlib import import_module
from typing import Any

import dash
import pytest
from sqlalchemy import text as select_text

from dashboard.pages import PAGES
from kpi.rules import load_regulations

from .asked import ask, ask_body, html_of
from .conftest import Served

pytestmark = pytest.mark.server
VIETNAMESE = re.compile(r"[À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
SHOWN = ("children", "title", "placeholder", "aria-label", "alt", "label", "data-html", "caption")


def body_of(served: Served, body: str, path: str, query: str = "") -> str:
    """The HTML that an analyst's browser under English gets for a page."""
    client = served.client("analyst")
    client.cookies.set("language", "en")
    html = html_of(ask_body(client, body, path, query), body)
    client.close()
    return html


def filters_of(served: Served, path: str, query: str) -> Any:
    """The components of the filter bar above it."""
    client = served.client("analyst")
    client.cookies.set("language", "en")
    answer = ask(client, "shell-filters.children", path, query)
    client.close()
    return answer.json()["response"]["shell-filters"]["children"]


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


OFFICIAL = re.compile(r"sheet-table|paper|extract-middle")
"""Classes of the official forms on /extracts, which stay Vietnamese and say so."""
WITHOUT_END = ("br", "hr", "img", "col")
PAGES_WITH_A_BODY = [page for page in PAGES if page.id not in ("map", "methods")]
QUERIES = {"unit": "unit=SGTVT&period=2024-10", "reports": "state=overdue", "ranking": "period=2024"}


class Said(HTMLParser):
    """Collects every text that a reader sees or a screen reader says, outside of official forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside_form = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = dict(attrs)
        if self._inside_form or OFFICIAL.search(given.get("class") or ""):
            self._inside_form += tag not in WITHOUT_END
        else:
            self.texts += [given[name] or "" for name in SHOWN if name in given]

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._inside_form = max(self._inside_form - 1, 0)

    def handle_data(self, data: str) -> None:
        """Its text."""
        if not self._inside_form:
            self.texts.append(data)


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


def vietnamese_in(texts: list[str], names: list[str]) -> list[str]:
    """Those that hold Vietnamese letters, once the names are taken out."""
    left = []
    for text in texts:
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
    html = body_of(served, import_module(page.layout.__module__).Ids.BODY, page.path, query)
    assert len(html) > 1000
    assert vietnamese_in(Said(html).texts, names) == []
    assert vietnamese_in(shown(filters_of(served, page.path, query)), names) == []


def test_no_label_of_the_methods_stays_vietnamese(served: Served, names: list[str]) -> None:
    client = served.client("analyst")
    client.cookies.set("language", "en")
    answer = ask(client, "methods-body.children", "/methods")
    client.close()
    node = answer.json()["response"]["methods-body"]["children"]
    assert len(json.dumps(node)) > 1000
    assert vietnamese_in(shown(node), names) == []


def test_official_forms_say_why_they_stay_vietnamese(served: Served) -> None:
    said = body_of(served, "extracts-body", "/extracts")
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

"""An open page while versions come: it draws what changed, loses none, and shows in the end what a fresh page shows."""

import time
from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import text, update

from dashboard.tokens import ASSETS
from kpi import mart

from .conftest import Served
from .test_browser import Visit, bump

pytestmark = [pytest.mark.browser, pytest.mark.server]
ANSWER_S = 0.25
VERSIONS = 6
BODY = """() => {
    const body = document.getElementById('overview-body').cloneNode(true);
    body.querySelectorAll('[data-figure]').forEach((chart) => chart.replaceChildren());
    return body.innerHTML;
}"""
COUNT = """() => {
    window.changes = 0;
    new MutationObserver((found) => { window.changes += found.length; }).observe(
        document.getElementById('overview-body'), { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """A leader on the overview, its charts drawn."""
    opened = Visit(browser, served, "leader")
    opened.page.wait_for_selector(".mini-map .js-plotly-plot .main-svg")
    opened.page.wait_for_selector(".has-links .js-plotly-plot .main-svg")
    yield opened
    opened.context.close()


def received(visit: Visit) -> int:
    """The figure that `bump` moves by one."""
    return int(visit.value_of("Phản ánh tiếp nhận").replace(".", ""))


def tell_quiet_version(served: Served) -> None:
    """A version that changes no figure."""
    with served.engine.begin() as conn:
        conn.execute(update(mart.source_state).values(run_id=mart.source_state.c.run_id + 1))
    redis.from_url(served.redis_url).publish("ioc:94:version", '{"run_id": 2, "at": ""}')


def test_versions_faster_than_answers_are_drawn_on_the_way_and_the_last_one_stands(
    visit: Visit, served: Served
) -> None:
    def slowly(route: Route) -> None:
        time.sleep(ANSWER_S)
        route.continue_()

    page, before, shown = visit.page, received(visit), set()
    page.route("**/_dash-update-component", slowly)
    for _ in range(VERSIONS):
        bump(served, tell=True)
        page.wait_for_timeout(400)
        shown.add(received(visit))
    last = f"{before + VERSIONS:,}".replace(",", ".")
    page.wait_for_function(
        "last => document.querySelector('.frame .figure-value').innerText === last", arg=last
    )
    assert len(shown) > 1, "an answer is lost when the next version is asked before it has come"
    fresh = visit.context.new_page()
    fresh.goto(served.url)
    fresh.wait_for_selector(".figure-value")
    page.wait_for_function(f"wanted => ({BODY})() === wanted", arg=fresh.evaluate(BODY))
    assert visit.errors == []


def test_a_version_that_changes_nothing_touches_nothing(visit: Visit, served: Served) -> None:
    page = visit.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.evaluate(COUNT)
    with page.expect_response(lambda answer: "overview-body" in (answer.request.post_data or "")) as answer:
        tell_quiet_version(served)
    assert answer.value.status == 204  # nothing is sent
    page.wait_for_timeout(200)
    assert page.evaluate("window.changes") == 0
    assert not [body for body in asked if '"output":"shell-filters' in body]


def test_what_a_reader_opened_stays_open_and_the_chart_is_not_made_anew(visit: Visit, served: Served) -> None:
    page, before = visit.page, received(visit)
    page.click(".as-table summary")
    page.locator(".as-table tbody a").nth(0).focus()
    page.evaluate("window.chart = document.querySelector('.has-links .main-svg')")
    bump(served, tell=True)
    after = f"{before + 1:,}".replace(",", ".")
    page.wait_for_selector(f".as-table td:has-text('{after}')")
    assert page.evaluate("document.activeElement.closest('.as-table').open")
    page.wait_for_function(
        "after => document.querySelector('.has-links').textContent.includes(after)", arg=after
    )
    assert page.evaluate("document.querySelector('.has-links .main-svg') === window.chart")


def test_a_renamed_unit_reaches_the_menus_with_its_version(visit: Visit, served: Served) -> None:
    rename = "UPDATE mart.unit SET short_name = :new WHERE short_name = :old"
    old = visit.page.locator(".filter-unit .option").nth(1).text_content()
    names = {"old": old, "new": "Sở Tên Mới"}
    with served.engine.begin() as conn:
        assert conn.execute(text(rename), names).rowcount == 1
    tell_quiet_version(served)
    try:
        visit.page.wait_for_selector(".filter-unit .option:has-text('Sở Tên Mới')", state="attached")
    finally:
        with served.engine.begin() as conn:
            conn.execute(text(rename), {"old": names["new"], "new": old})
        tell_quiet_version(served)


FILLED = """([before, after]) => {
    const box = document.getElementById('box');
    box.dataset.html = before;
    return new Promise((done) => setTimeout(() => {
        window.first = box.firstElementChild;
        box.dataset.html = after;
        setTimeout(() => done([box.innerHTML, box.firstElementChild === window.first]));
    }));
}"""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """A page with nothing but the script that fills elements."""
    page = browser.new_page()
    page.set_content('<div id="box"></div>')
    page.add_script_tag(path=str(ASSETS / "static_html.js"))
    yield page
    page.close()


@pytest.mark.parametrize(
    ("before", "after", "is_kept"),
    [
        ("<p>1</p>", "<p>2</p>", True),
        ('<p class="a" title="x">1</p>', '<p class="b">1</p>', True),
        ("<p>1</p><p>2</p><p>3</p>", "<p>3</p>", True),
        ("<p>1</p>", "<p>1</p>and<b>2</b>", True),
        ("<p>1</p>", "<div>1</div>", False),
        ("<ul><li>1</li></ul>", "", False),
        ("<table><tbody><tr><td>1</td></tr></tbody></table>", "<table><tbody></tbody></table>", True),
        ("a", "b<i>c</i>", False),
    ],
)
def test_only_what_differs_is_touched(blank: Page, before: str, after: str, is_kept: bool) -> None:
    assert blank.evaluate(FILLED, [before, after]) == [after, is_kept]

"""An open page while versions come: it draws what changed, loses none, and shows in the end what a fresh page shows."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import text, update

from dashboard.tokens import ASSETS
from kpi import mart

from .conftest import Served
from .test_browser import Visit, bump

pytestmark = [pytest.mark.browser, pytest.mark.server]
SLOW_ANSWERS = """
    const ask = window.fetch;
    window.fetch = (...asked) => ask(...asked).then((answer) => new Promise((done) => {
        setTimeout(done, String(asked[0].url || asked[0]).includes('_dash-update') ? 500 : 0, answer);
    }));
"""
ANSWER_S = 0.25
VERSIONS = 6
IN_HAND = ".figure-overdue .figure-unit"
REOPENED = """
    UPDATE mart.report SET closed_at = NULL WHERE report_id =
        (SELECT report_id FROM mart.report WHERE closed_at < '2024-01-01' ORDER BY report_id LIMIT 1)
"""
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


def in_hand(page: Page) -> int:
    """The figure that `one_more_in_hand` moves: of right now, so that nothing is read behind (dashboard.flows)."""
    return int(re.sub(r"\D", "", page.inner_text(IN_HAND)))


def one_more_in_hand(served: Served) -> None:
    """A version in which a report that was closed long ago is open again."""
    with served.engine.begin() as conn:
        conn.execute(text(REOPENED))
    tell_version(served)


def tell_version(served: Served) -> None:
    """A version that by itself changes no figure."""
    with served.engine.begin() as conn:
        conn.execute(update(mart.source_state).values(run_id=mart.source_state.c.run_id + 1))
    redis.from_url(served.redis_url).publish("ioc:94:version", '{"run_id": 2, "at": ""}')


def answer_to_a_version(page: Page, served: Served) -> dict[str, Any]:
    """What the body's callback sends after a version that by itself changes nothing, by id."""
    with page.expect_response(lambda answer: "overview-body" in (answer.request.post_data or "")) as answer:
        tell_version(served)
    return answer.value.json()["response"]


def answers_to_versions(page: Page, served: Served) -> Iterator[dict[str, Any]]:
    """Answers to such versions, with a pause between in which counts of periods have rested (dashboard.flows).

    Versions that come faster are answered by counts of shortly before and by new ones in turn. The minute may turn too.
    """
    for _ in range(10):
        yield answer_to_a_version(page, served)
        page.wait_for_timeout(1_000)


def sends_nothing(page: Page, served: Served) -> bool:
    """Whether such a version is answered with nothing in the end."""
    return any(not answer for answer in answers_to_versions(page, served))


def test_versions_faster_than_answers_are_drawn_on_the_way_and_the_last_one_stands(
    visit: Visit, served: Served
) -> None:
    def slowly(route: Route) -> None:
        time.sleep(ANSWER_S)
        route.continue_()

    page, before, shown = visit.page, in_hand(visit.page), set()
    page.route("**/_dash-update-component", slowly)
    for _ in range(VERSIONS):
        one_more_in_hand(served)
        page.wait_for_timeout(400)
        shown.add(in_hand(page))
    expect(page.locator(IN_HAND)).to_contain_text(str(before + VERSIONS))
    assert len(shown) > 1, "an answer is lost when the next version is asked before it has come"
    fresh = visit.context.new_page()
    fresh.goto(served.url)
    fresh.wait_for_selector(IN_HAND)
    page.unroute("**/_dash-update-component")
    assert sends_nothing(page, served)
    assert sends_nothing(fresh, served)
    for each in (page, fresh):
        # While it says that its counts are of shortly before, a page asks again by itself.
        expect(each.locator("#main [data-counted]")).to_have_count(0, timeout=30_000)
    assert page.evaluate(BODY) == fresh.evaluate(BODY)
    assert visit.errors == []


def test_a_question_beside_another_does_not_cost_every_answer_after_it(visit: Visit, served: Served) -> None:
    page, shown = visit.page, set()
    page.add_init_script(SLOW_ANSWERS)
    page.reload()
    page.wait_for_selector(IN_HAND)
    one_more_in_hand(served)
    page.wait_for_timeout(300)
    page.evaluate("window.dash_clientside.set_props('shell-minute', {data: 1})")
    for _ in range(2 * VERSIONS):
        one_more_in_hand(served)
        page.wait_for_timeout(350)
        shown.add(in_hand(page))
    assert len(shown) > 3


def test_a_version_that_changes_nothing_touches_nothing(visit: Visit, served: Served) -> None:
    page = visit.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.evaluate(COUNT)
    for answer in answers_to_versions(page, served):
        page.wait_for_timeout(200)
        changes = page.evaluate("() => { const found = window.changes; window.changes = 0; return found; }")
        if not answer:
            break
    assert (answer, changes) == ({}, 0)
    assert not [body for body in asked if '"output":"shell-filters' in body]


def test_what_a_reader_opened_stays_open_and_the_chart_is_not_made_anew(visit: Visit, served: Served) -> None:
    page, figure = visit.page, visit.page.locator(".has-links")
    page.click(".as-table summary")
    page.locator(".as-table tbody a").nth(0).focus()
    page.evaluate("window.chart = document.querySelector('.has-links .main-svg')")
    before = figure.get_attribute("data-figure")
    bump(served, tell=True)
    for _ in range(10):
        page.wait_for_timeout(500)
        if figure.get_attribute("data-figure") != before:
            break
        tell_version(served)
    received = visit.value_of("Phản ánh tiếp nhận")
    expect(page.locator(".as-table")).to_contain_text(received)
    expect(figure.locator(".annotation-text", has_text=received)).to_have_count(1)  # the chart follows
    assert page.evaluate("document.activeElement.closest('.as-table').open")
    assert page.evaluate("document.querySelector('.has-links .main-svg') === window.chart")


def test_a_renamed_unit_reaches_the_menus_with_its_version(visit: Visit, served: Served) -> None:
    rename = "UPDATE mart.unit SET short_name = :new WHERE short_name = :old"
    old = visit.page.locator(".filter-unit .option").nth(1).text_content()
    names = {"old": old, "new": "Sở Tên Mới"}
    with served.engine.begin() as conn:
        assert conn.execute(text(rename), names).rowcount == 1
    tell_version(served)
    try:
        visit.page.wait_for_selector(".filter-unit .option:has-text('Sở Tên Mới')", state="attached")
    finally:
        with served.engine.begin() as conn:
            conn.execute(text(rename), {"old": names["new"], "new": old})
        tell_version(served)


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

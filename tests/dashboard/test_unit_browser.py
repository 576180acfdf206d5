"""From a figure to one report in a real browser: overview, unit, list, report; citizens' markup stays text; print."""

from collections.abc import Iterator

import pytest

from .conftest import UNIT, Served
from .test_browser import Visit
from .test_unit_pages import SECRET, TITLE, told  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def analyst(browser, served: Served) -> Iterator[Visit]:
    """An analyst on the overview."""
    opened = Visit(browser, served, "analyst")
    yield opened
    opened.context.close()


def test_from_the_overview_to_one_report(analyst: Visit) -> None:
    page = analyst.page
    page.locator("a[href^='/unit?']").first.click()
    page.wait_for_selector(".indicators")
    figure = page.locator(".indicators a[href*='state=judged']").first
    judged = int(figure.inner_text().split()[-1].replace(".", ""))
    figure.click()
    page.wait_for_selector(".report-list tbody tr")
    assert page.locator(".card-title").first.inner_text().split()[0].replace(".", "") == str(judged)
    row = page.locator(".report-list tbody th a").first
    code = row.inner_text()
    row.click()
    page.wait_for_selector(".verdict-title, .refusal")
    assert code in page.locator(".crumbs").inner_text()
    assert analyst.errors == []


def test_markup_of_a_citizen_stays_text(analyst: Visit, served: Served, told: str) -> None:  # noqa: F811
    page = analyst.page
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"{served.url}/report?code={told}")
    page.wait_for_selector(".verdict-title")
    assert page.locator("h1").inner_text() == TITLE
    assert page.locator("main img, main script").count() == 0
    assert alerts == []


def test_a_secret_report_shows_the_padlock_alone(analyst: Visit, served: Served, told: str) -> None:  # noqa: F811
    analyst.page.goto(f"{served.url}/report?code={SECRET}")
    analyst.page.wait_for_selector(".mark-secret")
    assert analyst.page.locator(".life, .verdict, .facts, .milestones").count() == 0


def test_a_report_fits_one_a4_page(analyst: Visit, served: Served, told: str) -> None:  # noqa: F811
    page = analyst.page
    page.goto(f"{served.url}/report?code={told}")
    page.wait_for_selector(".life")
    page.wait_for_timeout(500)
    printed = page.pdf(format="A4", print_background=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1


@pytest.mark.parametrize(
    "address", ["/units", f"/unit?unit={UNIT}", "/reports?state=in_hand", "/places", "/extracts"]
)
def test_no_page_is_wider_than_a_phone(browser, served: Served, address: str) -> None:
    visit = Visit(browser, served, "leader")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.goto(served.url + address)
    visit.page.wait_for_selector(".card:not(.loading)")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.errors == []
    visit.context.close()


def test_words_of_a_report_stay_in_their_card_on_a_phone(analyst: Visit, served: Served, told: str) -> None:  # noqa: F811
    page = analyst.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{served.url}/report?code={told}")
    page.wait_for_selector(".upright-due .limit-words")
    beyond = page.evaluate("""() => {
        const edge = document.querySelector('.life').closest('.card').getBoundingClientRect().right;
        return Array.from(document.querySelectorAll('.life *'))
            .filter((e) => e.getBoundingClientRect().right > edge).map((e) => e.className + ': ' + e.textContent);
    }""")
    assert beyond == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

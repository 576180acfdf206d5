"""The shell and the overview in a real browser: sign-in, no console errors, filters in the address, push, what fails."""

from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import create_engine, text, update

from kpi import mart

from .conftest import PASSWORD, Served

pytestmark = [pytest.mark.browser, pytest.mark.server]
WAIT_MS = 30_000


class Visit:
    """A page of one signed-in person, and everything that its console said."""

    def __init__(self, browser, served: Served, username: str, **options) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.errors: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.hosts: set[str] = set()
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        self.page.goto(served.url + "/login")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".figure-value")

    def value_of(self, label: str) -> str:
        """The big figure under a label."""
        return self.page.locator(".figure", has_text=label).locator(".figure-value").first.inner_text()


@pytest.fixture
def visit(browser, served: Served) -> Iterator[Visit]:
    """A leader on the overview."""
    opened = Visit(browser, served, "leader")
    yield opened
    opened.context.close()


def test_overview_renders_without_errors_or_outside_hosts(visit: Visit, served: Served) -> None:
    page = visit.page
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert visit.errors == []
    assert visit.hosts == {served.url.split("/")[2]}
    assert page.title() == "Tổng quan"
    assert page.locator(".nav-link[aria-current=page]").inner_text() == "Tổng quan"
    assert "Trong kỳ 15/10–14/11/2024" in page.inner_text(
        "#main"
    )  # closed on 15/11, the clock stands at 20/11
    assert "Ngay lúc này, 14:35" in page.inner_text("#main")


def test_a_filter_is_a_link_and_changes_address_and_figures_without_a_reload(visit: Visit) -> None:
    page = visit.page
    page.evaluate("window.notReloaded = true")
    before = visit.value_of("Phản ánh tiếp nhận")
    page.locator("details.filter-district summary").click()
    page.locator(".filter-district .option").nth(1).click()
    page.wait_for_function("location.search.includes('district=')")
    page.wait_for_function(
        "before => document.querySelector('.frame .figure-value').innerText !== before", arg=before
    )
    assert page.evaluate("window.notReloaded") is True
    district_only = visit.value_of("Phản ánh tiếp nhận")
    assert int(district_only) < int(before)
    page.go_back()
    page.wait_for_function(
        "before => document.querySelector('.frame .figure-value').innerText === before", arg=before
    )
    page.goto(page.url.split("?")[0] + "?period=2024-10&basis=calendar")
    page.wait_for_selector("text=Trong kỳ 01/10–31/10/2024")


def test_a_long_list_is_narrowed_by_typing_without_accents(visit: Visit) -> None:
    page = visit.page
    page.evaluate("""() => {
        const box = document.querySelector('.filter-field .options'), one = box.querySelector('.option');
        for (const name of ['Trần Đề', 'Mỹ Xuyên']) { const n = one.cloneNode(); n.textContent = name; box.appendChild(n); }
        const field = document.createElement('input'); field.type = 'search';
        const holder = document.createElement('div'); holder.className = 'option-search-box';
        holder.appendChild(field); box.before(holder);
    }""")  # the synthetic mart has three fields only: too few for a search field
    page.locator("details.filter-field summary").click()
    page.keyboard.type("tran de")  # the field has the focus
    shown = page.locator(".filter-field .option:visible").all_inner_texts()
    assert shown == ["Trần Đề"]


def test_a_bad_filter_is_said_by_name_with_the_way_back(visit: Visit, served: Served) -> None:
    visit.page.goto(served.url + "/?period=2024-13")
    visit.page.wait_for_selector("text=period=2024-13")
    visit.page.click("text=Bỏ bộ lọc")
    visit.page.wait_for_selector(".figure-value")


def test_a_number_opens_its_list(visit: Visit) -> None:
    href = (
        visit.page.locator(".figure", has_text="Quá hạn, chưa xong")
        .locator("a.figure-link")
        .get_attribute("href")
    )
    assert href == "/reports?period=2024-11&state=overdue"


def test_a_mark_of_a_chart_is_a_link(visit: Visit) -> None:
    """A bar of another period chooses it and keeps the filters; the chosen period's own opens its list."""
    page = visit.page
    page.goto(page.url.split("?")[0] + "?period=2024-10&urgency=normal")
    page.wait_for_selector("text=Trong kỳ 15/09–14/10/2024")
    page.evaluate("window.notReloaded = true")
    click_bar(visit, 9)  # of twelve, the last is October: August
    page.wait_for_selector("text=Trong kỳ 15/07–14/08/2024")
    assert page.url.endswith("?period=2024-08&urgency=normal")
    click_bar(visit, 11)
    page.wait_for_url("**/reports?period=2024-08&urgency=normal&state=received")
    page.go_back()
    page.locator(".as-table summary").click()
    page.locator(".as-table tbody a").nth(3).focus()  # rows of three links each: the second row's period
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Trong kỳ 15/06–14/07/2024")
    assert page.evaluate("window.notReloaded") is True
    assert visit.errors == []


CHART_STANDS = """() => {
    const links = (traces) => JSON.stringify(traces.map((trace) => trace.customdata));
    const element = document.querySelector('.has-links');
    const shown = element && element.firstElementChild && element.firstElementChild.data;
    return !!shown && links(shown) === links(JSON.parse(element.dataset.figure).data);
}"""
IS_HOVERED = """place => {
    const points = document.querySelector('.has-links').firstElementChild._hoverdata;
    return !!points && points.length > 0 && points[0].pointNumber === place;
}"""


def click_bar(visit: Visit, place: int) -> None:
    """Click the middle of a bar of the trend, as soon as the chart stands: it is drawn after the figures around it.

    A click opens the mark that Plotly knows under the pointer, and it looks there every 50 ms at most: so this waits
    until it has seen the pointer, as a reader does who sees the label first.
    """
    visit.page.wait_for_function(CHART_STANDS)
    bar = visit.page.locator(".has-links .bars .point path").nth(place)
    box = bar.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 2)
    assert (
        visit.page.locator(".has-links .nsewdrag").last.evaluate("e => getComputedStyle(e).cursor")
        == "pointer"
    )
    visit.page.wait_for_selector(".has-links .hoverlayer .hovertext")
    visit.page.wait_for_function(IS_HOVERED, arg=place)
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2)


def bump(served: Served, *, tell: bool) -> None:
    """A new data version with one more report received in the period."""
    with served.engine.begin() as conn:
        conn.execute(
            text(
                "UPDATE mart.report SET sent_at = '2024-11-01 02:00+00' WHERE report_id = "
                "(SELECT report_id FROM mart.report WHERE sent_at < '2024-01-01' AND closed_at < '2024-01-01' "
                "ORDER BY report_id LIMIT 1)"
            )
        )
        conn.execute(update(mart.source_state).values(run_id=mart.source_state.c.run_id + 1))
    if tell:
        redis.from_url(served.redis_url).publish("ioc:94:version", '{"run_id": 2, "at": ""}')


@pytest.mark.parametrize("tell", [True, False], ids=["redis", "redis silent: the hub asks the mart"])
def test_push_moves_a_number_on_an_open_page(visit: Visit, served: Served, tell: bool) -> None:
    before = int(visit.value_of("Phản ánh tiếp nhận").replace(".", ""))
    visit.page.evaluate("window.notReloaded = true")
    bump(served, tell=tell)
    after = f"{before + 1:,}".replace(",", ".")
    visit.page.wait_for_function(
        "after => document.querySelector('.frame .figure-value').innerText === after", arg=after
    )
    assert visit.page.evaluate("window.notReloaded") is True
    assert visit.errors == []


def test_district_sees_its_district_and_nothing_else(browser, served: Served) -> None:
    district, whole = Visit(browser, served, "district"), Visit(browser, served, "leader")
    assert int(district.value_of("Phản ánh tiếp nhận")) < int(whole.value_of("Phản ánh tiếp nhận"))
    district.page.goto(served.url + "/?district=942")
    district.page.wait_for_selector("text=district=942")  # refused by name
    district.page.goto(served.url + "/data")
    district.page.wait_for_selector(".refusal")
    assert "Cần thêm, liên hệ quản trị" in district.page.inner_text(".refusal")
    district.context.close()
    whole.context.close()


def test_theme_and_language_by_switch(visit: Visit) -> None:
    page = visit.page
    page.click(".account-name")
    page.click("[data-theme-choice=dark]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 17, 21)"  # #0C1115
    page.click("[data-language-choice=en]")
    page.wait_for_selector("h1:has-text('Overview')")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert visit.errors == []


def test_phone_has_tabs_and_no_sideways_scroll(browser, served: Served) -> None:
    phone = Visit(browser, served, "leader", has_touch=True)
    for width in (390, 320):
        phone.page.set_viewport_size({"width": width, "height": 844})
        phone.page.wait_for_selector(".tabs", state="visible")
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    heights = phone.page.evaluate(
        "[...document.querySelectorAll('.tab, .filter > summary')].map(e => e.offsetHeight)"
    )
    assert min(heights) >= 44
    phone.context.close()


def test_mart_gone_keeps_the_figures_says_since_when_and_recovers(
    visit: Visit, served: Served, postgres_url
) -> None:
    before = visit.value_of("Phản ánh tiếp nhận")
    name = served.engine.url.database
    served.engine.dispose()
    other = create_engine(postgres_url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with other.connect() as conn:
        conn.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false'))
        conn.execute(text(terminate), {"name": name})
        try:
            visit.page.wait_for_selector("text=Chưa đọc được kho số liệu từ")
            visit.page.locator("details.filter-district summary").click()
            visit.page.locator(".filter-district .option").nth(1).click()
            visit.page.wait_for_timeout(1500)
            assert visit.value_of("Phản ánh tiếp nhận") == before
            assert "Traceback" not in visit.page.content()
        finally:
            conn.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true'))
    other.dispose()
    visit.page.wait_for_selector("#shell-notice", state="hidden")
    visit.page.wait_for_function(
        "before => document.querySelector('.frame .figure-value').innerText !== before", arg=before
    )

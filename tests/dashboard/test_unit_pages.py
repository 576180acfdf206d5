"""Units, lists, reports, places, ranking, extracts over a filled mart: what each role gets, and that figures meet lists."""

import io
import re
from datetime import UTC, datetime
from html import escape, unescape
from zipfile import ZipFile

import pytest
from sqlalchemy import delete, insert

from dashboard.pages import extracts, places, ranking, report, reports, unit, units
from kpi import mart
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import figures
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

from .asked import ask, ask_body, html_of
from .conftest import DISTRICT, UNIT, Served, scope_of

pytestmark = pytest.mark.server
OCTOBER = Period("month", 2024, 10)
READERS = ("leader", "analyst", "home_affairs", "district", "unit", "admin")
TITLE, BODY = "<img src=x onerror=alert(1)>", "Đường hư <script>alert(2)</script>"
TOLD, SECRET = "PA-TOLD", "PA-SECRET"
BODIES = {
    "units": (units.Ids.BODY, "/units"),
    "unit": (unit.Ids.BODY, "/unit"),
    "reports": (reports.Ids.BODY, "/reports"),
    "report": (report.Ids.BODY, "/report"),
    "places": (places.Ids.BODY, "/places"),
    "ranking": (ranking.Ids.BODY, "/ranking"),
    "extracts": (extracts.Ids.BODY, "/extracts"),
}


def drawn(served: Served, role: str, page: str, query: str = "", language: str = "vi") -> str:
    """The HTML that a browser of that role gets for the body of a page."""
    body, path = BODIES[page]
    client = served.client(role)
    client.cookies.set("language", language)
    html = html_of(ask_body(client, body, path, query), body)
    client.close()
    return html


def count_said(html: str) -> int:
    """The count that a list's title says: '1.234 phản ánh …'."""
    found = re.search(r">([\d.]+) (?:phản ánh|lượt giao) ", html)
    assert found, html[:400]
    return int(found[1].replace(".", ""))


def hrefs(html: str, start: str) -> list[str]:
    """Addresses in a body that begin with `start`."""
    return [href for href in map(unescape, re.findall(r'href="([^"]+)"', html)) if href.startswith(start)]


def cells_of(html: str) -> list[tuple[str, str]]:
    """Figures that are links to a list: (what is said, query of the list)."""
    found = re.findall(r'href="/reports\?([^"]+)"[^<>]*>([\d.]+)</a>', html)
    return [(said, unescape(query)) for query, said in found]


@pytest.fixture(scope="module")
def told(served: Served):
    """A report with the whole story of a late one and markup in its words; and a secret one."""
    head = {
        "province_code": synthetic.PROVINCE, "district_code": DISTRICT, "commune_code": f"{DISTRICT}01",
        "field_code": "giao-thong", "channel_code": "app", "urgency": "normal", "place_flag": "point",
        "regulation_id": "soctrang-2024", "stage": "", "holder_kind": "", "holder_unit_code": "",
        "lead_unit_code": UNIT, "holder_unit_codes": ["IOC", UNIT],
    }  # fmt: skip
    # Monday 07/10/2024 10:00 to Friday 18/10/2024 10:00; limit 6 working days: 8, 9, 10, 11, 14, 15/10, 17:00.
    story = [
        ("sent", "10-07T03:00", None, None), ("received", "10-07T03:20", "IOC", None),
        ("dispatched", "10-07T04:00", "IOC", UNIT), ("accepted", "10-07T07:00", UNIT, None),
        ("result", "10-15T03:00", UNIT, None), ("approved", "10-18T03:00", UNIT, None),
        ("published", "10-18T04:00", "IOC", None),
    ]  # fmt: skip
    events = [
        {
            "province_code": synthetic.PROVINCE, "event_id": 900_000 + place, "report_id": 900_001, "kind": kind,
            "at": _at(at), "recorded_at": _at(at), "acting_unit_code": acting, "target_unit_code": target,
            "district_code": DISTRICT,
        }
        for place, (kind, at, acting, target) in enumerate(story)
    ]  # fmt: skip
    times = {
        "sent_at": _at("10-07T03:00"),
        "last_event_at": _at("10-18T04:00"),
        "last_recorded_at": _at("10-18T04:00"),
    }
    done = {"status": "refused", "outcome": "", "closed_at": _at("10-18T03:00")}
    detail = {
        "province_code": synthetic.PROVINCE,
        "district_code": DISTRICT,
        "holder_unit_codes": ["IOC", UNIT],
    }
    with served.engine.begin() as conn:
        rows = [(900_001, TOLD, False), (900_002, SECRET, True)]
        for report_id, code, is_secret in rows:
            keys = {"report_id": report_id, "report_code": code, "is_secret": is_secret}
            conn.execute(insert(mart.report).values(**head, **times, **done, **keys))
        conn.execute(insert(mart.report_detail).values(**detail, report_id=900_001, title=TITLE, body=BODY))
        conn.execute(insert(mart.event), events)
    yield TOLD
    with served.engine.begin() as conn:
        for table in (mart.event, mart.report_detail, mart.report):
            conn.execute(delete(table).where(table.c.report_id >= 900_000))


def _at(month_day_hour: str) -> datetime:
    return datetime.fromisoformat(f"2024-{month_day_hour}").replace(tzinfo=UTC)


def asked_of(code: str) -> dict[str, str]:
    """A query for each page."""
    month = "period=2024-10"
    return {
        "units": month,
        "unit": f"{month}&unit={UNIT}",
        "reports": "state=in_hand",
        "report": f"code={code}",
        "places": month,
        "ranking": "period=2024",
        "extracts": month,
    }


def test_every_page_speaks_english_by_switch(served: Served, told: str) -> None:
    said = {
        page: drawn(served, "analyst", page, query, language="en") for page, query in asked_of(told).items()
    }
    assert "units together" in said["units"]
    assert "Handling time, median" in said["unit"]
    assert "Right now" in said["reports"]
    assert "Who had the report" in said["report"]
    assert "Most overdue first" in said["places"]
    assert "Download for Home Affairs" in said["ranking"]
    assert "Download .xlsx" in said["extracts"]


@pytest.mark.parametrize("role", READERS)
def test_every_page_is_drawn_for_every_role_that_may_open_it(served: Served, told: str, role: str) -> None:
    for page, query in asked_of(told).items():
        if page == "ranking" and role not in ranking.PAGE.roles:
            continue
        text = drawn(served, role, page, query)
        assert "card" in text, page
        assert len(text) > 500, page


@pytest.mark.parametrize("role", ["leader", "district", "unit"])
@pytest.mark.parametrize("state", ["overdue", "judged", "received", "rated", "left_overdue"])
def test_links_of_the_units_lead_to_lists_with_the_same_count(served: Served, role: str, state: str) -> None:
    filters = Filters(OCTOBER).within(scope_of(role))
    window = Window.of(OCTOBER, synthetic.NOW, calendar_for("94"))
    select = {"overdue": figures.now, "rated": figures.ratings}.get(state, figures.period)
    found = rows_sync(served.engine, scope_of(role), select(filters, window, ("unit",)))
    row = next(row for row in found if row["unit"] == UNIT)
    text = drawn(served, role, "reports", f"period=2024-10&unit={UNIT}&state={state}")
    assert row[state] > 0
    assert count_said(text) == row[state]


@pytest.mark.parametrize("role", ["leader", "district", "unit"])
def test_entries_of_the_navigation_count_what_they_list(served: Served, role: str) -> None:
    """Pressing = overdue + due soon; urgent = urgent + instant in hand; the badge says how many are overdue."""
    filters = Filters(OCTOBER).within(scope_of(role))
    window = Window.of(OCTOBER, synthetic.NOW, calendar_for("94"))
    now = rows_sync(served.engine, scope_of(role), figures.now(filters, window))[0]
    by_urgency = rows_sync(served.engine, scope_of(role), figures.now(filters, window, ("urgency",)))
    urgent = sum(row["in_hand"] for row in by_urgency if row["urgency"] != "normal")
    assert count_said(drawn(served, role, "reports", "state=pressing")) == now["overdue"] + now["due_soon"]
    assert count_said(drawn(served, role, "reports", "state=urgent")) == urgent
    answer = ask(served.client(role), "shell-badges.data", "/").json()
    assert answer["response"]["shell-badges"]["data"] == {"overdue": now["overdue"], "urgent": urgent}


def test_figures_of_the_table_of_units_open_their_lists(served: Served) -> None:
    text = drawn(served, "leader", "units", "period=2024-10")
    cells = cells_of(text)
    assert len(cells) > 15
    for said, query in cells[:6]:
        assert count_said(drawn(served, "leader", "reports", query)) == int(said.replace(".", ""))


def test_a_list_goes_on_where_its_page_ended(served: Served) -> None:
    first = drawn(served, "leader", "reports", "period=2024&state=received")
    whole = count_said(first)
    codes = re.findall(r'"/report\?code=([^"]+)"', first)
    following = next(href for href in hrefs(first, "?") if "after=" in href)
    second = drawn(served, "leader", "reports", following[1:])
    more = re.findall(r'"/report\?code=([^"]+)"', second)
    assert len(codes) == 50
    assert not set(codes) & set(more)
    assert "Dòng 51–100 trên" in second
    assert count_said(second) == whole


def test_a_district_sees_its_own_reports_only(served: Served) -> None:
    text = drawn(served, "district", "places", "period=2024-10")
    assert f"commune={DISTRICT}" in text
    assert "district=942" not in text
    with served.engine.connect() as conn:
        other = (
            conn.execute(mart.report.select().where(mart.report.c.district_code == "942").limit(1))
            .mappings()
            .one()
        )
    assert "Không có phản ánh" in drawn(served, "district", "report", f"code={other['report_code']}")


def test_a_unit_sees_itself_without_a_rank(served: Served) -> None:
    text = drawn(served, "unit", "ranking", "period=2024")
    assert "/download/" not in text
    others = [name for name in synthetic.LEADS if name != UNIT and f"unit={name}" in text]
    assert others == []
    assert "/download/ranking.xlsx" in drawn(served, "home_affairs", "ranking", "period=2024")


def test_a_late_report_is_told_with_its_limit_and_article(served: Served, told: str) -> None:
    text = drawn(served, "analyst", "report", f"code={told}")
    # Due 17:00 Tuesday 15/10. Late: Wednesday 16 and Thursday 17 eight hours each, Friday 7:30 to 10:00 = 18:30 hours.
    assert "Xong trễ hạn 18 giờ 30 phút làm việc" in text
    assert "Hạn 17:00 15/10" in text
    assert "6 ngày làm việc, Điều 8.1" in text
    assert "Điều 8.5" in text


@pytest.mark.parametrize(
    ("role", "sees"), [("analyst", True), ("unit", True), ("district", True), ("leader", False)]
)
def test_citizens_words_only_for_roles_that_handle_the_report(
    served: Served, told: str, role: str, sees: bool
) -> None:
    text = drawn(served, role, "report", f"code={told}")
    assert (escape(BODY) in text) == sees
    assert ("onerror" in text) == sees


@pytest.mark.parametrize("role", ["analyst", "leader", "admin"])
def test_a_secret_report_shows_nothing(served: Served, told: str, role: str) -> None:
    text = drawn(served, role, "report", f"code={SECRET}")
    assert "Phản ánh mật" in text
    for word in ("hold", "verdict", "Giao thông", "giao-thong", UNIT, "10/2024"):
        assert word not in text, word


def test_files_leave_only_through_who_may_take_them(served: Served) -> None:
    allowed, refused = served.client("home_affairs"), served.client("unit")
    answer = allowed.get("/download/ranking.xlsx?period=2024", timeout=60)
    assert answer.status_code == 200
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(answer.content)).namelist()
    assert allowed.get("/download/ranking.xlsx?period=nonsense").status_code == 400
    assert refused.get("/download/ranking.xlsx?period=2024").status_code == 403
    assert refused.get("/download/extract.xlsx?period=2024-10", timeout=60).status_code == 200


def test_the_summary_on_the_screen_is_that_of_the_queries(served: Served) -> None:
    window = Window.of(OCTOBER, synthetic.NOW, calendar_for("94"))
    row = rows_sync(served.engine, scope_of("leader"), figures.period(Filters(OCTOBER), window))[0]
    text = drawn(served, "leader", "extracts", "period=2024-10")
    shown = f"{row['received']:,}".replace(",", ".")
    assert f">{shown}<" in text
    assert "Tiếp nhận (phản ánh)" in text


@pytest.mark.parametrize("role", ["leader", "district"])
def test_figures_of_the_extract_open_their_lists(served: Served, role: str) -> None:
    """One cell of every measure in each of its kinds of list: this period's, the one before, a unit's, the total's."""
    text = drawn(served, role, "extracts", "period=2024-10")
    cells = cells_of(text)
    kinds = {(re.sub(r"unit=[^&]+", "unit", query)): (said, query) for said, query in cells}
    assert len(kinds) > 25
    for said, query in kinds.values():
        assert count_said(drawn(served, role, "reports", query)) == int(said.replace(".", "")), query


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("reports", "state=nonsense"),
        ("reports", "state=overdue&shown=-1"),
        ("reports", "state=overdue&after=x"),
        ("units", "level=nonsense"),
        ("ranking", "group=nonsense"),
    ],
)
def test_a_bad_address_is_named_with_the_way_back(served: Served, page: str, query: str) -> None:
    text = drawn(served, "leader", page, query)
    key = query.split("&")[-1].split("=")[0]
    assert f"bộ lọc không dùng được: {key}=" in text
    assert f'href="{BODIES[page][1]}"' in text

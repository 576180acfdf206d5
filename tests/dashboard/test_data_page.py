"""The page Dữ liệu tells of what differs between store and mart, and of a follower that is behind."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from dashboard import data_cards, data_reconciliation
from dashboard.static_html import to_html
from etl.migrate import engine_of, upgrade
from kpi import mart
from kpi.queries import operations
from kpi.queries.run import gather_sync
from kpi.scope import Scope

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RHYTHM = timedelta(minutes=5)
SOURCE = {
    "source": "store", "last_event_at": NOW, "last_contact_at": NOW, "run_id": 7, "waiting_count": 0,
    "behind_since_at": None,
}  # fmt: skip
BEHIND = {"waiting_count": 4_000, "behind_since_at": NOW - timedelta(minutes=3)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (SOURCE, "Nguồn dữ liệu đang đến đều"),
        (SOURCE | BEHIND, "Đang đuổi theo nguồn: còn ít nhất 4.000 phản ánh chờ cập nhật"),
        (
            SOURCE | BEHIND | {"last_event_at": None, "last_contact_at": NOW - timedelta(days=1)},
            "1 nguồn đang chậm",
        ),
    ],
)
def test_the_title_says_how_far_the_sources_are(row, said):
    shown = to_html(data_cards.sources([row], NOW, RHYTHM))
    assert said in shown
    assert ("≥ 4.000 · " in shown) is bool(row["behind_since_at"])


def _day(on_date, **differing):
    row = {"province_code": "94", "on_date": on_date, "store_count": 12, "mart_count": 12, "quarantined_count": 0,
           "store_checksum": 255, "mart_checksum": 255, "checked_at": NOW}  # fmt: skip
    return {**row, **dict.fromkeys((f"{k}_count" for k in data_reconciliation.KINDS), 0), **differing}


def _unit(code, **differing):
    row = {"province_code": "94", "unit_code": code, "store_count": 40, "mart_count": 40, "store_checksum": 1,
           "mart_checksum": 1, "checked_at": NOW}  # fmt: skip
    return row | differing


@pytest.fixture(scope="module")
def read(new_database):
    """read(days, units) writes them into a mart and asks as the page does, for November 2026."""
    url = new_database("data_page")
    upgrade(url)
    engine = engine_of(url)

    def ask(days, units):
        with engine.begin() as connection:
            for table, rows in ((mart.reconciliation, days), (mart.reconciliation_unit, units)):
                connection.execute(table.delete())
                if rows:
                    connection.execute(sa.insert(table), rows)
        statements = {
            "days": operations.reconciliation(date(2026, 11, 1), date(2026, 12, 1)),
            "units": operations.reconciliation_units(),
        }
        found = gather_sync(engine, Scope("94", "analyst"), statements)
        return found["days"], found["units"]

    yield ask
    engine.dispose()


@pytest.mark.server
def test_what_agrees_is_one_sentence_and_can_be_opened(read):
    shown = to_html(
        data_reconciliation.reconciliation(
            *read([_day(date(2026, 11, 3)), _day(date(2026, 11, 4))], [_unit("A")])
        )
    )
    assert "Khớp với nguồn cả 2 ngày, 1 đơn vị" in shown
    assert "alert" not in shown
    assert "000000ff" in shown


@pytest.mark.server
def test_what_differs_alarms_even_outside_of_the_period(read):
    days = [
        _day(date(2026, 11, 3)),
        _day(date(2024, 3, 4), mart_count=11, missing_count=1),
        _day(date(2024, 3, 5)),
    ]
    days, units = read(days, [_unit("A"), _unit("", mart_checksum=2)])
    assert [(row["on_date"], row["differs"]) for row in days] == [
        (date(2024, 3, 4), True),
        (date(2026, 11, 3), False),
    ]
    assert [(row["unit_code"], row["differs"]) for row in units] == [("", True), ("A", False)]
    shown = to_html(data_reconciliation.reconciliation(days, units))
    assert "Lệch với nguồn: 1 ngày, 1 đơn vị" in shown
    assert 'role="alert"' in shown
    assert shown.index("04/03/2024") < shown.index("Xem cả")  # open, not folded away
    assert shown.index("Người gửi và hệ thống") < shown.index("Xem cả")


@pytest.mark.server
def test_a_bound_role_sees_no_reconciliation(new_database):
    url = new_database("data_scope")
    upgrade(url)
    with psycopg.connect(url) as conn:
        conn.execute("INSERT INTO mart.reconciliation_unit VALUES ('94', 'A', 1, 1, 1, 1, now())")
    engine = engine_of(url)
    statements = {"units": operations.reconciliation_units()}
    seen = {
        role: len(gather_sync(engine, Scope("94", role, unit_code="A"), statements)["units"])
        for role in ("leader", "unit")
    }
    engine.dispose()
    assert seen == {"leader": 1, "unit": 0}


def test_never_compared_is_said():
    assert "Chưa đối chiếu." in to_html(data_reconciliation.reconciliation([], []))

"""The simulated world: the same however it is batched, every event kind, believable shares, places and words."""

import hashlib
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.store.contract import EVENT_KINDS
from etl.store.simulator.data import read
from etl.store.simulator.office import Office
from etl.store.simulator.registers import directive_table
from etl.store.simulator.setting import WORLD_VERSION, Setting
from etl.store.simulator.world import Block, make_block
from geo.boundaries import polygon_of
from geo.places import coverage_on
from kpi.ledger import judge
from kpi.rulebook import Rulebook
from tests.etl.store.stores import NOW, PAST_FROM, REPORTS, rows, seconds

LATER = seconds(NOW) + 100 * 86_400


@pytest.fixture(scope="module")
def block(setting: Setting) -> Block:
    return make_block(setting, 1, REPORTS)


@given(cuts=st.lists(st.integers(1, 400), max_size=6))
@settings(max_examples=10, deadline=None)
def test_any_batching_gives_the_same_world(setting: Setting, cuts: list[int]) -> None:
    edges = sorted({0, 400, *cuts})
    parts = [make_block(setting, a + 1, b) for a, b in pairwise(edges)]
    whole = make_block(setting, 1, 400)
    tables = [p.event_table(p.new_events(0, LATER)) for p in parts]
    key = [("event_id", "ascending")]
    assert pa.concat_tables(tables).sort_by(key) == whole.event_table(whole.new_events(0, LATER)).sort_by(key)
    reports = [p.report_table(p.new_reports(0, LATER), LATER) for p in parts]
    assert pa.concat_tables(reports) == whole.report_table(whole.new_reports(0, LATER), LATER)


def test_another_seed_is_another_world(setting: Setting, block: Block) -> None:
    other = make_block(Setting.begin("94", 8, REPORTS, PAST_FROM, NOW), 1, REPORTS)
    assert (other.reports.commune != block.reports.commune).mean() > 0.5


def _day(setting: Setting):
    return setting._day(setting.from_at)


def test_exactly_as_many_reports_as_asked(setting: Setting) -> None:
    assert setting.arrivals.sent_until(seconds(NOW)) == REPORTS
    sent = setting.arrivals.sent_at(np.arange(1, REPORTS + 1))
    assert (np.diff(sent) >= 0).all()
    assert setting.from_at <= sent[0]
    assert sent[-1] <= seconds(NOW)


def test_every_event_kind_occurs_and_only_those(filled_store: str) -> None:
    assert {k for (k,) in rows(filled_store, "SELECT DISTINCT kind FROM paht.report_event")} == set(
        EVENT_KINDS
    )


@pytest.mark.parametrize(
    ("what", "query", "low", "high"),
    [
        # Shares of facts about other 1022 centres; the bounds leave room for another seed.
        ("refused", "SELECT count(*) FILTER (WHERE kind = 'refused') * 1.0 / count(*) FILTER (WHERE kind = 'sent')", 0.04, 0.08),
        ("rated of published", "SELECT count(DISTINCT report_id) FILTER (WHERE kind = 'rated') * 1.0"
         " / count(*) FILTER (WHERE kind = 'published')", 0.20, 0.40),
        ("satisfied", "SELECT avg((rating >= 2)::int) FILTER (WHERE kind = 'rated')", 0.65, 0.92),
        ("wrong dispatch", "SELECT count(*) FILTER (WHERE kind = 'returned_wrong') * 1.0 / count(*) FILTER (WHERE kind = 'dispatched')", 0.03, 0.12),
        ("without content", "SELECT avg((NOT has_content)::int) FILTER (WHERE kind = 'result')", 0.005, 0.10),
    ],
)  # fmt: skip
def test_shares_of_events(filled_store: str, what: str, query: str, low: float, high: float) -> None:
    [(share,)] = rows(filled_store, query + " FROM paht.report_event")
    assert low <= float(share) <= high, what  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "query", "low", "high"),
    [
        ("no coordinates", "avg((lon IS NULL)::int)", 0.10, 0.20),
        ("zero", "avg((lon = 0)::int)", 0.001, 0.02),
        ("swapped", "avg((lon < 20 AND lon > 0)::int)", 0.001, 0.02),
        ("secret", "avg((secrecy <> 'none')::int)", 0.01, 0.05),
        ("urgent", "avg((urgency <> 'normal')::int)", 0.005, 0.04),
        ("deleted", "avg((deleted_at IS NOT NULL)::int)", 0.0001, 0.005),
        ("phone or app", "avg((channel_code IN ('APP', 'TD1022'))::int)", 0.60, 0.80),
        ("hostile words", "avg((body ~ '<|^=' OR title ~ '^[=+<]')::int)", 0.001, 0.01),
    ],
)
def test_shares_of_reports(filled_store: str, what: str, query: str, low: float, high: float) -> None:
    [(share,)] = rows(filled_store, f"SELECT {query} FROM paht.report")
    assert low <= float(share) <= high, what  # type: ignore[arg-type]


def test_every_unit_that_a_directive_names_exists_on_its_day() -> None:
    """Over the reform of 1/7/2025: units that begin with it get none before, those that end with it none after."""
    setting = Setting.begin("94", 1, 20_000, date(2022, 11, 28), datetime(2024, 11, 25, tzinfo=UTC))
    units = {u.code: u for u in setting.roster.units}
    table = directive_table(setting, 0, seconds(datetime(2025, 12, 31, tzinfo=UTC)))
    assert table.num_rows > 70  # 26 a year for three years and a month
    named = list(zip(table["unit_code"].to_pylist(), table["issued_on"].to_pylist(), strict=True))
    for code, day in named:
        assert (units[code].valid_from or date.min) <= day < (units[code].valid_to or date.max), code
    assert any(code.endswith("-2025") for code, _ in named)
    assert any(units[code].valid_to == date(2025, 7, 1) for code, _ in named)


def test_some_arrive_outside_office_hours(setting: Setting, block: Block) -> None:
    outside = ~setting.office.is_open(block.reports.sent_at)
    assert 0.15 <= outside.mean() <= 0.25


def test_load_is_uneven_and_units_are_many(filled_store: str) -> None:
    counts = [
        n for (n,) in rows(filled_store, "SELECT count(*) FROM paht.report_event WHERE kind = 'dispatched' GROUP BY target_unit_code ORDER BY 1 DESC")
    ]  # fmt: skip
    assert 150 <= rows(filled_store, "SELECT count(*) FROM paht.unit")[0][0] <= 230  # type: ignore[operator]
    assert sum(counts[: len(counts) // 5]) > 0.5 * sum(counts)  # type: ignore[arg-type]


def test_points_lie_in_their_communes(setting: Setting, block: Block) -> None:
    r = block.reports
    usual = np.flatnonzero((r.lon > 100) & (r.lon < setting.places.lon.max() + 0.1))
    day = setting._day(int(r.sent_at[0]))
    inside = 0
    for row in usual[:500].tolist():
        commune = setting.places.communes[r.commune[row]]
        coverage = coverage_on(
            "94", commune.valid_from if commune.valid_from and commune.valid_from > day else day
        )
        assert coverage is not None
        inside += shapely.contains_xy(polygon_of(commune, coverage), r.lon[row], r.lat[row])
    assert inside == 500


def test_merged_communes_get_no_report_after_their_end(filled_store: str) -> None:
    """Phường 9 of Sóc Trăng went into Phường 1 on 01/09/2024."""
    ended = rows(
        filled_store,
        "SELECT count(*) FROM paht.report_event e JOIN paht.unit u ON u.unit_code = e.target_unit_code"
        " JOIN paht.report r USING (report_id) WHERE e.kind = 'dispatched' AND u.valid_to <= (r.sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date",
    )
    assert rows(filled_store, "SELECT count(*) > 0 FROM paht.unit WHERE valid_to = '2024-09-01'") == [(True,)]
    assert ended == [(0,)]


def test_tet_is_quiet() -> None:
    setting = Setting.begin("94", 7, 20_000, date(2022, 11, 24), NOW)
    sent = setting.arrivals.sent_at(np.arange(1, 20_001))
    days = (sent + 7 * 3600) // 86_400
    tet = _number("2024-02-08"), _number("2024-02-14")  # Thursday 08/02 to Wednesday 14/02/2024
    before = _number("2024-01-18"), _number("2024-01-24")  # the same weekdays three weeks earlier
    count = [int(((days >= a) & (days <= b)).sum()) for a, b in (tet, before)]
    assert count[0] < 0.4 * count[1]


def _date(text: str):
    return np.datetime64(text).item()


def _number(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


@pytest.mark.parametrize("province", ["52", "70"])
def test_the_other_provinces_live_too(province: str) -> None:
    setting = Setting.begin(province, 1, 800, date(2024, 5, 1), NOW)
    block = make_block(setting, 1, 800)
    assert (
        150
        <= len({u.code for u in setting.roster.units if not u.valid_from or u.valid_from <= NOW.date()})
        <= 240
    )
    assert len(block.events) > 5 * 800


def test_lives_go_forward_but_for_the_dirt(block: Block) -> None:
    """Within a report, events that people did not spoil happen in the order of their ids."""
    e = block.events
    ordinary = e.event_id % 100 < 60
    row, at = e.row[ordinary], e.at[ordinary]
    backwards = (row[1:] == row[:-1]) & (at[1:] < at[:-1])
    spoilt = read("habits")["dirt"]["impossible"]
    assert 0 < backwards.sum() <= 3 * spoilt * REPORTS


# Office of the table: Thursday 21/11/2024 is day 20048 after Wednesday; sessions 07:30-11:30 and 13:00-17:00 (UTC+7).
OFFICE = Office(np.array([20047, 20048, 20049, 20052], dtype=np.int64), ((27_000, 41_400), (46_800, 61_200)))
THU = 20048 * 86_400 - 7 * 3600


@pytest.mark.parametrize(
    ("start_s", "hours", "end_s"),
    [
        (8 * 3600, 1.0, 9 * 3600),  # Thursday 08:00 + 1 h = 09:00
        (11 * 3600, 1.0, 13.5 * 3600),  # 11:00 + 0.5 h + lunch + 0.5 h = 13:30
        (12 * 3600, 0.5, 13.5 * 3600),  # at lunch: from 13:00
        (5 * 3600, 4.0, 11.5 * 3600),  # before opening: from 07:30, ends with the morning
        (16 * 3600, 2.0, (24 + 8.5) * 3600),  # 16:00 + 1 h Thursday + 1 h Friday = Friday 08:30
        ((24 + 16) * 3600, 2.0, (4 * 24 + 8.5) * 3600),  # Friday 16:00 + 1 h + weekend + 1 h = Monday 08:30
    ],
)
def test_hours_at_the_desk(start_s: float, hours: float, end_s: float) -> None:
    start = np.array([THU + int(start_s)], dtype=np.int64)
    assert OFFICE.add(start, np.array([hours])).tolist() == [THU + int(end_s)]


def test_under_the_law_it_is_believable(setting: Setting, block: Block) -> None:
    """Judged by the ledger: on time 80 to 97 %, a few bad units, and no event that cannot be but for the dirt."""
    reports = block.report_table(block.new_reports(0, LATER), LATER).to_pandas()
    reports["sent_at"] = block.reports.sent_at
    events = block.event_table(block.new_events(0, LATER)).to_pandas()
    for name in ("at", "recorded_at", "committed_at"):
        whole = events[name].astype("int64") // 10**6
        events[name] = whole.astype("Int64").mask(events[name].isna())
    replaced = set(events.replaces_event_id.dropna().astype("int64"))
    events = events[~events.event_id.isin(replaced) & (events.kind != "voided")]
    ledger = judge(reports, events.sort_values(["report_id", "at", "event_id"]), Rulebook.load("94"), "IOC")
    done = ledger.report[ledger.report.status == "done"]
    judged = done[done.outcome != "none"]
    assert 0.80 <= (judged.outcome == "on_time").mean() <= 0.97
    lead = ledger.assignment[
        (ledger.assignment.part == "lead") & ledger.assignment.outcome.isin(["on_time", "late"])
    ]
    by_unit = (lead.outcome == "on_time").groupby(lead.unit_code.astype(str)).agg(["mean", "size"])
    rates = by_unit.loc[by_unit["size"] >= 20, "mean"]
    assert rates.min() < 0.65 < 0.9 < rates.median()
    assert ledger.rejected.report_id.nunique() < 3 * read("habits")["dirt"]["impossible"] * REPORTS


def test_a_changed_world_has_a_new_version() -> None:
    """Golden: what happens to 300 reports, without the instants (whose last second may differ between processors)."""
    block = make_block(Setting.begin("94", 1, 300, date(2024, 10, 1), NOW), 1, 300)
    units = [u.code for u in block.setting.roster.units]
    e = block.events
    told = [
        (EVENT_KINDS[k], units[a] if a >= 0 else "", units[t] if t >= 0 else "")
        for k, a, t in zip(e.kind, e.acting, e.target, strict=True)
    ]
    digest = hashlib.sha256(
        repr((told, block.reports.field.tolist(), block.reports.commune.tolist())).encode()
    ).hexdigest()
    golden = {2: "1db2fa4a77f476b5"}
    assert digest[:16] == golden[WORLD_VERSION], (
        "other events than before: raise WORLD_VERSION and note the new digest"
    )

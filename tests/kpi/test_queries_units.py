"""A unit beside its group: handling time, late time by holder and the bars of late reports, against plain Python."""

from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median

import pytest
from sqlalchemy import Engine

from etl.migrate import engine_of, upgrade
from kpi.filters import Filters
from kpi.periods import Period
from kpi.queries import units
from kpi.queries.run import rows_sync
from kpi.queries.window import Window
from kpi.scope import Scope
from kpi.worktime import calendar_for
from tests import synthetic_facts as synthetic

pytestmark = pytest.mark.server

YEAR = Period("year", 2024)
LEADER = Scope(synthetic.PROVINCE, "leader")
WINDOW = Window.of(YEAR, synthetic.NOW, calendar_for(synthetic.PROVINCE))


@pytest.fixture(scope="module")
def facts() -> synthetic.Facts:
    return synthetic.Facts(seed=5, reports=600)


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str], facts: synthetic.Facts) -> Iterator[Engine]:
    url = new_database("units")
    upgrade(url)
    engine = engine_of(url)
    facts.write(engine)
    yield engine
    engine.dispose()


def _done(facts: synthetic.Facts, unit: str | None = None) -> list[synthetic.Row]:
    """Lead assignments approved in the year."""
    return [
        row
        for row in facts.rows["assignment"]
        if row["ended_by"] == "approved"
        and YEAR.start_at <= row["ended_at"] < WINDOW.until_at
        and unit in (None, row["unit_code"])
    ]


def test_median_of_the_time_that_each_unit_held(engine: Engine, facts: synthetic.Facts) -> None:
    found = {
        row["unit"]: row for row in rows_sync(engine, LEADER, units.handling_time(Filters(YEAR), WINDOW))
    }
    assert set(found) == set(synthetic.LEADS)
    for unit, row in found.items():
        held = [a["held_s"] for a in _done(facts, unit)]
        assert (row["median_held_s"], row["done_count"]) == (pytest.approx(median(held)), len(held))


@pytest.mark.parametrize("unit", [None, "SGTVT"])
def test_late_time_lies_with_whoever_held_it(
    engine: Engine, facts: synthetic.Facts, unit: str | None
) -> None:
    late = {row["report_id"] for row in _done(facts, unit) if row["outcome"] == "late"}
    plain: Counter[str] = Counter()
    for hold in facts.rows["hold"]:
        if hold["report_id"] in late:
            plain[hold["holder_kind"]] += hold["working_s"]
    rows = rows_sync(engine, LEADER, units.late_time_by_holder(Filters(YEAR, unit=unit), WINDOW))
    assert {row["holder_kind"]: row["working_s"] for row in rows} == dict(plain)
    assert len(plain) == 2
    assert {row["reports"] for row in rows} == {len(late)}


def test_bars_show_the_latest_reports_with_all_their_holds(engine: Engine, facts: synthetic.Facts) -> None:
    late = [row for row in _done(facts) if row["outcome"] == "late"]
    late.sort(key=lambda row: (-row["late_s"], row["report_id"]))
    worst = {f"PA-{row['report_id']:06}" for row in late[:3]}
    rows = rows_sync(engine, LEADER, units.late_lanes(Filters(YEAR), WINDOW, limit=3))
    assert {row["report_code"] for row in rows} == worst
    holds = [h for h in facts.rows["hold"] if f"PA-{h['report_id']:06}" in worst]
    assert len(rows) == len(holds) >= 6
    assert [row["late_s"] for row in rows] == sorted((row["late_s"] for row in rows), reverse=True)

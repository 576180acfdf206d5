"""What the demo prepares."""

from datetime import date

import pytest
import typer

from dashboard.demo.cli import _code, _steps
from dashboard.demo.nyc import busiest_month
from dashboard.demo.state import DemoState
from kpi.periods import Period


@pytest.mark.parametrize(("own_store", "may_drop"), [(True, True), (False, False)])
def test_a_store_on_a_given_server_is_never_dropped(own_store: bool, may_drop: bool) -> None:
    state = DemoState(province="94", reports=100, seed=1, clock_offset_weeks=104)
    commands = [command for step in _steps(state, own_store=own_store) for command in step.commands]
    assert ("store", "init") in [command[:2] for command in commands]
    assert any("--recreate" in command for command in commands) is may_drop


def test_the_month_to_look_at_first_is_the_busiest_of_a_file() -> None:
    """Months run from the 15th: 14 March 2019 is the last day of March, the 23rd lies in April."""
    sent = {date(2019, 3, 14): 200, date(2019, 3, 23): 150, date(2019, 4, 14): 60, date(2018, 6, 26): 100}
    assert busiest_month(sent) == (Period("month", 2019, 4), 210)
    assert busiest_month({}) is None


@pytest.mark.parametrize("name", ["soctrang", "94"])
def test_a_province_goes_by_name_or_code(name: str) -> None:
    assert _code(name) == "94"


@pytest.mark.parametrize(("name", "says"), [("hanoi", "soctrang"), ("NYC", "boundaries")])
def test_a_province_that_cannot_be_simulated_is_refused_in_words(name: str, says: str) -> None:
    """New York has office hours for its own demo, and no communes to invent reports in."""
    with pytest.raises(typer.BadParameter, match=says):
        _code(name)

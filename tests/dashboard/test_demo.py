"""What the demo prepares."""

import pytest

from dashboard.demo.cli import _steps
from dashboard.demo.state import DemoState


@pytest.mark.parametrize(("own_store", "may_drop"), [(True, True), (False, False)])
def test_a_store_on_a_given_server_is_never_dropped(own_store: bool, may_drop: bool) -> None:
    state = DemoState(province="94", reports=100, seed=1, clock_offset_weeks=104)
    commands = [command for step in _steps(state, own_store=own_store) for command in step.commands]
    assert ("store", "init") in [command[:2] for command in commands]
    assert any("--recreate" in command for command in commands) is may_drop

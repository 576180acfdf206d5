"""What an address may ask of the lists: texts that the database could not even hold are refused by name."""

import base64
import json

import pytest

from kpi.filters import FilterError
from kpi.queries import one_report, reports


@pytest.mark.parametrize("key", [[1, 2, 3], [1, 2, 3, 2**63], [1, 2, 3, "4"], [1, 2, 3, True]])
def test_a_place_in_a_list_that_none_can_have(key: list) -> None:
    after = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    with pytest.raises(FilterError, match="is no place in this list"):
        reports._decode(after)


def test_the_place_of_a_row_is_read_back() -> None:
    row = {"key_0": 0, "key_1": reports.NEVER_S, "key_2": 7, "key_3": 1}
    assert reports._decode(reports.cursor(row)) == [0, reports.NEVER_S, 7, 1]


def test_a_code_that_no_report_can_have() -> None:
    with pytest.raises(FilterError, match="is no report's code"):
        one_report.head("PA-1\x00")
    assert one_report.head("PA-2024-11-00123").compile().params["report_code_1"] == "PA-2024-11-00123"

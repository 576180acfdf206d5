"""KPI definitions: equal to the reviewed copy, in both languages, strictly read."""

import pytest

from kpi.definitions import FILE, load_definitions, parse_definitions
from kpi.queries.window import DUE_SOON_WORKING_HOURS
from kpi.strict_yaml import DataError
from tests.kpi import expected_law as expected
from tests.kpi.law_facts import definition_facts

TEXT = FILE.read_text(encoding="utf-8")


def test_definitions_equal_the_reviewed_copy():
    assert definition_facts(load_definitions()) == expected.DEFINITIONS


def test_on_time_rate_counts_open_and_overdue_as_late():
    rate = load_definitions()["on_time_rate"]
    assert rate.numerator == "done_on_time"
    assert "left open counts as late" in rate.denominator.en


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("id: refused", "id: received", "kpis.2.id", "twice"),
        ("numerator: done_on_time", "numerator: done_in_time", "kpis.10.numerator", "no KPI 'done_in_time'"),
        ("    numerator: done_on_time\n", "", "kpis.10", "a numerator and a denominator"),
        ("    unit: percent\n", "    unit: count\n", "kpis.10", "does not go with kind"),
        ("    article: 2024 Đ7; 2022 Đ8\n", "", "kpis.0.article", "required"),
        ("label: {vi: Tiếp nhận, en: Received}", "label: {vi: Tiếp nhận}", "kpis.0.label.en", "required"),
        ("better: neither", "better: same", "kpis.0.better", "should be"),
    ],
)
def test_definitions_refused(old, new, field, words):
    assert old in TEXT
    with pytest.raises(DataError, match=words) as caught:
        parse_definitions(TEXT.replace(old, new, 1), "definitions.yaml")
    assert str(caught.value).startswith(f"definitions.yaml:{caught.value.line}: {field}: ")


def test_due_soon_names_the_hours_that_are_counted():
    words = load_definitions()["due_soon"].counts
    assert f"{DUE_SOON_WORKING_HOURS} giờ làm việc" in words.vi
    assert f"{DUE_SOON_WORKING_HOURS} working hours" in words.en

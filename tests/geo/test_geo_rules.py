"""Place rules are strict data: every flag has its rule, and nothing unknown is accepted."""

import copy
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

import geo.rules
from geo.places import Places, places
from geo.rules import Flag, Rules, rules

RAW = yaml.safe_load((Path(geo.rules.__file__).parent / "rules.yaml").read_text("utf-8"))


def test_every_flag_has_words_and_a_rule():
    assert set(rules().flags) == set(Flag)
    assert all(rule.vi and rule.en and rule.rule.endswith(".") for rule in rules().flags.values())


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("limits", "just_outside_m"), -1, "greater than 0"),
        (("limits", "new_limit"), 1, "Extra inputs"),
        (("flags", "inside", "colour"), "red", "Extra inputs"),
        (("flags", "elsewhere"), {}, "Input should be 'inside'"),
        (("flags", "inside"), None, "valid dictionary"),
    ],
)
def test_spoilt_rules_are_refused(path, value, words):
    spoilt = copy.deepcopy(RAW)
    holder = spoilt
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    with pytest.raises(ValidationError, match=words):
        Rules.model_validate(spoilt)


def test_a_flag_without_a_rule_is_refused():
    spoilt = copy.deepcopy(RAW)
    del spoilt["flags"]["swapped"]
    with pytest.raises(ValidationError, match="no rule for the flags"):
        Rules.model_validate(spoilt)


def test_a_coverage_that_leads_nowhere_is_refused():
    raw = places().model_dump()
    raw["coverages"][0]["succeeded_by"] = "Nowhere"
    with pytest.raises(ValidationError, match="names no coverage"):
        Places.model_validate(raw)

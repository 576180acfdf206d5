"""The shipped texts equal the reviewed copy; look-ups, choices, borrowing; everything wrong is refused by line."""

from dataclasses import replace
from datetime import date

import pytest

from kpi import deployments, rules
from kpi.effective import NotInForceError
from kpi.provinces import UnknownProvinceError
from kpi.rules import (
    UnknownChoiceError,
    UnknownRegulationError,
    UnknownStageError,
    load_regulations,
    parse_regulation,
    regulation,
    regulation_for,
)
from kpi.strict_yaml import DataError
from tests.kpi import expected_law as expected
from tests.kpi.law_facts import deployment_facts, documents_of, text_facts


def expected_facts(name: str) -> dict:
    conditions = name == "soctrang-2022"
    return {
        "id": name,
        "limits": expected.LIMITS[name],
        "choices": expected.CHOICES[name],
        "facts": (*expected.FACTS[name],),
        "reports": expected.REPORTS[name],
        "classification": [(*row, "Đ15.3") for row in expected.CLASSIFICATION] if conditions else [],
        "escalations": [(*row, "Đ15.2") for row in expected.ESCALATIONS] if conditions else [],
    }


def test_all_four_texts_are_there():
    legal = {name for name, text in load_regulations().items() if text.status != "none"}
    assert legal == set(expected.LIMITS)


def test_a_text_that_leaves_the_due_date_to_the_store_limits_nothing_itself():
    texts = [text for text in load_regulations().values() if text.due_by_store]
    assert [text.id for text in texts] == ["nyc-2010"]
    assert not any(text.stages() for text in texts)


@pytest.mark.parametrize("name", sorted(expected.LIMITS))
def test_text_equals_the_reviewed_copy(name):
    found, wanted = text_facts(regulation(name)), expected_facts(name)
    # limits may stand in any order in the reviewed copy
    assert sorted(found.pop("limits")) == sorted(wanted.pop("limits"))
    assert found == wanted


def test_absent_limit_is_none_and_never_borrowed_in_silence():
    assert regulation("soctrang-2024").stage("accept") is None
    assert regulation("binhdinh-2021").stage("receive") is None
    assert regulation("binhphuoc-2022").stages() == {}


def test_limit_of_a_base_text_is_marked_borrowed():
    lent = regulation_for("binhphuoc", date(2023, 1, 1)).stage("handle")
    own = regulation("soctrang-2022").stage("handle")
    assert lent == replace(own, borrowed_from="soctrang-2022")
    assert regulation_for("70", date(2023, 1, 1)).stage("send_back") is None  # the base sets none either


def test_deployments_equal_the_reviewed_copy():
    found = rules.deployments()
    assert deployment_facts(found) == expected.DEPLOYMENTS
    assert documents_of(found) == expected.DEPLOYMENT_DOCUMENTS


DEPLOYMENTS = deployments.FILE.read_text(encoding="utf-8")
TEXT_2024 = "regulation: soctrang-2024,"
TEXTS = {text.id: text.choices for text in load_regulations().values()}


def test_a_deployment_may_read_a_choice_otherwise(monkeypatch):
    text = DEPLOYMENTS.replace(TEXT_2024, TEXT_2024 + " choices: {day_ends: midnight},")
    monkeypatch.setattr(rules, "deployments", lambda: deployments.parse_deployments(text, "d.yaml", TEXTS))
    assert regulation_for("94", date(2024, 1, 1)).stage("handle").reading.day_ends == "midnight"
    assert regulation_for("94", date(2022, 1, 1)).stage("handle").reading.day_ends == "office_close"


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("from: 2022-11-01", "from: 2022-11-02", "deployments.0.texts.1.from", "a gap"),
        ("from: 2022-11-01", "from: 2022-10-31", "deployments.0.texts.1.from", "overlaps"),
        (
            "regulation: soctrang-2024",
            "regulation: soctrang-2023",
            "deployments.0.texts.1.regulation",
            "unknown regulation",
        ),
        ("base: soctrang-2022", "base: soctrang-2021", "deployments.2.texts.0.base", "unknown regulation"),
        ('province: "52"', 'province: "94"', "deployments.1.province", "twice"),
        (
            TEXT_2024,
            TEXT_2024 + " choices: {day_end: midnight},",
            "deployments.0.texts.1.choices.day_end",
            "no such choice",
        ),
        (
            TEXT_2024,
            TEXT_2024 + " choices: {day_ends: noon},",
            "deployments.0.texts.1.choices.day_ends",
            "'noon' is not one",
        ),
        ("basis: assumption", "basis: guess", "deployments.0.texts.0.basis", "should be"),
    ],
)
def test_deployments_refused(old, new, field, words):
    assert old in DEPLOYMENTS
    with pytest.raises(DataError, match=words) as caught:
        deployments.parse_deployments(DEPLOYMENTS.replace(old, new, 1), "d.yaml", TEXTS)
    assert str(caught.value).startswith(f"d.yaml:{caught.value.line}: {field}: ")


@pytest.mark.parametrize(
    ("province", "day", "name"),
    [
        ("94", date(2022, 10, 31), "soctrang-2022"),
        ("soctrang", date(2022, 11, 1), "soctrang-2024"),
        ("52", date(2024, 1, 1), "binhdinh-2021"),
        ("70", date(2024, 1, 1), "binhphuoc-2022"),
    ],
)
def test_text_of_a_province_by_day(province, day, name):
    assert regulation_for(province, day).id == name


def test_unknown_names_are_errors_that_list_the_known_ones():
    with pytest.raises(UnknownRegulationError, match="soctrang-2024"):
        regulation("soctrang-2025")
    with pytest.raises(UnknownStageError, match="handle"):
        regulation("soctrang-2024").stage("handling")
    with pytest.raises(UnknownProvinceError, match="soctrang"):
        regulation_for("hanoi", date(2024, 1, 1))
    with pytest.raises(NotInForceError, match=r"31/12/2021.*01/01/2022"):
        regulation_for("94", date(2021, 12, 31))
    with pytest.raises(UnknownChoiceError, match="handle_starts_from"):
        regulation("soctrang-2024").with_choices(start="received")
    with pytest.raises(UnknownChoiceError, match="dispatched"):
        regulation("soctrang-2024").with_choices(handle_starts_from="sent")
    with pytest.raises(UnknownChoiceError, match="civil_code"):
        regulation("soctrang-2024").stage("handle").counted_as("calendar_days")


@pytest.mark.parametrize(
    ("name", "choice", "value", "stage", "field"),
    [
        ("soctrang-2024", "handle_starts_from", "received", "handle", "starts_from"),
        ("soctrang-2024", "dispatch_starts_from", "sent", "dispatch", "starts_from"),
        ("soctrang-2024", "unnamed_hours_clock", "wall_time", "dispatch", "clock"),
        ("soctrang-2022", "instant_starts_from", "sent", "instant_forward", "starts_from"),
        ("soctrang-2022", "unnamed_hours_clock", "wall_time", "accept", "clock"),
        ("binhdinh-2021", "handle_starts_from", "accepted", "handle", "starts_from"),
        ("binhdinh-2021", "unnamed_hours_clock", "wall_time", "accept", "clock"),
    ],
)
def test_choice_changes_the_limit_that_names_it(name, choice, value, stage, field):
    changed = regulation(name).with_choices(**{choice: value})
    assert getattr(changed.stage(stage), field) == value
    unchanged = [
        one for one in regulation(name).stages() if changed.stage(one) == regulation(name).stage(one)
    ]
    assert stage not in unchanged
    assert "publish" in unchanged


def test_choice_of_reading_reaches_every_limit():
    changed = regulation("soctrang-2024").with_choices(day_ends="midnight")
    assert {limit.reading.day_ends for limit in changed.stages().values()} == {"midnight"}
    assert not regulation("soctrang-2024").with_choices(info_request_pauses="no").pauses_for_supplement


def test_extension_goes_no_farther_than_the_text():
    old, new = regulation("soctrang-2022"), regulation("soctrang-2024")
    assert old.extended(old.stage("handle")).amount == 9  # 6 + half of 6
    assert new.extended(new.stage("handle")) is None  # the committed date is the unit's own, once
    assert regulation("binhdinh-2021").extension_rule() is None


TEXT = (rules.FOLDER / "soctrang-2024.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("  max_times: 1\n", "  max_times: 1\n  max_days: 3\n", "extension.max_days", "unknown key"),
        ("article: Đ8.4}", "articles: Đ8.4}", "stages.approve", "article"),
        ("     inside: handle, article: Đ8.4}", "     inside: handle}", "stages.approve.article", "required"),
        ("     inside: handle, article: Đ8.4}", '     inside: handle, article: ""}', "stages.approve.article", "at least 2"),
        ("    amount: 6\n", '    amount: "6"\n', "stages.handle.amount", "integer"),
        ("    amount: 6\n", "    amount: 0\n", "stages.handle.amount", "greater than 0"),
        ("    amount: 6\n", "    amount: 7\n", "stages.handle", "parts do not add up"),
        ("    unit: day\n", "    unit: hour\n", "stages.handle", "does not go with clock"),
        ("  handle:\n", "  handling:\n", "stages.handling", "should be"),
        ("stops_on: returned_wrong", "stops_on: gone", "stages.return_wrong.stops_on", "'gone' is not one of"),
        ("clock: $unnamed_hours_clock", "clock: $hours", "stages.dispatch.clock", "no choice 'hours'"),
        ("allowed: [dispatched, received]", "allowed: [dispatched, heard]", "stages.handle.starts_from", "'heard'"),
        ("default: civil_code", "default: lunar", "choices.day_counting", "'lunar' is not one of"),
        ("allowed: [due_then, next_opening]", "allowed: [due_then, never]", "choices.session_end.allowed", "'never'"),
        ("  day_ends:\n", "  day_closes:\n", "choices", "missing the choice day_ends"),
        ("limits: [handle] ", "limits: [accept] ", "overdue.limits", "sets no limit for accept"),
        ("id: quarterly", "id: monthly", "reports", "twice"),
        ("    unit: day\n", "    unit: day\n    unit: day\n", "stages.handle.unit", "twice"),
        ("stages:\n", "stages: [\n", "YAML", "expected"),
    ],
)  # fmt: skip
def test_refused_with_file_line_and_field(old, new, field, words):
    assert TEXT.count(old) >= 1
    broken = TEXT.replace(old, new, 1)
    with pytest.raises(DataError, match=words) as caught:
        parse_regulation(broken, "regulations/x.yaml")
    error = caught.value
    assert error.field.startswith(field)
    assert str(error).startswith(f"regulations/x.yaml:{error.line}: ")
    changed = next(
        n for n, (a, b) in enumerate(zip(TEXT.splitlines(), broken.splitlines(), strict=False), 1) if a != b
    )
    assert abs(error.line - changed) <= 12 or field in (
        "choices",
        "reports",
        "overdue.limits",
        "stages.handle.starts_from",
    )


def test_an_unused_choice_is_refused():
    extra = "  spare: {default: a, allowed: [a, b], article: Đ1, why: không}\n"
    with pytest.raises(DataError, match="no limit uses this choice"):
        parse_regulation(TEXT.replace("choices:\n", "choices:\n" + extra, 1), "x.yaml")


def test_template_in_the_docs_is_a_text():
    path = rules.FOLDER.parent.parent / "docs" / "regulation-template.yaml"
    text = parse_regulation(path.read_text(encoding="utf-8"), path.name)
    assert text.stage("handle").amount == 6
    assert text.stage("publish") is None

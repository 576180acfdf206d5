"""Any number changed in any of the law's data files is noticed: the file is refused or differs from the reviewed copy.

Left out are words for the reader (why, name, label, undecided, title) and comments.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import expected_law as expected
import pytest
import yaml
from law_facts import (
    calendar_facts,
    definition_facts,
    deployment_facts,
    documents_of,
    hours_facts,
    text_facts,
)

from kpi.calendar_data import HERE, parse_days_off, parse_office_hours
from kpi.definitions import parse_definitions
from kpi.deployments import parse_deployments
from kpi.rules import parse_regulation
from kpi.strict_yaml import DataError

FOLDER = HERE
PROSE = {"why", "name", "label", "undecided", "title", "counts", "exclusions", "numerator", "denominator"}


def _hours(text: str) -> tuple:
    found = parse_office_hours(text, "o")
    return hours_facts(found), documents_of(found)


def _deployments(text: str) -> tuple:
    found = parse_deployments(text, "d", frozenset(expected.LIMITS))
    return deployment_facts(found), documents_of(found)


READERS: dict[str, Callable[[str], Any]] = {
    "days_off.yaml": lambda text: calendar_facts(parse_days_off(text, "d")),
    "office_hours.yaml": _hours,
    "deployments.yaml": _deployments,
    "definitions.yaml": lambda text: definition_facts(parse_definitions(text, "d")),
} | {
    f"regulations/{name}.yaml": lambda text: text_facts(parse_regulation(text, "r"))
    for name in expected.LIMITS
}


def numbers_of(text: str) -> Iterator[tuple[int, int]]:
    """Where each number that is data begins and ends."""

    def walk(node: yaml.Node) -> Iterator[tuple[int, int]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value not in PROSE:
                    yield from walk(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item)
        else:
            begin, end = node.start_mark.index, node.end_mark.index
            yield from ((begin + m.start(), begin + m.end()) for m in re.finditer(r"\d+", text[begin:end]))

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None
    return walk(root)


def test_every_text_is_covered():
    texts = {f"regulations/{path.name}" for path in (FOLDER / "regulations").glob("*.yaml")}
    assert texts == {name for name in READERS if name.startswith("regulations/")}


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_changed_number_is_noticed(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    read = READERS[name]
    as_shipped = read(text)
    unnoticed = []
    for begin, end in numbers_of(text):
        number = text[begin:end]
        mutant = text[:begin] + str(int(number) + 1).zfill(len(number)) + text[end:]
        try:
            if read(mutant) == as_shipped:
                unnoticed.append(f"line {text.count(chr(10), 0, begin) + 1}: {number}")
        except DataError:
            pass
    assert unnoticed == []

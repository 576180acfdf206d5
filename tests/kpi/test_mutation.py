"""Any number changed in any of the law's data files is noticed: the file is refused or differs from the reviewed copies.

Limits, days and articles are in expected_law.py. Numbers in words for the reader (title, name, why, label, ...) are in
tests/golden/law_words.txt; after a change of such words: `python tests/kpi/test_mutation.py` and review the difference.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kpi.calendar_data import HERE, parse_days_off, parse_office_hours
from kpi.definitions import parse_definitions
from kpi.deployments import parse_deployments
from kpi.rules import parse_regulation
from kpi.strict_yaml import DataError
from tests.kpi import expected_law as expected
from tests.kpi.law_facts import (
    calendar_facts,
    definition_facts,
    deployment_facts,
    documents_of,
    hours_facts,
    text_facts,
)

FOLDER = HERE
TEXTS = [*expected.LIMITS, "nyc-2010"]
"""The four legal texts, and the one that leaves every due date to the store."""
GOLDEN = Path(__file__).parent.parent / "golden" / "law_words.txt"
WORDS = {"why", "name", "label", "undecided", "title", "counts", "exclusions", "numerator", "denominator"}


def _hours(text: str) -> tuple:
    found = parse_office_hours(text, "o")
    return hours_facts(found), documents_of(found)


def _deployments(text: str) -> tuple:
    found = parse_deployments(text, "d", {name: {} for name in TEXTS})
    return deployment_facts(found), documents_of(found)


READERS: dict[str, Callable[[str], Any]] = {
    "days_off.yaml": lambda text: calendar_facts(parse_days_off(text, "d")),
    "office_hours.yaml": _hours,
    "deployments.yaml": _deployments,
    "definitions.yaml": lambda text: definition_facts(parse_definitions(text, "d")),
} | {f"regulations/{name}.yaml": lambda text: text_facts(parse_regulation(text, "r")) for name in TEXTS}


def scalars_of(text: str, words_only: bool = False) -> Iterator[tuple[int, int]]:
    """Where each scalar that is a value begins and ends; `words_only`: those under the keys of WORDS."""

    def walk(node: yaml.Node, is_words: bool) -> Iterator[tuple[int, int]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from walk(value, is_words or key.value in WORDS)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item, is_words)
        elif is_words or not words_only:
            yield node.start_mark.index, node.end_mark.index

    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert root is not None
    return walk(root, False)


def words_of(text: str) -> list[str]:
    """Words for the reader that hold a number, in the order of the file."""
    words = [text[begin:end] for begin, end in scalars_of(text, words_only=True)]
    return [word for word in words if re.search(r"\d", word)]


def all_words() -> str:
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in sorted(READERS)}
    return "".join(f"{name}: {word}\n" for name, text in texts.items() for word in words_of(text))


def test_words_equal_the_reviewed_file():
    assert all_words() == GOLDEN.read_text(encoding="utf-8")


def test_every_text_is_covered():
    texts = {f"regulations/{path.name}" for path in (FOLDER / "regulations").glob("*.yaml")}
    assert texts == {name for name in READERS if name.startswith("regulations/")}


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_changed_number_is_noticed(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    read = READERS[name]
    as_shipped = (read(text), words_of(text))
    numbers = [
        (begin + found.start(), begin + found.end())
        for begin, end in scalars_of(text)
        for found in re.finditer(r"\d+", text[begin:end])
    ]
    unnoticed = []
    for begin, end in numbers:
        number = text[begin:end]
        mutant = text[:begin] + str(int(number) + 1).zfill(len(number)) + text[end:]
        try:
            if read(mutant) == as_shipped[0] and words_of(mutant) == as_shipped[1]:
                unnoticed.append(f"line {text.count(chr(10), 0, begin) + 1}: {number}")
        except DataError:
            pass
    assert unnoticed == []
    assert len(numbers) >= 2


if __name__ == "__main__":
    GOLDEN.write_text(all_words(), encoding="utf-8")

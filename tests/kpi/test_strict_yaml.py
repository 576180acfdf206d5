"""Strict reading: traps of YAML 1.1 are gone, and every refusal says file, line and field."""

from datetime import date
from typing import Any

import pytest

from kpi.strict_yaml import DataError, Strict, parse


class Item(Strict):
    on: Any
    amount: int = 1


class File(Strict):
    items: tuple[Item, ...]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yes", "yes"),  # a word, not true
        ("off", "off"),
        ("true", True),
        ("11:30", "11:30"),  # a time, not 690
        ("07", "07"),  # a code, not 7 and not octal
        ("12", 12),
        ("0.5", 0.5),
        ("2024-02-29", date(2024, 2, 29)),
        ("null", None),
        ("[1, 2]", (1, 2)),
    ],
)
def test_values(written, read):
    found, located = parse(f"items:\n  - on: {written}\n", "x.yaml", File)
    assert found.items[0].on == read
    assert type(found.items[0].on) is type(read)
    assert located.line_of(("items", 0, "on")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("items:\n  - on: 1\n    of: 2\n", "x.yaml:3: items.0.of: unknown key"),
        ("items:\n  - amount: 2\n", "x.yaml:2: items.0.on: Field required"),
        ("items:\n  - on: 1\n  - on: 1\n    on: 2\n", "x.yaml:4: items.1.on: the key stands twice"),
        ("items:\n  - on: 1\n    amount: two\n", "x.yaml:3: items.0.amount: Input should be a valid integer"),
        ("items:\n  - on: 1\n    amount: 2.0\n", "x.yaml:3: items.0.amount: Input should be a valid integer"),
        (
            "items:\n  - on: 1\n    amount: true\n",
            "x.yaml:3: items.0.amount: Input should be a valid integer",
        ),
        ("items:\n  - on: 2023-02-29\n", "x.yaml:2: items.0.on: '2023-02-29': day is out of range for month"),
        ("items:\n  - on: [1\n", "x.yaml:3: YAML: "),
        ("", "x.yaml:1: items: Field required"),
        ("- 1\n", "x.yaml:1: file: "),
    ],
)
def test_refusals(text, message):
    with pytest.raises(DataError) as caught:
        parse(text, "x.yaml", File)
    assert str(caught.value).startswith(message)

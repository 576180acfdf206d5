"""Vietnamese order, folding, and the key that databases sort by."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.text import fold, sort_key, toned

IN_ORDER = [
    ["an", "ăn", "ân"],  # letters: a ă â
    ["ba", "bà", "bả", "bã", "bá", "bạ"],  # tones: ngang huyền hỏi ngã sắc nặng
    ["da", "đa", "ea"],  # đ is its own letter
    ["o", "ô", "ơ", "p"],
    ["u", "ư", "v"],
    ["Mỹ", "Mỵ", "Mỹ Tú", "Mỹ Xuyên"],  # the shorter before the longer; tones decide last
    ["Phường 1", "Phường 2", "Phường 10"],  # numbers by value
    ["Long Bình", "Long Phú", "Lộc An"],  # o before ô, whatever follows
    ["bá", "bác", "bai"],  # letters of the whole name before tones: c before i
]


@pytest.mark.parametrize("names", IN_ORDER, ids=lambda names: names[0])
def test_vietnamese_order(names):
    shuffled = random.Random(5).sample(names, len(names))
    assert sorted(shuffled, key=sort_key) == names


@given(st.text(max_size=30))
def test_sort_keys_are_ascii_and_blind_to_unicode_form_and_case(text):
    key = sort_key(text)
    assert key.isascii()
    assert sort_key(unicodedata.normalize("NFD", unicodedata.normalize("NFC", text))) == sort_key(
        unicodedata.normalize("NFC", text)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Huyện  Mỹ Xuyên", "huyen my xuyen"), ("Đường 10", "duong 10"), ("Ngã Năm", "nga nam"), ("", "")],
)
def test_fold(text, expected):
    assert fold(text) == expected


def test_toned_ignores_where_the_mark_stands():
    assert toned("Hoà") == toned("Hòa") != toned("Hoa")
    assert toned("Mỹ") != toned("Mỷ")

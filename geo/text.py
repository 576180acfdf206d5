"""Vietnamese names: folding of diacritics, comparison that ignores where the tone mark stands, and sort keys."""

import re
import unicodedata
from functools import lru_cache

# Combining marks of the five tones in dictionary order (ngang, without a mark, comes before them).
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: f"{rank:02d}" for rank, letter in enumerate(_LETTERS, start=10)}
_LONGEST_NUMBER = 12
_TOKEN = re.compile(r"\d+|[^\W\d_]|.", re.DOTALL)


def fold(text: str) -> str:
    """Lower case without any diacritics, blanks collapsed: "Huyện  Mỹ Xuyên" -> "huyen my xuyen"."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(bare.replace("đ", "d").split())


def toned(text: str) -> str:
    """Lower case with each word's tone as a digit at its end, so that "Hoà" and "Hòa" are the same: "hoa1"."""
    return " ".join(_toned_word(word) for word in text.lower().split())


@lru_cache(maxsize=16384)
def sort_key(text: str) -> str:
    """ASCII key whose plain byte order is the Vietnamese order, for databases without ICU.

    Letters first (a ă â … d đ e ê …), numbers by value ("Phường 2" before "Phường 10"), then tones
    (ngang, huyền, hỏi, ngã, sắc, nặng), as CLDR's collation for vi does; a blank sorts before any letter.
    """
    letters, tones = _split_tones(unicodedata.normalize("NFC", text).lower())
    primary = "".join(_rank(token) for token in _TOKEN.findall(letters))
    return f"{primary} {tones}"


def _split_tones(text: str) -> tuple[str, str]:
    """Text without tone marks, and one digit per letter: 0 for none, 1 to 5 for the tones."""
    letters, tones = [], []
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tone = next((str(_TONES.index(p) + 1) for p in parts if p in _TONES), "0")
        letters.append(unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES)))
        tones.append(tone)
    return "".join(letters), "".join(tones)


def _toned_word(word: str) -> str:
    letters, tones = _split_tones(unicodedata.normalize("NFC", word))
    return letters + tones.replace("0", "")


def _rank(token: str) -> str:
    """Rank of one token as ASCII: end of text (" ") < blank < other signs < numbers < letters."""
    if token.isdecimal():
        digits = "".join(str(unicodedata.decimal(digit)) for digit in token)
        return f"0{digits.lstrip('0').zfill(_LONGEST_NUMBER)}"
    return _RANK.get(token) or _RANK.get(fold(token)) or ("!" if token.isspace() else f'"{ord(token):06x}')

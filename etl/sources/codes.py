"""Codes and numbers made from a foreign source's own words. Pure."""

import hashlib
import re
from functools import lru_cache

from geo.text import fold

ID_BITS = 53
CODE_LENGTH = 40


@lru_cache(maxsize=50_000)
def code_of(value: str) -> str:
    """A value as a code that addresses and filters take: "Noise - Residential" -> "noise-residential"."""
    code = re.sub(r"[^a-z0-9]+", "-", fold(value)).strip("-")
    if code and len(code) <= CODE_LENGTH:
        return code
    digest = hashlib.blake2b(value.encode(), digest_size=4).hexdigest()
    return f"{code[: CODE_LENGTH - 9]}-{digest}".strip("-")


def id_of(code: str) -> int:
    """The report's number: the code itself where it is a number, else its hash; below 2^53 either way.

    "007" and "7" are two codes, so only a number as it is written without leading zeros stands for itself.
    """
    if code.isascii() and code.isdigit() and int(code) < 2**ID_BITS and str(int(code)) == code:
        return int(code)
    return int.from_bytes(hashlib.blake2b(code.encode(), digest_size=8).digest(), "big") >> (64 - ID_BITS)

"""Colour tokens for charts, read from assets/tokens.css: the style sheet is the only place where a colour is written."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

Scheme = Literal["light", "dark"]
ASSETS = Path(__file__).resolve().parent.parent / "assets"

_BLOCK = re.compile(r':root(\[data-theme="dark"\])?\s*\{(.*?)\}', re.S)
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9A-F]{6});")


@cache
def tokens(scheme: Scheme) -> dict[str, str]:
    """Name -> '#RRGGBB' of one theme, for instance tokens('dark')['overdue']."""
    css = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    blocks = {"dark" if dark else "light": dict(_TOKEN.findall(body)) for dark, body in _BLOCK.findall(css)}
    return blocks[scheme]

"""Contrast of every colour token, computed by WCAG 2.x: text 4.5, marks and focus rings 3.0, on card, page and tints."""

import re

import pytest

from dashboard.tokens import ASSETS, tokens

SCHEMES = ("light", "dark")
TEXTS = ("ink", "ink-2", "ink-3", "link", "in-time-text", "soon-text", "overdue-text", "done-on-time-text",
         "done-late-text", "other-text", "secret-text")  # fmt: skip
MARKS = ("in-time", "soon", "overdue", "done-on-time", "done-late", "other", "secret", "bar", "link")
STATE_ON_TINT = (("overdue-text", "tint-overdue"), ("soon-text", "tint-soon"), ("done-on-time-text", "tint-done"),
                 ("link", "tint-selected"))  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of '#RRGGBB'."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#15202B", "#FFFFFF") == pytest.approx(16.5, abs=0.1)  # design guide, section 2


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["card", "page"])
def test_text_and_marks(scheme, ground) -> None:
    colour = tokens(scheme)
    weak = [
        (name, contrast(colour[name], colour[ground]))
        for name in TEXTS
        if contrast(colour[name], colour[ground]) < 4.5
    ]
    weak += [
        (name, contrast(colour[name], colour[ground]))
        for name in MARKS
        if contrast(colour[name], colour[ground]) < 3.0
    ]
    assert weak == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_on_tints_and_fills(scheme) -> None:
    colour = tokens(scheme)
    pairs = [
        *STATE_ON_TINT,
        *[("ink-3", tint) for _, tint in STATE_ON_TINT],
        ("on-fill", "link"),
        ("on-fill", "overdue"),
    ]
    assert [pair for pair in pairs if contrast(colour[pair[0]], colour[pair[1]]) < 4.5] == []


def test_both_themes_have_the_same_tokens() -> None:
    assert set(tokens("light")) == set(tokens("dark"))
    assert len(tokens("light")) > 40


def test_style_sheets_write_no_colour_of_their_own() -> None:
    """Colours stand in tokens.css; style.css may only use them (white paper in print apart)."""
    style = (ASSETS / "style.css").read_text(encoding="utf-8").split("@media print")[0]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", style) == []
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", style)) - {"icon"}
    assert used <= set(tokens("light"))

"""Words in two languages as data: YAML files of `key: {vi: …, en: …}`, read once and checked. Nothing here knows a screen."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Either is a safe one; the first is quick."""

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

Words = dict[str, dict[str, str]]
"""Key -> language -> words, with {places} to fill in."""


class BadWordsError(ValueError):
    """A file of words that cannot be used; names file and key."""


def load_words(folder: Path) -> Words:
    """Every key of the folder's YAML files. Raises BadWordsError on a doubled or half key."""
    found: Words = {}
    for file in sorted(folder.glob("*.yaml")):
        read = yaml.load(file.read_text(encoding="utf-8"), LOADER) or {}  # noqa: S506
        for key, entry in read.items():
            if key in found:
                raise BadWordsError(f"{file.name}: {key!r} stands in another file too; give it another name")
            if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
                raise BadWordsError(f"{file.name}: {key!r} needs exactly vi and en")
            found[key] = {name: str(text) for name, text in entry.items()}
    return found


@cache
def law_words() -> Words:
    """The words of kpi/words: what an explanation is made of. Raises BadWordsError."""
    return load_words(Path(__file__).parent / "words")

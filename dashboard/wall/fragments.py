"""Tiles as fragments of HTML, drawn once for what they show and named by it; which of them a browser holds already."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

MOST_DRAWN = 2_000
"""Fragments that one process keeps, some 2 KB each: those of the last versions of every screen."""
MOST_TOLD = 100
"""Answers whose fragments are remembered, for as many screens and their last versions; a screen forgotten gets them all."""


class Fragment(NamedTuple):
    """HTML and its name: the same name is the same HTML."""

    name: str
    html: str


@cache
def templates() -> Environment:
    """The wall's templates; everything written into them is escaped."""
    folder = Path(__file__).with_name("templates")
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_drawn: OrderedDict[str, str] = OrderedDict()


def fragment(template: str, **values: Any) -> Fragment:
    """The template with these values: text, numbers and what has a `repr` of everything that is drawn of it."""
    name = digest([template, repr(values)])
    html = _drawn.get(name)
    if html is None:
        html = _drawn[name] = templates().get_template(f"{template}.html").render(**values)
        if len(_drawn) > MOST_DRAWN:
            _drawn.popitem(last=False)
    else:
        _drawn.move_to_end(name)
    return Fragment(name, html)


def digest(parts: Iterable[str]) -> str:
    """A short name of some texts."""
    return blake2b("\x00".join(parts).encode(), digest_size=9).hexdigest()


class Told:
    """What browsers hold: an answer is known by a name that the browser says when it asks again."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, frozenset[str]] = OrderedDict()

    def new_to(self, known: str, fragments: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """(name of this answer, the fragments that the browser with the answer `known` has not got)."""
        held = self._names.get(known, frozenset())
        answer = digest(sorted(fragments))
        self._names[answer] = frozenset(fragments)
        self._names.move_to_end(answer)
        if len(self._names) > MOST_TOLD:
            self._names.popitem(last=False)
        return answer, {name: html for name, html in fragments.items() if name not in held}

"""What an Open311 server's answer says: requests as rows of text, or the fault that it describes. Pure.

Servers differ from GeoReport v2 in their envelopes, in nesting, and in what an error looks like; tests/etl/sources/
recorded/ holds what they really sent. A nested value is addressed by a dotted name: `extended_attributes.channel`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

Row = dict[str, str | None]
ENVELOPES = ("service_requests", "requests")
"""Names around the list of requests: the specification's, and that of older FixMyStreet servers."""
SAID_MOST = 200


class NotReadableError(ValueError):
    """The answer is not what was asked for: cut off, a page for people, or another format."""


class FaultError(Exception):
    """The answer is the server's own description of an error, whatever its HTTP status. code: None if it gives none."""

    def __init__(self, code: int | None, description: str) -> None:
        super().__init__(description)
        self.code = code


def rows_of(body: bytes, style: str) -> list[Row]:
    """Requests of an answer in `style` (json or xml). Raises NotReadableError, FaultError."""
    try:
        return _rows_of_json(body) if style == "json" else _rows_of_xml(body)
    except (ValueError, ParseError, DefusedXmlException, RecursionError) as error:
        raise NotReadableError(str(error)) from error


def said(body: bytes, style: str) -> str:
    """What the body of an answer with an error status says of the error, '' if it says nothing that can be read."""
    try:
        rows_of(body, style)
    except FaultError as fault:
        return str(fault)
    except NotReadableError:
        pass
    return ""


# ------------------------------------------------------------------- JSON


def _rows_of_json(body: bytes) -> list[Row]:
    """Numbers stay as the server wrote them."""
    found = json.loads(body, parse_int=str, parse_float=str, parse_constant=lambda _: None)
    if isinstance(found, dict):
        for name in ENVELOPES:
            if name in found:
                found = found[name]
                break
    if isinstance(found, dict) and "request" in found:
        found = found["request"]
    if (
        isinstance(found, list)
        and len(found) == 1
        and isinstance(found[0], dict)
        and set(found[0]) == {"request"}
    ):
        found = found[0]["request"]
    _raise_fault(found)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError("not a list of requests")
    return [_flat(row) for row in found]


def _raise_fault(found: Any) -> None:
    """GeoReport errors are a list of {code, description}; others send {error: ...} or {errors: [...]}."""
    if isinstance(found, dict):
        inner = found.get("errors", found.get("error", found))
        found = inner if isinstance(inner, list) else [inner]
        if len(found) == 1 and isinstance(found[0], str):
            raise FaultError(None, _short(found[0]))
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return
    first = found[0]
    text = first.get("description", first.get("message"))
    if (
        "code" in first
        and text is not None
        and "service_code" not in first
        and "service_request_id" not in first
    ):
        raise FaultError(_code(first["code"]), _short(str(text)))


def _flat(value: dict[str, Any]) -> Row:
    row: Row = {}
    for name, text in _leaves("", value):
        row[name] = text if row.get(name) is None else f"{row[name]}; {text}"
    return row


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str | None]]:
    """A list of scalars is one text; a list of several objects is a history, of which there is no single value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list):
        if len(value) == 1 or not any(isinstance(inner, dict | list) for inner in value):
            for inner in value:
                yield from _leaves(name, inner)
    else:
        yield name, None if value in (None, "") else str(value)


# -------------------------------------------------------------------- XML


def _rows_of_xml(body: bytes) -> list[Row]:
    root = fromstring(body)
    name = _local(root)
    if name in ("errors", "error"):
        raise _fault_of_xml(root)
    if name not in ENVELOPES:
        raise ValueError(f"{name}, not service_requests")
    return [_row_of_xml(child) for child in root if _local(child) == "request"]


def _fault_of_xml(root: Element) -> FaultError:
    texts = {_local(element): (element.text or "").strip() for element in root.iter()}
    return FaultError(_code(texts.get("code")), _short(texts.get("description") or texts.get("error") or ""))


def _row_of_xml(request: Element) -> Row:
    row: Row = {}
    for name, text in _leaves_of_xml("", request):
        row[name] = text if row.get(name) is None else f"{row[name]}; {text}" if text else row[name]
    return row


def _leaves_of_xml(name: str, parent: Element) -> Iterator[tuple[str, str | None]]:
    children: Iterable[Element] = parent
    for child in children:
        inner = f"{name}.{_local(child)}" if name else _local(child)
        if len(child):
            yield from _leaves_of_xml(inner, child)
        else:
            yield inner, (child.text or "").strip() or None


def _local(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


# ------------------------------------------------------------------ shared


def _code(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isdecimal() else None


def _short(text: str) -> str:
    """One printable line: a server's words end up in a log."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SAID_MOST else f"{line[:SAID_MOST]}…"

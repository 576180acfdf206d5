"""What stands in a page, as one string of escaped HTML: the browser's renderer of components takes a millisecond for each.

assets/static_html.js puts the string into the page and changes only what differs from what stands there. Everything
that comes from data passes `html.escape`.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from dash import html
from dash.development.base_component import Component

_NAMES = {"className": "class", "colSpan": "colspan", "rowSpan": "rowspan", "htmlFor": "for"}
_EMPTY = frozenset({"Br", "Hr", "Img", "Col"})
_INNER = "data-html"
_OF_THE_CLASS = frozenset(
    {
        "_prop_names",
        "_valid_wildcard_attributes",
        "available_properties",
        "available_wildcard_properties",
    }
)
"""What Dash keeps with each component besides its properties."""


def frozen(component: Component | Sequence[object], class_name: str = "", **more: Any) -> Component:
    """The component, or several, in one element that the browser fills by itself; nothing inside can have a callback."""
    attributes: dict[str, Any] = {**more, _INNER: to_html(component)}
    return html.Div(className=class_name, **attributes)


def to_html(node: object) -> str:
    """HTML of a tree of dash.html components and plain values; text and attributes are escaped.

    Raises TypeError for any other component, and for one with an id: it would be dead in the page.
    """
    if node is None:
        return ""
    if isinstance(node, Component):
        return _element(node)
    if isinstance(node, Iterable) and not isinstance(node, str):
        return "".join([to_html(child) for child in node])
    return escape(str(node))


def _element(node: Component) -> str:
    # Not node.to_plotly_json(), which asks for every property that the element could have.
    properties = {name: value for name, value in vars(node).items() if name not in _OF_THE_CLASS}
    if node._namespace != "dash_html_components" or "id" in properties:
        raise TypeError(f"{node._type} with {sorted(properties)} cannot be frozen into HTML")
    children, inner = properties.pop("children", None), properties.pop(_INNER, None)
    tag = node._type.lower()
    head = tag + "".join([_attribute(name, value) for name, value in properties.items()])
    if node._type in _EMPTY:
        return f"<{head}>"
    return f"<{head}>{to_html(children) if inner is None else inner}</{tag}>"


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if name == "style" and isinstance(value, dict):
        value = ";".join([f"{_dashed(key)}:{_sized(part)}" for key, part in value.items()])
    name = _NAMES.get(name, name)
    if value is True:
        return f' {name}=""'
    words = str(value)
    if name.startswith("data-") and "'" not in words:  # JSON stays short between the other marks
        return f" {name}='{escape(words, quote=False)}'"
    return f' {name}="{escape(words)}"'


def _sized(value: object) -> str:
    """A bare number is pixels, as the renderer of components has it."""
    return f"{value}px" if isinstance(value, int | float) and value else str(value)


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)

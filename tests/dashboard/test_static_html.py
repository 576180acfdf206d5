"""Long tables go out as escaped HTML, equal in content to their components."""

import pytest
from dash import dcc, html

from dashboard.components import FROZEN_FROM_ROWS, Column, table
from dashboard.static_html import to_html


def test_text_and_attributes_are_escaped() -> None:
    assert to_html(html.Td("<img src=x onerror=alert(1)>")) == "<td>&lt;img src=x onerror=alert(1)&gt;</td>"
    assert to_html(html.A("x", href='/report?code="><script>')) == (
        '<a href="/report?code=&quot;&gt;&lt;script&gt;">x</a>'
    )


def test_styles_flags_and_names_of_attributes() -> None:
    assert to_html(html.Td(["a", html.Br(), 1], colSpan=2)) == '<td colspan="2">a<br>1</td>'
    assert to_html(html.Span(style={"marginLeft": "2px", "width": "1%"})) == (
        '<span style="margin-left:2px;width:1%"></span>'
    )
    assert to_html(html.Span("x", hidden=True, title=None)) == '<span hidden="">x</span>'


@pytest.mark.parametrize("live", [dcc.Input(), html.Span("x", id="live")])
def test_what_a_callback_may_want_cannot_be_frozen(live) -> None:
    with pytest.raises(TypeError, match="cannot be frozen"):
        to_html(html.Td(live))


@pytest.mark.parametrize(("rows", "is_frozen"), [(FROZEN_FROM_ROWS, False), (FROZEN_FROM_ROWS + 1, True)])
def test_only_long_tables_are_frozen(rows: int, is_frozen: bool) -> None:
    drawn = table([Column("n", "N")], [{"n": str(row)} for row in range(rows)])
    properties = drawn.to_plotly_json()["props"]
    assert ("data-html" in properties) is is_frozen
    assert properties["className"] == "table-scroll"
    if is_frozen:
        assert properties["data-html"].count("<tr") == rows + 1

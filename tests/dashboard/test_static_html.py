"""Pages go out as escaped HTML, equal in content to their components."""

import pytest
from dash import dcc, html

from dashboard.static_html import frozen, to_html


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


def test_a_frozen_part_of_a_frozen_whole_is_put_in_once() -> None:
    part = frozen(html.P("a < b"), "part")
    assert to_html([part, "c"]) == '<div class="part"><p>a &lt; b</p></div>c'
    assert part.to_plotly_json()["props"]["data-html"] == "<p>a &lt; b</p>"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ('{"a":1}', """'{"a":1}'"""),  # JSON of a chart stays short
        ('{"a":"<b>&"}', """'{"a":"&lt;b&gt;&amp;"}'"""),
        ('"it\'s"', '"&quot;it&#x27;s&quot;"'),
        ("it's", '"it&#x27;s"'),
    ],
)
def test_an_attribute_cannot_be_left_by_its_value(given: str, written: str) -> None:
    assert to_html(html.Div(**{"data-figure": given})) == f"<div data-figure={written}></div>"

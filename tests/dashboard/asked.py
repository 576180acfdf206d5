"""What a browser asks of a callback, in Dash's words: for tests that need the answer and no browser."""

from typing import Any

import dash
import httpx

STORES = {"shell-version": 1, "shell-menus": "", "shell-minute": 0, "shell-theme": "light"}


def question(output: str, path: str, query: str = "") -> dict[str, Any]:
    """The request for a callback by its name in Dash's map; what it names as state is unknown to the page."""
    callback = dash.get_app().callback_map[output]
    values = {**STORES, "shell-url": {"path": path, "search": f"?{query}" if query else ""}}
    outputs = [
        dict(zip(("id", "property"), one.rsplit(".", 1), strict=True))
        for one in output.strip(".").split("...")
    ]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [{**part, "value": values.get(part["id"])} for part in callback["inputs"]],
        "state": [{**part, "value": None} for part in callback["state"]],
        "changedPropIds": ["shell-url.data"],
    }


def ask(client: httpx.Client, output: str, path: str, query: str = "") -> httpx.Response:
    """The answer to `question`."""
    return client.post("/_dash-update-component", json=question(output, path, query), timeout=60)


def ask_body(client: httpx.Client, body: str, path: str, query: str = "") -> httpx.Response:
    """The answer of the callback that draws a page's body."""
    return ask(client, f"..{body}.data-html...{body}.data-sent..", path, query)


def html_of(answer: httpx.Response, body: str) -> str:
    """What the page shows after an answer of `ask_body`."""
    assert answer.status_code == 200, (body, answer.status_code, answer.text[:300])
    html = answer.json()["response"][body]["data-html"]
    assert isinstance(html, str)
    return html

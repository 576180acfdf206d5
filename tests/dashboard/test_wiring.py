"""Ids and callbacks agree; each page builds or refuses for each role; pages import no callbacks; links are in PAGES."""

import ast
import asyncio
from importlib import import_module
from pathlib import Path

import dash
import pytest
from dash.development.base_component import Component

from dashboard import shell
from dashboard.callbacks import MODULES
from dashboard.pages import PAGES, page_of
from dashboard.text import words
from kpi.accounts import ROLES

from .conftest import Served

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]
WITHOUT_A_QUERY = ("map-config.data", "_pages_content")
"""Sync callbacks that only read the address."""
ROUTER = {"_pages_content", "_pages_store", "_pages_location", "_pages_dummy"}


def ids_in(layout: Component) -> set[str]:
    """Every plain id of a layout."""
    found = {layout.id} if isinstance(getattr(layout, "id", None), str) else set()
    return found | {part.id for part in layout._traverse() if isinstance(getattr(part, "id", None), str)}


def ids_declared() -> set[str]:
    """Ids that pages declare as constants, also those that a callback draws later."""
    found = set()
    for page in PAGES:
        module = import_module(page.layout.__module__)
        for name in vars(module):
            if name.endswith("Ids"):
                found |= {
                    value
                    for key, value in vars(getattr(module, name)).items()
                    if key.isupper() and isinstance(value, str)
                }
    return found


def test_every_id_of_every_callback_exists(served: Served, as_role) -> None:
    as_role("admin")
    app = dash.get_app()
    shell_ids = ids_in(shell.layout(PAGES, "X", 0, 0))
    known = shell_ids | ids_declared() | ROUTER
    for page in PAGES:
        known |= ids_in(page.layout())
    asked = set()
    for callback in app.callback_map.values():
        for part in [*callback["inputs"], *callback["state"]]:
            asked.add(part["id"])
    for output in app.callback_map:
        asked |= {
            one.rsplit(".", 1)[0] for one in output.strip(".").split("...") if "." in one
        }  # none: no output
    plain = {name for name in asked if not name.startswith("{")}
    assert len(plain) > 8
    assert sorted(name for name in plain if name.split("@")[0] not in known) == []


@pytest.mark.parametrize("role", ROLES)
def test_each_page_builds_or_refuses(served: Served, as_role, role: str) -> None:
    as_role(role)
    for entry in dash.page_registry.values():
        page = next(page for page in PAGES if page.id == entry["name"])
        built = entry["layout"](unit_code="SGTVT", report_code="X", nonsense="1")
        assert isinstance(built, Component)
        is_refused = "refusal" in str(getattr(built, "className", ""))
        assert is_refused == (role not in page.roles), (page.id, role)


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_holds_only_what_the_role_may_open(served: Served, as_role, role: str) -> None:
    as_role(role)
    hrefs = {part.href for part in shell.layout(PAGES, "X", 0, 0)._traverse() if getattr(part, "href", None)}
    forbidden = {page.path for page in PAGES if role not in page.roles and page.path != "/"}
    assert not {href.split("?")[0] for href in hrefs} & forbidden


def test_pages_are_inert() -> None:
    """No page imports callbacks or queries."""
    for page in PAGES:
        file = ROOT / (page.layout.__module__.replace(".", "/") + ".py")
        imported = {
            node.module or ""
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not [name for name in imported if "callbacks" in name or "queries" in name], file


def test_pages_and_callbacks_are_twins() -> None:
    with_callbacks = {page.layout.__module__.split(".")[-1] for page in PAGES}
    assert with_callbacks <= set(MODULES) | {"wall"}
    for page in PAGES:
        assert f"page.{page.id}" in words(), page.id


@pytest.mark.parametrize(("path", "found"), [("/", "overview"), ("/data/", "data"), ("/nowhere", None)])
def test_page_of(path: str, found: str | None) -> None:
    page = page_of(path)
    assert (page.id if page else None) == found


def test_async_callbacks_only(served: Served) -> None:
    """A sync callback would block the event loop of everybody."""
    sync = [
        output
        for output, callback in dash.get_app().callback_map.items()
        if "callback" in callback and not asyncio.iscoroutinefunction(callback["callback"])
    ]
    assert [output for output in sync if not any(name in output for name in WITHOUT_A_QUERY)] == []

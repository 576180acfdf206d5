"""@body: the callback that draws a page. @drawn: what stands when it cannot: a bad filter, a mart that is gone.

A page goes out as HTML in one string, and not at all where it is what the browser was last sent: versions come by the
second, and most change nothing that a page shows. assets/static_html.js changes what differs.

Anything else is a mistake of ours: logged by app.on_error, the card keeps its last figures.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import structlog
from dash import Input, Output, State, callback, no_update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard import access
from dashboard.ask import Question, ask
from dashboard.components import Child, link, notice
from dashboard.page import Page
from dashboard.pages import page_of
from dashboard.shell import Shell
from dashboard.static_html import to_html
from dashboard.text import t
from kpi.filters import FilterError

log = structlog.get_logger(__name__)
MART_GONE = (OperationalError, InterfaceError, PoolTimeoutError, OSError, TimeoutError)


def on_page(page: Page, address: Mapping[str, str] | None) -> bool:
    """Whether the address still stands on this page (its callbacks may be asked once more while leaving).

    False too for a role that may not open the page: a callback can be asked without its page.
    """
    return page_of((address or {}).get("path") or "/") is page and access.current().may_open(page.roles)


Own = dict[str, str]
"""The page's own keys of the address (`Page.query_keys`) that it names."""
Draw = Callable[[Question, Own], Awaitable[Child | list[Child]]]


def body(page: Page, target: str, *ticks: str) -> Callable[[Draw], Draw]:
    """Register a page's body: drawn from (question, own keys) when the address, the data or one of `ticks` changes.

    target: id of the frozen element that it fills. ticks: ids of further stores, as Shell.MINUTE where ages are shown.
    """

    def around(draw: Draw) -> Draw:
        changes = [Input(store, "data") for store in (Shell.URL, Shell.VERSION, *ticks)]

        @callback(Output(target, HTML), Output(target, SENT), *changes, State(target, SENT))
        @drawn
        @wraps(draw)
        async def answer(address: Mapping[str, str] | None, *others: Any) -> Any:
            if not on_page(page, address):
                return no_update
            return unless_sent(others[-1], await _made(page, address, draw))

        return draw

    return around


HTML, SENT = "data-html", "data-sent"
"""Properties of a frozen element: what it shows; the digest of that, which the browser sends along with each question."""


def unless_sent(sent: str | None, *values: Any) -> tuple[Any, ...]:
    """The values and, for SENT, their digest; no update where the browser has them. What Dash drops changes neither."""
    digest = blake2b(repr(values).encode(), digest_size=12).hexdigest()
    return (no_update,) * (len(values) + 1) if digest == sent else (*values, digest)


async def _made(page: Page, address: Mapping[str, str] | None, draw: Draw) -> str:
    """The page as HTML, or what is wrong with a key that only it reads."""
    try:
        return to_html(await draw(ask(address, page.query_keys), own_keys(page, address)))
    except FilterError as error:
        return to_html(_refused(page, error))


def own_keys(page: Page, address: Mapping[str, str] | None) -> Own:
    """What the address gives for the keys that only the page reads."""
    pairs = parse_qsl(((address or {}).get("search") or "").removeprefix("?"))
    return {key: value for key, value in pairs if key in page.query_keys}


def _refused(page: Page, error: FilterError) -> list[Child]:
    """A key that only the page reads is said in its place: the filter bar knows the filters, not these."""
    if error.key not in (*page.query_keys, "state", "stage"):
        raise error
    words = t("say.bad_filter", why=str(error))
    return [notice(words, "soon", link(t("say.back_to_default"), page.path))]


def drawn(callback: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Around an async callback: keep what stands on the screen when the filter is unusable or the mart is gone.

    The filter bar says what is wrong with a filter, the line under the header since when the mart is gone; here
    the last figures simply stay, and the next tick draws anew.
    """

    @wraps(callback)
    async def kept(*args: Any) -> Any:
        try:
            return await callback(*args)
        except FilterError:
            return no_update
        except MART_GONE as error:
            log.warning("mart_gone", callback=callback.__name__, error=type(error).__name__)
            return no_update
        except DBAPIError as error:
            if error.connection_invalidated:
                log.warning("mart_gone", callback=callback.__name__, error=type(error).__name__)
                return no_update
            raise

    return kept

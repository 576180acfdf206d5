"""@drawn: what a card shows when its callback cannot be answered: a bad filter, a mart that is gone.

Anything else is a mistake of ours: logged by app.on_error, the card keeps its last figures.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

import structlog
from dash import no_update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard import access
from dashboard.components import link, notice
from dashboard.page import Page
from dashboard.pages import page_of
from dashboard.text import t
from kpi.filters import FilterError

log = structlog.get_logger(__name__)
MART_GONE = (OperationalError, InterfaceError, PoolTimeoutError, OSError, TimeoutError)


def on_page(page: Page, address: Mapping[str, str] | None) -> bool:
    """Whether the address still stands on this page (its callbacks may be asked once more while leaving).

    False too for a role that may not open the page: a callback can be asked without its page.
    """
    return page_of((address or {}).get("path") or "/") is page and access.current().may_open(page.roles)


def refusing(page: Page) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
    """Around the callback of a page's body: a key that only the page reads and cannot understand is said in its place.

    The filter bar knows the filters, not these keys; without this the page would stay empty.
    """

    def around(callback: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @wraps(callback)
        async def said(*args: Any) -> Any:
            try:
                return await callback(*args)
            except FilterError as error:
                if error.key not in (*page.query_keys, "state", "stage"):
                    raise
                words = t("say.bad_filter", why=str(error))
                return [notice(words, "soon", link(t("say.back_to_default"), page.path))]

        return said

    return around


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

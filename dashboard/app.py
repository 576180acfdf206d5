"""create_app(settings): FastAPI + Dash with shell, pages, callbacks, guard and push. Nobody imports it but the runner."""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Callable
from functools import partial

import dash
import structlog
from dash import Dash
from dash.development.base_component import Component
from dash.exceptions import DependencyException
from fastapi import FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware

import dashboard.callbacks
from dashboard import access, figures, overview_places, push, routes, runtime, shell, signin
from dashboard.ask import default_period, province_calendar
from dashboard.components import refusal
from dashboard.ground import ground_of
from dashboard.guard import Guard
from dashboard.headlines import MARK_PCT
from dashboard.page import Page
from dashboard.pages import PAGES
from dashboard.provinces import province_name
from dashboard.scopes import scope_words
from dashboard.text import t
from dashboard.tokens import ASSETS
from kpi.filters import Filters
from kpi.rules import regulation_for
from kpi.scope import Scope
from kpi.settings import Settings

log = structlog.get_logger(__name__)

GZIP_LEVEL = 5
"""A page's figures go out with every version: level 9 takes twice the time for a fiftieth less."""

INDEX = """<!DOCTYPE html>
<html lang="vi">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{%title%}</title>
<script src="/assets/theme.js"></script>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""


def create_app(settings: Settings) -> FastAPI:
    """The whole web process. One per process: module-level callbacks go to the first app that serves them."""
    dashboard.callbacks.load()
    holder = runtime.make(settings)
    server = FastAPI(
        title="IOC PAHT",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=partial(_lifespan, holder),
    )
    server.state.runtime = holder
    server.add_exception_handler(DependencyException, _no_such_code)
    tickets = access.Tickets(settings.secret_key.get_secret_value())
    signin.register(server, holder, tickets)
    push.register(server, holder)
    for register in routes.ROUTES:
        register(server, holder)
    app = Dash(
        __name__,
        server=server,  # type: ignore[arg-type]
        backend="fastapi",
        assets_folder=str(ASSETS),
        assets_ignore=r"theme\.js|wall[._]",
        use_pages=True,
        pages_folder="",
        title=t("app.name"),
        update_title="",
        index_string=INDEX,
        suppress_callback_exceptions=True,
        on_error=_log_error,
        add_log_handler=False,
        include_pages_meta=False,
    )
    for order, page in enumerate(PAGES):
        _register(page, order)
    app.layout = partial(_layout, holder)
    server.add_middleware(Guard, runtime=holder, tickets=tickets, csp_hashes=app.csp_hashes)
    server.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=GZIP_LEVEL)
    return server


async def _no_such_code(_request: Request, _error: Exception) -> Response:
    """Dash raises where a browser asks for a script that no library registered."""
    return Response(status_code=404)


def from_environment() -> FastAPI:
    """For `uvicorn --factory dashboard.app:from_environment`."""
    return create_app(Settings())


@contextlib.asynccontextmanager
async def _lifespan(holder: runtime.Runtime, _server: FastAPI) -> AsyncIterator[None]:
    await _finish_dash(holder)
    holder.hub.start()
    warming = asyncio.create_task(asyncio.to_thread(warm, holder))
    yield
    warming.cancel()
    await holder.hub.stop()
    if holder.redis is not None:
        await holder.redis.aclose()
    await holder.engine.dispose()


async def _finish_dash(holder: runtime.Runtime) -> None:
    """Dash collects its callbacks and scripts at the first request, for which our layout needs a session.

    Were that request one without a session (a health check, the sign-in), the process would serve no callback at all.
    """
    scope = Scope(holder.settings.province, "admin")
    token = access.enter(access.Session("", "", "", scope))
    try:
        for step in dash.get_app().backend._before_request_funcs:
            made = step()
            if inspect.isawaitable(made):
                await made
    finally:
        access.leave(token)


def warm(holder: runtime.Runtime) -> None:
    """Load what the first page would wait for: calendar, texts, boundaries, the chart library."""
    province, today = holder.settings.province, holder.clock.today()
    try:
        province_calendar(province)
        regulation_for(province, today)
        overview_places.place_shapes(ground_of(Filters(default_period(today)), province, today, today), today)
        figures.trend((), (), MARK_PCT, "light", 100).to_json()
    except Exception as error:  # the page that needs it will say so
        log.warning("not_warmed", error=repr(error))


def _layout(holder: runtime.Runtime) -> Component:
    settings = holder.settings
    name = province_name(settings.province, holder.clock.today())
    return shell.layout(PAGES, name, settings.clock_offset_weeks, holder.hub.run_id, holder.hub.menus)


def _register(page: Page, order: int) -> None:
    where = {"path_template": page.path} if "<" in page.path else {"path": page.path}
    dash.register_page(
        f"dashboard.pages.{page.id}",
        name=page.id,
        title=partial(t, f"page.{page.id}"),  # asked anew by each request, in its language
        order=order,
        layout=guarded(page),
        **where,
    )


def guarded(page: Page) -> Callable[..., Component]:
    """The page's layout behind its roles: others get the sentence that says what they may see."""

    def layout(**variables: object) -> Component:
        session = access.current()
        if not session.may_open(page.roles):
            return refusal(scope_words(session))
        return page.layout(**variables)

    return layout


def _log_error(error: Exception) -> None:
    """A callback failed: logged here, never shown as a trace; the outputs keep their last figures."""
    log.error("callback_failed", error=type(error).__name__, exc_info=error)

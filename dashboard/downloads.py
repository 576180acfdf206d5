"""What goes out as a file: /download/extract.xlsx and /download/ranking.xlsx, with the filters of the address.

The session decides on the server which rows the file holds; each file that leaves stands in the audit log.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from dashboard import access, accounts
from dashboard.ask import ask
from dashboard.exports.period import period_workbook
from dashboard.exports.ranking import ranking_workbook
from dashboard.runtime import Runtime
from dashboard.text import t
from kpi.filters import FilterError, Filters
from kpi.scope import Scope

log = structlog.get_logger(__name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Make = Callable[[AsyncEngine, Scope, Filters, datetime], Awaitable[bytes]]


def register(server: FastAPI, runtime: Runtime) -> None:
    """Add the routes; the guard lets nobody in without a session."""

    @server.get("/download/extract.xlsx", include_in_schema=False)
    async def extract(request: Request) -> Response:
        return await _file(runtime, request, "bao-cao", access.EVERYONE, period_workbook)

    @server.get("/download/ranking.xlsx", include_in_schema=False)
    async def ranking(request: Request) -> Response:
        return await _file(runtime, request, "xep-hang", access.PROVINCE_WIDE, ranking_workbook)


async def _file(runtime: Runtime, request: Request, kind: str, roles: frozenset[str], make: Make) -> Response:
    session = access.current()
    if not session.may_open(roles):
        return PlainTextResponse(t("say.no_permission_plain"), status_code=403)
    try:
        question = ask({"search": request.url.query})
        content = await make(runtime.engine, question.scope, question.filters, question.at)
        detail = {"file": kind, "filters": question.filters.query()}
        await accounts.audit(runtime.engine, session.username, "export", detail)  # or the file does not leave
    except (FilterError, LookupError) as error:
        return PlainTextResponse(t("say.bad_filter", why=str(error)), status_code=400)
    except (SQLAlchemyError, OSError) as error:
        log.warning("download_failed", kind=kind, error=type(error).__name__)
        return PlainTextResponse(t("say.not_loaded"), status_code=503)
    name = f"{kind}-{question.scope.province_code}-{question.filters.period.code}.xlsx"
    return Response(
        content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )

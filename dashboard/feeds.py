"""The JSON routes that the map asks: the answer, or why there is none in a form that assets/map_feed.js understands."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from kpi.filters import FilterError

MART_ERRORS = (SQLAlchemyError, OSError)
log = structlog.get_logger(__name__)


async def answered(feed: str, make: Callable[[], Awaitable[dict[str, Any]]]) -> JSONResponse:
    """What `make` gives; 400 with the key of a bad address, 503 while the mart is gone. feed: name in the log."""
    try:
        return JSONResponse(await make())
    except FilterError as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    except MART_ERRORS as error:
        log.warning(f"{feed}_feed_failed", error=type(error).__name__)
        return JSONResponse({"error": "the mart does not answer"}, status_code=503)

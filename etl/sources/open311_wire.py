"""One question to an Open311 server and its answer: retries, JSON or XML, and what is said of an answer that is neither."""

from datetime import datetime
from typing import Any

import httpx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from etl.sources.mapping import Open311Shape
from etl.sources.record import SourceError

TIMEOUT_S = 30.0
ATTEMPTS = 4
PASSING = (408, 425, 429, 500, 502, 503, 504)
Row = dict[str, str | None]


class Wire:
    """GET requests.json or requests.xml. Raises SourceError; one that may pass is tried again first."""

    def __init__(self, url: str, name: str, shape: Open311Shape, wait_s: float = 0.5) -> None:
        self._name, self._shape = name, shape
        self._client = httpx.Client(base_url=url.rstrip("/") + "/", timeout=TIMEOUT_S, follow_redirects=True)
        self._wait = wait_random_exponential(multiplier=wait_s, max=10)

    def requests(self, first: datetime, until: datetime, **paging: int) -> list[Row]:
        """Requests sent from `first` to `until`, each field as text or None."""
        params: dict[str, Any] = {
            "start_date": f"{first:%Y-%m-%dT%H:%M:%SZ}",
            "end_date": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            **paging,
        }
        if self._shape.jurisdiction_id:
            params["jurisdiction_id"] = self._shape.jurisdiction_id
        retrying = Retrying(
            retry=retry_if_exception(lambda e: isinstance(e, SourceError) and e.is_passing),
            wait=self._wait,
            stop=stop_after_attempt(ATTEMPTS),
            reraise=True,
        )
        return retrying(self._once, params)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _once(self, params: dict[str, Any]) -> list[Row]:
        try:
            answer = self._client.get(f"requests.{self._shape.format}", params=params)
        except httpx.HTTPError as error:
            raise SourceError(
                self._name, f"does not answer ({type(error).__name__})", is_passing=True
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise SourceError(
                self._name,
                f"answers HTTP {answer.status_code} to requests.{self._shape.format}",
                is_passing=answer.status_code in PASSING,
            )
        try:
            return _rows_of_json(answer) if self._shape.format == "json" else _rows_of_xml(answer)
        except (ValueError, ParseError, DefusedXmlException) as error:
            kind = answer.headers.get("content-type", "nothing it names")
            raise SourceError(
                self._name,
                f"answers {kind} where {self._shape.format.upper()} was asked for ({len(answer.content)} bytes)",
                is_passing=True,
            ) from error


def _rows_of_json(answer: httpx.Response) -> list[Row]:
    found = answer.json()
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError("not a list of requests")
    return [{key: None if value in (None, "") else str(value) for key, value in row.items()} for row in found]


def _rows_of_xml(answer: httpx.Response) -> list[Row]:
    root = fromstring(answer.content)
    if root.tag != "service_requests":
        raise ValueError("not service_requests")
    return [{field.tag: (field.text or "").strip() or None for field in row} for row in root.iter("request")]

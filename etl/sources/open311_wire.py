"""One question to an Open311 server and its answer: retries, and what is said of an answer that is none."""

from datetime import datetime
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from etl.sources.mapping import Open311Shape
from etl.sources.open311_answer import FaultError, NotReadableError, Row, rows_of, said
from etl.sources.record import SourceError

TIMEOUT_S = 30.0
ATTEMPTS = 4
PASSING = (408, 425, 429, 500, 502, 503, 504)


class Wire:
    """GET requests.json or requests.xml. Raises SourceError; one that may pass is tried again first."""

    def __init__(self, url: str, name: str, shape: Open311Shape, wait_s: float = 0.5) -> None:
        self._url, self._name, self._shape, self._wait_s = url.rstrip("/") + "/", name, shape, wait_s
        self._client: httpx.Client | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy, here or on another machine, opens connections of its own."""
        return {**self.__dict__, "_client": None}

    def requests(self, first: datetime, until: datetime, **paging: int) -> list[Row]:
        """Requests sent from `first` to `until`, each field as text or None."""
        params: dict[str, Any] = {"start_date": _w3(first), "end_date": _w3(until), **paging}
        if self._shape.jurisdiction_id:
            params["jurisdiction_id"] = self._shape.jurisdiction_id
        retrying = Retrying(
            retry=retry_if_exception(lambda e: isinstance(e, SourceError) and e.is_passing),
            wait=wait_random_exponential(multiplier=self._wait_s, max=10),
            stop=stop_after_attempt(ATTEMPTS),
            reraise=True,
        )
        return retrying(self._once, params)

    def close(self) -> None:
        """Close connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _once(self, params: dict[str, Any]) -> list[Row]:
        asked = f"requests.{self._shape.format} from {params['start_date']} to {params['end_date']}"
        try:
            answer = self._http().get(f"requests.{self._shape.format}", params=params)
        except httpx.HTTPError as error:
            raise SourceError(
                self._name, f"does not answer ({type(error).__name__})", is_passing=True
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise self._refused(answer.status_code, asked, said(answer.content, self._shape.format))
        try:
            return rows_of(answer.content, self._shape.format)
        except FaultError as fault:
            raise self._refused(fault.code, asked, str(fault)) from fault
        except NotReadableError as error:
            kind = answer.headers.get("content-type", "nothing it names")
            raise SourceError(
                self._name,
                f"answers {kind} where {self._shape.format.upper()} was asked for, or cut it off"
                f" ({len(answer.content)} bytes to {asked})",
                is_passing=True,
            ) from error

    def _refused(self, code: int | None, asked: str, words: str) -> SourceError:
        what = f"answers HTTP {code}" if code is not None else "answers an error"
        told = f": “{words}”" if words else ""
        return SourceError(self._name, f"{what} to {asked}{told}", is_passing=code is None or code in PASSING)

    def _http(self) -> httpx.Client:
        if self._client is None:
            self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT_S, follow_redirects=True)
        return self._client


def _w3(at: datetime) -> str:
    """Whole seconds: there are servers that answer 500 to fractions."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"

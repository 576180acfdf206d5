"""A small Open311 GeoReport v2 server: windows, paging, the cut at 1000, and faults in the order that a test sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlparse
from xml.sax.saxutils import escape

MOST = 1000
DAYS_MOST = 90


class Fake:
    """requests: rows with requested_datetime. faults: (status, content type, body) answered first, one each.

    always: a body that answers every question. most: where an answer is cut. includes_end: end_date belongs to it.
    """

    def __init__(self, requests: list[dict], *, pages: bool = False, most: int = MOST) -> None:
        self.requests, self.pages, self.most = requests, pages, most
        self.always: bytes | None = None
        self.includes_end = False
        self.shows_last_page_again = False
        self.faults: list[tuple[int, str, bytes]] = []
        self.asked: list[dict[str, str]] = []
        self.longest = timedelta(0)

    def answer(self, params: dict[str, str], extension: str) -> tuple[int, str, bytes]:
        self.asked.append(params)
        if self.faults:
            return self.faults.pop(0)
        first, until = (datetime.fromisoformat(params[n]) for n in ("start_date", "end_date"))
        self.longest = max(self.longest, until - first)
        if self.always is not None:
            return 200, "text/plain", self.always
        rows = [r for r in self.requests if self._is_asked(r, first, until)]
        if self.pages:
            size, page = min(int(params["page_size"]), self.most), int(params["page"])
            if self.shows_last_page_again and rows:
                page = min(page, (len(rows) + size - 1) // size)
            rows = rows[(page - 1) * size : page * size]
        rows = rows[: self.most]
        if extension == "json":
            return 200, "application/json", json.dumps(rows).encode()
        body = "".join(
            "<request>" + "".join(f"<{k}>{escape(str(v or ''))}</{k}>" for k, v in row.items()) + "</request>"
            for row in rows
        )
        return 200, "text/xml", f"<service_requests>{body}</service_requests>".encode()

    def _is_asked(self, row: dict, first: datetime, until: datetime) -> bool:
        at = datetime.fromisoformat(row.get("requested_datetime") or "2018-06-01T00:00:00+00:00")
        at = at.replace(tzinfo=at.tzinfo or UTC)
        return first <= at < until or (self.includes_end and at == until)


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    """The server's address while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlparse(self.path)
            params = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, kind, body = fake.answer(params, url.path.rsplit(".", 1)[-1])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/open311/v2"
    finally:
        server.shutdown()
        server.server_close()

"""A receiver of webhooks on loopback, which records its requests."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

PATIENCE = 30
"""Seconds in which a request must arrive: deliveries go their own way, beside the polls."""


class HeaderReceiver:
    """Responds to each request with 200."""

    def __init__(self) -> None:
        self._got = SimpleQueue[tuple[dict[str, str], str]]()
        got = self._got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                got.put((dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Prints nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def next(self) -> tuple[dict[str, str], str]:
        """Waits for the next request; returns its headers and its body. Raises Empty if none comes."""
        return self._got.get(timeout=PATIENCE)

    def __exit__(
        self, _1: type[BaseException] | None, _2: BaseException | None, _3: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

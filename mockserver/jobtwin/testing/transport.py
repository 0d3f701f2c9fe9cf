"""Transports to a twin for blocking and asynchronous httpx clients, without a socket.

Closing a client does not close its transport, which is shared.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
import httpx

from jobtwin.http.delivery import ConnectionCut, part_sent
from jobtwin.http.reply import reply_headers
from jobtwin.testing.loops import LimitReached, LoopClosed, SharedLoop, WorkLoop


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests to a twin, for a `Client` or an `AsyncClient` on any event loop."""

    @abstractmethod
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request and waits for the response."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request and awaits the response."""
        await request.aread()
        # anyio's default limiter would only let forty requests wait at a time.
        return await anyio.to_thread.run_sync(
            self._answer, request, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.handle_request(request)
        content = b"".join(answer.iter_raw())
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    @abstractmethod
    def shut(self) -> None:
        """Releases connections and threads."""


class Reach(NamedTuple):
    """How a server is reached: its root URL, and two transports.

    Tests send their requests through `transport`. Those of the kit itself, to the control API, go
    through `direct`, which needs no socket.
    """

    root: str
    transport: Transport
    direct: Transport


class InProcess(Transport):
    """Calls an ASGI application on an event loop, by default on one of its own.

    All requests run there, from any loop and thread, so the application needs no locks, as on a
    server.
    """

    def __init__(self, app: Any, loop: WorkLoop | None = None) -> None:
        self._app = app
        self._loop = SharedLoop() if loop is None else loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Calls the application.

        Raises ReadTimeout after the client's timeout, and ConnectError if the twin has ended.
        """
        request.read()
        limit = request.extensions.get("timeout", {}).get("read")
        try:
            return self._loop.run(self._answered(request), None if limit is None else float(limit))
        except LimitReached as error:
            raise httpx.ReadTimeout("timed out", request=request) from error
        except LoopClosed as error:
            raise httpx.ConnectError("the twin has ended", request=request) from error

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        exchange = AsgiExchange(request)
        try:
            await self._app(exchange.scope(), exchange.receive, exchange.send)
        except ConnectionCut as cut:
            return _cut_off(request, cut)
        return exchange.response()

    def shut(self) -> None:
        """Closes the loop."""
        self._loop.close()


class AsgiExchange:
    """One request and its response as ASGI has them; the request has been read."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self._is_received = False
        self._is_sent = asyncio.Event()
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    def scope(self) -> dict[str, Any]:
        """Returns the connection scope of the request."""
        request, url = self._request, self._request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 123),
            "root_path": "",
        }

    async def receive(self) -> dict[str, Any]:
        """Returns the whole body, and then, after the response, the client's disconnect."""
        if not self._is_received:
            self._is_received = True
            return {"type": "http.request", "body": self._request.content, "more_body": False}
        await self._is_sent.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Adds a piece of the response."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", [])
            return
        if self._request.method != "HEAD":
            self._body.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._is_sent.set()

    def response(self) -> httpx.Response:
        """Returns the whole response. Raises RuntimeError if the application has not sent all of it."""
        if not self._is_sent.is_set():
            raise RuntimeError("the application has returned without a complete response")
        stream = httpx.ByteStream(b"".join(self._body))
        return httpx.Response(self._status, headers=self._headers, stream=stream)


def _cut_off(request: httpx.Request, cut: ConnectionCut) -> httpx.Response:
    """Raises httpx's error for a cut connection, or returns a response that raises it within the body."""
    if cut.drop in ("before", "headers"):
        raise _error(request, cut, "Server disconnected without sending a response.")
    reply = cut.reply
    return httpx.Response(reply.status, headers=reply_headers(reply), stream=_Part(request, cut))


def _error(request: httpx.Request, cut: ConnectionCut, why: str) -> httpx.TransportError:
    if cut.reset:
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    return httpx.RemoteProtocolError(why, request=request)


class _Part(httpx.SyncByteStream):
    """The part of a body before the cut, followed by the error."""

    def __init__(self, request: httpx.Request, cut: ConnectionCut) -> None:
        self._request = request
        self._cut = cut

    def __iter__(self) -> Iterator[bytes]:
        body = self._cut.reply.body
        sent = part_sent(body, self._cut.drop)
        yield sent
        received = f"received {len(sent)} bytes, expected {len(body)}"
        why = f"peer closed connection without sending complete message body ({received})"
        raise _error(self._request, self._cut, why)

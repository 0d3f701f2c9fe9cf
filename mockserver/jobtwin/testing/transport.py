"""Transports to a twin for blocking and asynchronous httpx clients, without a socket.

Closing a client does not close its transport, which is shared.
"""

from __future__ import annotations

import asyncio
import threading
import time
from abc import abstractmethod
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import anyio
import anyio.to_thread
import httpx

from jobtwin.http.delivery import ConnectionCut, part_sent
from jobtwin.http.reply import reply_headers
from jobtwin.testing.machine import machine_time


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


class InProcess(Transport):
    """Calls an ASGI application on its own event loop.

    All requests run there, from any loop and thread, so the application needs no locks, as on a
    server.
    """

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)
        self._loop = _Loop()
        self._thread = threading.Thread(target=self._run, name="jobtwin", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with machine_time():
            self._loop.run_forever()
            self._loop.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Calls the application. Raises ReadTimeout after the client's timeout."""
        request.read()
        limit = request.extensions.get("timeout", {}).get("read")
        answer = asyncio.run_coroutine_threadsafe(self._answered(request), self._loop)
        # A TimeoutError of the application itself is not the client's timeout.
        if wait([answer], None if limit is None else float(limit)).not_done:
            answer.cancel()
            raise httpx.ReadTimeout("timed out", request=request)
        return answer.result()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._inner.handle_async_request(request)
        except ConnectionCut as cut:
            return _cut_off(request, cut)
        stream = httpx.ByteStream(b"".join([part async for part in answer.aiter_raw()]))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    def shut(self) -> None:
        """Stops the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


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


class _Loop(asyncio.SelectorEventLoop):
    """An event loop with the machine's time, even if a test replaces `time.monotonic`."""

    time = staticmethod(time.monotonic)

"""Transports to a twin for httpx clients, blocking and awaiting, without a socket of their own.

A client that closes does not close its transport: it is shared, and outlives each of them.
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
    """Sends requests to a twin, for a `Client` and for an `AsyncClient` under any event loop."""

    @abstractmethod
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the response."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and await the response."""
        await request.aread()
        # anyio's own limiter would let forty requests wait for a twin at a time, and no more.
        return await anyio.to_thread.run_sync(
            self._answer, request, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.handle_request(request)
        content = b"".join(answer.iter_raw())
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    @abstractmethod
    def shut(self) -> None:
        """Release connections and threads, at the very end."""


class InProcess(Transport):
    """Calls an ASGI application on an event loop of its own, one request between two awaits.

    All requests go there, from any loop and thread: so the application needs no locks, here as
    under a server.
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
        """Have the application answer; ReadTimeout if it takes longer than the client allows."""
        request.read()
        limit = request.extensions.get("timeout", {}).get("read")
        answer = asyncio.run_coroutine_threadsafe(self._answered(request), self._loop)
        # An error of the application's own, a TimeoutError perhaps, is not the client's limit.
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
        """Stop the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def _cut_off(request: httpx.Request, cut: ConnectionCut) -> httpx.Response:
    """What httpx makes of a connection that is cut: its error, at once or within the body."""
    if cut.drop in ("before", "headers"):
        raise _error(request, cut, "Server disconnected without sending a response.")
    reply = cut.reply
    return httpx.Response(reply.status, headers=reply_headers(reply), stream=_Part(request, cut))


def _error(request: httpx.Request, cut: ConnectionCut, why: str) -> httpx.TransportError:
    if cut.reset:
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    return httpx.RemoteProtocolError(why, request=request)


class _Part(httpx.SyncByteStream):
    """What of a body is sent before the cut, and then the error."""

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
    """Keeps the machine's time, whatever a test puts in place of `time.monotonic`."""

    time = staticmethod(time.monotonic)

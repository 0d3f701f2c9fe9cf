"""Ways to a twin for httpx clients, those that await and those that do not.

A client that closes does not close its transport: it is shared, and outlives each of them.
"""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from typing import Any

import anyio.to_thread
import httpx


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A way to a twin, for a `Client` and for an `AsyncClient` under any event loop."""

    @abstractmethod
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for its answer."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and await its answer."""
        await request.aread()
        return await anyio.to_thread.run_sync(self._answer, request, abandon_on_cancel=True)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.handle_request(request)
        content = b"".join(answer.iter_raw())
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    @abstractmethod
    def shut(self) -> None:
        """Let go of what it holds, at the very end."""


class Wire(Transport):
    """Through a socket; all clients share one pool of connections."""

    def __init__(self) -> None:
        # The expiry is below uvicorn's five seconds, so that no request meets a closing server.
        limits = httpx.Limits(keepalive_expiry=2)
        self._pool = httpx.HTTPTransport(verify=False, limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection of the pool."""
        return self._pool.handle_request(request)

    def shut(self) -> None:
        """Close the connections."""
        self._pool.close()


class InProcess(Transport):
    """Into an ASGI application on an event loop of its own, one request between two awaits.

    Every request goes there, whosever loop or thread it comes from: so the application needs no
    locks, here as under a server.
    """

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="jobtwin", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have the application answer; ReadTimeout when the client would rather not wait."""
        request.read()
        answer = asyncio.run_coroutine_threadsafe(self._answered(request), self._loop)
        try:
            return answer.result(request.extensions.get("timeout", {}).get("read"))
        except TimeoutError as error:
            answer.cancel()
            raise httpx.ReadTimeout("timed out", request=request) from error

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        stream = httpx.ByteStream(b"".join([part async for part in answer.aiter_raw()]))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    def shut(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

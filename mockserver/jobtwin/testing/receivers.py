"""Receivers of deliveries without a socket: ASGI or WSGI applications under test.

The application runs in its own thread, with the time of the test's patch.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from jobtwin.sandboxes import OutgoingRequest, ReceiverResponse

App = Callable[..., Any]
"""An ASGI or a WSGI application."""


class AppReceiver:
    """Calls an application on its own event loop, until it is closed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def __call__(self, request: OutgoingRequest) -> ReceiverResponse:
        """Calls the application; raises its exceptions."""
        answered = asyncio.run_coroutine_threadsafe(self._answered(request), self._loop)
        return await asyncio.wrap_future(answered)

    async def _answered(self, request: OutgoingRequest) -> ReceiverResponse:
        sent = httpx.Request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        if _is_asgi(self._app):
            answer = await httpx.ASGITransport(self._app).handle_async_request(sent)
            body = b"".join([part async for part in answer.aiter_raw()])
        else:
            answer = httpx.WSGITransport(self._app).handle_request(sent)
            body = b"".join(answer.iter_raw())
        return ReceiverResponse(answer.status_code, body, answer.headers.get("content-type", ""))

    def close(self) -> None:
        """Stops the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def _is_asgi(app: App) -> bool:
    """Returns True for an ASGI application, False for WSGI."""
    plain = app.func if isinstance(app, partial) else app
    call = getattr(plain, "__call__", None)  # noqa: B004 - the method itself is looked at
    return inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(call)
